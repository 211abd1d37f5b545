import Bluetooth
import Bytes

/// The lists of a payload. Every member of a list is written with a comma behind it, and the end of the list takes the place of the last.
extension ByteWriter {
    /// Members `"4c00":"0215…"`: company identifiers as their two bytes on the air, to their data.
    ///
    /// A JSON object has each key once: an identifier's first entry goes into the object, the others are noted for
    /// `repeatedManufacturerData`.
    /// - Parameter content: of `data`, with one entry at least.
    mutating func manufacturerData(_ data: RawSpan, _ content: borrowing AdvertisingData, _ table: inout OccurrenceTable) {
        let entries = content.fields.manufacturerData
        table.begin(entries: entries)
        for index in 0..<content.fields.entries {
            let structure = content.entry(index, in: data)
            guard structure.type == .manufacturerData else { continue }
            let start = structure.data.lowerBound
            guard entries == 1 || table.isFirst(UInt128(data.u16(at: start)), at: start, { UInt128(data.u16(at: $0)) }) else { continue }
            text(#""0000":""#, hex: data.u16(at: start).byteSwapped, at: 1)
            hex(data.extracting(start + 2..<structure.data.upperBound))
            text("\",")
        }
    }

    /// Members `{"id":"4c00","data":"0215…"}` of what `manufacturerData` has noted.
    mutating func repeatedManufacturerData(_ data: RawSpan, _ table: borrowing OccurrenceTable) {
        table.forEachRepetition { start in
            text(#"{"id":"0000","data":""#, hex: data.u16(at: start).byteSwapped, at: 7)
            hex(data.extracting(start + 2..<ADStructure(dataAt: start, in: data).data.upperBound))
            text(#""},"#)
        }
    }

    /// Every UUID of the lists, as 128-bit text, in order of appearance.
    mutating func serviceUUIDs(_ data: RawSpan, _ content: borrowing AdvertisingData) {
        for index in 0..<content.fields.entries {
            let structure = content.entry(index, in: data)
            guard let width = structure.type.uuidsInList else { continue }
            var start = structure.data.lowerBound
            while start + width.rawValue <= structure.data.upperBound {
                switch ServiceUUID(data, at: start, width) {
                case .short(let bits): text(#""00000000-0000-1000-8000-00805f9b34fb","#, hex: bits, at: 1)
                case .long(let value):
                    u8(UInt8(ascii: "\""))
                    longUUID(value)
                    text("\",")
                }
                start += width.rawValue
            }
        }
    }

    /// Members `"0000181a-0000-1000-8000-00805f9b34fb":"…"`; a UUID's first entry, the others are noted for `repeatedServiceData`.
    /// - Parameter content: of `data`, with one entry at least.
    mutating func serviceData(_ data: RawSpan, _ content: borrowing AdvertisingData, _ table: inout OccurrenceTable) {
        let entries = content.fields.serviceData
        table.begin(entries: entries)
        for index in 0..<content.fields.entries {
            let structure = content.entry(index, in: data)
            guard let width = structure.type.uuidOfServiceData else { continue }
            let start = structure.data.lowerBound
            let uuid = ServiceUUID(data, at: start, width)
            guard entries == 1 || table.isFirst(uuid.value, at: start, { data.serviceUUID(dataAt: $0).uuid.value }) else { continue }
            switch uuid {
            case .short(let bits): text(#""00000000-0000-1000-8000-00805f9b34fb":""#, hex: bits, at: 1)
            case .long(let value):
                u8(UInt8(ascii: "\""))
                longUUID(value)
                text("\":\"")
            }
            hex(data.extracting(start + width.rawValue..<structure.data.upperBound))
            text("\",")
        }
    }

    /// Members `{"uuid":"0000181a-0000-1000-8000-00805f9b34fb","data":"…"}` of what `serviceData` has noted.
    mutating func repeatedServiceData(_ data: RawSpan, _ table: borrowing OccurrenceTable) {
        table.forEachRepetition { start in
            let (uuid, rest) = data.serviceUUID(dataAt: start)
            switch uuid {
            case .short(let bits): text(#"{"uuid":"00000000-0000-1000-8000-00805f9b34fb","data":""#, hex: bits, at: 9)
            case .long(let value):
                text(#"{"uuid":""#)
                longUUID(value)
                text(#"","data":""#)
            }
            hex(data.extracting(rest))
            text(#""},"#)
        }
    }

    /// Ends a list that began with the bytes before `start`.
    mutating func endList(from start: Int, _ bracket: UInt8) {
        if count > start { replaceLast(bracket) } else { u8(bracket) }
    }

    /// A UUID of 128 bits as 8-4-4-4-12 lower-case digits.
    private mutating func longUUID(_ value: UInt128) {
        withUnsafeBytes(of: value.bigEndian) { bytes in
            let bytes = bytes.bytes
            hex(bytes.extracting(0..<4))
            u8(UInt8(ascii: "-"))
            hex(bytes.extracting(4..<6))
            u8(UInt8(ascii: "-"))
            hex(bytes.extracting(6..<8))
            u8(UInt8(ascii: "-"))
            hex(bytes.extracting(8..<10))
            u8(UInt8(ascii: "-"))
            hex(bytes.extracting(10..<16))
        }
    }
}

extension RawSpan {
    /// The UUID of the service data that begins at `start`, and where the rest of it is.
    @inline(__always) fileprivate func serviceUUID(dataAt start: Int) -> (uuid: ServiceUUID, rest: Range<Int>) {
        let structure = ADStructure(dataAt: start, in: self)
        let width = structure.type.uuidOfServiceData!
        return (ServiceUUID(self, at: start, width), start + width.rawValue..<structure.data.upperBound)
    }
}
