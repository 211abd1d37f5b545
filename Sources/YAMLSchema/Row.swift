/// One row of a schema: a key, and the property of `Root` that its value lives in.
public struct Row<Root: Equatable & Sendable>: Sendable {
    /// What is known of the key.
    public internal(set) var key: Key
    /// Reads a scalar into the property, for a key of a list's elements into the last of them; whether it is allowed.
    private(set) var read: @Sendable (Scalar, inout Root) -> Bool
    let advice: @Sendable (Scalar) -> String?
    /// The values as YAML, free text without quotes; none where an element leaves the key out. The element counts only for such a key.
    private(set) var texts: @Sendable (Root, Int) -> [String]
    let isSame: @Sendable (Root, Root) -> Bool
    let copy: @Sendable (Root, inout Root) -> Void
    let list: List?

    /// A list's elements.
    struct List: Sendable {
        let count: @Sendable (Root) -> Int
        let clear: @Sendable (inout Root) -> Void
        let append: @Sendable (inout Root) -> Void
        /// What is wrong with the last element, all of whose keys were accepted.
        let problem: @Sendable (Root) -> String?
    }

    /// A key with a value of its own, and a default, which is the property's.
    public init<Value: Equatable & Sendable>(
        _ path: String, _ member: any WritableKeyPath<Root, Value> & Sendable, _ format: Format<Value>, isSecret: Bool = false,
        mayMeetSecret: Bool = false, required: Key.Example? = nil, derivedDefault: String? = nil, help: String
    ) {
        let key = Key(
            path, format, help, isSecret: isSecret, mayMeetSecret: mayMeetSecret, example: required, derivedDefault: derivedDefault)
        self.init(key, member, format, set: { $0 = $1 }, values: { [$0] })
    }

    /// A key of a list's elements that may be left out.
    /// - Parameter absence: what leaving it out means.
    public init<Value: Equatable & Sendable>(
        _ path: String, ifGiven member: any WritableKeyPath<Root, Value?> & Sendable, _ format: Format<Value>, absence: String, help: String
    ) {
        self.init(Key(path, format, help, absence: absence), member, format, set: { $0 = $1 }, values: { $0.map { [$0] } ?? [] })
    }

    /// The same, with one value or a list of them.
    public init<Value: Equatable & Sendable>(
        _ path: String, each member: any WritableKeyPath<Root, [Value]> & Sendable, _ format: Format<Value>, absence: String, help: String
    ) {
        self.init(Key(path, format, help, takesSeveral: true, absence: absence), member, format, set: { $0.append($1) }, values: { $0 })
    }

    private init<Property: Equatable & Sendable, Value: Sendable>(
        _ key: Key, _ member: any WritableKeyPath<Root, Property> & Sendable, _ format: Format<Value>,
        set: @escaping @Sendable (inout Property, Value) -> Void, values: @escaping @Sendable (Property) -> [Value]
    ) {
        self.key = key
        read = { scalar, root in
            guard let value = format.read(scalar) else { return false }
            set(&root[keyPath: member], value)
            return true
        }
        advice = format.advice
        texts = { root, _ in values(root[keyPath: member]).compactMap(format.text) }
        isSame = { $0[keyPath: member] == $1[keyPath: member] }
        copy = { $1[keyPath: member] = $0[keyPath: member] }
        list = nil
    }

    private init(_ key: Key, list: List, isSame: @escaping @Sendable (Root, Root) -> Bool) {
        self.key = key
        self.list = list
        self.isSame = isSame
        (read, advice, texts, copy) = ({ _, _ in false }, { _ in nil }, { _, _ in [] }, { _, _ in })
    }

    /// A row of a part, as one of the whole.
    private init<Part: Equatable & Sendable>(
        _ row: Row<Part>, _ key: Key, modify: @escaping @Sendable (inout Root, (inout Part) -> Void) -> Void,
        get: @escaping @Sendable (Root, Int) -> Part
    ) {
        self.key = key
        read = { scalar, root in
            var isRead = false
            modify(&root) { isRead = row.read(scalar, &$0) }
            return isRead
        }
        advice = row.advice
        texts = { row.texts(get($0, $1), $1) }
        isSame = { row.isSame(get($0, 0), get($1, 0)) }
        copy = { from, to in modify(&to) { row.copy(get(from, 0), &$0) } }
        list = row.list.map { list in
            List(
                count: { list.count(get($0, 0)) }, clear: { modify(&$0, list.clear) }, append: { modify(&$0, list.append) },
                problem: { list.problem(get($0, 0)) })
        }
    }

    // MARK: Sections and lists

    /// The rows of a section that is a property.
    /// - Parameters:
    ///   - affects: what must be done anew when one of them changes that says nothing else.
    ///   - help: a sentence over the section.
    public static func section<Part: Equatable & Sendable>(
        _ path: String, _ member: any WritableKeyPath<Root, Part> & Sendable, affects: Int = 0, help: String? = nil, _ rows: [Row<Part>]
    ) -> [Row] {
        rows.map { row in
            var key = row.key
            if key.section.isEmpty { key.sectionHelp = help }
            key.path = "\(path).\(key.path)"
            if key.affects == 0 { key.affects = affects }
            return Row(row, key, modify: { $1(&$0[keyPath: member]) }, get: { root, _ in root[keyPath: member] })
        }
    }

    /// The row of a list, and those of its elements.
    /// - Parameters:
    ///   - new: an element of which nothing has been read.
    ///   - problem: what is wrong with an element all of whose keys were accepted; `nil` when nothing is.
    public static func list<Element: Equatable & Sendable>(
        _ path: String, _ member: any WritableKeyPath<Root, [Element]> & Sendable, maximum: Int, new: Element, affects: Int = 0,
        example: [[String]], help: String, problem: @escaping @Sendable (Element) -> String? = { _ in nil }, _ rows: [Row<Element>]
    ) -> [Row] {
        var key = Key(list: path, maximum: maximum, keys: rows.map(\.key), example: example, help: help)
        key.affects = affects
        let list = List(
            count: { $0[keyPath: member].count }, clear: { $0[keyPath: member] = [] }, append: { $0[keyPath: member].append(new) },
            problem: { $0[keyPath: member].last.flatMap(problem) })
        let elementRows = rows.map { row in
            var key = row.key
            key.path = "\(path)[].\(key.path)"
            return Row(
                row, key, modify: { root, body in body(&root[keyPath: member][root[keyPath: member].count - 1]) },
                get: { $0[keyPath: member][$1] })
        }
        return [Row(key, list: list) { $0[keyPath: member] == $1[keyPath: member] }] + elementRows
    }

    /// The same key in an element that is otherwise as another section.
    /// - Parameter required: a value to show, where the element cannot leave it out.
    public func overriding(_ section: String, required: Key.Example? = nil, help: String) -> Row<Partial<Root>> {
        var key = key
        key.help = help
        key.example = required
        key.absence = required == nil ? "\(section).\(key.path)" : nil
        let name = key.path
        var row = Row<Partial<Root>>(self, key, modify: { $1(&$0.values) }, get: { root, _ in root.values })
        let (read, texts) = (row.read, row.texts)
        row.read = { scalar, root in
            guard read(scalar, &root) else { return false }
            root.given.insert(name)
            return true
        }
        row.texts = { root, element in root.given.contains(name) ? texts(root, element) : [] }
        return row
    }

    /// The same row, a change of which makes something necessary.
    public func affecting(_ parts: Int) -> Row {
        var row = self
        row.key.affects = parts
        return row
    }

    // MARK: Values

    /// The value as YAML, several in brackets, a secret as `•••`; `nil` where an element leaves it out, and for a list with elements.
    func text(in root: Root, element: Int = 0) -> String? {
        if let list { return list.count(root) == 0 ? "[]" : nil }
        let texts = texts(root, element)
        guard let first = texts.first else { return key.isNullable ? "null" : nil }
        if key.isSecret { return Printable.mask }
        if texts.count > 1 { return "[\(texts.map(Printable.yaml).joined(separator: ", "))]" }
        return key.isText ? Printable.yaml(first) : first
    }
}

/// A section of which some keys are given, and the others are as another section has them.
public struct Partial<Section: Equatable & Sendable>: Equatable, Sendable {
    /// Those that are given count.
    public var values: Section
    /// Their names.
    public var given: Set<String>

    /// A section of which these keys are given.
    public init(_ values: Section, given: Set<String> = []) {
        self.values = values
        self.given = given
    }

    /// The whole section: what is given over a base.
    public func over(_ base: Section, _ rows: [Row<Section>]) -> Section {
        var whole = base
        for row in rows where given.contains(row.key.path) { row.copy(values, &whole) }
        return whole
    }
}
