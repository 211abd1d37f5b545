import Gateway
import Testing

@testable import Settings
@testable import YAMLSchema

/// Conditions of several values.
@Suite struct FilterListTests {
    private func rule(_ conditions: String) throws -> FilterRule {
        try #require(try parse("scanner_id: a\nfilters: {rules: [{action: allow, \(conditions)}]}").filters.rules.first)
    }

    private func ruleRefusal(_ conditions: String) -> String {
        refusal("scanner_id: a\nfilters: {rules: [{action: allow, \(conditions)}]}")
    }

    @Test func `a condition takes a value or a list of them`() throws {
        let rule = try rule(
            "address: ['AA:BB', 'CC:DD:EE:FF:00:11'], address_type: [public, random], name: [a*, 'b'], company_id: [76, 0x0059], "
                + "service_uuid: [180f, 0x1809], event_type: [ADV_IND], rssi_min: -50")
        #expect(rule.addresses == [.init(value: 0xAABB_0000_0000, bytes: 2), .init(value: 0xCCDD_EEFF_0011, bytes: 6)])
        #expect(rule.addressTypes == [.public, .random] && rule.names.map(\.glob) == ["a*", "b"] && rule.companyIDs == [76, 0x59])
        #expect(rule.serviceUUIDs.count == 2 && rule.eventKinds == [.advInd] && rule.rssiMin == -50 && rule.iBeaconUUIDs == [])
        let block = try parse("scanner_id: a\nfilters:\n  rules:\n    - action: deny\n      name:\n        - a\n        - b\n      company_id: 1\n")
        #expect(block.filters.rules[0].names.map(\.glob) == ["a", "b"] && block.filters.rules[0].companyIDs == [1])
    }

    @Test func `a list stands for one rule for each of its values`() throws {
        let rule = try rule("name: [a, b], company_id: [1, 2, 3], rssi_min: -50")
        let alternatives = rule.alternatives
        #expect(alternatives.count == 6 && rule.alternativeCount == 6)
        #expect(alternatives.allSatisfy { $0.action == .allow && $0.rssiMin == -50 && $0.names.count == 1 && $0.companyIDs.count == 1 })
        #expect(Set(alternatives.map { "\($0.names[0].glob)\($0.companyIDs[0])" }) == ["a1", "a2", "a3", "b1", "b2", "b3"])
        let single = try self.rule("name: a")
        #expect(single.alternatives == [single] && single.alternativeCount == 1)
    }

    @Test(arguments: [
        ("name: []", "filters.rules[0].name: an empty list is not allowed"),
        ("name: [a, [b]]", "filters.rules[0].name[1]: a list is not allowed"),
        ("name: [{a: b}]", "filters.rules[0].name[0]: a section is not allowed"),
        ("name: [a, null]", "filters.rules[0].name[1]: null is not allowed"),
        ("name: [!!str a]", "filters.rules[0].name[0]: a tag is not allowed"),
        ("name: [*a]", "filters.rules[0].name[0]: an alias"),
        ("address_type: [public, privat]", "filters.rules[0].address_type[1]: privat is not allowed (public, random,"),
        ("rssi_min: [-50]", "filters.rules[0].rssi_min: a list is not allowed"),
    ])
    func `what stands amiss in a list is told with its number`(conditions: String, message: String) {
        #expect(ruleRefusal(conditions).contains(message), "\(ruleRefusal(conditions))")
    }

    @Test func `lists that multiply beyond what is looked at for each advertisement are refused`() throws {
        func names(_ count: Int) -> String { "name: [" + (0..<count).map { "n\($0)" }.joined(separator: ", ") + "]" }
        func companies(_ count: Int) -> String { "company_id: [" + (0..<count).map { "\($0)" }.joined(separator: ", ") + "]" }
        #expect(try rule("\(names(256)), \(companies(4))").alternatives.count == 1024)
        #expect(ruleRefusal("\(names(205)), \(companies(5))").contains("filters.rules: the lists of its conditions come to 1025 combinations"))
        #expect(ruleRefusal(names(257)).contains("filters.rules[0].name: more than 256 values are not allowed"))
    }
}
