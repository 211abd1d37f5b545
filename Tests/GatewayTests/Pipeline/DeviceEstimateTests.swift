import Bluetooth
import Bytes
import Glibc
import Testing

@testable import Gateway

@Suite struct DeviceEstimateTests {
    private static func estimate(_ addresses: some Sequence<UInt64>) -> Int {
        var estimate = DeviceEstimate()
        for address in addresses { estimate.insert(DeviceAddress(address)) }
        return estimate.count
    }

    @Test func `no device is no device`() { #expect(Self.estimate([]) == 0) }

    @Test(arguments: 1...20) func `a handful is counted exactly`(count: Int) {
        #expect(Self.estimate((0..<UInt64(count)).map { $0 * 0x1_0001 }) == count)
    }

    @Test(arguments: [10, 100, 1_000, 5_000, 8_000, 10_000, 12_000, 15_000, 20_000, 50_000, 100_000, 200_000], [UInt64(1), 2, 3])
    func `the estimate is within five per cent`(count: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let found = Self.estimate((0..<count).lazy.map { _ in random.next() & 0xFFFF_FFFF_FFFF })
        #expect(abs(Double(found) - Double(count)) <= max(1, 0.05 * Double(count)), "\(found) of \(count)")
    }

    @Test(arguments: [1_000, 100_000]) func `addresses that follow one another are estimated as well`(count: Int) {
        let found = Self.estimate((0..<UInt64(count)).lazy.map { 0xC0_0000_0000 + $0 })
        #expect(abs(Double(found) - Double(count)) <= 0.05 * Double(count), "\(found) of \(count)")
    }

    @Test func `the logarithm is that of libm`() {
        for number in (0...4_096).map({ Double($0) / 4_096 + 1 }) + (2...4_096).map(Double.init) {
            #expect(abs(DeviceEstimate.logarithm(number) - log(number)) <= 1e-11, "\(number)")
        }
    }

    @Test func `a device that is received again is no other device`() {
        #expect(Self.estimate((0..<100_000).lazy.map { UInt64($0 % 7) }) == 7)
    }

    @Test func `after a reset nothing was seen`() {
        var estimate = DeviceEstimate()
        for address in UInt64(0)..<1_000 { estimate.insert(DeviceAddress(address)) }
        estimate.reset()
        let count = estimate.count
        #expect(count == 0)
    }
}
