import Bluetooth
import Bytes

/// What an advertising payload holds, found in one walk: which AD types occur, where the single-valued ones lie, and whether it is damaged.
struct AdvertisingData {
    private var localName = LocalName()
    private(set) var flags: UInt8?
    private(set) var txPower: Int8?
    private(set) var appearance: UInt16?
    private(set) var manufacturerEntries = 0
    private(set) var uuidLists = 0
    private(set) var serviceDataEntries = 0
    /// A structure overruns the payload, or its data does not have the size its type wants. What came before stands.
    private(set) var isMalformed = false

    init(_ data: RawSpan) {
        var structures = ADStructures(0..<data.byteCount)
        do throws(DecodeError) {
            while let structure = try structures.next(in: data) {
                let size = structure.data.count
                switch structure.type {
                case ADType.flags:
                    if size < 1 { isMalformed = true } else if flags == nil { flags = data.byte(at: structure.data.lowerBound) }
                case ADType.completeLocalName, ADType.shortenedLocalName: localName.take(structure, in: data)
                case ADType.txPowerLevel:
                    if size != 1 {
                        isMalformed = true
                    } else if txPower == nil {
                        txPower = Int8(bitPattern: data.byte(at: structure.data.lowerBound))
                    }
                case ADType.appearance:
                    if size != 2 { isMalformed = true } else if appearance == nil { appearance = data.u16(at: structure.data.lowerBound) }
                case ADType.manufacturerData:
                    if size < 2 { isMalformed = true } else { manufacturerEntries += 1 }
                default:
                    if let width = UUIDWidth(list: structure.type) {
                        uuidLists += 1
                        if size % width.rawValue != 0 { isMalformed = true }
                    } else if let width = UUIDWidth(serviceData: structure.type) {
                        if size < width.rawValue { isMalformed = true } else { serviceDataEntries += 1 }
                    }
                }
            }
        } catch {
            isMalformed = true
        }
    }

    /// Where the name is; nil where there is none.
    var name: Range<Int>? { localName.range }

    /// Calls `body` with each structure before the damage, if there is any.
    static func forEach(in data: RawSpan, _ body: (ADStructure) -> Void) {
        var structures = ADStructures(0..<data.byteCount)
        while let structure = try? structures.next(in: data) { body(structure) }
    }
}

/// Bytes of a UUID on the air.
enum UUIDWidth: Int {
    case bits16 = 2
    case bits32 = 4
    case bits128 = 16

    /// - Parameter list: an AD type; nil where it is no list of service UUIDs.
    init?(list: UInt8) {
        switch list {
        case ADType.incompleteUUIDs16, ADType.completeUUIDs16: self = .bits16
        case ADType.incompleteUUIDs32, ADType.completeUUIDs32: self = .bits32
        case ADType.incompleteUUIDs128, ADType.completeUUIDs128: self = .bits128
        default: return nil
        }
    }

    /// - Parameter serviceData: an AD type; nil where it is no service data.
    init?(serviceData: UInt8) {
        switch serviceData {
        case ADType.serviceData16: self = .bits16
        case ADType.serviceData32: self = .bits32
        case ADType.serviceData128: self = .bits128
        default: return nil
        }
    }
}
