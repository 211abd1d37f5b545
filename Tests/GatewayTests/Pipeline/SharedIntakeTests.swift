import Bytes
import Synchronization
import Testing

@testable import Gateway

@Suite struct SharedIntakeTests {
    private static func open(ringSize: Int = 65_536) -> SharedIntake {
        let intake = SharedIntake(Intake(ringSize: ringSize))
        intake.consume { $0.isOpen = true }
        return intake
    }

    private static func take(_ intake: SharedIntake, _ event: [UInt8], more: Bool = false) -> Bool {
        intake.take(event: event.span.bytes, stamp(0), adapter: 0, more: more)
    }

    private static let one = legacyEvent(legacyReport(1, data: [1, 2, 3]))
    private static let none: [UInt8] = [0x04, 0x05, 0]
    private static let fragment = extendedEvent(extendedReport(1, status: 1, data: [1]))

    @Test func `a consumer that is awake is not woken`() {
        let intake = Self.open()
        #expect(!Self.take(intake, Self.one))
        #expect(!Self.take(intake, Self.one))
    }

    @Test func `a consumer that found nothing is woken by the first record, once`() {
        let intake = Self.open()
        let buffer = RecordBuffer()
        #expect(intake.pop(into: buffer.memory) == nil)
        #expect(!Self.take(intake, Self.none))
        #expect(!Self.take(intake, Self.fragment))
        #expect(Self.take(intake, Self.one))
        #expect(!Self.take(intake, Self.one))
        #expect(intake.pop(into: buffer.memory)?.length == 3)
        #expect(intake.pop(into: buffer.memory)?.length == 3)
        // It does not know that there is nothing more: it does not sleep.
        #expect(!Self.take(intake, Self.one))
        #expect(intake.pop(into: buffer.memory) != nil && intake.pop(into: buffer.memory) == nil)
        #expect(Self.take(intake, Self.one))
    }

    @Test func `a consumer is let sleep while more may follow, and woken by the hand-over`() {
        let intake = Self.open()
        let buffer = RecordBuffer()
        #expect(intake.pop(into: buffer.memory) == nil)
        for _ in 0..<5 { #expect(!Self.take(intake, Self.one, more: true)) }
        #expect(intake.produce { _ in })
        #expect(!intake.produce { _ in })
    }

    @Test func `a ring that is half full wakes the consumer though more may follow`() {
        let intake = Self.open()
        let buffer = RecordBuffer()
        #expect(intake.pop(into: buffer.memory) == nil)
        var wakes = 0
        while intake.hasRoomOrSleep() {
            if Self.take(intake, Self.one, more: true) { wakes += 1 }
        }
        #expect(wakes == 1)
        #expect(!intake.produce { _ in })
    }

    @Test func `whatever else the producer does wakes as well, if it brings a record`() {
        let intake = Self.open()
        let buffer = RecordBuffer()
        #expect(intake.pop(into: buffer.memory) == nil)
        #expect(!Self.take(intake, Self.fragment))
        #expect(!intake.produce { $0.expireFragments(at: 1) })
        #expect(intake.produce { $0.flushFragments() })
        #expect(!intake.produce { $0.flushFragments() })
    }

    @Test func `a closed intake wakes nobody`() {
        let intake = SharedIntake(Intake(ringSize: 65_536))
        let buffer = RecordBuffer()
        #expect(intake.pop(into: buffer.memory) == nil)
        #expect(!Self.take(intake, Self.one))
        let counters = intake.consume { $0.counters }
        #expect(counters.droppedOffline.total == 1)
    }

    @Test func `a producer that can wait sleeps while the ring is full and goes on when there is room`() {
        let intake = Self.open()
        let buffer = RecordBuffer()
        var taken = 0
        while intake.hasRoomOrSleep() {
            #expect(!intake.producerMayGoOn())
            _ = Self.take(intake, Self.one)
            taken += 1
        }
        #expect(taken > 100 && !intake.producerMayGoOn())
        var popped = 0
        while !intake.producerMayGoOn() {
            guard intake.pop(into: buffer.memory) != nil else { break }
            popped += 1
        }
        #expect(popped == 1)
        // It is woken once.
        #expect(!intake.producerMayGoOn() && intake.hasRoomOrSleep())
        let counters = intake.consume { $0.counters }
        #expect(counters.droppedRingFull.total == 0)
    }

    @Test func `a producer that can wait sleeps while the intake is closed`() {
        let intake = SharedIntake(Intake(ringSize: 65_536))
        #expect(!intake.hasRoomOrSleep() && !intake.producerMayGoOn())
        intake.consume { $0.isOpen = true }
        #expect(intake.producerMayGoOn() && !intake.producerMayGoOn() && intake.hasRoomOrSleep())
    }

    @Test(.timeLimit(.minutes(1))) func `between two threads every record arrives once and in order, and nobody sleeps for good`() async {
        let intake = Self.open(ringSize: 65_536)
        let total: UInt64 = 20_000
        // Each side waits only when it may sleep: a wake-up too few and this test never ends.
        let (consumerWakes, wakeConsumer) = AsyncStream.makeStream(of: Void.self)
        let (producerWakes, wakeProducer) = AsyncStream.makeStream(of: Void.self)

        async let producer: Void = {
            var wakes = producerWakes.makeAsyncIterator()
            for number in 1...total {
                while !intake.hasRoomOrSleep() { await wakes.next() }
                if Self.take(intake, legacyEvent(legacyReport(number, data: [1, 2, 3]))) { wakeConsumer.yield() }
            }
        }()

        var wakes = consumerWakes.makeAsyncIterator()
        var next: UInt64 = 1
        while next <= total {
            let buffer = RecordBuffer()
            while let record = intake.pop(into: buffer.memory) {
                guard record.advertisement.report.address.value == next else {
                    Issue.record("\(record.advertisement.report.address.value) instead of \(next)")
                    return
                }
                next += 1
                if intake.producerMayGoOn() { wakeProducer.yield() }
            }
            if next <= total { await wakes.next() }
        }
        await producer
        let counters = intake.consume { $0.counters }
        #expect(counters.received.total == total && counters.droppedRingFull.total == 0 && counters.queued.total == 0)
    }
}
