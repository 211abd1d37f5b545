import Bytes

/// A name and a value that an application attaches to a message or packet: MQTT 5 section 3.3.2.3.7.
public struct UserProperty: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Properties of MQTT 5 (2.2.2), as they stand in the packet: a list of | 1 identifier | value |.
///
/// They are kept encoded and looked up when asked for, so a peer cannot make them take more memory than their bytes.
public struct Properties: Equatable, Sendable {
    /// Without the length that stands before them.
    private(set) var encoded: [UInt8] = []
    /// A value was set that MQTT cannot carry: longer than 65,535 bytes, or text with U+0000.
    private(set) var isUnencodable = false

    public init() {}

    public var isEmpty: Bool { encoded.isEmpty && !isUnencodable }

    // MARK: Of a message

    /// The payload is UTF-8 text, 3.3.2.3.2.
    public var isPayloadText: Bool {
        get { number(.payloadFormatIndicator) == 1 }
        set { set(.payloadFormatIndicator, newValue ? 1 : nil) }
    }

    /// Seconds after which the broker no longer delivers it, 3.3.2.3.3; on arrival, what is left of them.
    public var messageExpiryInterval: UInt32? {
        get { number(.messageExpiryInterval) }
        set { set(.messageExpiryInterval, newValue) }
    }

    /// A description of the payload, as a MIME type, 3.3.2.3.9.
    public var contentType: String? {
        get { text(.contentType) }
        set { set(.contentType, newValue) }
    }

    /// Where the answer to a request is to go, 3.3.2.3.5.
    public var responseTopic: String? {
        get { text(.responseTopic) }
        set { set(.responseTopic, newValue) }
    }

    /// By which a requester knows the answer, 3.3.2.3.6.
    public var correlationData: [UInt8]? {
        get { binary(.correlationData) }
        set { set(.correlationData, binary: newValue) }
    }

    /// In their order, names may repeat.
    public var userProperties: [UserProperty] {
        get {
            var found: [UserProperty] = []
            var entries = Entries(encoded)
            while let entry = entries.next() {
                guard entry.id == .userProperty else { continue }
                found.append(UserProperty(entries.text(entry.value), entries.text(entry.second)))
            }
            return found
        }
        set {
            remove(.userProperty)
            for property in newValue {
                guard Self.isText(property.name), Self.isText(property.value) else {
                    isUnencodable = true
                    continue
                }
                encoded.append(PropertyID.userProperty.rawValue)
                encoded.append(field: property.name.utf8)
                encoded.append(field: property.value.utf8)
            }
        }
    }

    /// The value of the first user property of that name.
    public subscript(name: String) -> String? { userProperties.first { $0.name == name }?.value }

    /// By which the broker tells which subscriptions a message matches, 3.3.2.3.8.
    public var subscriptionIdentifiers: [UInt32] {
        var found: [UInt32] = []
        var entries = Entries(encoded)
        while let entry = entries.next() {
            if entry.id == .subscriptionIdentifier { found.append(entry.number) }
        }
        return found
    }

    /// What the other side adds in words to a reason code, 3.4.2.2.2.
    public var reasonString: String? { text(.reasonString) }

    // MARK: Of any kind

    func number(_ id: PropertyID) -> UInt32? {
        var entries = Entries(encoded)
        while let entry = entries.next() { if entry.id == id { return entry.number } }
        return nil
    }

    func text(_ id: PropertyID) -> String? {
        var entries = Entries(encoded)
        while let entry = entries.next() { if entry.id == id { return entries.text(entry.value) } }
        return nil
    }

    func binary(_ id: PropertyID) -> [UInt8]? {
        var entries = Entries(encoded)
        while let entry = entries.next() { if entry.id == id { return Array(encoded[entry.value]) } }
        return nil
    }

    mutating func set(_ id: PropertyID, _ value: UInt32?) {
        remove(id)
        guard let value else { return }
        encoded.append(id.rawValue)
        switch id.form {
        case .flag: encoded.append(UInt8(value))
        case .twoBytes: encoded.append(bigEndian: UInt16(value))
        case .fourBytes: encoded.append(bigEndian: value)
        case .variableByteInteger: encoded.append(variableByteInteger: Int(value))
        case .text, .binary, .textPair: preconditionFailure("\(id) is no number")
        }
    }

    mutating func set(_ id: PropertyID, _ value: String?) {
        remove(id)
        guard let value else { return }
        guard Self.isText(value) else { return isUnencodable = true }
        encoded.append(id.rawValue)
        encoded.append(field: value.utf8)
    }

    mutating func set(_ id: PropertyID, binary value: [UInt8]?) {
        remove(id)
        guard let value else { return }
        guard value.count <= 65_535 else { return isUnencodable = true }
        encoded.append(id.rawValue)
        encoded.append(field: value)
    }

    mutating func remove(_ id: PropertyID) {
        var kept: [UInt8] = []
        var entries = Entries(encoded)
        while let entry = entries.next() { if entry.id != id { kept += encoded[entry.all] } }
        if kept.count != encoded.count { encoded = kept }
    }

    private static func isText(_ value: String) -> Bool { value.utf8.count <= 65_535 && !value.utf8.contains(0) }

    // MARK: In a packet

    /// Reads | 1…4 Property Length | properties | and checks that each may stand here, once, with a value that is allowed.
    static func read(_ bytes: RawSpan, _ reader: inout ByteReader, in place: PropertyPlace) throws(DecodeError) -> Properties {
        let lengthAt = reader.offset
        let length = try reader.variableByteInteger(bytes, "Property Length")
        guard length <= reader.remaining else { throw DecodeError(.truncated, at: lengthAt, in: "Property Length") }
        guard length > 0 else { return Properties() }
        let start = reader.offset
        var list = ByteReader(start..<start + length)
        try check(bytes, &list, in: place)
        _ = try reader.skip(length, "Properties")
        var properties = Properties()
        properties.encoded = bytes.array(start..<start + length)
        return properties
    }

    /// Those that a store has kept, without the length before them.
    init(stored bytes: RawSpan, _ range: Range<Int>) throws(DecodeError) {
        var list = ByteReader(range)
        try Self.check(bytes, &list, in: .publish)
        encoded = bytes.array(range)
    }

    private static func check(_ bytes: RawSpan, _ list: inout ByteReader, in place: PropertyPlace) throws(DecodeError) {
        var seen: UInt64 = 0
        while list.remaining > 0 {
            let at = list.offset
            guard let id = PropertyID(rawValue: try list.u8(bytes, "Property Identifier")), id.places.contains(place) else {
                throw DecodeError(.invalid, at: at, in: "Property Identifier")
            }
            let bit: UInt64 = 1 << UInt64(id.rawValue)
            guard seen & bit == 0 || id.mayRepeat(in: place) else { throw DecodeError(.invalid, at: at, in: "Property Identifier, repeated") }
            seen |= bit
            let valueAt = list.offset
            var value: UInt32 = 1
            switch id.form {
            case .flag:
                value = UInt32(try list.u8(bytes, "Property"))
                guard value <= 1 else { throw DecodeError(.invalid, at: valueAt, in: "Property") }
            case .twoBytes: value = UInt32(try list.u16BigEndian(bytes, "Property"))
            case .fourBytes: value = try list.u32BigEndian(bytes, "Property")
            case .variableByteInteger: value = UInt32(try list.variableByteInteger(bytes, "Property"))
            case .text: _ = try list.text(bytes, "Property")
            case .binary: _ = try list.field(bytes, "Property")
            case .textPair:
                _ = try list.text(bytes, "User Property name")
                _ = try list.text(bytes, "User Property value")
            }
            if id.mustNotBeZero, value == 0 { throw DecodeError(.invalid, at: valueAt, in: "Property, 0") }
        }
    }
}

extension [UInt8] {
    /// The length and the properties.
    mutating func append(_ properties: Properties) {
        append(variableByteInteger: properties.encoded.count)
        self += properties.encoded
    }
}

/// Walks over properties that have been checked or written here.
private struct Entries {
    struct Entry {
        var id: PropertyID
        /// With its identifier.
        var all: Range<Int>
        /// Of a text or binary value, or the name of a pair: without its length.
        var value = 0..<0
        /// The value of a pair.
        var second = 0..<0
        var number: UInt32 = 0
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Entry? {
        guard position < bytes.count else { return nil }
        let start = position
        var entry = Entry(id: PropertyID(rawValue: bytes[position])!, all: 0..<0)
        position += 1
        switch entry.id.form {
        case .flag: entry.number = bigEndian(1)
        case .twoBytes: entry.number = bigEndian(2)
        case .fourBytes: entry.number = bigEndian(4)
        case .variableByteInteger:
            var shift: UInt32 = 0
            repeat {
                entry.number |= UInt32(bytes[position] & 0x7F) << shift
                shift += 7
                position += 1
            } while bytes[position - 1] & 0x80 != 0
        case .text, .binary: entry.value = field()
        case .textPair:
            entry.value = field()
            entry.second = field()
        }
        entry.all = start..<position
        return entry
    }

    private mutating func bigEndian(_ count: Int) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            value = value << 8 | UInt32(bytes[position])
            position += 1
        }
        return value
    }

    private mutating func field() -> Range<Int> {
        let count = Int(bigEndian(2))
        position += count
        return position - count..<position
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
