import Bluetooth
import Bytes
import Gateway
import Linux
import Synchronization

/// Replaces the scanner thread: reads a capture and hands its events to the intake, at the recorded times or as fast as possible.
final class ReplaySource: Sendable {
    /// How the replay ended.
    enum Outcome: Sendable {
        case finished
        case failed(ExitCode, String)
    }

    private let intake: SharedIntake
    private let options: Options.Replay
    /// Until the thread has taken it.
    private let file: Mutex<CaptureFile?>
    private let main: Wakeup
    private let wakeup: Wakeup
    private let isStopped = Atomic(false)
    private let outcome = Mutex<Outcome?>(nil)
    /// Something for the log.
    private let notice = Mutex<String?>(nil)

    /// An iteration takes place this often with nothing to do, for the heartbeat; ns.
    private static let longestWait: UInt64 = 1_000_000_000

    init(_ options: Options.Replay, _ file: consuming CaptureFile, _ intake: SharedIntake, main: Wakeup) throws(SystemError) {
        self.options = options
        self.file = Mutex(file)
        self.intake = intake
        self.main = main
        wakeup = try Wakeup()
    }

    func start() throws(SystemError) {
        let thread = try Thread(name: "replay") { [self] in
            let result = run()
            intake.heartbeat.pause()
            outcome.withLock { $0 = result }
            main.signal()
        }
        // Its outcome is the last thing it reports: no other thread joins it.
        thread.detach()
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

    /// Something to be logged, once.
    func takeNotice() -> String? {
        notice.withLock { notice in
            defer { notice = nil }
            return notice
        }
    }

    private var stopped: Bool { isStopped.load(ordering: .acquiring) }

    // MARK: The replay thread

    private func run() -> Outcome {
        var file = file.withLock { $0.take()! }
        do throws(ReplayFailure) {
            // A pipe's first bytes may take any time; without them nothing is known of it.
            intake.heartbeat.pause()
            if file.isPipe, try !file.check(interruption) { return .finished }
            waitForBroker()
            var progress = Progress(started: Clock.monotonic)
            repeat {
                try play(&file, &progress)
                if options.loops, !stopped {
                    try file.restart()
                    progress.clock.restart()
                }
            } while options.loops && !stopped
            return .finished
        } catch {
            return .failed(error.code, error.message)
        }
    }

    /// Without a broker nothing is published, and replaying would be of no use.
    private func waitForBroker() {
        while !stopped, !intake.hasRoomOrSleep() {
            let now = Clock.monotonic
            intake.heartbeat.beat(at: now, next: now + Self.longestWait)
            wakeup.wait(nanoseconds: Self.longestWait)
            let then = Clock.monotonic
            intake.heartbeat.beat(at: then, next: then)
        }
    }

    private var interruption: CaptureFile.Stop { CaptureFile.Stop(wakeup: wakeup) { [self] in stopped } }

    /// How far the replay has come.
    private struct Progress {
        /// When the first event was due; CLOCK_MONOTONIC, ns.
        let started: UInt64
        var clock = PlaybackClock()
        /// The last time stamp that a record had; microseconds since 1970.
        var time: Int64?
        var hasShortened = false
        var rhythm = GatherRhythm()
        /// Events since the last hand-over.
        var gathered = 0
    }

    /// Plays the file once, to its end or until it is stopped.
    private func play(_ file: inout CaptureFile, _ progress: inout Progress) throws(ReplayFailure) {
        var events = 0
        // What was delivered is played, whatever becomes of the rest.
        defer { if intake.produce({ $0.flushFragments() }) { main.signal() } }
        while !stopped {
            while !stopped, let record = try file.next() {
                guard let framing = record.event else { continue }
                events += 1
                if let pause = progress.clock.advance(to: record.unixMicroseconds) { shortened(pause, file, &progress) }
                progress.time = record.unixMicroseconds ?? progress.time
                guard let due = wait(&progress) else { break }
                deliver(record, framing, file.stream.bytes.bytes, progress, due)
            }
            guard !stopped else { break }
            // A file system may take any time.
            handOver(&progress, at: Clock.monotonic)
            intake.heartbeat.pause()
            guard let count = try file.read(interruption) else { break }
            guard count == 0 else { continue }
            guard file.stream.mayEnd else { throw file.cut }
            if events == 0 { throw file.noEvents(file.stream.reader.foreignLinkType) }
            break
        }
    }

    /// Waits until an event is due; while it waits at all, until some that follow it are, too, as the scanner thread does.
    /// - Returns: when the event was due, which is what its latency counts from, CLOCK_MONOTONIC in ns; now, where there is no pace; nil
    /// where it is not due yet, and never will be, for the replay is stopped.
    private func wait(_ progress: inout Progress) -> UInt64? {
        var now = Clock.monotonic
        guard case .paced(let factor) = options.speed else {
            intake.heartbeat.beat(at: now, next: now)
            return now
        }
        let due = progress.clock.due(since: progress.started, factor: factor)
        if due > now || progress.gathered >= GatherRhythm.most { handOver(&progress, at: now) }
        if due > now {
            let end = due + progress.rhythm.pause(atMost: intake.gather)
            while now < end, !stopped {
                let next = min(end, now + Self.longestWait)
                intake.heartbeat.beat(at: now, next: next)
                wakeup.wait(nanoseconds: next - now)
                now = Clock.monotonic
            }
        }
        intake.heartbeat.beat(at: now, next: now)
        guard now >= due else { return nil }
        progress.gathered += 1
        return due
    }

    /// Hands what was delivered over to the main thread.
    private func handOver(_ progress: inout Progress, at now: UInt64) {
        progress.rhythm.found(progress.gathered, at: now, longest: intake.gather)
        progress.gathered = 0
        if intake.produce({ _ in }) { main.signal() }
    }

    /// Logged once: a malformed file may have many of them.
    private func shortened(_ pause: Int64, _ file: borrowing CaptureFile, _ progress: inout Progress) {
        guard case .paced = options.speed, !progress.hasShortened else { return }
        progress.hasShortened = true
        let text =
            "\(file.path): \(pause / 1_000_000) s pass between two events before byte \(file.stream.offset); pauses of more than "
            + "\(PlaybackClock.longestPause / 1_000_000) s are shortened to that"
        notice.withLock { $0 = text }
        main.signal()
    }

    private func deliver(
        _ record: CaptureRecord, _ framing: CaptureRecord.Framing, _ bytes: RawSpan, _ progress: borrowing Progress, _ due: UInt64
    ) {
        if case .maximum = options.speed { waitForBroker() }
        let recorded = options.stampsNow ? nil : progress.time
        let stamp = ReceiveStamp(
            unixMicroseconds: recorded ?? (Clock.realtime - Int64(Clock.monotonic - due)) / 1000, monotonic: due,
            sourceClock: progress.clock.sourceClock)
        let more = options.speed != .maximum
        let wakes: Bool
        switch framing {
        case _ where !record.isWhole:
            wakes = intake.produce { $0.takeMalformedEvent() }
        case .withPacketType:
            wakes = intake.take(event: bytes.extracting(record.data), stamp, adapter: 0, more: more)
        case .withoutPacketType:
            // One byte more than an event can have, so that a longer one is found out.
            let size = min(record.data.count, 258) + 1
            wakes = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { packet in
                packet[0] = 0x04
                bytes.extracting(record.data.lowerBound..<record.data.lowerBound + size - 1).withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: packet[1...]).copyMemory(from: $0)
                }
                return intake.take(event: UnsafeRawBufferPointer(packet).bytes, stamp, adapter: 0, more: more)
            }
        }
        if wakes { main.signal() }
    }
}
