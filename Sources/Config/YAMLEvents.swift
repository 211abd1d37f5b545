import CYAML

/// One event of libyaml's, copied out of it. Marks are in Unicode scalars from the start.
struct YAMLEvent {
    enum Kind: Equatable {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(Scalar)
        case alias
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    /// How a scalar is written.
    enum Style {
        case plain, singleQuoted, doubleQuoted
        /// A block scalar, after `|` or `>`.
        case block
    }

    let kind: Kind
    /// Of a scalar; plain for anything else.
    let style: Style
    /// Explicit tags such as `!!int`; not the tag `!` alone before a scalar, which libyaml forgets.
    let isTagged: Bool
    /// An anchor such as `&name`.
    let isAnchored: Bool
    let start: Int
    let end: Int
}

/// A refusal of libyaml's, in its own words. Holds no text of the file.
struct YAMLSyntaxError: Error {
    let problem: String
    let problemMark: Int
    /// What libyaml was reading, or empty.
    let context: String
    let contextMark: Int
}

/// libyaml's parser over bytes in memory. The bytes must outlive it; they must be UTF-8 without byte order mark.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        // It fails only without memory, where nothing else works either.
        precondition(yaml_parser_initialize(parser) == 1, "libyaml has no memory")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event. After `streamEnd`, or a throw, it must not be called again.
    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let kind: YAMLEvent.Kind
        var isTagged = false
        var isAnchored = false
        var style = YAMLEvent.Style.plain
        switch event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            style = Self.style(scalar.style)
            kind = .scalar(Scalar(text: text, isPlain: style == .plain))
            isTagged = scalar.tag != nil
            isAnchored = scalar.anchor != nil
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            isTagged = event.data.sequence_start.tag != nil
            isAnchored = event.data.sequence_start.anchor != nil
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            isTagged = event.data.mapping_start.tag != nil
            isAnchored = event.data.mapping_start.anchor != nil
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .streamEnd
        }
        return YAMLEvent(
            kind: kind, style: style, isTagged: isTagged, isAnchored: isAnchored, start: event.start_mark.index, end: event.end_mark.index)
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLEvent.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    private func failure() -> YAMLSyntaxError {
        YAMLSyntaxError(
            problem: parser.pointee.problem.map { String(cString: $0) } ?? "out of memory",
            problemMark: parser.pointee.problem_mark.index,
            context: parser.pointee.context.map { String(cString: $0) } ?? "",
            contextMark: parser.pointee.context_mark.index)
    }
}
