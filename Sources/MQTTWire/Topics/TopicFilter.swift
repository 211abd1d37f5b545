/// A topic filter, to which a client subscribes: MQTT 5 section 4.7, with shared subscriptions (4.8.2).
public struct TopicFilter: Hashable, Sendable {
    /// As it goes to the broker.
    public let text: String
    /// The name between `$share/` and the filter; nil if it is no shared subscription.
    public let shareName: String?
    /// What topics are matched against: `text` without `$share/NAME/`.
    public let pattern: String

    /// - Throws: `TopicFault`, with the byte at fault.
    public init(_ text: String) throws(TopicFault) {
        try TopicName.validateText(text)
        self.text = text
        guard let rest = Self.rest(of: text, after: "$share/") else {
            shareName = nil
            pattern = text
            try Self.validate(text, from: 0)
            return
        }
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else { throw .invalidShare }
        let name = rest[..<slash]
        let filter = rest[rest.utf8.index(after: slash)...]
        guard !name.isEmpty, !filter.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) else {
            throw .invalidShare
        }
        shareName = String(name)
        pattern = String(filter)
        try Self.validate(pattern, from: text.utf8.count - filter.utf8.count)
    }

    private static func rest(of text: String, after prefix: StaticString) -> Substring? {
        let prefix = prefix.description
        return text.utf8.starts(with: prefix.utf8) ? text[text.utf8.index(text.startIndex, offsetBy: prefix.utf8.count)...] : nil
    }

    private static func validate(_ pattern: String, from start: Int) throws(TopicFault) {
        var offset = start
        var isLevelStart = true
        var wildcard: UInt8?
        for byte in pattern.utf8 {
            if wildcard == UInt8(ascii: "#") { throw .misplacedMultiLevelWildcard(at: offset - 1) }
            if wildcard == UInt8(ascii: "+"), byte != UInt8(ascii: "/") { throw .misplacedSingleLevelWildcard(at: offset - 1) }
            wildcard = nil
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: "+") {
                guard isLevelStart else {
                    throw byte == UInt8(ascii: "#") ? .misplacedMultiLevelWildcard(at: offset) : .misplacedSingleLevelWildcard(at: offset)
                }
                wildcard = byte
            }
            isLevelStart = byte == UInt8(ascii: "/")
            offset += 1
        }
    }

    /// It has `+` or `#`.
    public var hasWildcard: Bool { pattern.utf8.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") } }

    /// Whether messages of `topic` come by this filter; a wildcard in the first level does not match `$` [MQTT-4.7.2-1].
    ///
    /// Takes time in proportion to the shorter of both.
    public func matches(_ topic: String) -> Bool {
        var pattern = self.pattern.utf8.makeIterator()
        var name = topic.utf8.makeIterator()
        guard var wanted = pattern.next() else { return false }
        var byte = name.next()
        if byte == UInt8(ascii: "$"), wanted == UInt8(ascii: "#") || wanted == UInt8(ascii: "+") { return false }
        while true {
            switch wanted {
            case UInt8(ascii: "#"):
                return true
            case UInt8(ascii: "+"):
                while let current = byte, current != UInt8(ascii: "/") { byte = name.next() }
            default:
                guard byte == wanted else {
                    // "a/#" matches "a" too: 4.7.1.2.
                    return byte == nil && wanted == UInt8(ascii: "/") && pattern.next() == UInt8(ascii: "#")
                }
                byte = name.next()
            }
            guard let next = pattern.next() else { return byte == nil }
            wanted = next
        }
    }
}

extension TopicFilter: CustomStringConvertible {
    public var description: String { text }
}
