/// Small files being written, each on a thread of its own, so that a disk or a network file system that hangs stops no other file; of
/// several contents for one file only the last is written. One thread at a time may use it.
public final class FileWrites {
    /// Files that may be written at a time; the others wait.
    public static let limit = 8

    /// How a file ended.
    public struct Ended: Sendable {
        public let path: String
        /// Why it could not be written or removed; nil if it was.
        public let error: SystemError?

        public init(path: String, error: SystemError?) {
            self.path = path
            self.error = error
        }
    }

    private struct Work {
        let path: String
        let task: BackgroundTask<Ended>
    }

    private let wakeup: Wakeup
    private let write: @Sendable (String, [UInt8]?) throws(SystemError) -> Void
    private var running: [Work] = []
    private var waiting: [(path: String, bytes: [UInt8]?)] = []
    /// Paths that have been written to, or begun to be.
    private var known: Set<String> = []

    /// - Parameters:
    ///   - wakeup: signalled when a file has been written; `takeEnded` is then to be called.
    ///   - write: what puts bytes into a file, or removes it for nil, and may block for long.
    public init(
        wakeup: Wakeup, write: @escaping @Sendable (String, [UInt8]?) throws(SystemError) -> Void = FileWrites.put
    ) {
        self.wakeup = wakeup
        self.write = write
    }

    /// Writes a file by `AtomicFile`, or removes it.
    public static func put(_ path: String, _ bytes: [UInt8]?) throws(SystemError) {
        if let bytes { try AtomicFile.write(bytes, to: path) } else { try AtomicFile.remove(path) }
    }

    /// Nothing is being written, and nothing waits.
    public var isIdle: Bool { running.isEmpty && waiting.isEmpty }

    /// Sees to it that the file will have these bytes; nil for no file.
    /// - Returns: those that could not be begun, for want of a thread.
    public func put(_ bytes: [UInt8]?, to path: String) -> [Ended] {
        waiting.removeAll { $0.path == path }
        waiting.append((path, bytes))
        return begin()
    }

    /// The files that have come to their end, each once; the next ones are begun.
    public func takeEnded() -> [Ended] {
        var ended: [Ended] = []
        running.removeAll { work in
            guard let end = work.task.take() else { return false }
            ended.append(end)
            return true
        }
        return ended + begin()
    }

    /// Begins what waits, in its order, as far as it may: a file that is being written has to be finished first.
    private func begin() -> [Ended] {
        var failed: [Ended] = []
        var index = 0
        while index < waiting.count, running.count < Self.limit {
            let (path, bytes) = waiting[index]
            guard !running.contains(where: { $0.path == path }) else {
                index += 1
                continue
            }
            waiting.remove(at: index)
            let isFirst = known.insert(path).inserted
            do throws(SystemError) {
                let task = try BackgroundTask("files", wakeup: wakeup) { [write] () -> Ended in
                    do throws(SystemError) {
                        if isFirst { AtomicFile.removeLeftovers(of: path) }
                        try write(path, bytes)
                        return Ended(path: path, error: nil)
                    } catch {
                        return Ended(path: path, error: error)
                    }
                }
                running.append(Work(path: path, task: task))
            } catch {
                failed.append(Ended(path: path, error: error))
            }
        }
        return failed
    }
}
