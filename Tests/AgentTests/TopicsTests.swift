import HCI
import Testing

@testable import Agent

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
}
