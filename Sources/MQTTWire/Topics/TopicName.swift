/// A topic name, to which messages are published: MQTT 5 section 4.7.
public enum TopicName {
    /// Checks a topic name.
    /// - Throws: `TopicFault`, with the byte at fault.
    public static func validate(_ topic: String) throws(TopicFault) {
        try validateText(topic)
        var offset = 0
        for byte in topic.utf8 {
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") {
                throw .wildcard(Character(UnicodeScalar(byte)), at: offset)
            }
            offset += 1
        }
    }

    /// What holds of topic names and topic filters alike.
    static func validateText(_ text: String) throws(TopicFault) {
        let count = text.utf8.count
        guard count > 0 else { throw .empty }
        guard count <= 65_535 else { throw .tooLong(bytes: count) }
        var offset = 0
        for byte in text.utf8 {
            guard byte != 0 else { throw .nullCharacter(at: offset) }
            offset += 1
        }
    }
}
