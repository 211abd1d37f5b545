import Linux

/// Writes small files without waiting for the disk: on a thread of its own, one at a time, and of several contents for one file only
/// the last. Main thread only.
final class FileWriter {
    private let log: Log
    private let errands: Wakeup
    private var errand: (work: Errand<Outcome>, path: String)?
    /// What is to be in a file; nil for no file.
    private var waiting: [(path: String, bytes: [UInt8]?)] = []
    private var troubles: [String: Trouble] = [:]

    private struct Outcome: Sendable {
        let error: SystemError?
    }

    /// - Parameter errands: signalled when a file has been written; `errandDone` is then to be called.
    init(_ log: Log, errands: Wakeup) {
        self.log = log
        self.errands = errands
    }

    func write(_ bytes: [UInt8], to path: String) { put(bytes, path) }

    func remove(_ path: String) { put(nil, path) }

    private func put(_ bytes: [UInt8]?, _ path: String) {
        waiting.removeAll { $0.path == path }
        waiting.append((path, bytes))
        startNext(at: Clock.monotonic)
    }

    private func startNext(at now: UInt64) {
        guard errand == nil, !waiting.isEmpty else { return }
        let (path, bytes) = waiting.removeFirst()
        do throws(SystemError) {
            let work = try Errand("files", wakeup: errands) { () -> Outcome in
                do throws(SystemError) {
                    if let bytes { try AtomicFile.write(bytes, to: path) } else { try AtomicFile.remove(path) }
                    return Outcome(error: nil)
                } catch {
                    return Outcome(error: error)
                }
            }
            errand = (work, path)
        } catch {
            tell(error, path, at: now)
        }
    }

    /// An errand is done, perhaps one of these.
    func errandDone(at now: UInt64) {
        guard let (work, path) = errand, let outcome = work.take() else { return }
        errand = nil
        tell(outcome.error, path, at: now)
        startNext(at: now)
    }

    private func tell(_ error: SystemError?, _ path: String, at now: UInt64) {
        guard let error else {
            if troubles[path]?.ends(at: now) != nil { log.info("\(path) is written again") }
            return
        }
        if troubles[path, default: Trouble()].fails("\(error)", at: now) { log.error("cannot write \(path): \(error)") }
    }

    /// Waits for what is on its way, at the program's end.
    /// - Parameter deadline: no longer than until then; CLOCK_MONOTONIC, ns.
    func finish(until deadline: UInt64) {
        while errand != nil {
            let now = Clock.monotonic
            errandDone(at: now)
            guard errand != nil, now < deadline else { return }
            errands.wait(atMost: Int32((deadline - now) / 1_000_000) + 1)
        }
    }
}
