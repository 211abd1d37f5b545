import Foundation
import Testing

@testable import Gateway

@Suite struct HomeAssistantDeviceTests {
    private func device(_ scannerID: String = "living-room") -> HomeAssistantDevice {
        HomeAssistantDevice(prefix: "homeassistant", scannerID: scannerID, statusTopic: "ble/status/\(scannerID)", version: "1.2.3")
    }

    private func object(_ payload: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])
    }

    @Test func `the topic has letters, digits, underscores and hyphens only`() {
        #expect(device().topic == "homeassistant/device/living-room/blemqttd/config")
        let levels = device("a.b_c").topic.split(separator: "/")
        #expect(levels.count == 5 && levels[2].hasPrefix("a_b_c-") && levels[2].allSatisfy { $0.isLetter || $0.isNumber || "_-".contains($0) })
    }

    @Test func `scanners whose identifiers differ in a point or an underscore are two devices, the same after a restart`() throws {
        let names = ["pi_1", "pi.1", "pi-1", "p.i.1", "p.i_1", "p_i.1", "p_i_1", "pi1"]
        let topics = names.map { device($0).topic }
        let identifiers = try names.map { name in
            try #require((object(device(name).payload(adapters: [], gone: []))["dev"] as? [String: String])?["ids"])
        }
        #expect(Set(topics).count == names.count && Set(identifiers).count == names.count)
        #expect(topics == names.map { device($0).topic })
        // What needed no other letters is as it always was.
        #expect(topics[0] == "homeassistant/device/pi_1/blemqttd/config" && identifiers[0] == "blemqttd-pi_1" && identifiers[2] == "blemqttd-pi-1")
    }

    @Test func `device and origin are named`() throws {
        let object = try object(device().payload(adapters: [], gone: []))
        let device = try #require(object["dev"] as? [String: String])
        #expect(
            device == [
                "ids": "blemqttd-living-room", "name": "living-room", "mf": "blemqttd", "mdl": "BLE to MQTT scanner", "sw": "1.2.3",
            ])
        #expect(object["o"] as? [String: String] == ["name": "blemqttd", "sw": "1.2.3"])
        #expect(object["state_topic"] as? String == "ble/status/living-room")
        #expect(object["qos"] as? Int == 1)
    }

    @Test func `every component has a platform, a name, its own identity and a template`() throws {
        let object = try object(device().payload(adapters: ["hci0", "hci1"], gone: ["hci1"]))
        let components = try #require(object["cmps"] as? [String: [String: String]])
        #expect(
            Set(components.keys) == [
                "connectivity", "problem", "received_rate", "published_rate", "dropped", "uptime", "adapter_hci0", "adapter_hci1",
            ])
        for (key, component) in components {
            #expect(["sensor", "binary_sensor"].contains(component["p"]))
            #expect(component["unique_id"] == "blemqttd-living-room_\(key)")
            #expect(component["name"]?.isEmpty == false)
            #expect(component["value_template"]?.hasPrefix("{{ ") == true)
            // What shows whether the scanner is there must not vanish with it.
            #expect((component["availability_topic"] == nil) == (key == "connectivity"), "\(key)")
        }
        #expect(components["connectivity"]?["device_class"] == "connectivity")
        #expect(components["adapter_hci1"]?["value_template"]?.contains("['hci1']") == true)
    }

    @Test func `what the templates read is in the status`() throws {
        let components = try #require(
            try object(device().payload(adapters: [], gone: []))["cmps"] as? [String: [String: String]])
        let keys = Set(TestPipeline().statistics().fields.map { "\($0.key)" })
        var read = 0
        for component in components.values {
            guard let template = component["value_template"], let start = template.range(of: "default({})).")?.upperBound else { continue }
            #expect(keys.contains(String(template[start...].prefix { $0 != " " })), "\(template)")
            read += 1
        }
        #expect(read == 4)
    }

    @Test func `an adapter that is no more is removed`() throws {
        let object = try object(device().payload(adapters: ["hci0"], gone: ["AA:BB:CC:DD:EE:FF"]))
        let components = try #require(object["cmps"] as? [String: [String: String]])
        #expect(components["adapter_AA_BB_CC_DD_EE_FF"] == ["p": "sensor"])
    }
}
