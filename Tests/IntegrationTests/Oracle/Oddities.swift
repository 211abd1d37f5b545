@testable import Harness

/// Advertising events with what is rare on air.
enum Oddities {
    static let events: [[UInt8]] =
        ads.enumerated().map { legacy($1, number: $0) } + chain + [twoReports, damagedSecond, anonymous, reserved]

    private static let ads: [[UInt8]] = [
        [],
        // Early termination, with all zeros behind it.
        [2, 0x01, 0x06, 0, 0, 0, 0],
        // The same, and something else behind it: what can be read, and what cannot.
        [2, 0x01, 0x06, 0, 0, 1, 0],
        [3, 0x03, 0x0F, 0x18, 0, 5, 0xFF, 0x59, 0x00, 0x01, 0x02],
        [2, 0x01, 0x06, 0, 9, 0x09, 0x41],
        // A structure of only a type, a name of no letters.
        [1, 0xFF - 0x80, 1, 0x09],
        // A structure that says it is longer than what is there.
        [2, 0x01, 0x06, 9, 0x09] + Array("Short".utf8),
        // A shortened name before a complete one, and two complete ones.
        [3, 0x08] + Array("Sh".utf8) + [5, 0x09] + Array("Long".utf8),
        [4, 0x09] + Array("One".utf8) + [4, 0x09] + Array("Two".utf8),
        // NULs at the end and within, and a name of NULs beside a shortened one.
        [8, 0x09] + Array("A\0B\0\0\0\0".utf8),
        [3, 0x09, 0, 0, 3, 0x08] + Array("Sh".utf8),
        // Not UTF-8: a lone continuation byte, a cut-off sequence, an overlong one, a surrogate, a byte that is never used.
        [14, 0x09, 0x41, 0x80, 0x42, 0xE2, 0x82, 0x43, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0x44, 0xFF],
        // Controls, quotes, DEL, four-byte characters.
        [16, 0x09, 0x01, 0x09, 0x0A, 0x0D, 0x1F, 0x22, 0x5C, 0x2F, 0x7F, 0xF0, 0x9F, 0x94, 0x8B, 0xC3, 0xA9],
        // One company twice, another between.
        [5, 0xFF, 0x4C, 0x00, 0x01, 0x02, 3, 0xFF, 0x06, 0x00, 5, 0xFF, 0x4C, 0x00, 0x03, 0x04],
        // Lists of all widths, one of them empty, the same UUID twice.
        [5, 0x02, 0x0F, 0x18, 0x0F, 0x18, 1, 0x03, 9, 0x05, 0x78, 0x56, 0x34, 0x12, 0x0D, 0x18, 0, 0],
        [17, 0x07, 0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x18, 0x00, 0x00]
            + [3, 0x14, 0x0F, 0x18, 3, 0x03, 0xAA, 0xFE],
        // As many structures as 31 bytes hold.
        Array([[3, 0xFF, 0x01, 0x02], [3, 0xFF, 0x03, 0x04], [3, 0xFF, 0x05, 0x06], [3, 0xFF, 0x07, 0x08]].joined()),
    ]

    private static func legacy(_ data: [UInt8], number: Int) -> [UInt8] {
        event([0x02, 1] + report(data, number: number))
    }

    private static func report(_ data: [UInt8], number: Int) -> [UInt8] {
        // Every kind of PDU in turn; an RSSI of 127 is none.
        [UInt8(number % 5), UInt8(number % 2), UInt8(number), 0x22, 0x33, 0x44, 0x55, 0xC6, UInt8(data.count)] + data
            + [number % 7 == 3 ? 127 : UInt8(bitPattern: -40 - Int8(number))]
    }

    private static func event(_ parameters: [UInt8]) -> [UInt8] {
        [0x04, 0x3E, UInt8(parameters.count)] + parameters
    }

    private static func extended(_ data: [UInt8], type: Int, address: UInt8, addressType: UInt8 = 1, phy: UInt8 = 1, sid: UInt8 = 2, rssi: Int8 = -50)
        -> [UInt8]
    {
        event(
            [0x0D, 1, UInt8(type & 0xFF), UInt8(type >> 8), addressType, address, 2, 3, 4, 5, 0xC0]
                + [phy, 2, sid, 127, UInt8(bitPattern: rssi)]
                + [0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(data.count)] + data)
    }

    /// 255 companies in pieces; the cuts go through a structure. Another advertiser, and the same one with another set, come between.
    private static let chain: [[UInt8]] = {
        let long = (0..<255).flatMap { [5, 0xFF, UInt8($0), 0x42, UInt8($0), 0xEE] as [UInt8] }
        let name: [UInt8] = [5, 0x09] + Array("Else".utf8)
        var events: [[UInt8]] = []
        for start in stride(from: 0, to: long.count, by: 229) {
            let end = min(start + 229, long.count)
            events.append(extended(Array(long[start..<end]), type: end < long.count ? 0x20 : 0x00, address: 1, rssi: Int8(-50 - start / 229)))
            if start == 229 {
                events.append(extended(name, type: 0x00, address: 9))
                events.append(extended(name, type: 0x00, address: 1, sid: 3))
            }
        }
        // Truncated by the controller, alone and behind a piece.
        events.append(extended(name, type: 0x40, address: 7))
        events.append(extended([3, 0xFF, 0x01], type: 0x20, address: 8))
        events.append(extended([0x02, 4, 0x09] + Array("En".utf8), type: 0x40, address: 8))
        // A legacy PDU of the same advertiser ends no chain, a scan response is a chain of its own.
        events.append(extended([4, 0x09, 0x41], type: 0x20, address: 6, sid: 0xFF))
        events.append(extended(name, type: 0x10, address: 6, sid: 0xFF))
        events.append(extended([4, 0x09, 0x58], type: 0x28, address: 6, sid: 0xFF))
        events.append(extended([0x42, 0x43], type: 0x00, address: 6, sid: 0xFF))
        events.append(extended([0x59, 0x5A], type: 0x08, address: 6, sid: 0xFF))
        // Pieces whose rest never comes: the first waits too long, the second until the end of the capture.
        events.append(extended([5, 0x09] + Array("Lost".utf8), type: 0x20, address: 5))
        events += (0..<12).map { extended(name, type: 0x00, address: 0x20 + UInt8($0)) }
        events.append(extended([5, 0x09] + Array("Last".utf8), type: 0x20, address: 4))
        return events
    }()

    private static let twoReports = event([0x02, 2] + report([5, 0x09] + Array("Left".utf8), number: 1) + report([2, 0x01, 0x1A], number: 2))

    /// The second report ends behind the event's end.
    private static let damagedSecond = event([0x02, 2] + report([2, 0x01, 0x06], number: 3) + report([2, 0x01, 0x06], number: 4).dropLast(2))

    /// A primary PHY and an advertising SID that the specification reserves.
    private static let reserved = extended([3, 0x03, 0x0F, 0x18], type: 0x00, address: 0x40, phy: 2, sid: 0x1F)

    /// An extended advertiser that sends no address.
    private static let anonymous = extended([3, 0x03, 0x0F, 0x18], type: 0x00, address: 0, addressType: 0xFF)
}
