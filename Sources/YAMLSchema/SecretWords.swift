import Bytes

/// Words that announce a secret, and texts that look like one.
struct SecretWords: Sendable {
    private let words: [[UInt8]]

    /// - Parameter names: of the table's secrets.
    init(names: [String]) {
        words = (["passw", "passphr", "pwd", "secret", "token", "credential"] + names).map { Array($0.utf8) }
    }

    /// Whether such a word stands in a key or a value.
    func areMentioned(in text: String) -> Bool {
        let name = text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return words.contains { word in
            name.count >= word.count && (0...name.count - word.count).contains { name[$0..<$0 + word.count].elementsEqual(word) }
        }
    }

    /// Whether credentials or a key may be in a text.
    func mayBe(in text: String) -> Bool { text.utf8.contains(UInt8(ascii: "@")) || areMentioned(in: text) || Self.looksLikeKey(text) }

    /// Whether a key of the file may have a secret in itself, as `password:x` has, where the blank after the colon is missing.
    func isIn(key name: String) -> Bool { Self.looksLikeKey(name) || (areMentioned(in: name) && !name.utf8.allSatisfy(Self.isWord)) }

    /// Whether there is something in a text that may be a key of 128 bits or more.
    static func looksLikeKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return !keyLike(in: 0..<bytes.count) { bytes[$0] }.isEmpty
    }

    /// Whether a byte may stand in a key without quotes.
    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    /// The parts of a line that may be keys: 32 or more hexadecimal digits, at most one `:` or `-` between two of them; a UUID with
    /// its dashes is none.
    static func keyLike(in line: Range<Int>, _ byte: (Int) -> UInt8) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = line.lowerBound
        while start < line.upperBound {
            guard Hex.value(byte(start)) != nil else {
                start += 1
                continue
            }
            var end = start
            var groups = [0]
            while end < line.upperBound {
                if Hex.value(byte(end)) != nil {
                    groups[groups.count - 1] += 1
                } else if byte(end) == UInt8(ascii: ":") || byte(end) == UInt8(ascii: "-"), groups.last != 0 {
                    groups.append(0)
                } else {
                    break
                }
                end += 1
            }
            if groups.reduce(0, +) >= 32, groups != [8, 4, 4, 4, 12] { found.append(start..<end) }
            start = end
        }
        return found
    }
}
