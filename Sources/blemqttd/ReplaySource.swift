import Agent
import Bytes
import Capture
import Linux
import Synchronization

/// The scanner thread's stand-in: reads a capture and hands its events to the intake, as the air would or as fast as it goes.
final class ReplaySource: Sendable {
    /// How the replay ended.
    enum Outcome: Sendable {
        case finished
        case failed(ExitCode, String)
    }

    private let intake: SharedIntake
    private let options: Options.Replay
    private let main: Wakeup
    private let wakeup: Wakeup
    private let isStopped = Atomic(false)
    private let outcome = Mutex<Outcome?>(nil)

    /// More than the longest record, and enough that reading costs little.
    private static let bufferSize = 131_072
    /// It comes round this often with nothing to do, so that others see it alive; ns.
    fileprivate static let longestWait: UInt64 = 1_000_000_000

    init(_ options: Options.Replay, _ intake: SharedIntake, main: Wakeup) throws(SystemError) {
        self.options = options
        self.intake = intake
        self.main = main
        wakeup = try Wakeup()
    }

    func start() throws(SystemError) -> Thread {
        try Thread(name: "replay") { [self] in
            let result = run()
            intake.pulse.pause()
            outcome.withLock { $0 = result }
            main.signal()
        }
    }

    /// The ring has room again, or the broker is there.
    func goOn() { wakeup.signal() }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wakeup.signal()
    }

    func takeOutcome() -> Outcome? {
        outcome.withLock { outcome in
            defer { outcome = nil }
            return outcome
        }
    }

    private var stopped: Bool { isStopped.load(ordering: .acquiring) }

    // MARK: The replay thread

    private func run() -> Outcome {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 8)
        defer { memory.deallocate() }
        do throws(SystemError) {
            let file = try FileDescriptor.openForReading(options.path)
            guard !file.isDirectory else { return .failed(.noInput, "\(options.path) is a directory, not a capture") }
            let pace = try Pace(options.speed, wakeup, intake.pulse)
            waitForBroker()
            repeat {
                if let failure = try play(file, memory, pace) { return failure }
                if options.loops, !stopped { try file.seek(to: 0) }
            } while options.loops && !stopped
            return .finished
        } catch {
            return .failed(.noInput, "\(options.path): \(error)")
        }
    }

    /// Without a broker nothing is kept, and a capture that nobody hears is no use.
    private func waitForBroker() {
        while !stopped, !intake.hasRoomOrSleep() {
            let now = Clock.monotonic
            intake.pulse.turn(at: now, next: now + Self.longestWait)
            wakeup.wait(atMost: Int32(Self.longestWait / 1_000_000))
            let then = Clock.monotonic
            intake.pulse.turn(at: then, next: then)
        }
    }

    /// Plays the file once; a failure, or nil at its end or when stopped.
    private func play(
        _ file: borrowing FileDescriptor, _ memory: UnsafeMutableRawBufferPointer, _ pace: borrowing Pace
    ) throws(SystemError) -> Outcome? {
        var datalink: BTSnoop.Datalink?
        var first: Int64?
        let started = Clock.monotonic
        var events = 0
        var filled = 0
        // Offset in the file of the first byte in memory, for the messages.
        var base = 0
        while !stopped {
            // A pipe may take any time.
            intake.pulse.pause()
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[filled...]))
            filled += count
            let bytes = UnsafeRawBufferPointer(rebasing: memory[..<filled]).bytes
            var position = 0
            do throws(DecodeError) {
                if datalink == nil {
                    guard filled >= BTSnoop.headerSize || count == 0 else { continue }
                    datalink = try BTSnoop.header(bytes)
                    position = BTSnoop.headerSize
                }
                while !stopped, let record = try BTSnoop.record(bytes, at: position) {
                    position = record.data.upperBound
                    guard let framing = BTSnoop.eventFraming(of: record, datalink!, in: bytes) else { continue }
                    events += 1
                    first = first ?? record.unixMicroseconds
                    let due = pace.wait(for: record.unixMicroseconds &- first!, since: started) { stopped }
                    deliver(record, framing, bytes, due)
                }
            } catch {
                return .failed(.data, "\(options.path) is damaged at byte \(base + error.offset): \(error.field) \(error.reason)")
            }
            guard count > 0 else {
                if position < filled {
                    return .failed(.data, "\(options.path) ends in the middle of a record at byte \(base + position)")
                }
                break
            }
            memory.baseAddress!.copyMemory(from: memory.baseAddress! + position, byteCount: filled - position)
            filled -= position
            base += position
        }
        if intake.produce({ $0.flushFragments() }) { main.signal() }
        if events == 0, !stopped { return .failed(.data, "\(options.path) holds no HCI events") }
        return nil
    }

    private func deliver(_ record: BTSnoop.Record, _ framing: BTSnoop.Framing, _ bytes: RawSpan, _ due: UInt64) {
        if case .maximum = options.speed { waitForBroker() }
        let stamp = ReceiveStamp(
            unixMicroseconds: options.stampsNow ? Clock.realtime / 1000 : record.unixMicroseconds, monotonic: due,
            sourceClock: UInt64(clamping: record.unixMicroseconds) &* 1000)
        let isWhole = record.data.count == record.originalLength
        let wakes: Bool
        switch framing {
        case _ where !isWhole:
            wakes = intake.produce { $0.takeDamagedEvent() }
        case .withPacketType:
            wakes = intake.take(event: bytes.extracting(record.data), stamp, adapter: 0)
        case .withoutPacketType:
            // One byte more than an event can have, so that a longer one is found out.
            let size = min(record.data.count, 258) + 1
            wakes = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { packet in
                packet[0] = 0x04
                bytes.extracting(record.data.lowerBound..<record.data.lowerBound + size - 1).withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: packet[1...]).copyMemory(from: $0)
                }
                return intake.take(event: UnsafeRawBufferPointer(packet).bytes, stamp, adapter: 0)
            }
        }
        if wakes { main.signal() }
    }
}

/// Waits until an event is due.
private struct Pace: ~Copyable {
    private let factor: Double?
    private let alarm: AlarmClock
    private let epoll: Epoll
    private let pulse: LoopPulse

    init(_ speed: Options.Replay.Speed, _ wakeup: Wakeup, _ pulse: LoopPulse) throws(SystemError) {
        if case .paced(let factor) = speed { self.factor = factor } else { factor = nil }
        let alarm = try AlarmClock()
        let epoll = try Epoll()
        try epoll.add(alarm.fd, [.readable, .edge], token: 0)
        try epoll.add(wakeup.fd, [.readable, .edge], token: 1)
        self.alarm = alarm
        self.epoll = epoll
        self.pulse = pulse
    }

    /// - Parameters:
    ///   - offset: recorded microseconds since the first event; those of a clock that went back are due at once.
    ///   - started: when the first event was due; CLOCK_MONOTONIC, ns.
    /// - Returns: when the event was due, which is what its latency counts from; now, where there is no pace.
    func wait(for offset: Int64, since started: UInt64, unless stopped: () -> Bool) -> UInt64 {
        var now = Clock.monotonic
        guard let factor else {
            pulse.turn(at: now, next: now)
            return now
        }
        let due = started + UInt64(Double(max(0, offset)) * 1000 / factor)
        if due > now { alarm.set(to: due) }
        while due > now, !stopped() {
            let next = now + ReplaySource.longestWait
            pulse.turn(at: now, next: min(due, next))
            try? epoll.wait(until: next, from: now) { _, _ in }
            now = Clock.monotonic
        }
        pulse.turn(at: now, next: now)
        return due
    }
}
