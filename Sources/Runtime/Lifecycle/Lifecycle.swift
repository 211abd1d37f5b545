/// The state of the daemon, from its start to its end: running, between two configurations, or stopping.
///
/// It works with parts that are started in the order of `Part.allCases` and stopped in the reverse order, each when the one after it has
/// stopped. A configuration that is read while another one is still being put in place takes that one's place; whatever had begun to
/// stop by then stops all the same, and is started with the configuration that counts in the end. So any sequence of reloads ends in
/// the last of them, with all parts running.
///
/// A value without I/O. Times are CLOCK_MONOTONIC in nanoseconds.
struct Lifecycle<Target> {
    /// What is started and stopped.
    enum Part: CaseIterable {
        /// The session with the broker.
        case session
        /// Where advertisements come from: adapters, or a capture.
        case source
    }

    enum State {
        case running
        /// A new configuration waits for parts of the old one to stop.
        case reconfiguring(Target, waitingFor: Set<Part>, restarting: Set<Part>)
        /// Stopping: this part is being stopped, until then.
        case draining(Part, until: UInt64)
        case stopped
    }

    enum Action {
        /// Stop the part, for a new configuration.
        case stop(Part)
        /// Apply the configuration, and start these parts again in this order.
        case apply(Target, restarting: [Part])
        /// Stop the part at the program's end; the session delivers what is left until `deadline` before it disconnects.
        case finish(Part, deadline: UInt64)
        /// Stop waiting for the part, which is being stopped at the program's end.
        case stopWaiting(Part)
        /// Everything has stopped.
        case end
    }

    private(set) var state = State.running
    /// When the session is to disconnect at the latest.
    private var sessionDeadline: UInt64 = 0
    /// A second signal has come: nothing is waited for any more.
    private var hasStoppedWaiting = false

    /// A source that does not stop is left behind after this time; its own deadlines are shorter.
    static var sourcePatience: UInt64 { 3_000_000_000 }
    /// What the session may take from `sessionDeadline` on: to disconnect, and for the broker to close.
    static var sessionPatience: UInt64 { 2_000_000_000 }

    /// It is running, or between two configurations, and not stopping.
    var isRunning: Bool {
        switch state {
        case .running, .reconfiguring: true
        case .draining, .stopped: false
        }
    }

    var isStopped: Bool {
        if case .stopped = state { return true }
        return false
    }

    /// `advance` may have something.
    var isWaiting: Bool {
        switch state {
        case .reconfiguring, .draining: true
        case .running, .stopped: false
        }
    }

    /// A configuration that was read and is not in place yet.
    var target: Target? {
        if case .reconfiguring(let target, _, _) = state { return target }
        return nil
    }

    /// When `advance` must be called at the latest; nil while the parts' own deadlines suffice.
    var deadline: UInt64? {
        if case .draining(_, let until) = state { return until }
        return nil
    }

    /// A configuration has been read.
    /// - Parameter changed: the parts that must stop for it, compared with the configuration that they work by.
    mutating func reload(_ target: Target, changed: Set<Part>) -> [Action] {
        switch state {
        case .running:
            state = .reconfiguring(target, waitingFor: changed, restarting: changed)
            return Self.reversed(changed).map { .stop($0) }
        case .reconfiguring(_, let waitingFor, let restarting):
            let new = changed.subtracting(restarting)
            state = .reconfiguring(target, waitingFor: waitingFor.union(new), restarting: restarting.union(new))
            return Self.reversed(new).map { .stop($0) }
        case .draining, .stopped:
            return []
        }
    }

    /// The program is to end.
    /// - Parameter drainTime: what is queued or in flight may be delivered for so long from now on; ns.
    mutating func stop(drainTime: UInt64, at now: UInt64) -> [Action] {
        guard isRunning else { return [] }
        sessionDeadline = now.addingReportingOverflow(drainTime).overflow ? .max : now + drainTime
        state = .draining(.source, until: now + Self.sourcePatience)
        return [.finish(.source, deadline: sessionDeadline)]
    }

    /// The program is to end without waiting any longer: what can still be sent at once is sent.
    mutating func stopWaiting(at now: UInt64) -> [Action] {
        guard case .draining(let part, _) = state, !hasStoppedWaiting else { return [] }
        hasStoppedWaiting = true
        sessionDeadline = now
        state = .draining(part, until: now + (part == .source ? 0 : Self.sessionPatience))
        return [.stopWaiting(part)]
    }

    /// Continues if nothing is waited for any more; to be called in each iteration.
    /// - Parameter hasStopped: whether a part has stopped.
    mutating func advance(at now: UInt64, _ hasStopped: (Part) -> Bool) -> [Action] {
        switch state {
        case .running, .stopped:
            return []
        case .reconfiguring(let target, let waitingFor, let restarting):
            let left = waitingFor.filter { !hasStopped($0) }
            guard left.isEmpty else {
                state = .reconfiguring(target, waitingFor: left, restarting: restarting)
                return []
            }
            state = .running
            return [.apply(target, restarting: Part.allCases.filter(restarting.contains))]
        case .draining(.source, let until):
            guard hasStopped(.source) || now >= until else { return [] }
            let patience = sessionDeadline.addingReportingOverflow(Self.sessionPatience)
            state = .draining(.session, until: patience.overflow ? .max : patience.partialValue)
            return [.finish(.session, deadline: sessionDeadline)] + (hasStoppedWaiting ? [.stopWaiting(.session)] : [])
        case .draining(.session, let until):
            guard hasStopped(.session) || now >= until else { return [] }
            state = .stopped
            return [.end]
        }
    }

    private static func reversed(_ parts: Set<Part>) -> [Part] { Part.allCases.reversed().filter(parts.contains) }
}
