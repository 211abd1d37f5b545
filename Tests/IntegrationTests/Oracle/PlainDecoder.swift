@testable import Harness

/// A decoder of advertising events as plain as can be, written from the Core specification (Vol 4 Part E 7.7.65.2 and 7.7.65.13, Vol 3
/// Part C 11) for this test alone.
///
/// tshark is the oracle. It stops at the first oddity of a packet, and it takes the pieces of a long extended advertisement for
/// advertisements of their own; there this decoder continues. Wherever tshark does speak, the test holds this decoder to its word first.
enum PlainDecoder {
    struct Report: Equatable {
        var isExtended = false
        var eventType = 0
        var addressType: UInt8 = 0
        var address = ""
        var rssi = 0
        var sid: UInt8 = 0xFF
        /// The advertising data within the event.
        var place: Range<Int> = 0..<0
        var data: [UInt8] = []

        /// Data status “incomplete, more to come” of an extended PDU.
        var isFragment: Bool { isExtended && eventType & 0x10 == 0 && eventType >> 5 & 3 == 1 }
        /// Data status “incomplete, truncated”.
        var isTruncated: Bool { isExtended && eventType & 0x10 == 0 && eventType >> 5 & 3 == 2 }
    }

    /// The reports of an event that stand before any damage.
    struct Event: Equatable {
        var reports: [Report] = []
        /// Lengths do not fit together: what lies behind the reports cannot be found or should not be there.
        var isDamaged = false
        var isAdvertising = true
    }

    /// - Parameter bytes: with the H4 packet type in front.
    static func event(_ bytes: [UInt8]) -> Event {
        guard bytes.count >= 4, bytes[0] == 0x04, Int(bytes[2]) == bytes.count - 3 else { return Event(isDamaged: true) }
        guard bytes[1] == 0x3E, bytes[3] == 0x02 || bytes[3] == 0x0D else { return Event(isAdvertising: false) }
        guard bytes.count > 4, bytes[4] > 0 else { return Event(isDamaged: true) }
        var event = Event()
        var offset = 5
        for _ in 0..<bytes[4] {
            let header = bytes[3] == 0x02 ? 9 : 24
            guard offset + header <= bytes.count else { return damaged(event) }
            let h = Array(bytes[offset..<offset + header])
            var report = Report()
            let size = Int(h[header - 1])
            let start = offset + header
            let end = start + size
            if bytes[3] == 0x02 {
                guard end + 1 <= bytes.count else { return damaged(event) }
                report.eventType = Int(h[0])
                report.addressType = h[1]
                report.address = address(h[2..<8])
                report.rssi = Int(Int8(bitPattern: bytes[end]))
                offset = end + 1
            } else {
                guard end <= bytes.count else { return damaged(event) }
                report.isExtended = true
                report.eventType = Int(h[0]) | Int(h[1]) << 8
                report.addressType = h[2]
                report.address = address(h[3..<9])
                report.sid = h[11]
                report.rssi = Int(Int8(bitPattern: h[13]))
                offset = end
            }
            report.place = start..<end
            report.data = Array(bytes[start..<end])
            event.reports.append(report)
        }
        event.isDamaged = offset != bytes.count
        return event
    }

    private static func damaged(_ event: Event) -> Event {
        Event(reports: event.reports, isDamaged: true)
    }

    private static func address(_ wire: ArraySlice<UInt8>) -> String {
        wire.reversed().map { hex([$0]).uppercased() }.joined(separator: ":")
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    /// The AD structures of one advertisement.
    struct Structures {
        /// Up to the end or to damage.
        var entries: [(type: UInt8, data: [UInt8])] = []
        var isDamaged = false
        /// How many stand before the first zero length, which is the specification's early termination.
        var beforeTermination: Int?
    }

    /// Zero lengths are passed over.
    static func structures(_ data: [UInt8]) -> Structures {
        var found = Structures()
        var rest = data[...]
        while let length = rest.first {
            if length == 0 {
                found.beforeTermination = found.beforeTermination ?? found.entries.count
                rest = rest.dropFirst()
                continue
            }
            guard rest.count > Int(length) else {
                found.isDamaged = true
                return found
            }
            let structure = rest.dropFirst().prefix(Int(length))
            found.entries.append((structure.first!, Array(structure.dropFirst())))
            rest = rest.dropFirst(Int(length) + 1)
        }
        return found
    }
}
