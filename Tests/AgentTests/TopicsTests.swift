import HCI
import Testing

@testable import Agent

@Suite struct TopicsTests {
    private static let topics = Topics(base: "ble/raw", statusBase: "ble/status", scannerID: "scanner-01")

    @Test func `an advertisement's topic is base, scanner and address in upper case`() {
        let address = DeviceAddress(0xAABB_CCDD_EEFF)
        #expect(text { Self.topics.write(address, to: &$0) } == "ble/raw/scanner-01/AA:BB:CC:DD:EE:FF")
        #expect(Self.topics.text(address) == "ble/raw/scanner-01/AA:BB:CC:DD:EE:FF")
    }

    @Test func `an address keeps its leading zeros`() {
        #expect(text { Self.topics.write(DeviceAddress(0x0A0B), to: &$0) } == "ble/raw/scanner-01/00:00:00:00:0A:0B")
        #expect(Self.topics.text(DeviceAddress(0)) == "ble/raw/scanner-01/00:00:00:00:00:00")
    }

    @Test func `the status has a topic of its own`() {
        #expect(String(decoding: Self.topics.status, as: UTF8.self) == "ble/status/scanner-01")
        let other = Topics(base: "a", statusBase: "b/c", scannerID: "d")
        #expect(String(decoding: other.status, as: UTF8.self) == "b/c/d" && other.text(DeviceAddress(1)) == "a/d/00:00:00:00:00:01")
    }
}
