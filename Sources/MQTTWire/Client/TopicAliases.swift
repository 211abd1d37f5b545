/// Numbers that stand for topic names on one connection: MQTT 5 section 3.3.2.3.4. The first topics get one, as many as there are.
struct TopicAliases: Sendable {
    /// How a PUBLISH is to name its topic.
    struct Use: Equatable {
        var number: UInt16
        /// The other side has the topic of that number; it need not be said again.
        var isKnown: Bool
    }

    /// More than this is no gain that memory should be spent on.
    static let most: UInt16 = 256

    private var numbers: [String: UInt16] = [:]
    private let maximum: UInt16

    /// - Parameter maximum: how many the other side keeps.
    init(maximum: UInt16) { self.maximum = min(maximum, Self.most) }

    /// For a message to be sent; nil if its topic gets no number.
    mutating func use(_ topic: String) -> Use? {
        guard maximum > 0 else { return nil }
        if let number = numbers[topic] { return Use(number: number, isKnown: true) }
        guard numbers.count < maximum else { return nil }
        let number = UInt16(numbers.count + 1)
        numbers[topic] = number
        return Use(number: number, isKnown: false)
    }
}

/// The topics that the broker's numbers stand for on one connection.
struct InboundAliases: Sendable {
    private var topics: [UInt16: String] = [:]
    let maximum: UInt16

    init(maximum: UInt16) { self.maximum = maximum }

    /// The topic of a PUBLISH; nil if the number is not allowed, or stands for nothing.
    mutating func resolve(_ topic: String, _ number: UInt16) -> String? {
        guard number >= 1, number <= maximum else { return nil }
        guard topic.isEmpty else {
            topics[number] = topic
            return topic
        }
        return topics[number]
    }
}
