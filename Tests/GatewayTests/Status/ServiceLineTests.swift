import Testing

@testable import Gateway

@Suite struct ServiceLineTests {
    private func line(_ adapters: [AdapterReport], isOnline: Bool = true, rate: Double? = 12.34, dropped: UInt64 = 0) -> String {
        ServiceLine.text(adapters: adapters, broker: "mqtt.local:1883", isOnline: isOnline, rate: rate, dropped: dropped)
    }

    @Test func `an adapter that scans`() {
        #expect(
            line([AdapterReport(name: "hci0", slot: 0, condition: .scanning)])
                == "scanning hci0 · broker mqtt.local:1883 online · 12.3 adv/s, 0 dropped")
    }

    @Test func `several, and one that does not`() {
        let adapters = [
            AdapterReport(name: "hci0", slot: 0, condition: .scanning), AdapterReport(name: "hci1", slot: 1, condition: .beyondRepair),
            AdapterReport(name: "hci2", slot: 2, condition: .scanning),
        ]
        #expect(
            line(adapters, isOnline: false, dropped: 7)
                == "scanning hci0, hci2 · hci1 needs a power cycle · broker mqtt.local:1883 offline · 12.3 adv/s, 7 dropped")
    }

    @Test func `none, and a replay`() {
        #expect(line([], rate: nil) == "no adapter · broker mqtt.local:1883 online · - adv/s, 0 dropped")
        #expect(line([AdapterReport(name: "replay", slot: 0, condition: nil)]).hasPrefix("replay · broker "))
    }

    @Test func `a name with a line feed does not become another word to the service manager`() {
        let text = line([AdapterReport(name: "hci0\nREADY=0\u{202E}", slot: 0, condition: .scanning)])
        #expect(text.hasPrefix(#"scanning hci0\nREADY=0\u202E · "#))
    }
}
