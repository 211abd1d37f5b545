import YAMLSchema

/// A topic in which names in braces stand for what differs from message to message.
package struct TopicTemplate: Sendable, Equatable {
    /// What a name in braces stands for.
    package enum Placeholder: String, Sendable, CaseIterable {
        /// The scanner's name, 1…64 bytes.
        case scannerID = "scanner_id"
        /// The device's address, 17 bytes: `AA:BB:CC:DD:EE:FF`.
        case mac
        /// The same without colons, 12 bytes.
        case macBare = "mac_bare"
        /// The name of the adapter that heard it, such as `hci0`; at most 17 bytes.
        case adapter

        /// As it is written.
        var text: String { "{\(rawValue)}" }
    }

    /// A piece of the template.
    package enum Part: Sendable, Equatable {
        /// As it is.
        case text(String)
        /// Filled in.
        case placeholder(Placeholder)
    }

    /// In their order.
    package let parts: [Part]

    /// The longest template, in bytes. Filled in it is far from the 65,535 bytes that MQTT has for a topic (3.1.1, 1.5.3): at most 21
    /// times 64 bytes in place of `{scanner_id}`, or 51 times 17 in place of `{mac}`.
    static let maximumBytes = 256

    /// Reads a template. Braces that are no placeholder stand for themselves; `TopicTemplate.problem` refuses them before.
    package init(_ text: String) {
        parts = Braces.pieces(of: text).map { piece in
            switch piece {
            case .text(let text), .stray(let text): .text(text)
            case .name(let name): Placeholder(rawValue: name).map { .placeholder($0) } ?? .text("{\(name)}")
            }
        }
    }

    /// Whether there is a placeholder in it.
    package var isFixed: Bool {
        parts.allSatisfy {
            if case .text = $0 { true } else { false }
        }
    }

    /// `nil` where the text is a template with none but these placeholders; else advice, which may be empty.
    static func problem(_ text: String, _ known: [Placeholder]) -> String? {
        let bytes = text.utf8
        guard (1...maximumBytes).contains(bytes.count), !Format<String>.hasControls(text) else { return "" }
        if let problem = Braces.problem(text, known.map(\.rawValue)) { return problem }
        if bytes.contains(UInt8(ascii: "+")) || bytes.contains(UInt8(ascii: "#")) { return "wildcards are for subscriptions" }
        let levels = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if levels.count > 1, levels.last!.isEmpty { return "leave out the / at the end" }
        guard levels.dropFirst().allSatisfy({ !$0.isEmpty }) else { return "a level between two / is empty" }
        if levels[0].elementsEqual("$SYS".utf8) { return "topics below $SYS are the broker's own" }
        if levels[0].elementsEqual("$share".utf8) || levels[0].elementsEqual("$queue".utf8) { return "shared topics are for subscriptions" }
        return nil
    }
}

extension Configuration.Topic {
    /// Of advertisements.
    package var advertisementTemplate: TopicTemplate { TopicTemplate(advertisement ?? "\(base)/{scanner_id}/{mac}") }

    /// The whole topic of the status message.
    package func statusTopic(scannerID: String) -> String {
        let template = TopicTemplate(status)
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let part): text += part
            case .placeholder(.scannerID): text += scannerID
            case .placeholder(let other): text += other.text
            }
        }
        return template.isFixed && !isStatusWhole ? "\(text)/\(scannerID)" : text
    }
}
