import Bluetooth
import Bytes
import Foundation
import Testing

/// Advertisements that other projects recorded, and what their own tests say about them. Not part of this project: read where they are.
private enum Recorded {
    static let file: URL = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let directory =
            ProcessInfo.processInfo.environment["BLEMQTTD_DATA"].map { URL(filePath: $0) } ?? root.appending(path: "../shared/data")
        return directory.appending(path: "hci-events.jsonl")
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: file.path()) }
}

@Suite(.enabled(if: Recorded.isPresent, "no recorded events: set BLEMQTTD_DATA to the directory of hci-events.jsonl"))
struct RecordedEventTests {
    private struct Vector {
        var line: Int
        var packet: [UInt8]
        /// Twelve upper-case digits.
        var mac: String?
        var rssi: Int?
        var hasLengthProblem: Bool
        /// The source has another address; the advertiser's own stands in this remark.
        var macRemark: String?
    }

    private let vectors: [Vector]

    init() throws {
        let lines = try String(contentsOf: Recorded.file, encoding: .utf8).split(separator: "\n")
        vectors = try lines.enumerated().map { index, line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let digits = Array(try #require(object["hci"] as? String).utf8)
            try #require(digits.count % 2 == 0)
            let expected = object["expect"] as? [String: Any]
            return Vector(
                line: index + 1,
                packet: try stride(from: 0, to: digits.count, by: 2).map {
                    try #require(Hex.value(digits[$0])) << 4 | #require(Hex.value(digits[$0 + 1]))
                },
                mac: (expected?["mac"] as? String).map { $0.replacing(":", with: "").uppercased() }, rssi: expected?["rssi"] as? Int,
                hasLengthProblem: object["length_problem"] != nil, macRemark: object["expect_mac_differs"] as? String)
        }
    }

    private func digits(_ address: DeviceAddress) -> String { address.description.replacing(":", with: "") }

    @Test func `address and RSSI are what the sources' own tests say`() {
        var compared = 0
        for vector in vectors where !vector.hasLengthProblem {
            let decoded = decode(vector.packet)
            guard let first = decoded.reports.first, decoded.error == nil else {
                Issue.record("line \(vector.line): \(decoded)")
                continue
            }
            if let remark = vector.macRemark {
                #expect(remark.contains(digits(first.address)), "line \(vector.line)")
                #expect(vector.mac != digits(first.address), "line \(vector.line)")
            } else if let mac = vector.mac {
                #expect(digits(first.address) == mac, "line \(vector.line)")
                compared += 1
            }
            if let rssi = vector.rssi { #expect(first.rssi.map { Int($0) } == rssi, "line \(vector.line)") }
        }
        #expect(compared > 100)
    }

    @Test func `every sound event gives all its reports`() {
        for vector in vectors where !vector.hasLengthProblem {
            let decoded = decode(vector.packet)
            #expect(decoded.reports.count == Int(vector.packet[4]), "line \(vector.line)")
            #expect(decoded.error == nil, "line \(vector.line)")
            #expect(decoded.isOver, "line \(vector.line)")
        }
    }

    @Test func `lengths that lie are an error, and never a guess`() {
        let lying = vectors.filter(\.hasLengthProblem)
        #expect(!lying.isEmpty)
        for vector in lying {
            let decoded = decode(vector.packet)
            #expect(decoded.error?.reason == .truncated || decoded.error?.reason == .trailing, "line \(vector.line)")
            #expect(decoded.reports.count <= 1, "line \(vector.line)")
        }
    }
}
