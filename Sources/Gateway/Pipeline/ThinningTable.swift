import Bluetooth
import Bytes

/// Lets only some of a device's advertisements through, in a table of a fixed size: of more devices than it has room for, those
/// received longest ago are forgotten, and begin anew.
public struct ThinningTable: ~Copyable {
    public enum Mode: Equatable, Sendable {
        /// At most one advertisement of a device in so many nanoseconds.
        case interval(UInt64)
        /// An advertisement that differs from the one let through before, else one in so many nanoseconds. Each kind of PDU and each
        /// advertising set of a device is compared with its own kind: advertisement and scan response are no change of each other.
        case changes(keepAlive: UInt64)
    }

    private struct Passed: BitwiseCopyable {
        var time: UInt64
        /// Of what was let through; 0 in mode `interval`.
        var hash: UInt64
    }

    private let mode: Mode
    private var table: RecentTable<Passed>

    /// - Parameters:
    ///   - devices: entries, 40 to 48 bytes each with its share of the hash table; 1…65,536.
    ///   - seed: a number that is unknown outside.
    public init(_ mode: Mode, devices: Int, seed: UInt64 = 0) {
        precondition((1...65_536).contains(devices))
        self.mode = mode
        table = RecentTable(capacity: devices, seed: seed, placeholder: Passed(time: 0, hash: 0))
    }

    /// Devices that are remembered.
    public var count: Int { table.count }

    /// Whether the advertisement passes; if so, the device's interval begins.
    /// - Parameter now: ns, of a clock that only goes forward.
    mutating func passes(_ advertisement: Advertisement, _ data: RawSpan, at now: UInt64) -> Bool {
        let report = advertisement.report
        var key =
            advertisement.identity == 0
            ? RecentKey(report.address, report.addressType) : RecentKey(identity: advertisement.identity)
        var new = Passed(time: now, hash: 0)
        let interval: UInt64
        switch mode {
        case .interval(let time): interval = time
        case .changes(let keepAlive):
            interval = keepAlive
            key.detail = UInt16(report.eventType.rawValue) << 8 | UInt16(report.sid ?? 0xFF)
            new.hash = Self.hash(report, data)
        }
        guard let index = table.find(key) else {
            table.insert(key, new)
            return true
        }
        let old = table[index]
        guard old.hash != new.hash || now &- old.time >= interval else { return false }
        table[index] = new
        return true
    }

    /// Forgets all devices: the next advertisement of each passes.
    mutating func removeAll() { table.removeAll() }

    /// Of the advertising data and the types of event and address.
    private static func hash(_ report: AdvertisingReport, _ data: RawSpan) -> UInt64 {
        var hash = UInt64(data.byteCount) << 16 | UInt64(report.eventType.rawValue) << 8 | UInt64(report.addressType.rawValue)
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                var word: UInt64 = 0
                let size = min(8, bytes.count - offset)
                withUnsafeMutableBytes(of: &word) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])) }
                hash = SplitMix64.mix(hash &+ 0x9E37_79B9_7F4A_7C15) ^ word
                offset += size
            }
        }
        return SplitMix64.mix(hash &+ 0x9E37_79B9_7F4A_7C15)
    }
}

/// The tables have no other owner.
extension ThinningTable: @unchecked Sendable {}
