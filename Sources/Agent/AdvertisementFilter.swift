import Bytes
import HCI

/// Decides which advertisements go on: the first rule that matches, else the default.
///
/// It keeps a list of the last advertisement's structures, made at the first rule that needs it; the list has room for the most
/// that an advertisement can hold, so that judging allocates nothing.
public struct AdvertisementFilter: Sendable {
    private let rules: [FilterRule]
    /// Of each rule.
    private let headers: [FilterRule.Header]
    private let defaultAction: FilterAction
    private var structures: [Structure] = []

    /// What rules look at.
    private enum Kind {
        case manufacturer
        case uuidList(UUIDWidth)
        case serviceData(UUIDWidth)
    }

    private struct Structure {
        var kind: Kind
        var range: Range<Int>
    }

    /// The shortest structure takes two bytes: its length and its type.
    private static let mostStructures = Advertisement.maximumData / 2

    public init(_ rules: [FilterRule] = [], default defaultAction: FilterAction = .allow) {
        self.rules = rules
        headers = rules.map(\.header)
        self.defaultAction = defaultAction
        if rules.contains(where: \.readsData) { structures.reserveCapacity(Self.mostStructures) }
    }

    /// Nothing is refused.
    var allowsEverything: Bool { rules.allSatisfy { $0.action == .allow } && defaultAction == .allow }

    /// Whether the advertisement goes on. Damaged data is judged by what comes before the damage.
    /// - Parameter identity: whose address it is, where that is known.
    mutating func allows(_ advertisement: Advertisement, _ data: RawSpan, identity: DeviceAddress?) -> Bool {
        var isListed = false
        var name: Range<Int>?
        for index in rules.indices where headers[index].matches(advertisement, identity: identity) {
            if rules[index].readsData {
                if !isListed { name = list(data) }
                isListed = true
                guard matches(index, data, name) else { continue }
            }
            return rules[index].action == .allow
        }
        return defaultAction == .allow
    }

    /// Lists the structures; where the name is.
    private mutating func list(_ data: RawSpan) -> Range<Int>? {
        structures.removeAll(keepingCapacity: true)
        var name: Range<Int>?
        var hasCompleteName = false
        var walk = ADStructures(0..<data.byteCount)
        while let structure = try? walk.next(in: data) {
            switch structure.type {
            case ADType.completeLocalName:
                if !hasCompleteName { name = structure.data }
                hasCompleteName = true
            case ADType.shortenedLocalName:
                if name == nil { name = structure.data }
            case ADType.manufacturerData:
                if structure.data.count >= 2 { structures.append(Structure(kind: .manufacturer, range: structure.data)) }
            default:
                if let width = UUIDWidth(list: structure.type) {
                    structures.append(Structure(kind: .uuidList(width), range: structure.data))
                } else if let width = UUIDWidth(serviceData: structure.type), structure.data.count >= width.rawValue {
                    structures.append(Structure(kind: .serviceData(width), range: structure.data))
                }
            }
        }
        return name.map { data.withoutTrailingNULs($0) }
    }

    /// Whether a rule's conditions on the advertising data hold. Each is read on its own, or the whole rule would be copied.
    private func matches(_ index: Int, _ data: RawSpan, _ name: Range<Int>?) -> Bool {
        if let pattern = rules[index].name {
            guard let name, pattern.matches(data, name) else { return false }
        }
        if let company = rules[index].companyID, !hasManufacturer(data, { data.u16(at: $0.lowerBound) == company }) { return false }
        if let uuid = rules[index].serviceUUID, !hasService(uuid, data) { return false }
        if let uuid = rules[index].iBeaconUUID, !hasManufacturer(data, { data.iBeaconUUID($0) == uuid }) { return false }
        return true
    }

    private func hasManufacturer(_ data: RawSpan, _ condition: (Range<Int>) -> Bool) -> Bool {
        for structure in structures {
            if case .manufacturer = structure.kind, condition(structure.range) { return true }
        }
        return false
    }

    private func hasService(_ uuid: UInt128, _ data: RawSpan) -> Bool {
        for structure in structures {
            switch structure.kind {
            case .manufacturer: break
            case .uuidList(let width):
                var start = structure.range.lowerBound
                while start + width.rawValue <= structure.range.upperBound {
                    if data.uuidValue(at: start, width) == uuid { return true }
                    start += width.rawValue
                }
            case .serviceData(let width):
                if data.uuidValue(at: structure.range.lowerBound, width) == uuid { return true }
            }
        }
        return false
    }
}

extension RawSpan {
    /// The range without the NULs at its end, with which some devices fill up their name.
    func withoutTrailingNULs(_ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, byte(at: end - 1) == 0 { end -= 1 }
        return range.lowerBound..<end
    }

    /// The proximity UUID of manufacturer data that is an iBeacon's:
    /// | 2 company 0x004C | 1 type 0x02 | 1 length 0x15 | 16 UUID, most significant byte first | 2 major | 2 minor | 1 power |
    fileprivate func iBeaconUUID(_ range: Range<Int>) -> UInt128? {
        let start = range.lowerBound
        guard range.count >= 25, u16(at: start) == 0x004C, byte(at: start + 2) == 0x02, byte(at: start + 3) == 0x15 else { return nil }
        return (0..<16).reduce(UInt128(0)) { $0 << 8 | UInt128(byte(at: start + 4 + $1)) }
    }
}
