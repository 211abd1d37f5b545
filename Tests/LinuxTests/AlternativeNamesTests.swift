import Testing

@testable import Linux

/// RFC 5280 section 4.2.1.6, in DER.
@Suite struct AlternativeNamesTests {
    /// | tag | length, in as few bytes as it takes | value |
    static func element(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] {
        let count = value.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            case ..<0x10000: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            default: [0x83, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
            }
        return [tag] + length + value
    }

    /// A SEQUENCE of names.
    static func names(_ names: [[UInt8]]) -> [UInt8] { element(0x30, Array(names.joined())) }

    static func dns(_ text: String) -> [UInt8] { element(0x82, Array(text.utf8)) }

    static func texts(_ der: [UInt8], atMost limit: Int = 5) -> [String] {
        AlternativeNames.texts(in: der.span.bytes, atMost: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    static func count(_ der: [UInt8], upTo limit: Int) -> Int? { AlternativeNames.count(in: der.span.bytes, upTo: limit) }

    @Test func `host names and addresses are read in their order, and what has no text is passed over`() {
        let der = Self.names([
            Self.dns("broker.example.org"),
            // rfc822Name a@b, and an empty DNS name
            Self.element(0x81, [0x61, 0x40, 0x62]), Self.dns(""),
            Self.element(0x87, [192, 0, 2, 1]),
            Self.element(0x87, [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]),
            // an address of three bytes is none
            Self.element(0x87, [1, 2, 3]),
            Self.dns(String(repeating: "a", count: 300)),
        ])
        #expect(Self.texts(der) == ["broker.example.org", "192.0.2.1", "2001:db8:0:0:0:0:0:1", String(repeating: "a", count: 300)])
        #expect(Self.texts(der, atMost: 1) == ["broker.example.org"])
        #expect(Self.count(der, upTo: 100) == 7)
        #expect(Self.texts(Self.names([])) == [] && Self.count(Self.names([]), upTo: 100) == 0)
    }

    @Test(arguments: [5_000, 20_000])
    func `of thousands of empty names an explanation reads the first hundred, once`(count: Int) {
        let der = Self.names([[UInt8]](repeating: Self.dns(""), count: count))
        var names = AlternativeNames(der.span.bytes)
        let start = names.position
        #expect(AlternativeNames.texts(&names, in: der.span.bytes, atMost: 5) == [])
        // | 1 tag | 1 length 0 | each
        #expect(names.position - start == AlternativeNames.searched * 2)
        #expect(Self.count(der, upTo: 2_000) == 2_001, "and the count stops where it is too many")
    }

    @Test(arguments: [
        [],
        // no SEQUENCE; one that is longer than what there is; one that is shorter
        [0x31, 0], [0x30, 3, 0x82, 0], [0x30, 0, 0],
        // a name that is longer than the sequence; a tag alone; lengths of none, of four and of too few bytes
        [0x30, 3, 0x82, 2, 0x61], [0x30, 1, 0x82], [0x30, 2, 0x82, 0x80], [0x30, 6, 0x82, 0x84, 0, 0, 0, 0], [0x30, 2, 0x82, 0x81],
        [0x30, 0x80, 0x82, 0, 0, 0],
    ] as [[UInt8]])
    func `what is no DER is no list of names`(bytes: [UInt8]) {
        #expect(Self.count(bytes, upTo: 100) == nil)
        #expect(Self.texts(bytes) == [])
    }
}
