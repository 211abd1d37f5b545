#if Tools
public import MQTTWire

/// Topics, checked and taken apart.
public enum MQTTTopic {
    /// Whether a text is a topic name, or with `allowingWildcards` a topic filter.
    /// - Throws: `MQTTTopicFault`, with the byte at fault and what would be right.
    public static func validate(_ text: String, allowingWildcards: Bool = false) throws(MQTTTopicFault) {
        if allowingWildcards { _ = try MQTTTopicFilter(text) } else { try TopicName.validate(text) }
    }

    /// What a topic name or filter consists of.
    public struct Info: Equatable, Sendable {
        /// Between the slashes; without `$share` and the name behind it.
        public var levels: [String]
        public var hasWildcard: Bool
        /// The name of a shared subscription; nil if it is none.
        public var shareName: String?
        /// Of the broker's own topics (`$SYS/…`), which wildcards in the first level do not match.
        public var isReserved: Bool
    }

    public static func info(_ text: String) throws(MQTTTopicFault) -> Info {
        let filter = try MQTTTopicFilter(text)
        return Info(
            levels: filter.pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init), hasWildcard: filter.hasWildcard,
            shareName: filter.shareName, isReserved: filter.pattern.hasPrefix("$"))
    }
}
#endif
