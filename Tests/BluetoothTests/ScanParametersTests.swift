import Bluetooth
import Testing

@Suite struct ScanParametersTests {
    @Test(arguments: [(2.5, 4), (10_240, 16_384), (100, 160), (3, 5), (2.8, 4), (5.3, 8), (0.625, 1), (11.25, 18)] as [(Double, UInt16)])
    func `milliseconds become the nearest number of 0.625 ms`(milliseconds: Double, units: UInt16) {
        #expect(ScanParameters.units(milliseconds: milliseconds) == units)
    }

    @Test func `the specification's limits are allowed`() {
        let shortest = ScanParameters(isActive: false, interval: 4, window: 4, usesRandomAddress: false)
        #expect(shortest.interval == 4)
        #expect(shortest.window == 4)
        let longest = ScanParameters(isActive: true, interval: 16_384, window: 16_384, usesRandomAddress: true)
        #expect(longest.interval == 16_384)
        #expect(longest.window == 16_384)
        #expect(longest.isActive)
        #expect(longest.usesRandomAddress)
        #expect(shortest != longest)
    }

    /// Configuration has checked them; what comes here is our own fault.
    @Test func `an interval or a window beyond the limits traps`() async {
        await #expect(processExitsWith: .failure) { _ = ScanParameters(isActive: false, interval: 3, window: 3, usesRandomAddress: false) }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(isActive: false, interval: 16_385, window: 4, usesRandomAddress: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(isActive: false, interval: 160, window: 3, usesRandomAddress: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScanParameters(isActive: false, interval: 160, window: 161, usesRandomAddress: false)
        }
    }
}
