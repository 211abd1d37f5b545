import Testing

@testable import Linux

/// Of a stream of TLS records, which of the bytes that were written have been sent.
@Suite struct RecordMarksTests {
    /// A write of `count` bytes that becomes a record with 22 bytes around it.
    private static func write(_ count: Int, _ marks: inout RecordMarks) {
        marks.sentRecords(count + 22)
        marks.wrote(count)
    }

    @Test func `a write counts as sent with the last byte of its record`() {
        var marks = RecordMarks()
        // The handshake.
        marks.sentRecords(1000)
        for _ in 0..<3 { Self.write(100, &marks) }
        #expect(marks.unsent(records: 1366) == 300)
        #expect(marks.unsent(records: 245) == 300)
        #expect(marks.unsent(records: 244) == 200)
        #expect(marks.unsent(records: 1) == 100)
        #expect(marks.unsent(records: 0) == 0)
    }

    @Test func `what was once sent stays so, and what is unsent is never reported too small`() {
        var marks = RecordMarks()
        Self.write(100, &marks)
        #expect(marks.unsent(records: 0) == 0)
        for _ in 0..<200 { Self.write(100, &marks) }
        // The oldest marks are gone: until the first that is left has been sent, all counts as unsent.
        #expect(marks.unsent(records: 150 * 122) == 20_000)
        #expect(marks.unsent(records: 63 * 122) == 6_300)
        #expect(marks.unsent(records: 10 * 122) == 1_000)
        #expect(marks.unsent(records: 20_000) == 1_000)
        #expect(marks.unsent(records: 0) == 0)
    }
}
