import Testing

@testable import Gateway

/// Golden payloads: manufacturer data, service UUIDs and service data.
@Suite struct PayloadListTests {
    private static let battery = "0000180f-0000-1000-8000-00805f9b34fb"
    /// 12345678-9abc-def0-1122-334455667788, least significant byte first.
    private static let long: [UInt8] = [
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xF0, 0xDE, 0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12,
    ]
    private static let longText = "12345678-9abc-def0-1122-334455667788"
    /// The battery service, spelled with 128 bits.
    private static let batteryLong: [UInt8] = [
        0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x18, 0x00, 0x00,
    ]

    @Test func `manufacturer data goes by the two bytes of its company as they are on the air`() {
        #expect(payload(ad(0xFF, [0x4C, 0x00, 0x02, 0x15, 0xAB])) == golden(manufacturer: #""4c00":"0215ab""#))
        #expect(payload(ad(0xFF, [0x4C, 0x00])) == golden(manufacturer: #""4c00":"""#))
    }

    @Test func `several companies stand in order of appearance`() {
        let data = ad(0xFF, [0x59, 0x00, 1]) + ad(0x09, "x") + ad(0xFF, [0x4C, 0x00, 2]) + ad(0xFF, [0x00, 0x4C, 3])
        #expect(payload(data) == golden(manufacturer: #""5900":"01","4c00":"02","004c":"03""#, name: "\"x\""))
    }

    @Test func `a company that occurs again goes into a list of its own`() {
        let data =
            ad(0xFF, [0x4C, 0x00, 1]) + ad(0xFF, [0x59, 0x00, 2]) + ad(0xFF, [0x4C, 0x00, 3]) + ad(0xFF, [0x4C, 0x00])
            + ad(0xFF, [0x59, 0x00, 5])
        #expect(
            payload(data)
                == golden(
                    manufacturer: #""4c00":"01","5900":"02""#,
                    #","manufacturer_data_repeated":[{"id":"4c00","data":"03"},{"id":"4c00","data":""},{"id":"5900","data":"05"}]"#))
    }

    @Test func `hundreds of entries are written as a few are`() {
        // 412 structures | 03 length | FF manufacturer data | 2 company |, of 300 companies; then as service data.
        let keys = (0..<412).map { [UInt8(truncatingIfNeeded: $0 % 300), UInt8(($0 % 300) >> 8)] }
        let texts = keys.map { hex($0) }
        #expect(
            payload(keys.flatMap { ad(0xFF, $0) })
                == golden(
                    manufacturer: texts[..<300].map { "\"\($0)\":\"\"" }.joined(separator: ","),
                    #","manufacturer_data_repeated":["# + texts[300...].map { #"{"id":"\#($0)","data":""}"# }.joined(separator: ",") + "]"))
        let uuids = keys.map { "0000\(hex($0.reversed()))-0000-1000-8000-00805f9b34fb" }
        #expect(
            payload(keys.flatMap { ad(0x16, $0) }, options: .serviceData)
                == golden(
                    #","service_data":{"# + uuids[..<300].map { "\"\($0)\":\"\"" }.joined(separator: ",")
                        + #"},"service_data_repeated":["# + uuids[300...].map { #"{"uuid":"\#($0)","data":""}"# }.joined(separator: ",") + "]"))
    }

    private func hex(_ bytes: [UInt8]) -> String { text { $0.hex(bytes.span.bytes) } }

    @Test func `an entry that is too short is no entry`() {
        let data = ad(0xFF, [0x4C]) + ad(0xFF, [0x4C, 0x00, 1])
        #expect(payload(data) == golden(manufacturer: #""4c00":"01""#, #","malformed":true"#))
    }

    @Test(arguments: [0x02, 0x03] as [UInt8]) func `16-bit UUIDs are expanded`(type: UInt8) {
        #expect(
            payload(ad(type, [0x0F, 0x18, 0x0A, 0x18]))
                == golden(uuids: "\"\(Self.battery)\",\"0000180a-0000-1000-8000-00805f9b34fb\""))
    }

    @Test(arguments: [0x04, 0x05] as [UInt8]) func `32-bit UUIDs are expanded`(type: UInt8) {
        #expect(payload(ad(type, [0x78, 0x56, 0x34, 0x12])) == golden(uuids: "\"12345678-0000-1000-8000-00805f9b34fb\""))
    }

    @Test(arguments: [0x06, 0x07] as [UInt8]) func `128-bit UUIDs are turned round`(type: UInt8) {
        #expect(payload(ad(type, Self.long)) == golden(uuids: "\"\(Self.longText)\""))
    }

    @Test func `UUIDs of all lists stand in order of appearance, repetitions too`() {
        let data = ad(0x07, Self.long) + ad(0x03, [0x0F, 0x18]) + ad(0x02, [0x0F, 0x18]) + ad(0x05, [1, 0, 0, 0])
        #expect(
            payload(data)
                == golden(
                    uuids: "\"\(Self.longText)\",\"\(Self.battery)\",\"\(Self.battery)\",\"00000001-0000-1000-8000-00805f9b34fb\""))
    }

    @Test func `an empty list has no UUID`() {
        #expect(payload(ad(0x03, [])) == golden() && isWhole(ad(0x03, [])))
        #expect(payload(ad(0x03, []) + ad(0x03, [0x0F, 0x18])) == golden(uuids: "\"\(Self.battery)\""))
    }

    @Test func `service data of every width goes by its UUID`() {
        let data = ad(0x16, [0x0F, 0x18, 0x64]) + ad(0x20, [0x78, 0x56, 0x34, 0x12, 0xAA, 0xBB]) + ad(0x21, Self.long)
        let expected =
            "\"\(Self.battery)\":\"64\",\"12345678-0000-1000-8000-00805f9b34fb\":\"aabb\",\"\(Self.longText)\":\"\""
        #expect(payload(data, options: .serviceData) == golden(",\"service_data\":{\(expected)}"))
        #expect(payload(data) == golden())
    }

    @Test func `a service that occurs again goes into a list of its own, however it is spelled`() {
        let data =
            ad(0x16, [0x0F, 0x18, 1]) + ad(0x20, [0x0F, 0x18, 0, 0, 2]) + ad(0x21, Self.batteryLong + [3]) + ad(0x16, [0x0A, 0x18, 4])
        #expect(
            payload(data, options: .serviceData)
                == golden(
                    ",\"service_data\":{\"\(Self.battery)\":\"01\",\"0000180a-0000-1000-8000-00805f9b34fb\":\"04\"}"
                        + ",\"service_data_repeated\":[{\"uuid\":\"\(Self.battery)\",\"data\":\"02\"},{\"uuid\":\"\(Self.battery)\",\"data\":\"03\"}]"
                ))
    }

    @Test func `two services that differ leave no list of repetitions`() {
        let data = ad(0x16, [0x0F, 0x18, 1]) + ad(0x16, [0x0A, 0x18, 2])
        #expect(!payload(data, options: .serviceData).contains("repeated"))
        let companies = ad(0xFF, [0x4C, 0x00, 1]) + ad(0xFF, [0x59, 0x00, 2])
        #expect(!payload(companies).contains("repeated"))
    }

    @Test func `service data too short for its UUID is no entry`() {
        let data = ad(0x20, [1, 2, 3]) + ad(0x21, [UInt8](repeating: 0, count: 15)) + ad(0x16, [0x0F, 0x18])
        #expect(payload(data, options: .serviceData) == golden(",\"service_data\":{\"\(Self.battery)\":\"\"},\"malformed\":true"))
    }
}
