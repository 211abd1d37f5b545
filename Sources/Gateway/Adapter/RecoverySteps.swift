/// The steps of recovery, the gentlest first; a step that did not help is not tried again until one has.
struct RecoverySteps: Sendable {
    enum Fault: Sendable {
        /// The controller answered with an error.
        case refused
        /// The controller, or the kernel for it, did not answer.
        case unanswered
        /// Nothing but silence, or empty advertisements.
        case silence
    }

    enum Step: Equatable, Sendable {
        /// Set the scan up again after so many nanoseconds.
        case rearm(after: UInt64)
        /// A blocking call, for a thread of its own.
        case run(AdapterSupervisor.BackgroundTask)
        /// All is tried: another attempt after so many nanoseconds, with or without a power cycle.
        case beyondRepair(after: UInt64, powerCycles: Bool)
    }

    private var rearms = 0
    private var hasPowerCycled = false
    private var hasResetUSB = false
    private var exhausted = 0
    private(set) var isExhausted = false
    private(set) var lastFault: Fault?

    /// A refusal may be another program's doing, such as a connection that is being made, and pass.
    private static let rearmsAfterRefusal = 3
    private static let pause: UInt64 = 1_000_000_000
    private static let longestPause: UInt64 = 30_000_000_000

    mutating func next(_ fault: Fault, mayPowerCycle: Bool, mayResetUSB: Bool) -> Step {
        lastFault = fault
        if rearms < (fault == .refused ? Self.rearmsAfterRefusal : 1) {
            rearms += 1
            return .rearm(after: fault == .refused ? Self.pause : 0)
        }
        if mayPowerCycle, !hasPowerCycled {
            hasPowerCycled = true
            return .run(.powerCycle)
        }
        if mayResetUSB, !hasResetUSB {
            hasResetUSB = true
            return .run(.resetUSB)
        }
        // A controller that answers and receives nothing may stand in a quiet room.
        if fault == .silence { return .rearm(after: 0) }
        isExhausted = true
        exhausted += 1
        let pause = min(Self.pause << UInt64(min(exhausted - 1, 10)), Self.longestPause)
        return .beyondRepair(after: pause, powerCycles: mayPowerCycle && exhausted % 3 == 0)
    }

    /// A step does not finish: nothing is left to try.
    mutating func stick() {
        lastFault = .unanswered
        isExhausted = true
    }

    /// Something has helped.
    mutating func reset() { self = RecoverySteps() }
}
