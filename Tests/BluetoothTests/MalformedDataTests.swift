import Bluetooth
import Bytes
import Testing

/// Whatever bytes come: no trap, nothing outside of the event, and the reports before the damage stand.
@Suite struct MalformedDataTests {
    /// Walks an event to its end and checks what must hold of any.
    /// - Returns: the number of reports and of AD structures in them, and whether the event is free of errors.
    private func check(_ packet: [UInt8]) -> (reports: Int, structures: Int, isSound: Bool) {
        let decoded = decode(packet)
        var behind = 0
        var structureCount = 0
        for (report, data) in zip(decoded.reports, decoded.data) {
            if data.lowerBound < behind || data.upperBound > packet.count {
                Issue.record("data \(data) of a report reaches outside in \(packet)")
            }
            behind = data.upperBound
            if report.address.value >> 48 != 0 || report.sid ?? 0 > 15 { Issue.record("a field holds more than its bits in \(packet)") }
            structureCount += checkStructures(packet, data)
        }
        if let error = decoded.error {
            if !(0...packet.count).contains(error.offset) { Issue.record("\(error) lies outside of \(packet)") }
            if error.reason != .invalid, error.offset < behind { Issue.record("\(error) lies before a report that stands in \(packet)") }
        } else if decoded.other == nil, decoded.reports.count != Int(packet[4]) {
            Issue.record("\(decoded.reports.count) reports without an error in \(packet)")
        }
        if !decoded.reports.isEmpty, decoded.reports.count > Int(packet[4]) || !decoded.isOver {
            Issue.record("too many reports in \(packet)")
        }
        return (decoded.reports.count, structureCount, decoded.error == nil)
    }

    private func checkStructures(_ packet: [UInt8], _ range: Range<Int>) -> Int {
        var structures = ADStructures(range)
        var behind = range.lowerBound
        var count = 0
        do throws(DecodeError) {
            while let structure = try structures.next(in: packet.span.bytes) {
                // Between two structures there is nothing but zeros.
                let isWhole = structure.data.lowerBound >= behind + 2 && structure.data.upperBound <= range.upperBound
                if !isWhole || packet[behind..<structure.data.lowerBound - 2].contains(where: { $0 != 0 }) {
                    Issue.record("data \(structure.data) of a structure reaches outside of \(range) in \(packet)")
                }
                behind = structure.data.upperBound
                count += 1
            }
        } catch {
            if !(behind..<range.upperBound).contains(error.offset) { Issue.record("\(error) lies outside of \(range) in \(packet)") }
        }
        return count
    }

    private func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: (count + 7) & ~7) { buffer, initialized in
            for place in stride(from: 0, to: buffer.count, by: 8) {
                UnsafeMutableRawBufferPointer(buffer).storeBytes(of: random.next(), toByteOffset: place, as: UInt64.self)
            }
            initialized = count
        }
    }

    @Test func `50,000 buffers of noise with an event's header are read without a trap`() {
        var random = SplitMix64(seed: 0x3E02)
        var reports = 0
        for _ in 0..<50_000 {
            var packet = noise(Int.random(in: 0...HCIEvent.maximumSize, using: &random), &random)
            // Half of the time each, what leads the reader further in.
            if packet.count > 0, random.next() & 15 > 0 { packet[0] = 0x04 }
            if packet.count > 1, random.next() & 7 > 0 { packet[1] = random.next() & 3 > 0 ? 0x3E : [0x0E, 0x0F][Int(random.next() & 1)] }
            if packet.count > 2, random.next() & 15 > 0 { packet[2] = UInt8(packet.count - 3) }
            if packet.count > 3, random.next() & 7 > 0 { packet[3] = random.next() & 1 > 0 ? 0x02 : 0x0D }
            if packet.count > 4, random.next() & 1 > 0 { packet[4] &= 7 }
            reports += check(packet).reports
        }
        // The noise gets as far as the reports often enough to mean something.
        #expect(reports > 10_000)
    }

    @Test func `50,000 sound events with a few malformed bytes are read without a trap`() {
        var random = SplitMix64(seed: 0x3E0D)
        var sound = 0
        var structures = 0
        for _ in 0..<50_000 {
            var packet = soundEvent(&random)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                packet[Int.random(in: 0..<packet.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if random.next() & 7 == 0 { packet.removeLast(Int.random(in: 0...packet.count, using: &random)) }
            let result = check(packet)
            sound += result.isSound ? 1 : 0
            structures += result.structures
        }
        #expect(sound > 10_000)
        #expect(sound < 45_000)
        #expect(structures > 50_000)
    }

    @Test func `a sound event has as many reports as its maker put in`() {
        var random = SplitMix64(seed: 0x50BD)
        for _ in 0..<2000 {
            let packet = soundEvent(&random)
            let result = check(packet)
            #expect(result.isSound)
            #expect(result.reports == Int(packet[4]))
            #expect(result.structures >= result.reports)
        }
    }

    /// One to four reports of either kind, with one to three AD structures each.
    private func soundEvent(_ random: inout SplitMix64) -> [UInt8] {
        let isExtended = random.next() & 1 > 0
        let reports = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let data = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in
                let content = noise(Int.random(in: 0...6, using: &random), &random)
                return [UInt8(content.count + 1), 0x09] + content
            }
            let address = random.next() & 0xFFFF_FFFF_FFFF
            return isExtended
                ? extendedReport(type: UInt16(truncatingIfNeeded: random.next()), address: address, data: data)
                : legacyReport(type: UInt8(random.next() & 7), address: address, data: data)
        }
        return isExtended ? extendedEvent(reports) : legacyEvent(reports)
    }

    /// Zeros behind the header: reports without data, of 10 or 24 bytes each, so that all can be foretold.
    @Test(arguments: [(0x02, 10), (0x0D, 24)] as [(UInt8, Int)])
    func `any pair of Num_Reports and event length gives what there is and the right error`(subevent: UInt8, size: Int) {
        // Where a field begins that lacks its byte at this offset of a report.
        let fields =
            subevent == 0x02
            ? [0, 1, 2, 2, 2, 2, 2, 2, 8, 9]
            : [0, 0, 2, 3, 3, 3, 3, 3, 3, 9, 10, 11, 12, 13, 14, 14, 16, 17, 17, 17, 17, 17, 17, 23]
        for length in 2...255 {
            var packet = event(0x3E, [subevent, 0] + [UInt8](repeating: 0, count: length - 2))
            let fitting = (length - 2) / size
            let rest = (length - 2) % size
            for count in 0...255 {
                packet[4] = UInt8(count)
                let decoded = decode(packet)
                let expected: (reason: DecodeError.Reason, offset: Int)? =
                    if count == 0 {
                        (.invalid, 4)
                    } else if count > fitting {
                        (.truncated, 5 + fitting * size + fields[rest])
                    } else if count * size < length - 2 {
                        (.trailing, 5 + count * size)
                    } else {
                        nil
                    }
                if decoded.reports.count != min(count, fitting) || decoded.error?.reason != expected?.reason
                    || decoded.error?.offset != expected?.offset
                {
                    Issue.record("Num_Reports \(count), length \(length): \(decoded)")
                }
            }
        }
    }
}
