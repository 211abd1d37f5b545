import Foundation

@testable import Harness

/// What a message says, or should say: the seven keys that are always there, and the marks of damage.
struct Message: Equatable, CustomStringConvertible {
    var topic = ""
    var scannerID = ""
    var address = ""
    var rssi: Int?
    var time = ""
    var manufacturerData: [String: String] = [:]
    /// `id:data` of those whose company had one already.
    var repeated: [String] = []
    var uuids: [String] = []
    /// As bytes: Swift's strings would take different spellings of one letter for the same.
    var name: [UInt8]?
    var malformed = false
    var truncated = false

    var description: String {
        let companies = manufacturerData.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        return """
            \(topic) \(scannerID) \(address) \(rssi.map(String.init) ?? "null") \(time) \(companies) + \(repeated) \(uuids) \
            \(name.map { String(decoding: $0, as: UTF8.self) } ?? "null")\(malformed ? " malformed" : "")\(truncated ? " truncated" : "")
            """
    }

    struct Unreadable: Error {
        let payload: String
    }

    static let alwaysThere = ["scanner_id", "mac_address", "rssi", "timestamp", "manufacturer_data", "service_uuids", "local_name"]

    /// Reads a published message; the seven keys have to come first and in their order.
    init(_ message: Subscriber.Message) throws {
        guard
            let object = try JSONSerialization.jsonObject(with: Data(message.payload.utf8)) as? [String: Any],
            Self.keys(of: message.payload).starts(with: Self.alwaysThere),
            let scannerID = object["scanner_id"] as? String, let address = object["mac_address"] as? String,
            let time = object["timestamp"] as? String, let companies = object["manufacturer_data"] as? [String: String],
            let uuids = object["service_uuids"] as? [String]
        else { throw Unreadable(payload: message.payload) }
        topic = message.topic
        self.scannerID = scannerID
        self.address = address
        self.time = time
        rssi = object["rssi"] as? Int
        manufacturerData = companies
        repeated = (object["manufacturer_data_repeated"] as? [[String: String]] ?? []).map { "\($0["id"] ?? "?"):\($0["data"] ?? "?")" }
        self.uuids = uuids
        name = (object["local_name"] as? String).map { Array($0.utf8) }
        malformed = object["malformed"] as? Bool ?? false
        truncated = object["truncated"] as? Bool ?? false
    }

    init() {}

    /// The keys of a JSON object in their order, those of nested objects left out.
    static func keys(of json: String) -> [String] {
        var keys: [String] = []
        var text: [UInt8] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        var last: [UInt8] = []
        for byte in json.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    last = text
                    continue
                }
                text.append(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                text = []
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: keys.append(String(decoding: last, as: UTF8.self))
            default: break
            }
        }
        return keys
    }

    /// What a whole advertisement should say, by the wire contract.
    init(_ report: PlainDecoder.Report, data: [UInt8], time: String, scannerID: String, truncated: Bool) {
        self.scannerID = scannerID
        // Who sends no address has none, whatever the field holds.
        address = report.addressType == 0xFF && report.isExtended ? "00:00:00:00:00:00" : report.address
        topic = "ble/raw/\(scannerID)/\(address)"
        rssi = report.rssi == 127 ? nil : report.rssi
        self.time = time
        self.truncated = truncated
        let found = PlainDecoder.structures(data)
        malformed = found.isDamaged
        var complete: [UInt8]?
        var shortened: [UInt8]?
        for (type, data) in found.entries {
            switch type {
            case 0x02...0x07:
                let size = [2, 4, 16][Int(type - 2) / 2]
                if data.count % size != 0 { malformed = true }
                for start in stride(from: 0, through: data.count - size, by: size) { uuids.append(Self.uuid(Array(data[start..<start + size]))) }
            case 0x08: shortened = shortened ?? Self.text(data)
            case 0x09: complete = complete ?? Self.text(data)
            case 0xFF:
                guard data.count >= 2 else {
                    malformed = true
                    continue
                }
                let id = PlainDecoder.hex(data[..<2])
                let rest = PlainDecoder.hex(data[2...])
                if manufacturerData[id] == nil { manufacturerData[id] = rest } else { repeated.append("\(id):\(rest)") }
            default: break
            }
        }
        name = complete ?? shortened
    }

    /// 16- and 32-bit UUIDs stand at the head of the Bluetooth Base UUID.
    static func uuid(_ wire: [UInt8]) -> String {
        let digits = PlainDecoder.hex(wire.reversed())
        if wire.count < 16 { return String(repeating: "0", count: 8 - digits.count) + digits + "-0000-1000-8000-00805f9b34fb" }
        let d = Array(digits)
        return [d[0..<8], d[8..<12], d[12..<16], d[16..<20], d[20..<32]].map { String($0) }.joined(separator: "-")
    }

    /// Up to the first NUL, nil if nothing is left; the standard library's decoder puts in the U+FFFD.
    static func text(_ bytes: [UInt8]) -> [UInt8]? {
        let name = bytes.prefix { $0 != 0 }
        return name.isEmpty ? nil : Array(String(decoding: name, as: UTF8.self).utf8)
    }
}
