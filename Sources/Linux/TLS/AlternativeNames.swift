/// The subject alternative names of a certificate (RFC 5280 section 4.2.1.6), read where they lie in its bytes, one after the other: what is
/// not read costs nothing, however many there are.
///
/// The value of the extension is, in DER, a SEQUENCE of names: | 1 tag 0x30 | 1–4 length | n names |. A name is | 1 tag 0x80 and above |
/// 1–4 length | n value |, where tag 0x82 is a DNS name (IA5String) and 0x87 an address of 4 or 16 bytes.
struct AlternativeNames {
    enum Name: Equatable {
        /// Where the text lies.
        case dns(Range<Int>)
        /// Where the bytes lie, most significant first.
        case address(Range<Int>)
        /// A name of another kind.
        case other
    }

    /// What is read next.
    private(set) var position: Int
    /// Nothing of what there is could be read beyond `position`.
    private(set) var isDamaged = false
    private let end: Int

    init(_ der: RawSpan) {
        guard let all = Self.element(at: 0, in: der, upTo: der.byteCount), all.tag == 0x30, all.value.upperBound == der.byteCount else {
            (position, end, isDamaged) = (0, 0, true)
            return
        }
        position = all.value.lowerBound
        end = all.value.upperBound
    }

    /// The next name; nil behind the last, and where the bytes are no DER.
    mutating func next(in der: RawSpan) -> Name? {
        guard position < end else { return nil }
        guard let element = Self.element(at: position, in: der, upTo: end) else {
            isDamaged = true
            position = end
            return nil
        }
        position = element.value.upperBound
        return switch element.tag {
        case 0x82: .dns(element.value)
        case 0x87: .address(element.value)
        default: .other
        }
    }

    /// How many there are; nil if that cannot be read. One more than `limit` stands for any number above it.
    static func count(in der: RawSpan, upTo limit: Int) -> Int? {
        var names = AlternativeNames(der)
        var count = 0
        while count <= limit, names.next(in: der) != nil { count += 1 }
        return names.isDamaged ? nil : count
    }

    /// Names are searched for among so many.
    static let searched = 100

    /// The first few that have a text: DNS names as their bytes are, and addresses.
    static func texts(in der: RawSpan, atMost limit: Int) -> [[UInt8]] {
        var names = AlternativeNames(der)
        return texts(&names, in: der, atMost: limit)
    }

    static func texts(_ names: inout AlternativeNames, in der: RawSpan, atMost limit: Int) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for _ in 0..<searched where texts.count < limit {
            let text: [UInt8]
            switch names.next(in: der) {
            case nil: return texts
            case .dns(let place): text = der.extracting(place).withUnsafeBytes { Array($0) }
            case .address(let place): text = address(der.extracting(place).withUnsafeBytes { Array($0) })
            case .other: continue
            }
            if !text.isEmpty { texts.append(text) }
        }
        return texts
    }

    /// `192.0.2.1`, or `2001:db8:0:0:0:0:0:1`; nothing for any other length.
    private static func address(_ bytes: [UInt8]) -> [UInt8] {
        let text =
            switch bytes.count {
            case 4: bytes.map { "\($0)" }.joined(separator: ".")
            case 16:
                stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
            default: ""
            }
        return Array(text.utf8)
    }

    /// Tag and value of what begins at `start`. A length below 128 is one byte; 0x81, 0x82 and 0x83 have as many bytes of it behind them.
    private static func element(at start: Int, in der: RawSpan, upTo end: Int) -> (tag: UInt8, value: Range<Int>)? {
        guard end - start >= 2 else { return nil }
        let tag = der.unsafeLoad(fromByteOffset: start, as: UInt8.self)
        var length = Int(der.unsafeLoad(fromByteOffset: start + 1, as: UInt8.self))
        var value = start + 2
        if length >= 0x80 {
            let count = length - 0x80
            guard (1...3).contains(count), end - value >= count else { return nil }
            length = 0
            for index in 0..<count { length = length << 8 | Int(der.unsafeLoad(fromByteOffset: value + index, as: UInt8.self)) }
            value += count
        }
        guard end - value >= length else { return nil }
        return (tag, value..<value + length)
    }
}
