import Bytes
import HCI

/// The parts of a payload that walk the advertising data.
extension ByteWriter {
    /// Members `"4c00":"0215…"`: company identifiers as their two bytes on the air, to their data.
    ///
    /// A JSON object has each key once: an identifier's first entry goes into the object, the others go as `{"id":…,"data":…}`
    /// into the list that `repeated` asks for.
    mutating func manufacturerData(_ data: RawSpan, repeated: Bool) {
        var list = JSONList()
        AdvertisingData.forEach(in: data) { structure in
            guard structure.type == ADType.manufacturerData, structure.data.count >= 2 else { return }
            let start = structure.data.lowerBound
            let company = data.u16(at: start)
            var isFirst = true
            AdvertisingData.forEach(in: data) { other in
                if other.type == ADType.manufacturerData, other.data.count >= 2, other.data.lowerBound < start,
                    data.u16(at: other.data.lowerBound) == company
                {
                    isFirst = false
                }
            }
            guard isFirst != repeated else { return }
            list.separate(&self)
            text(repeated ? #"{"id":""# : #"""#)
            hex(data.extracting(start..<start + 2))
            text(repeated ? #"","data":""# : #"":""#)
            hex(data.extracting(start + 2..<structure.data.upperBound))
            text(repeated ? #""}"# : #"""#)
        }
    }

    /// Every UUID of the lists, as 128-bit text, in order of appearance.
    mutating func serviceUUIDs(_ data: RawSpan) {
        var list = JSONList()
        AdvertisingData.forEach(in: data) { structure in
            guard let width = UUIDWidth(list: structure.type) else { return }
            var start = structure.data.lowerBound
            while start + width.rawValue <= structure.data.upperBound {
                list.separate(&self)
                u8(UInt8(ascii: "\""))
                uuid(data, at: start, width)
                u8(UInt8(ascii: "\""))
                start += width.rawValue
            }
        }
    }

    /// Members `"0000181a-0000-1000-8000-00805f9b34fb":"…"`; a UUID's first entry in the object, the others in the list, as above.
    mutating func serviceData(_ data: RawSpan, repeated: Bool) {
        var list = JSONList()
        AdvertisingData.forEach(in: data) { structure in
            guard let width = UUIDWidth(serviceData: structure.type), structure.data.count >= width.rawValue else { return }
            let start = structure.data.lowerBound
            var isFirst = true
            AdvertisingData.forEach(in: data) { other in
                guard other.data.lowerBound < start, let otherWidth = UUIDWidth(serviceData: other.type),
                    other.data.count >= otherWidth.rawValue
                else { return }
                if data.uuidValue(at: start, width) == data.uuidValue(at: other.data.lowerBound, otherWidth) { isFirst = false }
            }
            guard isFirst != repeated else { return }
            list.separate(&self)
            text(repeated ? #"{"uuid":""# : #"""#)
            uuid(data, at: start, width)
            text(repeated ? #"","data":""# : #"":""#)
            hex(data.extracting(start + width.rawValue..<structure.data.upperBound))
            text(repeated ? #""}"# : #"""#)
        }
    }

    /// The name as a JSON string, without the NULs that some devices fill it up with.
    mutating func localName(_ data: RawSpan, _ range: Range<Int>) {
        jsonString(data.extracting(data.withoutTrailingNULs(range)))
    }

    /// A UUID, little-endian on the air, as 8-4-4-4-12 lower-case digits; short ones on the Bluetooth base UUID
    /// (Core specification Vol 3 Part B 2.5.1).
    private mutating func uuid(_ data: RawSpan, at start: Int, _ width: UUIDWidth) {
        switch width {
        case .bits16:
            text("0000")
            reversedHex(data, start, 2)
            text("-0000-1000-8000-00805f9b34fb")
        case .bits32:
            reversedHex(data, start, 4)
            text("-0000-1000-8000-00805f9b34fb")
        case .bits128:
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
    }

    private mutating func reversedHex(_ data: RawSpan, _ start: Int, _ size: Int) {
        for offset in stride(from: start + size - 1, through: start, by: -1) { hex(data.byte(at: offset)) }
    }
}

extension RawSpan {
    /// A UUID of any width as its 128 bits, so that a short one and its long form compare equal.
    func uuidValue(at offset: Int, _ width: UUIDWidth) -> UInt128 {
        switch width {
        case .bits16: UInt128(u16(at: offset)) << 96 | Self.baseUUID
        case .bits32: (UInt128(u16(at: offset + 2)) << 16 | UInt128(u16(at: offset))) << 96 | Self.baseUUID
        case .bits128: (0..<16).reduce(UInt128(0)) { $0 | UInt128(byte(at: offset + $1)) << UInt128(8 * $1) }
        }
    }

    /// 00000000-0000-1000-8000-00805F9B34FB
    static var baseUUID: UInt128 { 0x1000_8000_0080_5F9B_34FB }
}
