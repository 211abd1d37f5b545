import Synchronization

/// The intake between its two threads: the scanner puts events in, the main thread takes records out, a short lock apart.
///
/// Neither waits for the other: each call reports whether the other side may sleep and must be woken. Addresses are resolved before
/// that lock is taken, for that costs a cipher; behind a lock of the scanner's own, which is always taken first, and which the main
/// thread wants only where the list of known devices is replaced.
public final class SharedIntake: Sendable {
    struct Locked: ~Copyable {
        var intake: Intake
        var consumerSleeps = false
        var producerSleeps = false
    }

    /// Memory lent for the length of a call, which the intake does not keep.
    private struct Borrowed: @unchecked Sendable {
        let memory: UnsafeMutableRawBufferPointer
    }

    private let identities: Mutex<IdentityTable?>
    private let locked: Mutex<Locked>
    /// The heartbeat of the scanner thread's loop.
    public let heartbeat = LoopHeartbeat()
    private let longestPause: Atomic<UInt64>

    /// - Parameter gather: see `gather`.
    public init(_ intake: consuming sending Intake, gather: UInt64 = 0) {
        longestPause = Atomic(gather)
        identities = Mutex(intake.takeIdentities())
        locked = Mutex(Locked(intake: intake))
    }

    /// The longest that events may wait for others, so that they are read and handed over together; ns, 0 for not at all. The main thread
    /// sets it, at any time.
    public var gather: UInt64 {
        get { longestPause.load(ordering: .relaxed) }
        set { longestPause.store(newValue, ordering: .relaxed) }
    }

    // MARK: The scanner's side

    /// Takes one HCI event; see `Intake.take`.
    /// - Parameter more: others may follow at once, and then `produce`: the consumer is let sleep till then, unless the ring fills.
    /// - Returns: whether the consumer sleeps and must be woken.
    public func take(event bytes: RawSpan, _ stamp: ReceiveStamp, adapter: UInt8, more: Bool = false) -> Bool {
        identities.withLock { identities in
            let resolutions = identities?.resolve(event: bytes, at: stamp.sourceClock) ?? EventResolutions()
            return locked.withLock { locked in
                locked.intake.take(event: bytes, stamp, adapter: adapter, resolutions)
                return (!more || locked.intake.isHalfFull) && locked.wakeConsumer()
            }
        }
    }

    /// Whatever else the producer does to the intake.
    /// - Returns: whether the consumer sleeps and must be woken.
    public func produce(_ body: (inout Intake) -> Void) -> Bool {
        locked.withLock { locked in
            body(&locked.intake)
            return locked.wakeConsumer()
        }
    }

    /// Whether the ring has room for whatever one event brings, and takes it. When not, the producer may sleep: it will be woken.
    public func hasRoomOrSleep() -> Bool {
        locked.withLock { locked in
            locked.producerSleeps = !(locked.intake.isOpen && locked.intake.hasRoomForAnyEvent)
            return !locked.producerSleeps
        }
    }

    // MARK: The main thread's side

    /// Takes the oldest record; nil if none, and the consumer may then sleep: it will be woken.
    public func pop(into data: UnsafeMutableRawBufferPointer) -> AdvertisementRing.Record? {
        let target = Borrowed(memory: data)
        return locked.withLock { locked in
            let record = locked.intake.pop(into: target.memory)
            locked.consumerSleeps = record == nil
            return record
        }
    }

    /// Whether the producer sleeps and there is room again; it must then be woken.
    public func producerMayGoOn() -> Bool {
        locked.withLock { locked in
            guard locked.producerSleeps, locked.intake.isOpen, locked.intake.hasRoomForAnyEvent else { return false }
            locked.producerSleeps = false
            return true
        }
    }

    /// Replaces the filter stage; see `Intake.replace`. The old one's memory is freed outside the lock.
    public func replace(filterStage: consuming FilterStage) {
        var table = filterStage.takeIdentities()
        var held: FilterStage? = filterStage
        identities.withLock { identities in
            swap(&identities, &table)
            locked.withLock { held = $0.intake.replace(filterStage: held.take()!) }
        }
    }

    /// Whatever else the main thread does with the intake.
    public func consume<Result>(_ body: (inout Intake) -> sending Result) -> sending Result {
        locked.withLock { body(&$0.intake) }
    }
}

extension SharedIntake.Locked {
    mutating func wakeConsumer() -> Bool {
        guard consumerSleeps, intake.queued > 0 else { return false }
        consumerSleeps = false
        return true
    }
}
