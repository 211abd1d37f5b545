import CYAML

/// A node of a source's tree. Places are in bytes of the source.
struct Node {
    enum Content {
        case scalar(Scalar)
        case alias
        case list([Node])
        /// A key without a value is one after which reading ended.
        case section([(key: Node, value: Node?)])
    }

    /// How a scalar is written.
    enum Style {
        case plain, singleQuoted, doubleQuoted
        /// After `|` or `>`.
        case block
    }

    fileprivate(set) var content = Content.alias
    /// Of a scalar.
    fileprivate(set) var style = Style.plain
    /// Explicit tags such as `!!int`.
    fileprivate(set) var isTagged = false
    /// An anchor such as `&name`.
    fileprivate(set) var isAnchored = false
    let start: Int
    /// The end of what is visible of it; the source's end where reading ended inside it.
    fileprivate(set) var end: Int
    /// Whether reading did not end inside it.
    fileprivate(set) var isWhole = true

    /// The text, if it is one.
    var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// In words, for what is no text.
    var kind: String {
        switch content {
        case .scalar: "text"
        case .alias: "an alias"
        case .list: "a list"
        case .section: "a section"
        }
    }

    /// What is in it.
    var parts: [Node] {
        switch content {
        case .scalar, .alias: []
        case .list(let nodes): nodes
        case .section(let entries): entries.flatMap { [$0.key] + ($0.value.map { [$0] } ?? []) }
        }
    }
}

/// A source's first document as a tree, as far as libyaml can read it.
struct Document {
    /// `nil` in an empty source.
    private(set) var root: Node?
    /// Where a second document begins.
    private(set) var second: Int?
    /// Why reading ended early, and where.
    private(set) var failure: SyntaxExplanation?
    /// Whether the source was read to its end.
    var isWhole: Bool { failure == nil && !isTooDeep }

    /// Deeper nesting is not read. What is misplaced may be nested by 16, which the reader refuses; tables nest by five.
    private static let maximumDepth = 24
    private typealias Parser = UnsafeMutablePointer<yaml_parser_t>
    private var isTooDeep = false
    /// The end of a collection.
    private var closing = 0..<0
    private let source: SourceText
    private let words: SecretWords
    private var cursor = SourceText.Cursor()

    /// - Parameters:
    ///   - source: UTF-8 that libyaml takes.
    ///   - words: words that announce a secret.
    init(_ source: SourceText, _ words: SecretWords) {
        self.source = source
        self.words = words
        let parser = Parser.allocate(capacity: 1)
        defer { parser.deallocate() }
        // It fails only without memory, where nothing else works either.
        precondition(yaml_parser_initialize(parser) == 1, "libyaml has no memory")
        defer { yaml_parser_delete(parser) }
        source.bytes.withUnsafeBufferPointer { bytes in
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            _ = next(parser)
            guard next(parser)?.type == YAML_DOCUMENT_START_EVENT else { return }
            root = node(parser, depth: 0)
            _ = next(parser)
            if let after = next(parser), after.type == YAML_DOCUMENT_START_EVENT { second = after.node.start }
        }
    }

    /// The next node with everything in it; `nil` where the collection around it, or reading, ends.
    private mutating func node(_ parser: Parser, depth: Int) -> Node? {
        guard let (type, begun) = next(parser) else { return nil }
        var node = begun
        let isCollection = type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT
        if isCollection, depth == Self.maximumDepth { isTooDeep = true }
        switch type {
        case YAML_SCALAR_EVENT, YAML_ALIAS_EVENT: return node
        case YAML_SEQUENCE_START_EVENT:
            var elements: [Node] = []
            while let element = self.node(parser, depth: depth + 1) { elements.append(element) }
            node.content = .list(elements)
        case YAML_MAPPING_START_EVENT:
            var entries: [(key: Node, value: Node?)] = []
            while let key = self.node(parser, depth: depth + 1) { entries.append((key, self.node(parser, depth: depth + 1))) }
            node.content = .section(entries)
        default:
            closing = node.start..<node.end
            return nil
        }
        node.isWhole = isWhole
        // The end of a block is empty and stands where the next token does.
        node.end = !isWhole ? source.count : closing.isEmpty ? node.parts.last?.end ?? node.end : closing.upperBound
        return node
    }

    /// The next event, with the node that it begins; `nil` where reading ends early.
    private mutating func next(_ parser: Parser) -> (type: yaml_event_type_t, node: Node)? {
        var event = yaml_event_t()
        guard isWhole else { return nil }
        guard yaml_parser_parse(parser, &event) == 1 else {
            failure = SyntaxExplanation(parser.pointee, source, words)
            return nil
        }
        defer { yaml_event_delete(&event) }
        let start = source.offset(ofScalar: event.start_mark.index, &cursor)
        var node = Node(start: start, end: max(start, source.offset(ofScalar: event.end_mark.index, &cursor)))
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            node.style = Self.style(scalar.style)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            node.content = .scalar(Scalar(text: text, isPlain: node.style == .plain))
            // libyaml forgets the tag `!` alone. No plain scalar begins with it, and what is empty has no place of its own.
            node.isTagged = scalar.tag != nil || node.end > start && source[start] == UInt8(ascii: "!")
            node.isAnchored = scalar.anchor != nil
        case YAML_SEQUENCE_START_EVENT:
            (node.isTagged, node.isAnchored) = (event.data.sequence_start.tag != nil, event.data.sequence_start.anchor != nil)
        case YAML_MAPPING_START_EVENT:
            (node.isTagged, node.isAnchored) = (event.data.mapping_start.tag != nil, event.data.mapping_start.anchor != nil)
        default: break
        }
        return (event.type, node)
    }

    private static func style(_ style: yaml_scalar_style_t) -> Node.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }
}
