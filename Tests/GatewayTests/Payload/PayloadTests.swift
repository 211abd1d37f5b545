import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// Golden payloads: the keys that are always there, the name, and what is malformed.
@Suite struct PayloadTests {
    @Test func `an advertisement without data has all seven keys, in their order`() {
        #expect(payload([]) == golden())
    }

    @Test func `an RSSI that the controller does not know is null`() {
        #expect(payload([], advertisement(rssi: nil)) == golden().replacing(":-67,", with: ":null,"))
        #expect(payload([], advertisement(rssi: 20)) == golden().replacing(":-67,", with: ":20,"))
        #expect(payload([], advertisement(rssi: -128)) == golden().replacing(":-67,", with: ":-128,"))
        #expect(payload([], advertisement(rssi: 0)) == golden().replacing(":-67,", with: ":0,"))
    }

    @Test func `a scanner's identifier is a JSON string whatever it holds`() {
        #expect(payload([], scanner: "a\"b\n") == golden().replacing("\"scanner-01\"", with: #""a\"b\n""#))
    }

    @Test func `the complete name wins over a shortened one, wherever it stands`() {
        let short = ad(0x08, "Temp")
        let complete = ad(0x09, "TempSensor_01")
        #expect(payload(short) == golden(name: "\"Temp\""))
        #expect(payload(complete) == golden(name: "\"TempSensor_01\""))
        #expect(payload(short + complete) == golden(name: "\"TempSensor_01\""))
        #expect(payload(complete + short) == golden(name: "\"TempSensor_01\""))
    }

    @Test func `of several names of a kind the first counts`() {
        #expect(payload(ad(0x09, "one") + ad(0x09, "two")) == golden(name: "\"one\""))
        #expect(payload(ad(0x08, "one") + ad(0x08, "two")) == golden(name: "\"one\""))
    }

    @Test func `a name ends at its first NUL`() {
        #expect(payload(ad(0x09, [0x61, 0, 0, 0])) == golden(name: "\"a\""))
        #expect(payload(ad(0x08, [0x61, 0, 0x62])) == golden(name: "\"a\""))
        // | 0A length | 09 complete local name | 42 54 33 "BT3" | 00 | 42 54 33 "BT3" | 00 | 00 a byte of padding behind it |
        let real: [UInt8] = [0x0A, 0x09, 0x42, 0x54, 0x33, 0x00, 0x42, 0x54, 0x33, 0x00, 0x00]
        #expect(payload(real) == golden(name: "\"BT3\"") && isWhole(real))
    }

    @Test func `a name that is empty or of NULs alone is none`() {
        for empty in [[], [0], [0, 0, 0], [0, 0x61, 0, 0x62, 0]] as [[UInt8]] {
            #expect(payload(ad(0x09, empty)) == golden())
            #expect(payload(ad(0x08, empty)) == golden())
            #expect(isWhole(ad(0x09, empty)))
        }
    }

    @Test func `a name that is empty hides no other`() {
        for empty in [[], [0, 0], [0, 0x78]] as [[UInt8]] {
            #expect(payload(ad(0x09, empty) + ad(0x08, "short")) == golden(name: "\"short\""))
            #expect(payload(ad(0x08, "short") + ad(0x09, empty)) == golden(name: "\"short\""))
            #expect(payload(ad(0x09, empty) + ad(0x08, empty) + ad(0x08, "short") + ad(0x09, "long")) == golden(name: "\"long\""))
        }
    }

    @Test func `unknown AD types are ignored`() {
        #expect(payload(ad(0x24, "https") + ad(0x2D, [1, 2, 3]) + ad(0x00, [])) == golden())
        #expect(isWhole(ad(0x24, "https")))
    }

    @Test func `zeros behind the last structure are padding`() {
        #expect(payload(ad(0x09, "a") + [0, 0, 0, 0]) == golden(name: "\"a\"") && isWhole(ad(0x09, "a") + [0, 0]))
    }

    @Test func `what stands behind a zero length is decoded, and is not malformed`() {
        // | 03 length | 03 complete list of 16-bit UUIDs | 180F || 00 zero length || 05 length | FF manufacturer | 0059 | 01 02 |
        let real: [UInt8] = [0x03, 0x03, 0x0F, 0x18, 0x00, 0x05, 0xFF, 0x59, 0x00, 0x01, 0x02]
        #expect(payload(real) == golden(manufacturer: #""5900":"0102""#, uuids: "\"0000180f-0000-1000-8000-00805f9b34fb\""))
        #expect(isWhole(real))
        #expect(payload([0, 0] + ad(0x09, "a") + [0] + ad(0x0A, [4]) + [0], options: .txPower) == golden(name: "\"a\"", #","tx_power":4"#))
    }

    /// Malformed data, and what of it can still be decoded.
    static let malformed: [(String, [UInt8], String)] = [
        ("a length that reaches past the end", ad(0x09, "a") + [5, 0xFF, 0x4C, 0x00], golden(name: "\"a\"", #","malformed":true"#)),
        ("a length and nothing more", ad(0x09, "a") + [1], golden(name: "\"a\"", #","malformed":true"#)),
        ("a length that reaches past the end, behind zeros", ad(0x09, "a") + [0, 0, 7], golden(name: "\"a\"", #","malformed":true"#)),
        ("manufacturer data too short for its company", ad(0xFF, [0x4C]) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        ("flags without flags", ad(0x01, []) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        ("a TX power of two bytes", ad(0x0A, [1, 2]) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        ("a TX power of no byte", ad(0x0A, []) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        ("an appearance of one byte", ad(0x19, [1]) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        ("service data shorter than its UUID", ad(0x16, [1]) + ad(0x09, "a"), golden(name: "\"a\"", #","malformed":true"#)),
        (
            "a list that ends inside a UUID", ad(0x03, [0x0F, 0x18, 0x0A]),
            golden(uuids: "\"0000180f-0000-1000-8000-00805f9b34fb\"", #","malformed":true"#)
        ),
    ]

    @Test(arguments: malformed) func `malformed data is marked, and what is right is decoded`(what: String, data: [UInt8], expected: String) {
        #expect(payload(data) == expected, "\(what)")
        #expect(!isWhole(data), "\(what)")
    }

    @Test func `truncated and malformed come last`() {
        #expect(payload([], advertisement(truncated: true)) == golden(#","truncated":true"#))
        #expect(
            payload([9], advertisement(truncated: true), options: [.raw, .adapter])
                == golden(#","adapter":"hci0","raw":"09","truncated":true,"malformed":true"#))
    }

    @Test func `a known device has the address of its identity and its name`() {
        let devices = [
            KnownDevice(name: "Anna's \"watch\"\n", address: DeviceAddress(0xC0FF_EE00_0001)),
            KnownDevice(name: "Schlüssel", address: DeviceAddress(0x0A)),
        ]
        var one = advertisement(truncated: true)
        #expect(payload([], one, identities: devices) == golden(#","truncated":true"#))
        one.identity = 1
        let first = #","identity_address":"C0:FF:EE:00:00:01","identity_name":"Anna's \"watch\"\n""#
        #expect(payload([], one, identities: devices) == golden(first + #","truncated":true"#))
        one.identity = 2
        let second = #","adapter":"hci0","raw":"","identity_address":"00:00:00:00:00:0A","identity_name":"Schlüssel","truncated":true"#
        #expect(payload([], one, options: [.adapter, .raw], identities: devices) == golden(second))
    }

    @Test func `a payload that does not fit leaves the writer full, wherever it ends`() {
        let data =
            ad(0x01, [6]) + ad(0xFF, [0x4C, 0, 1]) + ad(0xFF, [0x4C, 0, 2]) + ad(0x16, [0x0F, 0x18, 9]) + ad(0x16, [0x0F, 0x18, 8])
            + ad(0x03, [0x0F, 0x18]) + ad(0x09, "a\n\u{FF}")
        let whole = payload(data, options: [.standard, .raw])
        var formatter = PayloadFormatter(scannerID: "scanner-01", options: [.standard, .raw], adapters: ["hci0"])
        for capacity in 1..<whole.utf8.count {
            let isFull = withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { memory in
                var writer = ByteWriter(memory)
                _ = formatter.write(advertisement(), data.span.bytes, to: &writer)
                return writer.isFull
            }
            #expect(isFull, "\(capacity)")
        }
        #expect(text(capacity: whole.utf8.count) { _ = formatter.write(advertisement(), data.span.bytes, to: &$0) } == whole)
    }
}
