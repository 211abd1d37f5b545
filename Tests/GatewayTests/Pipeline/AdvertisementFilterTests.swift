import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// A filter, where tests can hold it.
final class Judge {
    private var filter: AdvertisementFilter

    init(_ rules: [FilterRule], default action: FilterRule.Action = .allow) { filter = AdvertisementFilter(rules, default: action) }

    func allows(_ advertisement: Advertisement, _ data: [UInt8], identity: DeviceAddress? = nil) -> Bool {
        filter.allows(advertisement, data.span.bytes, identity: identity)
    }
}

/// Several rules, and which advertisements go on.
@Suite struct AdvertisementFilterTests {
    private static let apple = FilterRule(.deny, companyID: 0x004C)
    private static let strong = FilterRule(.allow, rssiMin: -60)
    private static let named = FilterRule(.allow, name: NamePattern("Keep*"))

    static let cases: [(String, [FilterRule], FilterRule.Action, Advertisement, [UInt8], Bool)] = [
        ("no rules, allowed", [], .allow, advertisement(), [], true),
        ("no rules, denied", [], .deny, advertisement(), [], false),
        ("a denied one", [apple], .allow, advertisement(), ad(0xFF, [0x4C, 0]), false),
        ("no rule matches, default allow", [apple], .allow, advertisement(), ad(0xFF, [0x59, 0]), true),
        ("no rule matches, default deny", [strong], .deny, advertisement(rssi: -61), [], false),
        ("an allowed one, default deny", [strong], .deny, advertisement(rssi: -60), [], true),
        ("the first match wins: allow", [strong, apple], .allow, advertisement(rssi: -50), ad(0xFF, [0x4C, 0]), true),
        ("the first match wins: deny", [apple, strong], .allow, advertisement(rssi: -50), ad(0xFF, [0x4C, 0]), false),
        ("the second matches", [strong, apple], .allow, advertisement(rssi: -70), ad(0xFF, [0x4C, 0]), false),
        ("the third matches", [strong, named, FilterRule(.deny)], .allow, advertisement(rssi: -70), ad(0x09, "Keep"), true),
        ("all else is denied", [strong, named, FilterRule(.deny)], .allow, advertisement(rssi: -70), ad(0x09, "Lose"), false),
        ("damage at once", [named], .deny, advertisement(), [30, 0x09, 0x4B], false),
        ("damage behind what is searched for", [named], .deny, advertisement(), ad(0x09, "Keep") + [30, 0xFF], true),
    ]

    @Test(arguments: cases)
    func `the first rule that matches decides`(
        what: String, rules: [FilterRule], otherwise: FilterRule.Action, one: Advertisement, data: [UInt8], expected: Bool
    ) {
        let filter = Judge(rules, default: otherwise)
        #expect(filter.allows(one, data) == expected, "\(what)")
    }

    @Test func `a filter that refuses nothing is known for one`() {
        #expect(AdvertisementFilter().allowsEverything && AdvertisementFilter([Self.strong]).allowsEverything)
        #expect(!AdvertisementFilter([Self.apple]).allowsEverything && !AdvertisementFilter(default: .deny).allowsEverything)
    }

    @Test func `the most structures that data can hold are all seen`() {
        // 824 structures of nothing but a length and a type, and the one searched for in the last three bytes.
        let empty = [[UInt8]](repeating: [1, 0x03], count: 822).flatMap { $0 }
        let data = empty + [4, 0xFF, 0x4C, 0, 0]
        #expect(data.count == 1649)
        let filter = Judge([Self.apple])
        #expect(!filter.allows(extended(1), data))
        let full = [[UInt8]](repeating: [1, 0x03], count: 825).flatMap { $0 }
        #expect(filter.allows(extended(1), full))
    }

    @Test func `what one advertisement held is nothing to the next`() {
        let filter = Judge([Self.apple])
        #expect(!filter.allows(advertisement(), ad(0xFF, [0x4C, 0])))
        #expect(filter.allows(advertisement(), []))
        #expect(filter.allows(advertisement(), ad(0x09, "a")))
    }

    /// 256 rules on one advertisement of hundreds of structures: what one walk marks is what each rule would find by itself.
    @Test(arguments: UInt64(1)...3) func `many rules judge as each of them would`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func number() -> UInt16 { UInt16.random(in: 0..<2_000, using: &random) }
        func rule() -> FilterRule {
            let action: FilterRule.Action = Bool.random(using: &random) ? .allow : .deny
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return FilterRule(action, companyID: number())
            case 1: return FilterRule(action, serviceUUID: ServiceUUID.short(UInt32(number())).value)
            case 2: return FilterRule(action, name: NamePattern("*\(number())*"), companyID: number())
            default: return FilterRule(action, companyID: number(), serviceUUID: ServiceUUID.short(UInt32(number())).value)
            }
        }
        var decided = 0
        for _ in 0..<20 {
            let rules = (0..<256).map { _ in rule() }
            let together = Judge(rules, default: .deny)
            let apart = rules.map { one in Judge([one], default: one.action == .allow ? .deny : .allow) }
            for _ in 0..<5 {
                var data: [UInt8] = ad(0x09, "\(number())")
                for _ in 0..<Int.random(in: 0...300, using: &random) {
                    let value = number()
                    let bytes = [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
                    data += ad([0xFF, 0x03, 0x16].randomElement(using: &random)!, bytes)
                }
                let first = rules.indices.first { apart[$0].allows(extended(1), data) == (rules[$0].action == .allow) }
                if first != nil { decided += 1 }
                #expect(together.allows(extended(1), data) == (first.map { rules[$0].action == .allow } ?? false))
            }
        }
        #expect(decided > 50)
    }

    @Test(arguments: UInt64(1)...5) func `noise is judged and harms nothing`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let filter = Judge([
            Self.apple, Self.named, FilterRule(.deny, serviceUUID: ServiceUUID.short(0x180F).value), FilterRule(.deny, iBeaconUUID: 1),
        ])
        var denied = 0
        for _ in 0..<5_000 {
            var data = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if data.count > 3, Bool.random(using: &random) { data.replaceSubrange(0..<3, with: [3, 0xFF, 0x4C]) }
            if data.count > 4, Bool.random(using: &random) { data[3] = 0 }
            if !filter.allows(extended(1), data) { denied += 1 }
        }
        #expect(denied > 500)
    }
}
