import Linux

/// Notices when the way to the broker may have changed. Main thread only.
///
/// Without the kernel's notices only the delays between attempts are longer than necessary: that is no warning.
final class NetworkWatch {
    private let changes: NetworkChanges?
    private var debounce = Debounce()

    init(_ log: Log, _ kernel: LinuxKernel) {
        do throws(SystemError) {
            let changes = try NetworkChanges()
            try kernel.watch(changes.fd, .readable, .network)
            self.changes = changes
        } catch {
            log.debug("changes of the network are not detected: \(error)")
            changes = nil
        }
    }

    /// When `hasChanged` may become true; CLOCK_MONOTONIC, ns.
    var deadline: UInt64? { debounce.deadline }

    /// The kernel has notices.
    func ready(at now: UInt64) {
        if changes?.take() == true { debounce.event(at: now) }
    }

    /// The network has changed, and no further change has followed for a while; once for several changes.
    func hasChanged(at now: UInt64) -> Bool { debounce.isOver(at: now) }
}
