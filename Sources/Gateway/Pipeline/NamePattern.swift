/// A glob over a whole local name: `*` stands for any run of characters, `?` for one, `\*`, `\?` and `\\` for themselves.
///
/// A character is a Unicode scalar; see `NameScalars`. All the ways in which the name so far can match are followed at the same
/// time, a bit each (the Shift-And method), so a name takes one step a character whatever the pattern, and nothing is tried twice.
public struct NamePattern: Equatable, Sendable {
    /// As it was written.
    public let glob: String
    /// Characters of the pattern, `?` among them and `*` not.
    private let length: Int
    /// After which of them a `*` stands.
    private let runs: Positions
    /// Before which of them a `?` stands.
    private let anyOne: Positions
    /// The literal characters in order, each once.
    private let letters: [UInt32]
    /// Before which characters of the pattern a letter, or a `?`, stands. By letter.
    private let accepted: [Positions]
    /// The index into `letters` plus one of each ASCII character, 0 for none.
    private let ascii: [UInt8]

    /// The most characters that a pattern may have.
    private static let longest = Positions.count - 1

    /// A backslash before any other character, or at the end, stands for itself.
    /// - Parameter glob: at most 255 characters.
    public init(_ glob: String) {
        self.glob = glob
        var literals: [(letter: UInt32, position: Int)] = []
        var length = 0
        var runs = Positions()
        var anyOne = Positions()
        var isEscaped = false
        func append(_ letter: UInt32) {
            precondition(length < Self.longest, "a name pattern is too long")
            literals.append((letter, length))
            length += 1
        }
        let backslash = UInt32(UInt8(ascii: "\\"))
        for scalar in glob.unicodeScalars {
            if isEscaped {
                if scalar != "*", scalar != "?", scalar != "\\" { append(backslash) }
                append(scalar.value)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "*" {
                runs.insert(length)
            } else if scalar == "?" {
                precondition(length < Self.longest, "a name pattern is too long")
                anyOne.insert(length)
                length += 1
            } else {
                append(scalar.value)
            }
        }
        if isEscaped { append(backslash) }

        var letters: [UInt32] = []
        var accepted: [Positions] = []
        var ascii = [UInt8](repeating: 0, count: 128)
        for (letter, position) in literals.sorted(by: { $0.letter < $1.letter }) {
            if letters.last != letter {
                letters.append(letter)
                accepted.append(anyOne)
                if letter < 128 { ascii[Int(letter)] = UInt8(letters.count) }
            }
            accepted[accepted.count - 1].insert(position)
        }
        self.length = length
        self.runs = runs
        self.anyOne = anyOne
        self.letters = letters
        self.accepted = accepted
        self.ascii = ascii
    }

    /// Whether they were written alike.
    public static func == (one: NamePattern, other: NamePattern) -> Bool { one.glob == other.glob }

    /// Whether there is a name and it is such a one.
    func matches(_ name: NameScalars) -> Bool {
        var steps = 0
        return matches(name, steps: &steps)
    }

    /// - Parameter steps: grows by one for each character that was compared.
    func matches(_ name: NameScalars, steps: inout Int) -> Bool {
        guard name.isThere else { return false }
        let endsInRun = runs.contains(length)
        // After how many of the pattern's characters the name so far may have come.
        var reached = Positions()
        reached.insert(0)
        for scalar in name.values {
            if endsInRun, reached.contains(length) { return true }
            steps += 1
            reached = (reached & accepted(by: scalar)).next | (reached & runs)
            if reached.isEmpty { return false }
        }
        return reached.contains(length)
    }

    private func accepted(by scalar: UInt32) -> Positions {
        if scalar < 128 {
            let letter = Int(ascii[Int(scalar)])
            return letter == 0 ? anyOne : accepted[letter - 1]
        }
        var low = 0
        var high = letters.count
        while low < high {
            let middle = (low + high) / 2
            if letters[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        return low < letters.count && letters[low] == scalar ? accepted[low] : anyOne
    }
}

/// Positions in a pattern, a bit each.
private struct Positions: Sendable {
    /// 0…255.
    static let count = 256

    var low: UInt128 = 0
    var high: UInt128 = 0

    var isEmpty: Bool { low | high == 0 }
    /// Each position's next one.
    var next: Positions { Positions(low: low << 1, high: high << 1 | low >> 127) }

    func contains(_ position: Int) -> Bool { (position < 128 ? low >> UInt128(position) : high >> UInt128(position - 128)) & 1 != 0 }

    mutating func insert(_ position: Int) {
        if position < 128 { low |= 1 << UInt128(position) } else { high |= 1 << UInt128(position - 128) }
    }

    static func & (one: Positions, other: Positions) -> Positions { Positions(low: one.low & other.low, high: one.high & other.high) }
    static func | (one: Positions, other: Positions) -> Positions { Positions(low: one.low | other.low, high: one.high | other.high) }
}
