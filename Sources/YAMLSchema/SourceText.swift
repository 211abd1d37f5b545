/// The bytes of a file, and where things stand in them. Offsets are in bytes, after a byte order mark.
///
/// Lines end at LF, CR LF or CR as in editors; libyaml's own line count (which adds U+0085, U+2028 and U+2029) is not used.
struct SourceText {
    /// Without byte order mark.
    let bytes: ArraySlice<UInt8>
    private let isASCII: Bool

    init(_ file: [UInt8]) {
        bytes = file.starts(with: [0xEF, 0xBB, 0xBF]) ? file[3...] : file[...]
        isASCII = bytes.allSatisfy { $0 < 0x80 }
    }

    var count: Int { bytes.count }

    subscript(offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

    /// A scalar's index and its offset in bytes, from which others are counted.
    struct Cursor {
        fileprivate var index = 0
        fileprivate var offset = 0
    }

    /// The byte offset of the nth Unicode scalar (libyaml's `index`), at most `count`. Asked in order it walks the file once.
    func offset(ofScalar index: Int, _ cursor: inout Cursor) -> Int {
        if isASCII { return min(index, count) }
        if index < cursor.index { cursor = Cursor() }
        while cursor.index < index, cursor.offset < count {
            cursor.offset += 1
            while cursor.offset < count, self[cursor.offset] & 0xC0 == 0x80 { cursor.offset += 1 }
            cursor.index += 1
        }
        return cursor.offset
    }

    /// The same, counted from the start.
    func offset(ofScalar index: Int) -> Int {
        var cursor = Cursor()
        return offset(ofScalar: index, &cursor)
    }

    /// The scalar at an offset, and its length in bytes; no scalar, and one byte, where the bytes are not UTF-8.
    func scalar(at offset: Int) -> (scalar: Unicode.Scalar?, length: Int) {
        let first = self[offset]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes[(bytes.startIndex + offset)...].prefix(4).makeIterator()
        guard case .valid(let encoded) = parser.parseScalar(from: &rest) else { return (nil, 1) }
        return (Unicode.UTF8.decode(encoded), encoded.count)
    }

    /// Line and column of an offset, both from 1; the column in Unicode scalars.
    func position(of offset: Int) -> Diagnostic.Position {
        var line = 1
        var start = 0
        forEachLine(upTo: offset) { next in
            line += 1
            start = next
        }
        var column = 1
        for position in start..<min(offset, count) where self[position] & 0xC0 != 0x80 { column += 1 }
        return .init(line: line, column: column)
    }

    /// The line an offset stands in, without its end.
    func line(around offset: Int) -> Range<Int> {
        var start = 0
        forEachLine(upTo: offset) { start = $0 }
        return start..<lineEnd(from: start)
    }

    /// The first line end at or after an offset.
    func lineEnd(from start: Int) -> Int {
        var end = start
        while end < count, self[end] != 0x0A, self[end] != 0x0D { end += 1 }
        return end
    }

    /// The start of the line after one that ends at `end`.
    func lineStart(after end: Int) -> Int {
        guard end < count else { return count }
        return self[end] == 0x0D && end + 1 < count && self[end + 1] == 0x0A ? end + 2 : end + 1
    }

    /// Calls with the start of every line but the first that starts at or before the offset.
    private func forEachLine(upTo offset: Int, _ body: (Int) -> Void) {
        var end = lineEnd(from: 0)
        while end < count {
            let start = lineStart(after: end)
            guard start <= offset else { return }
            body(start)
            end = lineEnd(from: start)
        }
    }

    /// Whether it begins with a byte order mark of UTF-16.
    var isUTF16: Bool { bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) }

    /// The first bytes that libyaml would refuse, and why; `nil` when there are none.
    func firstUnreadable() -> (offset: Int, problem: String)? {
        if isUTF16 { return (0, "the file is UTF-16; save it as UTF-8") }
        var offset = 0
        while offset < count {
            let (scalar, length) = scalar(at: offset)
            guard let scalar else {
                let place = offset + bytes.startIndex
                return (offset, "byte 0x\(Printable.hex(UInt32(self[offset]), digits: 2)) at byte offset \(place) is not UTF-8; save the file as UTF-8")
            }
            if Self.isForbidden(scalar.value) {
                return (
                    offset,
                    "the character U+\(Printable.hex(scalar.value, digits: 4)) is not allowed in YAML; remove it, or write it as an escape in double quotes"
                )
            }
            offset += length
        }
        return nil
    }

    /// Outside YAML's printable set (YAML 1.2.2, 5.1), and DEL, as libyaml has it.
    private static func isForbidden(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: false
        default: true
        }
    }
}
