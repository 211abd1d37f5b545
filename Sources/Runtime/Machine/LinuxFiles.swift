import Linux

/// Files, each written on a thread of its own, for a disk may take any time.
final class LinuxFiles: FileStore {
    private let errands: Wakeup
    private let writes: FileWrites

    /// - Parameter errands: signalled when a file has been written.
    init(errands: Wakeup) {
        self.errands = errands
        writes = FileWrites(wakeup: errands)
    }

    let stateDirectory = ServiceFolder.state
    var isIdle: Bool { writes.isIdle }
    func read(_ path: String) -> String? { AtomicFile.read(path) }
    func put(_ bytes: [UInt8]?, to path: String) -> [FileWrites.Ended] { writes.put(bytes, to: path) }
    func takeEnded() -> [FileWrites.Ended] { writes.takeEnded() }

    func wait(until deadline: UInt64) {
        let now = Clock.monotonic
        if deadline > now { errands.wait(nanoseconds: deadline - now) }
    }
}
