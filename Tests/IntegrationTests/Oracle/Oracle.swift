import Foundation
import Testing

@testable import Harness

/// What a subscriber has to see of a capture.
struct Oracle {
    var messages: [Message] = []
    var reports = 0
    var badEvents = 0
    /// Packets that tshark decoded to their end.
    var confirmed = 0
    var packets = 0

    /// Asks tshark, holds the plain decoder to its word, and puts the messages together.
    init(_ scene: Scene, _ capture: String, scannerID: String) async throws {
        let file = try CaptureFile(path: capture)
        let dissected = try await Tshark.packets(scene, capture)
        try #require(dissected.count == file.records.count, "tshark sees every record")
        var chains: [Chain] = []
        for (packet, event) in zip(dissected, file.events) {
            guard let event else { continue }
            packets += 1
            let record = file.records[packet.number - 1]
            let plain = PlainDecoder.event(event)
            Self.compare(packet, plain, shift: event.count - record.bytes.count)
            if !packet.gaveUp { confirmed += 1 }
            if plain.isDamaged { badEvents += 1 }
            // The rest of a piece comes within a second, or not at all.
            for chain in chains where record.time - chain.touched >= 1_000_000 { messages.append(chain.message(scannerID, truncated: true)) }
            chains.removeAll { record.time - $0.touched >= 1_000_000 }
            for report in plain.reports {
                reports += 1
                var chain = Chain(report: report, data: report.data, time: Self.milliseconds(packet.time), touched: record.time)
                if let index = chains.firstIndex(where: { $0.goesOn(with: report) }) {
                    chain.data = chains.remove(at: index).data + report.data
                }
                if report.isFragment {
                    chains.append(chain)
                } else {
                    messages.append(chain.message(scannerID, truncated: report.isTruncated))
                }
            }
        }
        messages += chains.map { $0.message(scannerID, truncated: true) }
    }

    /// Pieces of one long advertisement so far; another advertiser's may come between.
    private struct Chain {
        /// The last one.
        var report: PlainDecoder.Report
        var data: [UInt8]
        var time: String
        /// Microseconds since 1970.
        var touched: Int64

        func goesOn(with next: PlainDecoder.Report) -> Bool {
            next.isExtended && next.eventType & 0x10 == 0 && next.address == report.address && next.addressType == report.addressType
                && next.sid == report.sid && next.eventType & 0x08 == report.eventType & 0x08
        }

        func message(_ scannerID: String, truncated: Bool) -> Message {
            Message(report, data: data, time: time, scannerID: scannerID, truncated: truncated)
        }
    }

    /// Where tshark speaks, the plain decoder says the same.
    private static func compare(_ packet: Tshark.Packet, _ plain: PlainDecoder.Event, shift: Int) {
        let said = packet.reports
        if packet.gaveUp {
            // The report it gave up at is decoded in part.
            #expect(said.count <= plain.reports.count + 1, "packet \(packet.number)")
        } else {
            #expect(said.count == plain.reports.count && !plain.isDamaged || plain.isDamaged, "packet \(packet.number)")
        }
        for (index, (theirs, ours)) in zip(said, plain.reports).enumerated() {
            let isPartial = packet.gaveUp && index == said.count - 1
            let place = "packet \(packet.number), report \(index)"
            #expect(theirs.address == ours.address, "\(place)")
            #expect(theirs.addressType == ours.addressType, "\(place)")
            if !isPartial || theirs.rssi != nil { #expect(theirs.rssi == ours.rssi, "\(place)") }
            #expect(theirs.sid == ours.sid, "\(place)")
            #expect(theirs.dataStatus == (ours.isExtended ? ours.eventType >> 5 & 3 : 0), "\(place)")
            if let data = theirs.data {
                #expect(data.lowerBound + shift == ours.place.lowerBound && data.upperBound + shift == ours.place.upperBound, "\(place)")
            } else if !isPartial {
                #expect(ours.data.isEmpty, "\(place)")
            }
            compare(theirs.entries, PlainDecoder.structures(ours.data), isPartial: isPartial, place)
        }
    }

    private static func compare(_ theirs: [Tshark.Entry], _ found: PlainDecoder.Structures, isPartial: Bool, _ place: String) {
        let ours = found.entries
        // tshark stops at a zero length. The published message continues; what stands there is this decoder's word alone.
        if !isPartial { #expect(theirs.count == ours.count || theirs.count == found.beforeTermination, "\(place)") }
        for (index, (theirs, ours)) in zip(theirs, ours).enumerated() {
            // The structure in which tshark gave up.
            if isPartial, index >= ours.data.count { break }
            let place = "\(place), structure \(index)"
            #expect(theirs.type == ours.type, "\(place)")
            switch ours.type {
            case 0xFF where theirs.company != nil:
                #expect(theirs.company == Array(ours.data.prefix(2)), "\(place)")
                #expect(theirs.data == ours.data, "\(place)")
            case 0x02...0x07:
                let size = [2, 4, 16][Int(ours.type - 2) / 2]
                #expect(theirs.uuids.flatMap { $0 } == Array(ours.data.prefix(ours.data.count / size * size)), "\(place)")
                #expect(theirs.uuids.allSatisfy { $0.count == size }, "\(place)")
            case 0x08, 0x09:
                if let name = theirs.name { #expect(name == ours.data, "\(place)") }
            default: break
            }
        }
    }

    /// `2026-01-11T10:30:45.123Z` of tshark's seconds, cut off behind the milliseconds.
    private static func milliseconds(_ time: String) -> String {
        let parts = time.split(separator: ".")
        guard parts.count == 2, var seconds = time_t(parts[0]) else { return time }
        var fields = tm()
        gmtime_r(&seconds, &fields)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d.", Int(fields.tm_year) + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
            fields.tm_sec) + parts[1].prefix(3) + "Z"
    }
}
