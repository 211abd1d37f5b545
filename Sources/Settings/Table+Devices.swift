import Bluetooth
import Gateway
import YAMLSchema

extension Configuration {
    mutating func nameFilters(_ keys: Keys) {
        keys.section("filters", affects: .filterStage, help: "What is published at all.") {
            keys("default", &filters.defaultAction, .action,
                help: "What becomes of an advertisement that no rule matches. Deny without rules publishes nothing.")
            keys.list(
                "rules", &filters.rules, maximum: 256, new: FilterRule(.allow),
                example: [
                    ["action: deny", "rssi_below: -90"], ["action: allow", "address: AA:BB:CC"],
                    ["action: allow", #"name: "Sensor-*""#, "company_id: 0x0059"], ["action: deny", "company_id: [0x004C, 0x0006]"],
                ],
                help: "Rules, tried in this order: the first that matches decides. A rule matches where all of its conditions do, and has at least one. A condition with a list of values matches where one of them does.",
                problem: Self.problem
            ) { rule in
                keys("action", &rule.action, .action, required: "allow",
                    help: "What becomes of an advertisement that matches.")
                keys("address", each: &rule.addresses, .addressPattern, absence: "any",
                    help: "The device's address or its first bytes, on air or of the identity it was resolved to. While a private address is unresolved it may be any identity's: a rule on an identity's address then denies it, and does not allow it.")
                keys("address_type", each: &rule.addressTypes, .addressType, absence: "any",
                    help: "Kind of the address on air.")
                keys("name", each: &rule.names, .namePattern, absence: "any",
                    help: "The whole local name. In quotes where it begins with *; in single quotes where it holds a backslash.")
                keys("company_id", each: &rule.companyIDs, .companyID, absence: "any",
                    help: "Company of some manufacturer data, as the Bluetooth SIG numbers it. Payloads show the bytes on air: 4c00 is 0x004C.")
                keys("service_uuid", each: &rule.serviceUUIDs, .serviceUUID, absence: "any",
                    help: "A service in the lists of UUIDs or in service data. 16 and 32 bits stand for the UUID of 128 bits that they shorten.")
                keys("rssi_min", ifGiven: &rule.rssiMin, .integer(-127...20, unit: "dBm"), absence: "any",
                    help: "Heard at this strength or stronger.")
                keys("rssi_below", ifGiven: &rule.rssiBelow, .integer(-127...20, unit: "dBm"), absence: "any",
                    help: "Heard weaker than this.")
                keys("event_type", each: &rule.eventKinds, .choice(), absence: "any",
                    help: "Kind of advertisement, as in the payload.")
                keys("ibeacon_uuid", each: &rule.iBeaconUUIDs, .longUUID, absence: "any",
                    help: "Proximity UUID of an iBeacon.")
            }
        }
    }

    private static func problem(ofRule rule: FilterRule) -> String? {
        if rule == FilterRule(rule.action) {
            return "a rule without a condition is not allowed; for every other advertisement there is filters.default"
        }
        if let least = rule.rssiMin, let below = rule.rssiBelow, below <= least {
            return "rssi_below \(below) and rssi_min \(least) leave nothing between them (rssi_below is more than rssi_min)"
        }
        return nil
    }

    mutating func nameThinning(_ keys: Keys) {
        keys.section("thinning", affects: .filterStage, help: "How often each device is published.") {
            keys("mode", &thinning.mode, .choice(),
                help: "Off publishes every advertisement. Interval publishes at most one of each device in that time. Changes publishes those that say something new, signal strength apart.")
            keys("interval", &thinning.intervalSeconds, .number(0.1...86400, unit: "seconds"),
                help: "In mode interval: time between two messages of a device.")
            keys("keep_alive", &thinning.keepAliveSeconds, .number(1...86400, unit: "seconds"),
                help: "In mode changes: a device that says nothing new is published again after this time.")
            keys("devices", &thinning.devices, .integer(64...65536),
                help: "How many devices are remembered; the one heard least recently is forgotten first. The memory is allocated at the start.")
        }
    }

    mutating func nameIdentities(_ keys: Keys) {
        keys.list(
            "identities", &identities, maximum: 32, new: Identity(KnownDevice(name: "", address: DeviceAddress(0)), irk: []), affects: .filterStage,
            example: [["name: Ada's watch", "address: AA:BB:CC:DD:EE:FF", "irk: 00112233445566778899aabbccddeeff"]],
            help: "Devices that change their address, and the key that recognizes each by any of them. Payloads then carry identity_address and identity_name."
        ) { identity in
            keys("name", &identity.device.name, .deviceName, required: "Ada's watch", help: "Your name for the device.")
            keys("address", &identity.device.address, .address, required: "AA:BB:CC:DD:EE:FF", help: "Its identity address, which never changes.")
            keys("irk", &identity.irk, .key, isSecret: true, required: "00112233445566778899aabbccddeeff",
                help: "Its identity resolving key, as the Core specification prints it. Key= in BlueZ's info files under /var/lib/bluetooth has the bytes in the opposite order. It is never printed.")
        }
    }
}
