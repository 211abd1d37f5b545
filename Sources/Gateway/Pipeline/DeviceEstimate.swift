import Bluetooth
import Bytes
import Glibc

/// Estimates how many different addresses were seen, in 4 KiB whatever their number: HyperLogLog with 4096 registers,
/// standard error 1.6 %. Small numbers are counted by the empty registers and come out nearly exact.
public struct DeviceEstimate: ~Copyable {
    private static let bits: UInt64 = 12
    private static let size = 1 << Int(bits)
    private let registers: UnsafeMutableBufferPointer<UInt8>

    public init() {
        registers = .allocate(capacity: Self.size)
        registers.initialize(repeating: 0)
    }

    deinit { registers.deallocate() }

    public mutating func insert(_ address: DeviceAddress) {
        let hash = SplitMix64.mix(address.value &+ 0x9E37_79B9_7F4A_7C15)
        let index = Int(hash >> (64 - Self.bits))
        let rank = UInt8(truncatingIfNeeded: min((hash << Self.bits).leadingZeroBitCount, 64 - Int(Self.bits))) + 1
        if rank > registers[index] { registers[index] = rank }
    }

    /// The estimate.
    public var count: Int {
        var sum = 0.0
        var empty = 0
        for register in registers {
            sum += 1 / Double(UInt64(1) << UInt64(register))
            if register == 0 { empty += 1 }
        }
        let size = Double(Self.size)
        let raw = 0.7213 / (1 + 1.079 / size) * size * size / sum
        if raw <= 2.5 * size, empty > 0 { return Int((size * log(size / Double(empty))).rounded()) }
        return Int(raw.rounded())
    }

    public mutating func reset() {
        registers.update(repeating: 0)
    }
}
