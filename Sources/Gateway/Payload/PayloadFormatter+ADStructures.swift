import Bluetooth
import Bytes

/// The parts of a payload that walk the advertising data. Every member of a list is written with a comma behind it, and the end of the
/// list takes the place of the last.
extension ByteWriter {
    /// Members `"4c00":"0215…"`: company identifiers as their two bytes on the air, to their data.
    ///
    /// A JSON object has each key once: an identifier's first entry goes into the object, the others are noted for `repeatedManufacturerData`.
    /// - Parameter entries: how many there are, at least one.
    mutating func manufacturerData(_ data: RawSpan, entries: Int, _ table: inout OccurrenceTable) {
        table.begin(entries: entries)
        AdvertisingData.forEach(in: data) { structure in
            guard structure.type == ADType.manufacturerData, structure.data.count >= 2 else { return }
            let start = structure.data.lowerBound
            guard entries == 1 || table.isFirst(UInt128(data.u16(at: start)), at: start, { UInt128(data.u16(at: $0)) }) else { return }
            text(#""0000":""#, hex: data.u16(at: start).byteSwapped, at: 1)
            hex(data.extracting(start + 2..<structure.data.upperBound))
            text("\",")
        }
    }

    /// Members `{"id":"4c00","data":"0215…"}` of what `manufacturerData` has noted.
    mutating func repeatedManufacturerData(_ data: RawSpan, _ table: borrowing OccurrenceTable) {
        table.forEachRepetition { start in
            text(#"{"id":"0000","data":""#, hex: data.u16(at: start).byteSwapped, at: 7)
            hex(data.extracting(start + 2..<data.structureEnd(dataAt: start)))
            text(#""},"#)
        }
    }

    /// Every UUID of the lists, as 128-bit text, in order of appearance.
    mutating func serviceUUIDs(_ data: RawSpan) {
        AdvertisingData.forEach(in: data) { structure in
            guard let width = UUIDWidth(list: structure.type) else { return }
            var start = structure.data.lowerBound
            while start + width.rawValue <= structure.data.upperBound {
                if let short = data.shortUUID(at: start, width) {
                    text(#""00000000-0000-1000-8000-00805f9b34fb","#, hex: short, at: 1)
                } else {
                    text("\"")
                    longUUID(data, at: start)
                    text("\",")
                }
                start += width.rawValue
            }
        }
    }

    /// Members `"0000181a-0000-1000-8000-00805f9b34fb":"…"`; a UUID's first entry, the others are noted for `repeatedServiceData`.
    /// - Parameter entries: how many there are, at least one.
    mutating func serviceData(_ data: RawSpan, entries: Int, _ table: inout OccurrenceTable) {
        table.begin(entries: entries)
        AdvertisingData.forEach(in: data) { structure in
            guard let width = UUIDWidth(serviceData: structure.type), structure.data.count >= width.rawValue else { return }
            let start = structure.data.lowerBound
            let isFirst =
                entries == 1
                || table.isFirst(data.uuidValue(at: start, width), at: start) { data.uuidValue(at: $0, data.serviceWidth(at: $0)) }
            guard isFirst else { return }
            if let short = data.shortUUID(at: start, width) {
                text(#""00000000-0000-1000-8000-00805f9b34fb":""#, hex: short, at: 1)
            } else {
                text("\"")
                longUUID(data, at: start)
                text("\":\"")
            }
            hex(data.extracting(start + width.rawValue..<structure.data.upperBound))
            text("\",")
        }
    }

    /// Members `{"uuid":"0000181a-0000-1000-8000-00805f9b34fb","data":"…"}` of what `serviceData` has noted.
    mutating func repeatedServiceData(_ data: RawSpan, _ table: borrowing OccurrenceTable) {
        table.forEachRepetition { start in
            let width = data.serviceWidth(at: start)
            if let short = data.shortUUID(at: start, width) {
                text(#"{"uuid":"00000000-0000-1000-8000-00805f9b34fb","data":""#, hex: short, at: 9)
            } else {
                text(#"{"uuid":""#)
                longUUID(data, at: start)
                text(#"","data":""#)
            }
            hex(data.extracting(start + width.rawValue..<data.structureEnd(dataAt: start)))
            text(#""},"#)
        }
    }

    /// Ends a list that began with the bytes before `start`.
    mutating func endList(from start: Int, _ bracket: UInt8) {
        if count > start { replaceLast(bracket) } else { u8(bracket) }
    }

    /// A UUID of 128 bits, little-endian on the air, as 8-4-4-4-12 lower-case digits.
    private mutating func longUUID(_ data: RawSpan, at start: Int) {
        reversedHex(data, start + 12, 4)
        u8(UInt8(ascii: "-"))
        reversedHex(data, start + 10, 2)
        u8(UInt8(ascii: "-"))
        reversedHex(data, start + 8, 2)
        u8(UInt8(ascii: "-"))
        reversedHex(data, start + 6, 2)
        u8(UInt8(ascii: "-"))
        reversedHex(data, start, 6)
    }

    private mutating func reversedHex(_ data: RawSpan, _ start: Int, _ size: Int) {
        for offset in stride(from: start + size - 1, through: start, by: -1) { hex(data.byte(at: offset)) }
    }
}

extension RawSpan {
    /// A UUID of any width as its 128 bits, so that a short one and its long form compare equal.
    @inline(__always) func uuidValue(at offset: Int, _ width: UUIDWidth) -> UInt128 {
        switch width {
        case .bits16: UInt128(u16(at: offset)) << 96 | Self.baseUUID
        case .bits32: (UInt128(u16(at: offset + 2)) << 16 | UInt128(u16(at: offset))) << 96 | Self.baseUUID
        case .bits128: UInt128(u64(at: offset + 8)) << 64 | UInt128(u64(at: offset))
        }
    }

    /// What a UUID of 16 or 32 bits puts onto the Bluetooth base UUID (Core specification Vol 3 Part B 2.5.1); nil for a longer one.
    @inline(__always) fileprivate func shortUUID(at offset: Int, _ width: UUIDWidth) -> UInt32? {
        switch width {
        case .bits16: UInt32(u16(at: offset))
        case .bits32: UInt32(u16(at: offset + 2)) << 16 | UInt32(u16(at: offset))
        case .bits128: nil
        }
    }

    /// Where the AD structure ends whose data begins at `start`: its length, which counts the type, stands before its type.
    @inline(__always) fileprivate func structureEnd(dataAt start: Int) -> Int { start - 1 + Int(byte(at: start - 2)) }

    /// The width of the UUID at this place, where service data begins: its AD type stands before it.
    @inline(__always) fileprivate func serviceWidth(at start: Int) -> UUIDWidth { UUIDWidth(serviceData: byte(at: start - 1))! }

    /// 00000000-0000-1000-8000-00805F9B34FB
    static var baseUUID: UInt128 { 0x1000_8000_0080_5F9B_34FB }
}
