import Bluetooth
import Bytes

/// Decides which advertisements go on: the first rule that matches, else the default.
///
/// The advertising data is walked once, at the first rule that needs it: what the rules ask for and the advertisement holds is marked
/// in tables, which each rule then reads. So the cost is that of the bytes and that of the rules, and not one times the other,
/// and judging allocates nothing.
public struct AdvertisementFilter: Sendable {
    /// A rule whose conditions on the advertising data are numbers in the tables below.
    private struct Rule: Sendable {
        var action: FilterRule.Action
        var header: FilterRule.Header
        var name: Int?
        var company: Int?
        var service: Int?
        var beacon: Int?

        /// Whether there are conditions on the advertising data.
        var readsData: Bool { name != nil || company != nil || service != nil || beacon != nil }
    }

    private var rules: [Rule]
    private let defaultAction: FilterRule.Action
    private let patterns: [NamePattern]
    private var companies: ConditionTable<UInt16>
    private var services: ConditionTable<UInt128>
    private var beacons: ConditionTable<UInt128>
    private var content = AdvertisingData()
    private var name = NameScalars()

    public init(_ rules: [FilterRule] = [], default defaultAction: FilterRule.Action = .allow) {
        let rules = rules.flatMap(\.alternatives)
        let companies = ConditionTable(rules.flatMap(\.companyIDs))
        let services = ConditionTable(rules.flatMap(\.serviceUUIDs))
        let beacons = ConditionTable(rules.flatMap(\.iBeaconUUIDs))
        var patterns: [NamePattern] = []
        self.rules = rules.map { rule in
            patterns += rule.names
            return Rule(
                action: rule.action, header: rule.header, name: rule.names.isEmpty ? nil : patterns.count - 1,
                company: rule.companyIDs.first.flatMap { companies.index(of: $0) }, service: rule.serviceUUIDs.first.flatMap { services.index(of: $0) },
                beacon: rule.iBeaconUUIDs.first.flatMap { beacons.index(of: $0) })
        }
        self.defaultAction = defaultAction
        self.patterns = patterns
        self.companies = companies
        self.services = services
        self.beacons = beacons
    }

    /// The same filter where these are the known devices' addresses: while an advertisement may come from one of them and its address
    /// is unresolved, the rules on their addresses are on the safe side. Those that deny match, those that allow do not.
    func knowing(_ devices: [DeviceAddress]) -> AdvertisementFilter {
        var filter = self
        for index in rules.indices {
            guard rules[index].action == .deny, let address = rules[index].header.address else { continue }
            filter.rules[index].header.matchesUnresolved = devices.contains(where: address.matches)
        }
        return filter
    }

    /// Nothing is refused.
    var allowsEverything: Bool { rules.allSatisfy { $0.action == .allow } && defaultAction == .allow }

    /// Whether the advertisement passes. Malformed data is judged by what comes before the malformed part.
    /// - Parameter identity: whose address it is, where that is known.
    mutating func allows(_ advertisement: Advertisement, _ data: RawSpan, identity: DeviceAddress?) -> Bool {
        var isWalked = false
        for index in rules.indices where rules[index].header.matches(advertisement, identity: identity) {
            if rules[index].readsData {
                if !isWalked { walk(data) }
                isWalked = true
                guard matches(index) else { continue }
            }
            return rules[index].action == .allow
        }
        return defaultAction == .allow
    }

    /// Marks what the advertisement holds.
    private mutating func walk(_ data: RawSpan) {
        content.read(data)
        companies.begin()
        services.begin()
        beacons.begin()
        for index in 0..<content.fields.entries {
            let structure = content.entry(index, in: data)
            let start = structure.data.lowerBound
            if structure.type == .manufacturerData {
                if !companies.isEmpty { companies.mark(data.u16(at: start)) }
                if !beacons.isEmpty, let beacon = IBeacon(structure, in: data) { beacons.mark(beacon.proximityUUID) }
            } else if services.isEmpty {
                continue
            } else if let width = structure.type.uuidsInList {
                for place in stride(from: start, through: structure.data.upperBound - width.rawValue, by: width.rawValue) {
                    services.mark(ServiceUUID(data, at: place, width).value)
                }
            } else if let width = structure.type.uuidOfServiceData {
                services.mark(ServiceUUID(data, at: start, width).value)
            }
        }
        if !patterns.isEmpty { name.decode(data, content.fields.localName) }
    }

    /// Whether a rule's conditions on the advertising data hold.
    private func matches(_ index: Int) -> Bool {
        if let company = rules[index].company, !companies.isMarked(company) { return false }
        if let service = rules[index].service, !services.isMarked(service) { return false }
        if let beacon = rules[index].beacon, !beacons.isMarked(beacon) { return false }
        if let pattern = rules[index].name, !patterns[pattern].matches(name) { return false }
        return true
    }
}
