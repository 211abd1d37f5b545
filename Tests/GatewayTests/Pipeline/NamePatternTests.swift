import Bytes
import Testing

@testable import Gateway

@Suite struct NamePatternTests {
    private static func scalars(_ name: [UInt8]) -> NameScalars {
        // With bytes around it that are no part of the name.
        let data = [0x2A] + name + [0x80, 0x41]
        var scalars = NameScalars()
        scalars.decode(data.span.bytes, 1..<1 + name.count)
        return scalars
    }

    private static func matches(_ pattern: String, _ name: [UInt8]) -> Bool { NamePattern(pattern).matches(scalars(name)) }

    @Test(
        arguments: [
            ("", "", true), ("", "a", false), ("a", "", false), ("abc", "abc", true), ("abc", "abd", false), ("abc", "abcd", false),
            ("abcd", "abc", false), ("ABC", "abc", false), ("*", "", true), ("*", "anything", true), ("**", "x", true), ("?", "", false),
            ("?", "a", true), ("?", "ab", false), ("??", "ab", true), ("a*", "a", true), ("a*", "abc", true), ("a*", "ba", false),
            ("*c", "abc", true), ("*c", "abcd", false), ("*b*", "abc", true), ("*b*", "ac", false), ("a*c", "abbbc", true),
            ("a*c", "ac", true), ("a*c", "acb", false), ("a*b*c", "a1b2c", true), ("a*b*c", "a1c2b", false), ("*ab", "aab", true),
            ("*ab", "abab", true), ("*aab*", "aaaab!", true), ("a?c", "abc", true), ("a?c", "ac", false), ("*?", "", false),
            ("*?", "a", true), ("?*", "abc", true), ("a*?c", "ac", false), ("a*?c", "abc", true), ("\\*", "*", true), ("\\*", "a", false),
            ("\\?", "?", true), ("\\?", "a", false), ("\\\\", "\\", true), ("a\\*b", "a*b", true), ("a\\*b", "axb", false),
            ("\\a", "\\a", true), ("a\\", "a\\", true), ("TY_??", "TY_42", true), ("Küche*", "Küche 2", true), ("K?che", "Küche", true),
            ("K??che", "Küche", false), ("?", "€", true), ("?", "🌡", true), ("*🌡", "a🌡", true), ("é", "e\u{301}", false),
            ("*\u{FFFD}*", "a", false),
        ] as [(String, String, Bool)])
    func `a pattern matches the whole name`(pattern: String, name: String, expected: Bool) {
        #expect(Self.matches(pattern, Array(name.utf8)) == expected, "\(pattern) \(name)")
    }

    @Test func `what is not UTF-8 is as many characters as it is published as`() {
        #expect(Self.matches("a?b", [0x61, 0xFF, 0x62]))
        #expect(Self.matches("a\u{FFFD}b", [0x61, 0xC3, 0x62]))
        #expect(Self.matches("??", [0xFF, 0xFF]) && !Self.matches("?", [0xFF, 0xFF]))
        // A sequence cut short is one; a surrogate is three.
        #expect(Self.matches("?", [0xE2, 0x82]) && Self.matches("???", [0xED, 0xA0, 0x80]))
        // The bytes behind the name would complete it.
        #expect(Self.matches("?", [0xC3]) && !Self.matches("À", [0xC3]))
        #expect(!Self.matches("a", [0xFF]))
    }

    @Test func `patterns made to be slow are not`() {
        let name = [UInt8](repeating: 0x61, count: 248)
        #expect(!Self.matches(String(repeating: "a*", count: 120) + "b", name))
        #expect(!Self.matches("*" + String(repeating: "a", count: 246) + "b", name))
        #expect(Self.matches(String(repeating: "*a", count: 124), name))
        #expect(!Self.matches(String(repeating: "?*", count: 124) + "b", name))
    }

    /// The patterns that made a search go back and forth, each against names that nearly match.
    @Test func `a name takes one step a character, whatever the pattern`() {
        let patterns = [
            "*" + String(repeating: "a", count: 246) + "b", "*" + String(repeating: "a", count: 120) + "b",
            "*" + String(repeating: "?", count: 120) + "b", String(repeating: "a*", count: 120) + "b", String(repeating: "*a", count: 124),
            "*" + String(repeating: "é", count: 120) + "b", "*",
        ]
        for count in [1, 30, 123, 124, 248, 254] {
            let names = [[UInt8](repeating: 0x61, count: count), Array(String(repeating: "é", count: count / 2).utf8)]
            for (pattern, name) in patterns.flatMap({ pattern in names.map { (pattern, $0) } }) {
                var steps = 0
                _ = NamePattern(pattern).matches(Self.scalars(name), steps: &steps)
                #expect(steps <= name.count, "\(pattern) \(count)")
            }
        }
        // 256 rules, the most that a configuration may have, with the longest name: so many steps, and each is some instructions.
        var steps = 0
        let name = Self.scalars([UInt8](repeating: 0x61, count: 254))
        for _ in 0..<256 { _ = NamePattern("*" + String(repeating: "a", count: 246) + "b").matches(name, steps: &steps) }
        #expect(steps == 256 * 254)
    }

    @Test func `the longest pattern that a configuration may have matches to its last character`() {
        let letters = (0..<248).map { UInt8(0x41 + $0 % 26) }
        let pattern = String(decoding: letters, as: UTF8.self)
        #expect(Self.matches(pattern, letters))
        #expect(!Self.matches(pattern, letters.dropLast() + [0x2E]) && !Self.matches(pattern, letters + [0x41]))
        #expect(Self.matches("*" + pattern.dropFirst(), [0x2E, 0x2E, 0x2E] + letters.dropFirst()))
        #expect(Self.matches(pattern.dropLast() + "*", letters + letters.prefix(6)))
    }

    @Test func `no name is no match`() {
        var none = NameScalars()
        none.decode([UInt8]().span.bytes, nil)
        #expect(!NamePattern("*").matches(none) && !NamePattern("").matches(none))
    }

    /// The textbook's recursive definition.
    private static func naive(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" { return naive(pattern.dropFirst(), name) || !name.isEmpty && naive(pattern, name.dropFirst()) }
        guard let character = name.first, first == "?" || first == character else { return false }
        return naive(pattern.dropFirst(), name.dropFirst())
    }

    @Test(arguments: UInt64(1)...4) func `it agrees with the definition`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var matched = 0
        for _ in 0..<5_000 {
            let pattern = (0..<Int.random(in: 0...7, using: &random)).map { _ in "ab*?*é".randomElement(using: &random)! }
            let name = (0..<Int.random(in: 0...8, using: &random)).map { _ in "abé".randomElement(using: &random)! }
            let expected = Self.naive(pattern[...], name[...])
            if expected { matched += 1 }
            guard Self.matches(String(pattern), Array(String(name).utf8)) == expected else {
                Issue.record("\(String(pattern)) \(String(name))")
                return
            }
        }
        #expect(matched > 500)
    }
}
