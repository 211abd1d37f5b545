import Linux

/// Files, each written on a thread of its own, for a disk may take any time.
final class LinuxFiles: FileStore {
    private let wakeup: Wakeup
    private let writes: FileWrites

    /// - Parameter wakeup: signalled when a file has been written.
    init(wakeup: Wakeup) {
        self.wakeup = wakeup
        writes = FileWrites(wakeup: wakeup)
    }

    let stateDirectory = ServiceDirectory.state
    var isIdle: Bool { writes.isIdle }
    func read(_ path: String) -> String? { AtomicFile.read(path) }
    func put(_ bytes: [UInt8]?, to path: String) -> [FileWrites.Ended] { writes.put(bytes, to: path) }
    func takeEnded() -> [FileWrites.Ended] { writes.takeEnded() }

    func wait(until deadline: UInt64) {
        let now = Clock.monotonic
        if deadline > now { wakeup.wait(nanoseconds: deadline - now) }
    }
}
