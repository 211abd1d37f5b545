import Bytes
import Foundation
import Testing

@testable import Bluetooth

@Suite struct CaptureStreamTests {
    /// The same five packets in each of the formats.
    static let packets: [[UInt8]] = [
        [0x01, 0x0C, 0x20, 0x02, 0x01, 0x00], [0x04, 0x0E, 0x04, 0x01, 0x0C, 0x20, 0x00],
        [0x04, 0x3E, 0x16, 0x02, 0x02] + [UInt8](repeating: 0, count: 20), [0x02, 0x01], [0x04, 0x3E, 0x01, 0x0A],
    ]
    static let files: [[UInt8]] = [
        file(header(datalink: 1002)) { record(data: $0) },
        file(pcapHeader()) { pcapRecord($0) },
        file(pcapHeader(order: .big, linkType: 201)) { pcapRecord(order: .big, [0, 0, 0, 1] + $0) },
        file(sectionHeader() + interface()) { enhancedPacket($0, options: option(1, Array("note".utf8))) },
        file(sectionHeader(order: .big) + interface(order: .big)) { block(order: .big, 3, number(UInt32($0.count), .big) + $0) },
    ]

    private static func file(_ start: [UInt8], _ record: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var file = start
        for packet in packets { file += record(packet) }
        return file
    }

    @Test(arguments: files)
    func `a capture gives the same whichever the pieces are that it comes in`(file: [UInt8]) {
        let whole = read(file)
        #expect(whole.isComplete && whole.events == Self.packets.filter { $0[0] == 4 } && whole.records.count == 5)
        for piece in 1...64 { #expect(read(file, piece: piece) == whole, "\(piece) at a time") }
    }

    @Test func `a capture larger than the memory passes through it`() {
        for file in Self.files {
            // Of pcapng the records, without its first two blocks, which are as long as the pcap header plus 28 at most.
            let reading = read(file)
            let many = Self.repeated(file, 3_000)
            let long = read(many, capacity: CaptureReader.largestItem)
            #expect(many.count > CaptureReader.largestItem && long.isComplete)
            #expect(long.records.count == 3_000 * reading.records.count && long.records.suffix(5) == reading.records[...])
        }
    }

    /// The records of a file, again and again behind its header.
    private static func repeated(_ file: [UInt8], _ times: Int) -> [UInt8] {
        let headers = [16, 24, 24, 28 + 20, 28 + 20]
        let size = headers[files.firstIndex(of: file)!]
        return Array(file[..<size]) + (0..<times).flatMap { _ in file[size...] }
    }

    @Test func `malformed data is reported by its place in the file, not in memory`() {
        let good = Self.repeated(Self.files[1], 3_000)
        let reading = read(good + pcapRecord(captured: 4, original: 3, []), capacity: CaptureReader.largestItem)
        #expect(reading.error == DecodeError(.oversized, at: good.count + 8, in: "captured length"))
        #expect(reading.records.count == 15_000)
    }

    @Test func `it can begin again, from the memory and from the file`() throws {
        var stream = CaptureStream()
        let file = Self.files[3]
        for _ in 0..<2 {
            stream.room().copyBytes(from: file)
            stream.took(file.count)
            for _ in 0..<2 {
                var count = 0
                while try stream.next() != nil { count += 1 }
                #expect(count == 5 && stream.isAtStart && stream.mayEnd && stream.offset == file.count)
                stream.rewind()
            }
            stream.restart()
        }
    }

    @Test func `the bundled capture holds the same events when it is written as pcap and pcapng`() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = tests.appending(path: "Fixtures/scene.btsnoop")
        let original = read([UInt8](try Data(contentsOf: path)))
        #expect(original.isComplete && original.events.count > 100)
        var pcap = pcapHeader(magic: 0xA1B2_3C4D, linkType: 254)
        var pcapng = sectionHeader(order: .big) + interface(order: .big, options: option(order: .big, 9, [9]))
        for one in original.records where one.event != nil {
            let time = UInt64(one.time!)
            pcap += pcapRecord(
                seconds: UInt32(time / 1_000_000), fraction: UInt32(time % 1_000_000) * 1000, [0, 0, 0, 3] + one.event!.dropFirst())
            pcapng += enhancedPacket(order: .big, time: time * 1000, one.event!)
        }
        for file in [pcap, pcapng] {
            let copy = read(file)
            #expect(copy.isComplete && copy.events == original.events)
            #expect(copy.records.map(\.time) == original.records.filter { $0.event != nil }.map(\.time))
        }
    }

    // MARK: Hostile files

    @Test func `no malformed capture traps, loops, or is reported outside of the file`() {
        var random = SplitMix64(seed: 7)
        var malformed = 0
        for round in 0..<20_000 {
            var file = Self.files[round % Self.files.count]
            for _ in 0...random.next() % 4 {
                let place = Int(random.next() % UInt64(file.count))
                switch random.next() % 6 {
                case 0: file[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: file[place] ^= 1 << UInt8(random.next() % 8)
                case 2: file[place] = [0, 0x7F, 0x80, 0xFF][Int(random.next() % 4)]
                case 3: file.removeSubrange(place..<min(file.count, place + Int(random.next() % 8)))
                case 4: file.insert(contentsOf: file[place..<min(file.count, place + 32)], at: place)
                // A word, such as a length, that is large.
                default: file.replaceSubrange(place..<min(file.count, place + 4), with: [0xFF, 0xFF, 0xFF, 0xFF])
                }
                if file.isEmpty { file = [0] }
            }
            let reading = read(file, piece: round % 3 == 0 ? 13 : .max, capacity: CaptureReader.largestItem)
            if !reading.isComplete { malformed += 1 }
            let isPossible = reading.records.count <= file.count / 12 && (0...file.count).contains(reading.error?.offset ?? 0)
            guard isPossible else {
                Issue.record("round \(round): \(reading)")
                return
            }
        }
        #expect(malformed > 5_000 && malformed < 20_000, "\(malformed)")
    }

    @Test func `bytes by chance behind each header do not trap`() {
        var random = SplitMix64(seed: 8)
        for round in 0..<10_000 {
            let start = [header(datalink: 2001), pcapHeader(linkType: 201), sectionHeader() + interface(), [0x0A, 0x0D, 0x0D, 0x0A]][round % 4]
            let small = round % 8 < 4
            let bytes = (0..<Int(random.next() % 96)).map { _ in
                small && random.next() % 3 > 0 ? UInt8(random.next() % 8) : UInt8(truncatingIfNeeded: random.next())
            }
            let reading = read(start + bytes, piece: 5)
            #expect(reading.records.count <= bytes.count / 12 + 1)
        }
    }
}
