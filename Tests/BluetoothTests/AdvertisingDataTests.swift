import Bluetooth
import Testing

/// Advertising data as fields: Core Specification Supplement Part A, and Assigned Numbers.
@Suite struct AdvertisingDataTests {
    /// | 1 Length | 1 AD Type | n AD Data |
    private func ad(_ type: ADType, _ data: [UInt8]) -> [UInt8] { [UInt8(data.count + 1), type.rawValue] + data }
    private func ad(_ type: ADType, _ text: String) -> [UInt8] { ad(type, Array(text.utf8)) }

    private func fields(_ data: [UInt8]) -> ADFields {
        var content = AdvertisingData()
        content.read(data.span.bytes)
        return content.fields
    }

    private func name(_ data: [UInt8]) -> String? { fields(data).localName.map { String(decoding: data[$0], as: UTF8.self) } }

    @Test func `what occurs once is given with its first value`() {
        let data =
            ad(.flags, [6, 9]) + ad(.flags, [1]) + ad(.txPowerLevel, [0xF4]) + ad(.txPowerLevel, [1]) + ad(.appearance, [0x41, 0x03])
            + ad(.appearance, [0, 0])
        let fields = fields(data)
        #expect(fields.flags == 6 && fields.txPower == -12 && fields.appearance == 833 && !fields.isMalformed)
        #expect(fields.localName == nil && fields.entries == 0)
    }

    @Test func `the name is the first complete one, else the first shortened one, up to its NUL`() {
        #expect(name(ad(.shortenedLocalName, "a") + ad(.completeLocalName, "b\0c") + ad(.completeLocalName, "d")) == "b")
        #expect(name(ad(.shortenedLocalName, "a") + ad(.shortenedLocalName, "b")) == "a")
        #expect(name(ad(.completeLocalName, "\0a") + ad(.shortenedLocalName, "b")) == "b")
        #expect(name(ad(.completeLocalName, "") + ad(.flags, [6])) == nil)
    }

    @Test func `entries come in order of appearance, each of the size that its type wants`() {
        let data =
            ad(.manufacturerData, [0x4C]) + ad(.manufacturerData, [0x4C, 0, 1]) + ad(.flags, [6]) + ad(.completeUUIDs16, [])
            + ad(.incompleteUUIDs32, [1, 2, 3, 4]) + ad(.serviceData128, [UInt8](repeating: 7, count: 15))
            + ad(.serviceData16, [0x0F, 0x18])
        var content = AdvertisingData()
        content.read(data.span.bytes)
        let types = (0..<content.fields.entries).map { content.entry($0, in: data.span.bytes).type }
        #expect(types == [.manufacturerData, .incompleteUUIDs32, .serviceData16] && content.fields.isMalformed)
        #expect(content.entry(0, in: data.span.bytes).data.map { data[$0] } == [0x4C, 0, 1])
        #expect(content.fields.manufacturerData == 1 && content.fields.uuidLists == 1 && content.fields.serviceData == 1)
        // What was read before is forgotten.
        content.read([UInt8]().span.bytes)
        #expect(content.fields.entries == 0 && !content.fields.isMalformed)
    }

    @Test func `the most entries that fit are noted, and one structure behind them`() {
        let data = (0..<AdvertisingData.mostEntries).flatMap { _ in ad(.manufacturerData, [0, 0]) } + ad(.completeLocalName, [])
        #expect(data.count == AdvertisingData.maximumSize && fields(data).entries == AdvertisingData.mostEntries)
    }

    @Test func `damage leaves what came before it`() {
        let fields = fields(ad(.flags, [6]) + [9, 0x09, 0x41])
        #expect(fields.isMalformed && fields.flags == 6 && fields.localName == nil)
        for data in [ad(.flags, []), ad(.txPowerLevel, [1, 2]), ad(.appearance, [1]), ad(.completeUUIDs16, [1, 2, 3])] {
            #expect(self.fields(data).isMalformed)
        }
    }

    @Test func `a UUID of any width is the same service`() {
        let base: [UInt8] = [0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x18, 0x00, 0x00]
        let short: [UInt8] = [0x0F, 0x18, 0, 0]
        let uuids = [
            ServiceUUID(short.span.bytes, at: 0, .bits16), ServiceUUID(short.span.bytes, at: 0, .bits32),
            ServiceUUID(base.span.bytes, at: 0, .bits128),
        ]
        #expect(uuids.allSatisfy { $0.value == 0x0000_180F_0000_1000_8000_0080_5F9B_34FB })
    }

    @Test func `an iBeacon field by field, and nothing that is shorter or another's`() throws {
        // | company | type | length | 16 proximity UUID | major | minor | measured power |
        let beacon: [UInt8] = [0x4C, 0x00, 0x02, 0x15] + Array(1...16) + [0x01, 0x02, 0x03, 0x04, 0xC5]
        func read(_ data: [UInt8], _ type: ADType = .manufacturerData) -> IBeacon? {
            let bytes = ad(type, data)
            return IBeacon(ADStructure(dataAt: 2, in: bytes.span.bytes), in: bytes.span.bytes)
        }
        let found = try #require(read(beacon))
        #expect(found.proximityUUID == 0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10)
        #expect(found.major == 0x0102 && found.minor == 0x0304 && found.measuredPower == -59)
        #expect(read(beacon + [0]) == found)
        for count in 0..<25 { #expect(read(Array(beacon.prefix(count))) == nil) }
        #expect(read(beacon, .serviceData16) == nil)
        for place in 0..<4 {
            var other = beacon
            other[place] ^= 1
            #expect(read(other) == nil)
        }
    }
}
