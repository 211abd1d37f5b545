import Bytes
import Synchronization
import Testing

@testable import Gateway

/// Who waits while addresses are resolved.
@Suite struct ResolvingTests {
    /// The cipher asks for the ring as the main thread does: a lock that its own thread holds would end the test.
    @Test func `while keys are tried the ring is free for the other thread`() {
        final class Box: Sendable { let intake = Mutex<SharedIntake?>(nil) }
        let box = Box()
        let checks = Counter()
        let cipher = PlayedCipher()
        let table = IdentityTable(Register.devices, cacheSize: 16) { device, block in
            let intake = box.intake.withLock { $0 }
            checks.add(intake?.consume { $0.isOpen } == true ? 1 : 0)
            return cipher.encrypt(device, block)
        }
        let intake = SharedIntake(Intake(ringSize: 65_536, filterStage: FilterStage(identities: table)))
        intake.consume { $0.isOpen = true }
        box.intake.withLock { $0 = intake }
        _ = intake.take(event: legacyEvent(legacyReport(cipher.address(of: 2, 7), data: [])).span.bytes, stamp(0), adapter: 0)
        let buffer = RecordBuffer()
        #expect(checks.count == 3 && intake.pop(into: buffer.memory)?.advertisement.identity == 3)
        // The same for a table that came later.
        let later = IdentityTable(Register.devices, cacheSize: 16) { device, block in
            checks.add(intake.consume { $0.isOpen } ? 1 : 0)
            return cipher.encrypt(device, block)
        }
        intake.replace(filterStage: FilterStage(identities: later))
        _ = intake.take(event: legacyEvent(legacyReport(cipher.address(of: 1, 7), data: [])).span.bytes, stamp(0), adapter: 0)
        #expect(checks.count == 5 && intake.pop(into: buffer.memory)?.advertisement.identity == 2)
        // Each holds the other.
        box.intake.withLock { $0 = nil }
        intake.replace(filterStage: FilterStage())
    }
}

/// A number that several threads may add to.
final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }
    func add(_ number: Int) { value.add(number, ordering: .relaxed) }
}
