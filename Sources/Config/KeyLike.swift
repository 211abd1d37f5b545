extension SecretLines {
    /// Whether there is something in a text that may be a key of 128 bits or more.
    static func looksLikeKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return !keyLike(in: 0..<bytes.count) { bytes[$0] }.isEmpty
    }

    /// Whether a key of the file may have a secret in itself, as `password:x` has, where the blank after the colon is missing.
    static func holdsSecret(key name: String) -> Bool {
        looksLikeKey(name) || (mentionsSecret(name) && !name.utf8.allSatisfy(isWord))
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
