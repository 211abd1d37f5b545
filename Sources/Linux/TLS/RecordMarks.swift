/// Where writes end in the stream of TLS records that they became: to know which of them have been sent.
struct RecordMarks {
    /// Positions behind a write: bytes written, and bytes of records given to the stream below.
    private struct Mark {
        var written: UInt64
        var records: UInt64
    }

    /// The newest, in order. An older one that is missing makes what was written before it look unsent until the next is sent.
    private var marks: [Mark] = []
    private static let capacity = 64
    private var oldest = 0
    private var written: UInt64 = 0
    private var records: UInt64 = 0
    /// Of what was written, the most that was ever known to be sent.
    private var sent: UInt64 = 0

    init() { marks.reserveCapacity(Self.capacity) }

    /// The stream below has taken `count` bytes of records.
    mutating func sentRecords(_ count: Int) { records += UInt64(count) }

    /// A write of `count` bytes is over: all its records have been given to the stream below.
    mutating func wrote(_ count: Int) {
        written += UInt64(count)
        let mark = Mark(written: written, records: records)
        guard marks.count == Self.capacity else { return marks.append(mark) }
        marks[oldest] = mark
        oldest = (oldest + 1) % Self.capacity
    }

    /// Bytes written that have not been sent.
    /// - Parameter count: bytes of records at the end that have not.
    mutating func unsent(records count: Int) -> Int {
        let position = records - min(records, UInt64(count))
        for mark in marks where mark.records <= position { sent = max(sent, mark.written) }
        return Int(written - sent)
    }
}
