import Linux

/// Notices when the way to the broker may have changed. Main thread only.
///
/// Without the kernel's notices only the pauses between attempts are longer than they need be: that is no reason to complain.
final class NetworkWatch {
    private let changes: NetworkChanges?
    private var burst = Burst()

    init(_ log: Log, _ kernel: LinuxKernel) {
        do throws(SystemError) {
            let changes = try NetworkChanges()
            try kernel.watch(changes.fd, .readable, .network)
            self.changes = changes
        } catch {
            log.debug("changes of the network go unnoticed: \(error)")
            changes = nil
        }
    }

    /// When `hasChanged` may become true; CLOCK_MONOTONIC, ns.
    var deadline: UInt64? { burst.deadline }

    /// The kernel has notices.
    func ready(at now: UInt64) {
        if let isNews = changes?.take(), isNews { burst.note(at: now) }
    }

    /// The network has changed, and has settled; once for each burst of changes.
    func hasChanged(at now: UInt64) -> Bool { burst.isOver(at: now) }
}
