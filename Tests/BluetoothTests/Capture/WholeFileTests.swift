import Bluetooth
import Bytes
import Foundation
import Testing

/// Captures from the first byte to the last.
@Suite struct WholeFileTests {
    /// What a capture holds.
    private struct Contents: Equatable {
        var datalink: BTSnoop.Datalink
        var records = 0
        var events = 0
        var reports = 0
        /// Bytes behind the last whole record.
        var rest = 0
        /// Times never go back.
        var isInOrder = true
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static var data: URL {
        ProcessInfo.processInfo.environment["BLEMQTTD_DATA"].map { URL(filePath: $0) }
            ?? tests.deletingLastPathComponent().appending(path: "../shared/data")
    }

    private static func isPresent(_ name: String) -> Bool { FileManager.default.fileExists(atPath: data.appending(path: name).path()) }

    /// Any event that does not decode is an issue.
    private func read(_ bytes: [UInt8]) throws -> Contents {
        let span = bytes.span.bytes
        var contents = Contents(datalink: try BTSnoop.header(span))
        var position = BTSnoop.headerSize
        var time = Int64.min
        while let record = try BTSnoop.record(span, at: position) {
            contents.records += 1
            position = record.data.upperBound
            contents.isInOrder = contents.isInOrder && record.unixMicroseconds >= time
            time = record.unixMicroseconds
            guard let framing = BTSnoop.eventFraming(of: record, contents.datalink, in: span) else { continue }
            contents.events += 1
            let event = (framing == .withoutPacketType ? [HCIEvent.packetType] : []) + bytes[record.data]
            guard case .advertising(var reports) = try HCIEvent(event.span.bytes) else { continue }
            while try reports.next(in: event.span.bytes) != nil { contents.reports += 1 }
        }
        contents.rest = bytes.count - position
        return contents
    }

    /// One advertising event with two reports, 22 bytes of parameters.
    private let event: [UInt8] =
        [0x3E, 0x16, 0x02, 0x02] + [UInt8](repeating: 0x00, count: 9) + [0xC0] + [UInt8](repeating: 0x00, count: 9) + [0xC1]

    @Test func `the same events read the same in all three framings`() throws {
        let command: [UInt8] = [0x0C, 0x20, 0x02, 0x01, 0x00]
        let bare = header(datalink: 1001) + record(flags: 0b10, data: command) + record(flags: 0b11, data: event)
        let uart = header(datalink: 1002) + record(flags: 0b10, data: [0x01] + command) + record(flags: 0b11, data: [0x04] + event)
        let monitor = header(datalink: 2001) + record(flags: 0x0000_0002, data: command) + record(flags: 0x0000_0003, data: event)
        #expect(try read(bare) == Contents(datalink: .unencapsulated, records: 2, events: 1, reports: 2))
        #expect(try read(uart) == Contents(datalink: .h4, records: 2, events: 1, reports: 2))
        #expect(try read(monitor) == Contents(datalink: .monitor, records: 2, events: 1, reports: 2))
    }

    @Test func `a file that was truncated while it was written gives its whole records`() throws {
        let whole = header(datalink: 1001) + record(flags: 3, data: event) + record(flags: 3, data: event)
        let cut = try read(Array(whole.dropLast()))
        #expect(cut.records == 1)
        #expect(cut.rest == 24 + event.count - 1)
    }

    @Test func `the bundled capture is whole, in order, and all of its events decode`() throws {
        let contents = try read([UInt8](Data(contentsOf: Self.tests.appending(path: "Fixtures/scene.btsnoop"))))
        // Commands too, and their completions.
        #expect(contents.events > contents.records / 2)
        #expect(contents.events < contents.records)
        #expect(contents.reports > contents.events / 2)
        #expect(contents.rest == 0)
        #expect(contents.isInOrder)
    }

    @Test(
        .enabled(if: isPresent("capture-extended.btsnoop"), "no recorded captures: set BLEMQTTD_DATA to their directory"),
        arguments: [
            ("capture-legacy-multi-report.btsnoop", 32), ("capture-legacy-govee.btsnoop", 889), ("capture-extended.btsnoop", 1476),
        ])
    func `recorded captures are whole and all of their events decode`(name: String, events: Int) throws {
        let contents = try read([UInt8](Data(contentsOf: Self.data.appending(path: name))))
        #expect(contents.datalink == .h4)
        #expect(contents.records == events)
        #expect(contents.events == events)
        #expect(contents.reports >= events)
        #expect(contents.rest == 0)
    }
}
