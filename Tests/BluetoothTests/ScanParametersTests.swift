import Bluetooth
import Testing

@Suite struct ScanParametersTests {
    @Test(arguments: [(2.5, 4), (10_240, 16_384), (100, 160), (3, 5), (2.8, 4), (5.3, 8), (0.625, 1), (11.25, 18)] as [(Double, UInt16)])
    func `milliseconds become the nearest number of 0.625 ms`(milliseconds: Double, units: UInt16) {
        #expect(ScanTime(milliseconds: milliseconds).rawValue == units)
    }

    @Test func `the specification's limits are allowed`() {
        let shortest = ScanParameters(
            isActive: false, interval: ScanTime(rawValue: 4), window: ScanTime(rawValue: 4), usesRandomAddress: false)
        #expect(shortest.interval == .shortest)
        #expect(shortest.window == .shortest)
        let longest = ScanParameters(
            isActive: true, interval: ScanTime(rawValue: 16_384), window: ScanTime(rawValue: 16_384), usesRandomAddress: true)
        #expect(longest.interval == .longest)
        #expect(longest.window == .longest)
        #expect(longest.isActive)
        #expect(longest.usesRandomAddress)
        #expect(shortest != longest)
    }

    /// Configuration has checked them; what comes here is our own fault.
    @Test func `an interval or a window beyond the limits traps`() async {
        await #expect(processExitsWith: .failure) { _ = ScanParameters(
            isActive: false, interval: ScanTime(rawValue: 3), window: ScanTime(rawValue: 3), usesRandomAddress: false) }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(
                isActive: false, interval: ScanTime(rawValue: 16_385), window: ScanTime(rawValue: 4), usesRandomAddress: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(isActive: false, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 3), usesRandomAddress: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(
                isActive: false, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 161), usesRandomAddress: false)
        }
    }
}
