import Linux

/// Writes small files without waiting for the disk, and logs failures. Main thread only.
final class FileWriter {
    private let log: Log
    private let store: any FileStore
    private let kernel: any Kernel
    private var failures: [String: OngoingFailure] = [:]

    init(_ log: Log, _ machine: Machine) {
        self.log = log
        store = machine.files
        kernel = machine.kernel
    }

    func write(_ bytes: [UInt8], to path: String) { put(bytes, path) }

    func remove(_ path: String) { put(nil, path) }

    private func put(_ bytes: [UInt8]?, _ path: String) {
        for end in store.put(bytes, to: path) { report(end, at: kernel.monotonic) }
    }

    /// A background task is done, perhaps one of these.
    func backgroundTaskDone(at now: UInt64) {
        for end in store.takeEnded() { report(end, at: now) }
    }

    private func report(_ end: FileWrites.Ended, at now: UInt64) {
        let path = end.path
        guard let error = end.error else {
            if failures[path]?.ends(at: now) != nil { log.info("\(path) is written again") }
            return
        }
        if failures[path, default: OngoingFailure()].fails("\(error)", at: now) { log.error("cannot write \(path): \(error)") }
    }

    /// Waits for what is being written, at the program's end.
    /// - Parameter deadline: no longer than until then; CLOCK_MONOTONIC, ns.
    func finish(until deadline: UInt64) {
        while !store.isIdle {
            let now = kernel.monotonic
            backgroundTaskDone(at: now)
            guard !store.isIdle, now < deadline else { return }
            store.wait(until: deadline)
        }
    }
}
