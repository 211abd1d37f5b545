import Foundation

/// Made captures whose reports carry a number each, so that a missing or a repeated message shows.
enum Numbered {
    /// 2026-01-11T10:30:45.123Z in microseconds.
    static let start: Int64 = 1_768_127_445_123_000

    /// A legacy event: report `number` has the number in the address and, little-endian, in its manufacturer data.
    static func event(_ numbers: Range<Int>) -> [UInt8] {
        var parameters: [UInt8] = [0x02, UInt8(numbers.count)]
        for number in numbers {
            let n = withUnsafeBytes(of: UInt32(number).littleEndian) { Array($0) }
            // ADV_NONCONN_IND from a random address; flags, manufacturer data of company 0xFFFF, a name.
            let data: [UInt8] = [2, 0x01, 0x06, 9, 0xFF, 0xFF, 0xFF] + n + [0xAB, 0xCD, 5, 0x09] + Array("Test".utf8)
            parameters += [0x03, 0x01] + n + [0x00, 0xC0, UInt8(data.count)] + data + [UInt8(bitPattern: -60)]
        }
        return [0x04, 0x3E, UInt8(parameters.count)] + parameters
    }

    /// The most reports that one event holds.
    static let reportsPerEvent = 7

    /// A capture of `count` reports, one an event.
    /// - Parameters:
    ///   - every: microseconds between two.
    ///   - bursts: numbers in these ranges share the time of the range's first.
    static func capture(_ count: Int, every: Int64, bursts: [Range<Int>] = []) -> CaptureFile {
        var file = CaptureFile()
        file.records.reserveCapacity(count)
        var time = start
        for number in 0..<count {
            file.append(event: event(number..<number + 1), at: time)
            if !bursts.contains(where: { $0.contains(number) && $0.contains(number + 1) }) { time += every }
        }
        return file
    }

    /// Writes `count` reports as fast as possible, seven an event: for captures of a million.
    static func write(_ count: Int, to path: String) throws {
        guard let file = fopen(path, "w") else { throw CaptureFile.Unreadable(path: path) }
        defer { fclose(file) }
        let scratch = path + ".one"
        try CaptureFile(records: [.init(time: start, flags: 1, bytes: event(0..<reportsPerEvent))]).write(to: scratch)
        var record = [UInt8](FileManager.default.contents(atPath: scratch) ?? Data())
        fwrite(record, 1, 16, file)
        record.removeFirst(16)
        // The number stands in each report's address and manufacturer data.
        let report = (record.count - 24 - 5) / reportsPerEvent
        precondition(count % reportsPerEvent == 0 && record.count == 24 + 5 + report * reportsPerEvent)
        for first in stride(from: 0, to: count, by: reportsPerEvent) {
            for index in 0..<reportsPerEvent {
                let base = 24 + 5 + index * report
                for byte in 0..<4 {
                    let value = UInt8(truncatingIfNeeded: (first + index) >> (8 * byte))
                    record[base + 2 + byte] = value
                    record[base + 9 + 7 + byte] = value
                }
            }
            fwrite(record, 1, record.count, file)
        }
    }

    /// The number in a published message, nil if it is not one of these.
    static func number(in payload: String) -> Int? {
        guard let start = payload.firstRange(of: "\"ffff\":\"")?.upperBound else { return nil }
        let digits = payload[start...].prefix(8)
        guard digits.count == 8, let value = UInt32(digits, radix: 16) else { return nil }
        return Int(value.byteSwapped)
    }
}
