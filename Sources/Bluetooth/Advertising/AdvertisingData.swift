import Bytes

/// What advertising data holds, found in one walk.
///
/// Its memory is allocated once: keep a value, and call `read` for each advertisement.
public struct AdvertisingData: Sendable {
    /// The longest advertising data the specification allows: Core specification Vol 4 Part E 7.8.54.
    public static let maximumSize = 1650
    /// The shortest structure that is noted: | 1 Length | 1 AD Type | 2 company or UUID |.
    public static let mostEntries = maximumSize / 4

    public private(set) var fields = ADFields()
    /// Where the AD Data of each entry begins, and behind them that of a last structure that is none.
    @usableFromInline var starts = [UInt16](repeating: 0, count: Self.mostEntries + 1)

    public init() {}

    /// Reads a payload, and forgets the one before.
    /// - Parameter data: at most `maximumSize` bytes, all of them the payload.
    public mutating func read(_ data: RawSpan) {
        precondition(data.byteCount <= Self.maximumSize)
        fields = starts.withUnsafeMutableBufferPointer { ADFields(data, noting: $0) }
    }

    /// The manufacturer data, service data and lists of service UUIDs, in order of appearance. Each holds at least the company
    /// identifier or one UUID.
    /// - Parameters:
    ///   - index: 0..<`fields.entries`.
    ///   - data: the payload that was read.
    @inlinable @inline(__always) public func entry(_ index: Int, in data: RawSpan) -> ADStructure {
        ADStructure(dataAt: Int(starts[index]), in: data)
    }
}

/// The fields of advertising data that occur once, and how many there are of the others.
public struct ADFields: Sendable {
    /// Octet 0 of the first Flags.
    public private(set) var flags: UInt8?
    /// Where the local name is, up to its first NUL: the first complete one, else the first shortened one. Never empty.
    ///
    /// Devices fill up a field of a fixed size, and leave an older name behind the NUL. A name without a letter before that is no
    /// name, and hides no other.
    public private(set) var localName: Range<Int>?
    /// dBm, of the first TX Power Level.
    public private(set) var txPower: Int8?
    /// Of the first Appearance.
    public private(set) var appearance: UInt16?
    /// Manufacturer Specific Data with a company identifier.
    public private(set) var manufacturerData = 0
    /// Service Data with a UUID.
    public private(set) var serviceData = 0
    /// Lists of service UUIDs with at least one.
    public private(set) var uuidLists = 0
    /// A structure overruns the payload, or its data does not have the size its type wants. What came before stands.
    public private(set) var isMalformed = false

    private var hasCompleteName = false

    /// All of these three, which are noted.
    public private(set) var entries = 0

    init() {}

    /// - Parameter starts: takes where the AD Data of each entry begins; room for one more than there can be.
    init(_ data: RawSpan, noting starts: UnsafeMutableBufferPointer<UInt16>) {
        var structures = ADStructures(0..<data.byteCount)
        do throws(DecodeError) {
            while let structure = try structures.next(in: data) {
                starts[entries] = UInt16(truncatingIfNeeded: structure.data.lowerBound)
                take(structure, data)
            }
        } catch {
            isMalformed = true
        }
    }

    @inline(__always) private mutating func take(_ structure: ADStructure, _ data: RawSpan) {
        let start = structure.data.lowerBound
        let size = structure.data.count
        switch structure.type {
        case .flags:
            guard size >= 1 else { return isMalformed = true }
            if flags == nil { flags = data.byte(at: start) }
        case .completeLocalName:
            guard !hasCompleteName, let name = Self.name(structure.data, data) else { return }
            localName = name
            hasCompleteName = true
        case .shortenedLocalName:
            if localName == nil { localName = Self.name(structure.data, data) }
        case .txPowerLevel:
            guard size == 1 else { return isMalformed = true }
            if txPower == nil { txPower = Int8(bitPattern: data.byte(at: start)) }
        case .appearance:
            guard size == 2 else { return isMalformed = true }
            if appearance == nil { appearance = data.u16(at: start) }
        case .manufacturerData:
            guard size >= 2 else { return isMalformed = true }
            manufacturerData += 1
            entries += 1
        default:
            if let width = structure.type.uuidsInList {
                if size % width.rawValue != 0 { isMalformed = true }
                guard size >= width.rawValue else { return }
                uuidLists += 1
                entries += 1
            } else if let width = structure.type.uuidOfServiceData {
                guard size >= width.rawValue else { return isMalformed = true }
                serviceData += 1
                entries += 1
            }
        }
    }

    /// What stands before the first NUL; nil if nothing does.
    private static func name(_ field: Range<Int>, _ data: RawSpan) -> Range<Int>? {
        var end = field.lowerBound
        while end < field.upperBound, data.byte(at: end) != 0 { end += 1 }
        return end > field.lowerBound ? field.lowerBound..<end : nil
    }
}
