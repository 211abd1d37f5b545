/// A value whose properties are what the keys of a file stand for.
public protocol Keyed: Equatable, Sendable {
    /// Names every key with the property that its value lives in, in the order of prints and documents; those of one section stand together.
    /// Nothing but that: it is called for each value that is read, and on copies.
    mutating func name(_ keys: Keys)
}

/// One pass over the keys of a value: to learn what they are, or to do one thing with what they stand for.
///
/// The table of keys is code, and nothing of it outlives a pass: no closure, no key path, no array. What is generic is inlined where the types
/// are known: metadata that is made at run time stays for the program's life.
public final class Keys {
    /// What the pass is made for; rows by their numbers.
    enum Purpose {
        case describe, texts
        case read(Scalar, row: Int)
        case clear(row: Int), append(row: Int), judge(row: Int)
    }

    /// What it has to do with the key that comes next.
    @usableFromInline enum Step {
        case describe, text, skip, clear, append, judge
        case read(Scalar)
    }

    private let purpose: Purpose
    /// Of the key that was named last.
    @usableFromInline var row = -1
    private var section = ""
    private var sectionHelp: String?
    private var affects = Key.Effects()
    private var override: Override?
    /// The element stands for those of a list that has none.
    @usableFromInline var isPlaceholder = false

    /// What was described.
    private(set) var keys: [Key] = []
    /// The values as YAML, by row; of an element's key one for each element, `nil` where it leaves the key out. Secrets are among them.
    private(set) var texts: [[String?]] = []
    /// Whether the scalar was allowed.
    private(set) var isRead = false
    /// On a scalar that was not.
    private(set) var advice: String?
    /// What is wrong with a list's last element.
    @usableFromInline var problem: String?

    /// Of an element that is otherwise as a section has it.
    private struct Override {
        let section: String
        let required: (name: String, example: Key.Example)
        let help: (String) -> String?
        var given: Set<String>
    }

    init(_ purpose: Purpose) { self.purpose = purpose }

    /// Nothing is left to do with the keys that come after.
    private var isDone: Bool {
        switch purpose {
        case .describe, .texts: false
        case .read(_, let wanted), .clear(let wanted), .append(let wanted), .judge(let wanted): row >= wanted
        }
    }

    private var isDescribing: Bool { if case .describe = purpose { true } else { false } }

    @usableFromInline func next() -> Step {
        row += 1
        switch purpose {
        case .describe: return .describe
        case .texts:
            while texts.count <= row { texts.append([]) }
            return isPlaceholder ? .skip : .text
        case .read(let scalar, row): return .read(scalar)
        case .clear(row): return .clear
        case .append(row): return .append
        case .judge(row): return .judge
        case .read, .clear, .append, .judge: return .skip
        }
    }

    // MARK: Keys

    /// A key with a value of its own, and a default, which is the property's.
    /// - Parameters:
    ///   - required: values to show, where the key cannot be left out.
    ///   - affects: what must be done anew when the value changes; none for what the section says.
    @inlinable @inline(never) public func callAsFunction<Value>(
        _ name: String, _ value: inout Value, _ format: @autoclosure () -> Format<Value>, isSecret: Bool = false, mayMeetSecret: Bool = false,
        required: Key.Example? = nil, derivedDefault: String? = nil, affects: Key.Effects = [], help: String
    ) {
        switch next() {
        case .describe:
            add(
                Key(
                    name, format().facts, help, isSecret: isSecret, mayMeetSecret: mayMeetSecret, example: required, derivedDefault: derivedDefault,
                    affects: affects))
        case .read(let scalar): if let new = read(scalar, name, format()) { value = new }
        case .text:
            let format = format()
            add([format.text(value)], name, format.facts)
        case .skip, .clear, .append, .judge: break
        }
    }

    /// A key of a list's elements that may be left out.
    /// - Parameter absence: what leaving it out means.
    @inlinable @inline(never) public func callAsFunction<Value>(
        _ name: String, ifGiven value: inout Value?, _ format: @autoclosure () -> Format<Value>, absence: String, help: String
    ) {
        switch next() {
        case .describe: add(Key(name, format().facts, help, absence: absence))
        case .read(let scalar): if let new = read(scalar, name, format()) { value = new }
        case .text:
            let format = format()
            add([value.flatMap(format.text)], name, format.facts)
        case .skip, .clear, .append, .judge: break
        }
    }

    /// The same, with one value or a list of them.
    @inlinable @inline(never) public func callAsFunction<Value>(
        _ name: String, each values: inout [Value], _ format: @autoclosure () -> Format<Value>, absence: String, help: String
    ) {
        switch next() {
        case .describe: add(Key(name, format().facts, help, absence: absence, takesSeveral: true))
        case .read(let scalar): if let new = read(scalar, name, format()) { values.append(new) }
        case .text:
            let format = format()
            add(values.map { format.text($0) }, name, format.facts)
        case .skip, .clear, .append, .judge: break
        }
    }

    @inlinable func read<Value>(_ scalar: Scalar, _ name: String, _ format: Format<Value>) -> Value? {
        let value = format.read(scalar)
        note(name, isRead: value != nil, scalar, format.facts)
        return value
    }

    @usableFromInline func note(_ name: String, isRead: Bool, _ scalar: Scalar, _ facts: Facts) {
        self.isRead = isRead
        if isRead { override?.given.insert(name) } else { advice = facts.advice(scalar) }
    }

    @usableFromInline func add(_ key: Key) {
        var key = key
        if !key.path.utf8.contains(UInt8(ascii: ".")) { key.sectionHelp = sectionHelp }
        if let override {
            key.help = override.help(key.path) ?? key.help
            key.example = override.required.name == key.path ? override.required.example : nil
            if key.example == nil { key.absence = "\(override.section).\(key.path)" }
        }
        key.path = Outline.path(section, key.path)
        if key.affects.isEmpty { key.affects = affects }
        keys.append(key)
    }

    /// Texts as YAML, several in brackets; `nil` where there are none.
    @usableFromInline func add(_ values: [String?], _ name: String, _ facts: Facts) {
        let texts = values.compactMap { $0 }.map { facts.isText || values.count > 1 ? Printable.yaml($0) : $0 }
        let isGiven = override?.given.contains(name) ?? true
        let text = texts.count > 1 ? "[\(texts.joined(separator: ", "))]" : texts.first ?? (facts.isNullable ? "null" : nil)
        self.texts[row].append(isGiven ? text : nil)
    }

    // MARK: Sections and lists

    /// The keys of a section.
    /// - Parameters:
    ///   - affects: what must be done anew when one of them changes that says nothing else.
    ///   - help: a sentence over the section.
    public func section(_ name: String, affects: Key.Effects = [], help: String? = nil, _ body: () -> Void) {
        guard isDescribing else { return isDone ? () : body() }
        let outer = (section, sectionHelp, self.affects)
        (section, sectionHelp) = (Outline.path(section, name), help)
        if !affects.isEmpty { self.affects = affects }
        body()
        (section, sectionHelp, self.affects) = outer
    }

    /// A list, and the keys of its elements.
    /// - Parameters:
    ///   - new: an element of which nothing has been read.
    ///   - problem: what is wrong with an element all of whose keys were accepted; `nil` when nothing is.
    @inlinable @inline(never) public func list<Element>(
        _ name: String, _ list: inout [Element], maximum: Int, new: @autoclosure () -> Element, affects: Key.Effects = [],
        example: @escaping @autoclosure @Sendable () -> [[String]], help: String, problem: (Element) -> String? = { _ in nil }, _ body: (inout Element) -> Void
    ) {
        let step = next()
        let own = row
        switch step {
        case .describe:
            var element = new()
            return describe(name, maximum, affects, example, help) { body(&element) }
        case .text:
            note(isEmpty: list.isEmpty)
            for index in 0..<list.count {
                var element = list[index]
                row = own
                body(&element)
            }
            guard list.isEmpty else { return }
        case .clear: list = []
        case .append: list.append(new())
        case .judge: self.problem = list.last.flatMap(problem)
        case .skip, .read: break
        }
        isPlaceholder = list.isEmpty
        if list.isEmpty {
            var element = new()
            body(&element)
        } else {
            body(&list[list.count - 1])
        }
        isPlaceholder = false
    }

    @usableFromInline func note(isEmpty: Bool) { texts[row].append(isEmpty ? "[]" : nil) }

    @usableFromInline func describe(
        _ name: String, _ maximum: Int, _ affects: Key.Effects, _ example: @escaping @Sendable () -> [[String]], _ help: String,
        _ body: () -> Void
    ) {
        let (path, first) = (Outline.path(section, name), keys.count)
        section("\(name)[]", affects: affects, body)
        var names: [String] = []
        var holdsSecrets = false
        for row in first..<keys.count {
            names.append(String(keys[row].name))
            holdsSecrets = holdsSecrets || keys[row].isSecret
        }
        var key = Key(list: path, maximum: maximum, names: names, holdsSecrets: holdsSecrets, example: example, help: help)
        key.affects = affects.isEmpty ? self.affects : affects
        key.sectionHelp = sectionHelp
        keys.insert(key, at: first)
    }

    /// The keys of an element that is otherwise as a section has it.
    /// - Parameters:
    ///   - required: the one that an element cannot leave out, and a value to show.
    ///   - help: what they mean here, by name, where that is not what they mean in the section.
    @inlinable public func part<Section>(
        of section: String, _ element: inout Partial<Section>, required: (name: String, example: Key.Example), help: @escaping (String) -> String?
    ) {
        begin(section, required, help, element.given)
        element.values.name(self)
        element.given = end()
    }

    @usableFromInline func begin(_ section: String, _ required: (name: String, example: Key.Example), _ help: @escaping (String) -> String?, _ given: Set<String>) {
        override = Override(section: section, required: required, help: help, given: given)
    }

    @usableFromInline func end() -> Set<String> {
        defer { override = nil }
        return override?.given ?? []
    }
}

/// A section of which some keys are given, and the others are as another section has them.
public struct Partial<Section: Keyed>: Equatable, Sendable {
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
    public func over(_ base: Section) -> Section {
        var whole = base
        // By their texts, which read back the same.
        let described = Keys(.describe)
        var values = values
        values.name(described)
        let texts = values.texts
        for (row, key) in described.keys.enumerated() where given.contains(key.path) {
            guard let text = texts[row][0] else { continue }
            whole.name(Keys(.read(Scalar(text: text, isPlain: true), row: row)))
        }
        return whole
    }
}

extension Keyed {
    /// The values as YAML, by row.
    var texts: [[String?]] {
        let keys = Keys(.texts)
        var copy = self
        copy.name(keys)
        return keys.texts
    }
}
