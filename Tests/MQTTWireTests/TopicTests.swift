import Bytes
import Testing

@testable import MQTTWire

/// MQTT 5 section 4.7.
@Suite struct TopicTests {
    private static func fault(ofName text: String) -> TopicFault? {
        do throws(TopicFault) {
            try TopicName.validate(text)
            return nil
        } catch { return error }
    }

    private static func fault(ofFilter text: String) -> TopicFault? {
        do throws(TopicFault) {
            _ = try TopicFilter(text)
            return nil
        } catch { return error }
    }

    @Test(arguments: ["a", "/", "//", "sport/tennis", "/finance", "$SYS/broker", "a b", "ä/ö", String(repeating: "x", count: 65_535)])
    func `4.7.3 a name is any text`(name: String) {
        #expect(Self.fault(ofName: name) == nil)
        #expect(Self.fault(ofFilter: name) == nil)
    }

    @Test func `what is wrong with a name is told, with its byte`() {
        #expect(Self.fault(ofName: "") == .empty)
        #expect(Self.fault(ofName: String(repeating: "ä", count: 32_768)) == .tooLong(bytes: 65_536))
        #expect(Self.fault(ofName: "ab\0c") == .nullCharacter(at: 2))
        #expect(Self.fault(ofName: "ä/+/b") == .wildcard("+", at: 3))
        #expect(Self.fault(ofName: "a/#") == .wildcard("#", at: 2))
        #expect("\(TopicFault.wildcard("#", at: 2))" == "byte 2 is the wildcard #, which is allowed in a topic filter only")
    }

    @Test(arguments: ["#", "+", "a/#", "+/b/#", "a/+/c", "/+", "+/+", "$SYS/#", "$share/g/a/#", "$share/g//", "$shared/x", "$share"])
    func `filters that the specification allows`(filter: String) {
        #expect(Self.fault(ofFilter: filter) == nil)
    }

    @Test(arguments: [
        ("a#", TopicFault.misplacedMultiLevelWildcard(at: 1)), ("a/#/b", .misplacedMultiLevelWildcard(at: 2)), ("##", .misplacedMultiLevelWildcard(at: 0)),
        ("a+", .misplacedSingleLevelWildcard(at: 1)), ("+a", .misplacedSingleLevelWildcard(at: 0)), ("a/b+/c", .misplacedSingleLevelWildcard(at: 3)),
        ("#+", .misplacedMultiLevelWildcard(at: 0)), ("+#", .misplacedSingleLevelWildcard(at: 0)),
        ("$share/g", .invalidShare), ("$share//a", .invalidShare), ("$share/g/", .invalidShare), ("$share/g+/a", .invalidShare),
        ("$share/g/a#", .misplacedMultiLevelWildcard(at: 10)), ("", .empty), ("a\0", .nullCharacter(at: 1)),
    ])
    func `filters that it does not`(filter: String, fault: TopicFault) {
        #expect(Self.fault(ofFilter: filter) == fault)
    }

    @Test(arguments: [
        ("sport/tennis/player1/#", "sport/tennis/player1", true), ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
        ("sport/#", "sport", true), ("sport/#", "sports", false), ("#", "a/b", true), ("sport/tennis/+", "sport/tennis/player1", true),
        ("sport/tennis/+", "sport/tennis/player1/ranking", false), ("sport/+", "sport", false), ("sport/+", "sport/", true), ("+/+", "/finance", true),
        ("/+", "/finance", true), ("+", "/finance", false), ("#", "$SYS/x", false), ("+/monitor/Clients", "$SYS/monitor/Clients", false),
        ("$SYS/#", "$SYS/x", true), ("$SYS/monitor/+", "$SYS/monitor/Clients", true), ("a/b", "a/b", true), ("a/b", "A/b", false),
        ("a/b", "a/b/", false), ("a//b", "a//b", true), ("a/+/b", "a//b", true), ("+/#", "a", true), ("a/+/#", "a", false), ("a/+/#", "a/b", true),
        ("$share/g/a/#", "a/b", true), ("$share/g/#", "$SYS/x", false),
    ])
    func `4.7.1 and 4.7.2 what a filter matches`(filter: String, topic: String, matches: Bool) throws {
        #expect(try TopicFilter(filter).matches(topic) == matches)
    }

    /// Level by level, from the specification's words.
    private static func naive(_ filter: [Substring], _ topic: [Substring]) -> Bool {
        guard let first = filter.first else { return topic.isEmpty }
        if first == "#" { return true }
        guard let level = topic.first else { return false }
        return (first == "+" || first == level) && (naive(filter.dropFirst() + [], topic.dropFirst() + []) || filter.dropFirst() == ["#"])
    }

    @Test func `matching agrees with a naive one on all short filters and topics`() throws {
        let letters = ["a", "b", "/", "+", "#"]
        var texts = [""]
        for _ in 0..<5 { texts += Set(texts.flatMap { text in letters.map { text + $0 } }).subtracting(texts) }
        let filters = texts.compactMap { try? TopicFilter($0) }
        let topics = texts.filter { Self.fault(ofName: $0) == nil }
        #expect(filters.count > 500 && topics.count > 300)
        for filter in filters {
            let levels = filter.pattern.split(separator: "/", omittingEmptySubsequences: false)
            for topic in topics {
                let expected = Self.naive(levels, topic.split(separator: "/", omittingEmptySubsequences: false))
                if filter.matches(topic) != expected { Issue.record("\(filter) and \(topic): \(!expected)") }
            }
        }
    }
}
