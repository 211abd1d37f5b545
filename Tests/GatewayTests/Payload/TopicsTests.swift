import Bluetooth
import Testing

@testable import Gateway

@Suite struct TopicsTests {
    private static let topics = Topics(base: "ble/raw", statusBase: "ble/status", scannerID: "scanner-01")

    @Test func `an advertisement's topic is base, scanner and address in upper case`() {
        let one = advertisement(address: 0xAABB_CCDD_EEFF)
        #expect(text { Self.topics.write(one, to: &$0) } == "ble/raw/scanner-01/AA:BB:CC:DD:EE:FF")
        #expect(Self.topics.text(one) == "ble/raw/scanner-01/AA:BB:CC:DD:EE:FF")
    }

    @Test func `an address keeps its leading zeros`() {
        #expect(text { Self.topics.write(advertisement(address: 0x0A0B), to: &$0) } == "ble/raw/scanner-01/00:00:00:00:0A:0B")
        #expect(Self.topics.text(advertisement(address: 0)) == "ble/raw/scanner-01/00:00:00:00:00:00")
    }

    @Test func `the status has a topic of its own`() {
        #expect(String(decoding: Self.topics.status, as: UTF8.self) == "ble/status/scanner-01")
        let other = Topics(base: "a", statusBase: "b/c", scannerID: "d")
        #expect(
            String(decoding: other.status, as: UTF8.self) == "b/c/d" && other.text(advertisement(address: 1)) == "a/d/00:00:00:00:00:01")
    }

    @Test func `a known device's topic goes by its identity only where that is wanted`() {
        let devices = [
            KnownDevice(name: "a", address: DeviceAddress(0xA0)), KnownDevice(name: "b", address: DeviceAddress(0xC0FF_EE00_0001)),
        ]
        let topics = Topics(base: "ble/raw", statusBase: "s", scannerID: "x", identities: devices)
        var one = advertisement(address: 0x0A0B)
        #expect(text { topics.write(one, to: &$0) } == "ble/raw/x/00:00:00:00:0A:0B")
        one.identity = 2
        #expect(text { topics.write(one, to: &$0) } == "ble/raw/x/C0:FF:EE:00:00:01" && topics.text(one) == "ble/raw/x/C0:FF:EE:00:00:01")
        #expect(Self.topics.text(one) == "ble/raw/scanner-01/00:00:00:00:0A:0B")
    }

    private static func part(_ string: String) -> Topics.Part { .text(Array(string.utf8)) }

    @Test(arguments: [
        ([part("v1/devices/me/telemetry")], "v1/devices/me/telemetry"),
        ([part("/ble/"), .bareAddress, part("/up")], "/ble/0A0B0C0D0E0F/up"),
        ([.adapter, part("/"), .address], "hci7/0A:0B:0C:0D:0E:0F"),
        ([.bareAddress], "0A0B0C0D0E0F"),
        ([part("$aws/things/"), part("attic"), part("/"), .address, part("-"), .adapter], "$aws/things/attic/0A:0B:0C:0D:0E:0F-hci7"),
        ([.address, .address], "0A:0B:0C:0D:0E:0F0A:0B:0C:0D:0E:0F"),
    ])
    func `a topic follows its template, whatever changes in it`(parts: [Topics.Part], expected: String) {
        let topics = Topics(advertisement: parts, status: [], adapters: ["hci0", "hci7"])
        let one = advertisement(address: 0x0A0B_0C0D_0E0F, adapter: 1)
        #expect(text { topics.write(one, to: &$0) } == expected)
        #expect(topics.text(one) == expected)
    }

    @Test func `a topic without colons goes by the identity too`() {
        let topics = Topics(
            advertisement: [.bareAddress], status: [], adapters: [], identities: [KnownDevice(name: "a", address: DeviceAddress(0xA0))])
        var one = advertisement(address: 0x0A0B)
        one.identity = 1
        #expect(text { topics.write(one, to: &$0) } == "0000000000A0")
    }
}
