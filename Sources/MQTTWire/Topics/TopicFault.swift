/// Why a text is no topic name, topic filter or topic prefix: MQTT 5 section 4.7, the same in 3.1.1.
public enum TopicFault: Error, Equatable, Sendable {
    /// All are at least one character long [MQTT-4.7.3-1].
    case empty
    /// More than 65,535 bytes of UTF-8 [MQTT-4.7.3-3].
    case tooLong(bytes: Int)
    /// U+0000, at this byte [MQTT-4.7.3-2].
    case nullCharacter(at: Int)
    /// A topic name has `+` or `#`, at this byte [MQTT-3.3.2-2].
    case wildcard(Character, at: Int)
    /// `#` is not alone in the last level [MQTT-4.7.1-1]; the byte it stands at.
    case misplacedMultiLevelWildcard(at: Int)
    /// `+` is not alone in its level [MQTT-4.7.1-2]; the byte it stands at.
    case misplacedSingleLevelWildcard(at: Int)
    /// `$share/NAME/FILTER` with a name that is empty or has a wildcard, or without a filter: MQTT 5 section 4.8.2.
    case invalidShare
    /// The topic is not below the prefix that the client is confined to.
    case outside(prefix: String)
}

extension TopicFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "it is empty; at least one character is needed"
        case .tooLong(let bytes): "it has \(bytes) bytes, and 65,535 are allowed"
        case .nullCharacter(let at): "byte \(at) is U+0000, which MQTT forbids"
        case .wildcard(let character, let at): "byte \(at) is the wildcard \(character), which is allowed in a topic filter only"
        case .misplacedMultiLevelWildcard(let at): "# at byte \(at) must be the whole last level, as in a/b/#"
        case .misplacedSingleLevelWildcard(let at): "+ at byte \(at) must be a whole level, as in a/+/b"
        case .invalidShare: "a shared subscription is $share/NAME/FILTER, with a name that has no wildcard"
        case .outside(let prefix): "it is not below \(prefix)"
        }
    }
}
