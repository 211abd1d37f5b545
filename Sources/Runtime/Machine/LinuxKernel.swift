import Linux

/// Linux, as the main loop uses it: one epoll for everything that it waits for.
package final class LinuxKernel: Kernel {
    /// What a descriptor is watched for.
    enum Token {
        case signals, records, backgroundTasks, broker, network, adapterEvents, management
        /// The command socket of the adapter in this slot.
        case adapter(UInt8)

        private static let plain: [Token] = [.signals, .records, .backgroundTasks, .broker, .network, .adapterEvents, .management]
        private static let firstAdapter: UInt64 = 256

        fileprivate var rawValue: UInt64 {
            switch self {
            case .signals: 0
            case .records: 1
            case .backgroundTasks: 2
            case .broker: 3
            case .network: 4
            case .adapterEvents: 5
            case .management: 6
            case .adapter(let slot): Self.firstAdapter + UInt64(slot)
            }
        }

        fileprivate init(rawValue: UInt64) {
            self = rawValue < Self.firstAdapter ? Self.plain[Int(rawValue)] : .adapter(UInt8(rawValue - Self.firstAdapter))
        }

        fileprivate func readiness(_ events: Epoll.Interest) -> Readiness {
            switch self {
            case .signals: .signals
            case .records: .records
            case .backgroundTasks: .backgroundTasks
            case .broker: .broker(events)
            case .network: .networkChanges
            case .adapterEvents: .adapterEvents
            case .management: .management
            case .adapter(let slot): .adapter(slot)
            }
        }
    }

    private let epoll: Epoll
    private let signals: Signals
    /// Wakes the main loop for records in a ring that was empty, and for what the scanner thread cannot handle.
    let records: Wakeup
    /// Wakes the main loop for background tasks that are done.
    let backgroundTasks: Wakeup

    /// Blocks the signals: to be made before any thread is started, so that all of them leave the signals to the main loop.
    package init() throws(SystemError) {
        signals = try Signals([.terminate, .interrupt, .hangUp, .user1])
        epoll = try Epoll()
        records = try Wakeup()
        backgroundTasks = try Wakeup()
        try watch(signals.fd, .readable, .signals)
        try watch(records.fd, [.readable, .edge], .records)
        try watch(backgroundTasks.fd, [.readable, .edge], .backgroundTasks)
    }

    /// Waits for `interest` on a descriptor, which may be watched already.
    func watch(_ fd: Int32, _ interest: Epoll.Interest, _ token: Token) throws(SystemError) {
        do throws(SystemError) {
            try epoll.add(fd, interest, token: token.rawValue)
        } catch {
            if !error.isAlreadyThere { throw error }
        }
    }

    /// Waits for another `interest` on a descriptor that is watched.
    func change(_ fd: Int32, to interest: Epoll.Interest, _ token: Token) {
        epoll.modify(fd, interest, token: token.rawValue)
    }

    /// Forgets a descriptor, which must still be open; one that is not watched is fine.
    func forget(_ fd: Int32) { epoll.forget(fd) }

    package var monotonic: UInt64 { Clock.monotonic }
    package var realtime: Int64 { Clock.realtime }
    package var isClockSynchronized: Bool? { Clock.isSynchronized }
    package var random: UInt64 { ThisProcess.random }
    package var residentKiB: UInt64 { ThisProcess.residentKiB }
    package var mayRepairAdapters: Bool { Capabilities.effective.contains(.netAdmin) }
    package func pause(nanoseconds: Int) { Clock.pause(nanoseconds: nanoseconds) }
    package func releaseFilePages() { ThisProcess.releaseFilePages() }
    package func releaseUnused() { ThisProcess.releaseUnused() }
    package func nextSignal() -> Signals.Signal? { signals.next() }

    /// A deadline that an iteration has left in the past would make the loop spin: it is put off for this long instead; ns.
    private static let shortestWait: UInt64 = 1_000_000

    package func wait(_ patience: Patience, _ body: (Readiness) -> Void) throws(SystemError) {
        let deadline: UInt64
        switch patience {
        case .none: deadline = 0
        case .until(let until, let iteration): deadline = until > iteration ? until : iteration + Self.shortestWait
        }
        try epoll.wait(until: deadline) { token, events in body(Token(rawValue: token).readiness(events)) }
    }
}
