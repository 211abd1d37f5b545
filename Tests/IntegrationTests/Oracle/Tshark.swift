import Foundation

@testable import Harness

/// What tshark, the decoder that is not ours, says about a capture. Read from its PDML: that names every field in its order on the wire,
/// with its place and its raw bytes, where the JSON output repeats keys and loses which report a field belongs to.
enum Tshark {
    /// One AD structure, as far as the published message shows it.
    struct Entry: Equatable {
        var type: UInt8 = 0
        var company: [UInt8]?
        var data: [UInt8] = []
        /// As on the wire, least significant byte first.
        var uuids: [[UInt8]] = []
        var name: [UInt8]?
    }

    struct Report {
        var address = ""
        var addressType: UInt8 = 0
        var rssi: Int?
        var sid: UInt8 = 0xFF
        /// Bits 5–6 of an extended event type.
        var dataStatus = 0
        /// The advertising data within the packet, nil if tshark shows none: it is empty, or tshark gave up.
        var data: Range<Int>?
        var entries: [Entry] = []
    }

    struct Packet {
        var number = 0
        /// Seconds since 1970, as text with nine places: a Double would round.
        var time = ""
        /// tshark met something it calls malformed and decoded nothing behind it.
        var gaveUp = false
        var reports: [Report] = []
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String { "tshark is not installed: apt-get install tshark" }
    }

    static func packets(_ scene: Scene, _ capture: String) async throws -> [Packet] {
        guard Child.find("tshark") != nil else { throw Missing() }
        let file = try CaptureFile(path: capture)
        // Name resolution off: an address is to be shown as an address.
        let child = try await scene.run("tshark", ["-n", "-r", capture, "-T", "pdml"])
        var packets: [Packet] = []
        for line in tags(child.output.lines) {
            guard let name = attribute("name", of: line) else {
                if line.hasPrefix("<packet>") { packets.append(Packet()) }
                continue
            }
            guard let last = packets.indices.last else { continue }
            if name == "_ws.malformed" { packets[last].gaveUp = true }
            let raw = last < file.records.count ? file.records[last].bytes : []
            take(name, line, raw, into: &packets[last])
        }
        return packets
    }

    /// One tag a line. A name with a line feed in it makes tshark break the line.
    private static func tags(_ lines: [String]) -> [String] {
        var tags: [String] = []
        for line in lines {
            if let last = tags.last, last.hasPrefix(" "), !last.hasSuffix(">") { tags[tags.count - 1] += line } else { tags.append(line) }
        }
        return tags
    }

    private static func take(_ name: String, _ line: String, _ raw: [UInt8], into packet: inout Packet) {
        switch name {
        case "frame.number": packet.number = Int(attribute("show", of: line) ?? "") ?? 0
        case "frame.time_epoch": packet.time = attribute("show", of: line) ?? ""
        case "bthci_evt.le_advts_event_type", "bthci_evt.le_ext_advts_event_type": packet.reports.append(Report())
        default:
            guard let report = packet.reports.indices.last else { return }
            take(name, line, raw, into: &packet.reports[report])
        }
    }

    private static func take(_ name: String, _ line: String, _ raw: [UInt8], into report: inout Report) {
        let value = bytes(attribute("value", of: line) ?? "")
        switch name {
        case "bthci_evt.bd_addr": report.address = (attribute("show", of: line) ?? "").uppercased()
        case "bthci_evt.le_peer_address_type": report.addressType = value.first ?? 0
        case "bthci_evt.rssi": report.rssi = attribute("show", of: line).flatMap { Int($0) }
        case "bthci_evt.advertising_sid": report.sid = value.first ?? 0
        case "bthci_evt.le_ext_advts_event_type.data_status": report.dataStatus = Int(attribute("value", of: line) ?? "", radix: 16) ?? 0
        case "btcommon.eir_ad.advertising_data": report.data = place(line)
        case "btcommon.eir_ad.entry": report.entries.append(Entry())
        default:
            guard name.hasPrefix("btcommon.eir_ad.entry."), let last = report.entries.indices.last else { return }
            let field = name.dropFirst("btcommon.eir_ad.entry.".count)
            switch field {
            case "type":
                report.entries[last].type = value.first ?? 0
                // Dissectors for single companies take the data apart; the place of the structure gives it whole.
                if let own = place(line), own.lowerBound > 0, own.lowerBound < raw.count {
                    let end = own.lowerBound + Int(raw[own.lowerBound - 1])
                    report.entries[last].data = Array(raw[min(own.upperBound, raw.count)..<min(max(own.upperBound, end), raw.count)])
                }
            case "company_id": report.entries[last].company = value
            case "device_name": report.entries[last].name = value
            case let uuid where uuid.hasPrefix("uuid_") || uuid.hasPrefix("custom_uuid_"): report.entries[last].uuids.append(value)
            default: break
            }
        }
    }

    /// Where the field lies within the packet.
    private static func place(_ line: String) -> Range<Int>? {
        guard let start = attribute("pos", of: line).flatMap({ Int($0) }), let size = attribute("size", of: line).flatMap({ Int($0) }) else {
            return nil
        }
        return start..<start + size
    }

    private static func attribute(_ name: String, of line: String) -> String? {
        guard let start = line.firstRange(of: " \(name)=\"")?.upperBound else { return nil }
        return String(line[start...].prefix { $0 != "\"" })
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
