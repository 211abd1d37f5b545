extension KeyTable {
    static let filters: [Key] = [
        .choice(
            "filters.default", FilterAction.allCases, .init(get: { $0.filters.defaultAction }, set: { $0.filters.defaultAction = $1 }),
            help: "What becomes of an advertisement that no rule matches. Deny without rules publishes nothing."),
        Key(
            path: "filters.rules",
            kind: .list(
                .init(
                    maximum: 256, count: { $0.filters.rules.count }, clear: { $0.filters.rules = [] },
                    append: { $0.filters.rules.append(.init(action: .allow)) },
                    isSame: { $0.filters.rules == $1.filters.rules }, problem: problem(ofRule:_:),
                    example: [
                        ["action: deny", "rssi_below: -90"], ["action: allow", "address: AA:BB:CC"],
                        ["action: allow", #"name: "Sensor-*""#, "company_id: 0x0059"], ["action: deny", "company_id: [0x004C, 0x0006]"],
                    ])),
            help:
                "Rules, tried in this order: the first that matches decides. A rule matches where all of its conditions do, and has at least one. A condition with a list of values matches where one of them does."
        ),
        .choice(
            "filters.rules[].action", FilterAction.allCases,
            .element(get: { $0.filters.rules[$1].action }, set: { $0.filters.rules[$1].action = $2 }),
            help: "What becomes of an advertisement that matches.", example: .init(file: "allow", message: "allow")),
        Key(
            path: "filters.rules[].address",
            kind: .written(
                .init(.addressPattern, .several(get: { $0.filters.rules[$1].addresses }, append: { $0.filters.rules[$1].addresses.append($2) }))),
            help:
                "The device's address or its first bytes, on air or of the identity it was resolved to. While a private address is unresolved it may be any identity's: a rule on an identity's address then denies it, and does not allow it.",
            absence: any),
        .choice(
            "filters.rules[].address_type", of: ["public", "random", "public_identity", "random_identity", "anonymous"],
            .several(get: { $0.filters.rules[$1].addressTypes }, append: { $0.filters.rules[$1].addressTypes.append($2) }),
            help: "Kind of the address on air.", absence: any),
        Key(
            path: "filters.rules[].name",
            kind: .text(.glob, .several(get: { $0.filters.rules[$1].names }, append: { $0.filters.rules[$1].names.append($2) })),
            help: "The whole local name. In quotes where it begins with *; in single quotes where it holds a backslash.", absence: any),
        Key(
            path: "filters.rules[].company_id",
            kind: .written(
                .init(.companyID, .several(get: { $0.filters.rules[$1].companyIDs }, append: { $0.filters.rules[$1].companyIDs.append($2) }))),
            help: "Company of some manufacturer data, as the Bluetooth SIG numbers it. Payloads show the bytes on air: 4c00 is 0x004C.",
            absence: any),
        Key(
            path: "filters.rules[].service_uuid",
            kind: .written(
                .init(.serviceUUID, .several(get: { $0.filters.rules[$1].serviceUUIDs }, append: { $0.filters.rules[$1].serviceUUIDs.append($2) }))),
            help: "A service in the lists of UUIDs or in service data. 16 and 32 bits stand for the UUID of 128 bits that they shorten.",
            absence: any),
        Key(
            path: "filters.rules[].rssi_min",
            kind: .integer(
                -127...20, unit: "dBm", .element(get: { $0.filters.rules[$1].rssiMin }, set: { $0.filters.rules[$1].rssiMin = $2 })),
            help: "Heard at this strength or stronger.", absence: any),
        Key(
            path: "filters.rules[].rssi_below",
            kind: .integer(
                -127...20, unit: "dBm", .element(get: { $0.filters.rules[$1].rssiBelow }, set: { $0.filters.rules[$1].rssiBelow = $2 })),
            help: "Heard weaker than this.", absence: any),
        .choice(
            "filters.rules[].event_type", of: ["ADV_IND", "ADV_DIRECT_IND", "ADV_SCAN_IND", "ADV_NONCONN_IND", "SCAN_RSP", "EXT_ADV"],
            .several(get: { $0.filters.rules[$1].eventTypes }, append: { $0.filters.rules[$1].eventTypes.append($2) }),
            help: "Kind of advertisement, as in the payload.", absence: any),
        Key(
            path: "filters.rules[].ibeacon_uuid",
            kind: .written(
                .init(.longUUID, .several(get: { $0.filters.rules[$1].iBeaconUUIDs }, append: { $0.filters.rules[$1].iBeaconUUIDs.append($2) }))),
            help: "Proximity UUID of an iBeacon.", absence: any),
    ]

    private static let any = "any"

    @Sendable private static func problem(ofRule configuration: Configuration, _ element: Int) -> String? {
        let rule = configuration.filters.rules[element]
        if rule == .init(action: rule.action) {
            return "a rule without a condition is not allowed; for every other advertisement there is filters.default"
        }
        if let least = rule.rssiMin, let below = rule.rssiBelow, below <= least {
            return "rssi_below \(below) and rssi_min \(least) leave nothing between them (rssi_below is more than rssi_min)"
        }
        return nil
    }

    static let thinning: [Key] = [
        .choice(
            "thinning.mode", ThinningMode.allCases, .init(get: { $0.thinning.mode }, set: { $0.thinning.mode = $1 }),
            help:
                "Off publishes every advertisement. Interval publishes at most one of each device in that time. Changes publishes those that say something new, signal strength apart."
        ),
        Key(
            path: "thinning.interval",
            kind: .number(
                0.1...86400, unit: "seconds", .init(get: { $0.thinning.intervalSeconds }, set: { $0.thinning.intervalSeconds = $1 })),
            help: "In mode interval: time between two messages of a device."),
        Key(
            path: "thinning.keep_alive",
            kind: .number(
                1...86400, unit: "seconds", .init(get: { $0.thinning.keepAliveSeconds }, set: { $0.thinning.keepAliveSeconds = $1 })),
            help: "In mode changes: a device that says nothing new is published again after this time."),
        Key(
            path: "thinning.devices",
            kind: .integer(64...65536, unit: nil, .init(get: { $0.thinning.devices }, set: { $0.thinning.devices = $1 })),
            help: "How many devices are remembered; the one heard least recently is forgotten first. The memory is taken at the start."),
    ]

    static let identities: [Key] = [
        Key(
            path: "identities",
            kind: .list(
                .init(
                    maximum: 32, count: { $0.identities.count }, clear: { $0.identities = [] },
                    append: { $0.identities.append(.init(name: "", address: 0, irk: [])) },
                    isSame: { $0.identities == $1.identities },
                    example: [["name: Ada's watch", "address: AA:BB:CC:DD:EE:FF", "irk: 00112233445566778899aabbccddeeff"]])),
            help:
                "Devices that change their address, and the key that tells each by any of them. Payloads then carry identity_address and identity_name."
        ),
        Key(
            path: "identities[].name",
            kind: .text(.deviceName, .element(get: { $0.identities[$1].name }, set: { $0.identities[$1].name = $2 })),
            help: "Your name for the device.", example: .init(file: "Ada's watch", message: "Ada's watch")),
        Key(
            path: "identities[].address",
            kind: .written(.init(.address, .element(get: { $0.identities[$1].address }, set: { $0.identities[$1].address = $2 }))),
            help: "Its identity address, which never changes.",
            example: .init(file: "AA:BB:CC:DD:EE:FF", message: "AA:BB:CC:DD:EE:FF")),
        Key(
            path: "identities[].irk",
            kind: .written(.init(.key, .element(get: { $0.identities[$1].irk }, set: { $0.identities[$1].irk = $2 }))),
            help:
                "Its identity resolving key, as the Core specification prints it. Key= in BlueZ's info files under /var/lib/bluetooth has the bytes in the opposite order. It is never printed.",
            isSecret: true,
            example: .init(file: "00112233445566778899aabbccddeeff", message: "00112233445566778899aabbccddeeff")),
    ]
}
