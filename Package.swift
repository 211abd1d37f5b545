// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: warnings are errors (SE-0480).
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Arrows point down only; `make build` adds `--explicit-target-dependency-import-check error`.
let package = Package(
    name: "blemqttd",
    products: [
        .executable(name: "blemqttd", targets: ["blemqttd"])
    ],
    targets: [
        // Debian's C libraries: a module map and a shim each, each imported by exactly one Swift module.
        .systemLibrary(name: "CBluetooth"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CTLS"),
        .systemLibrary(name: "CYAML"),

        .target(name: "Bytes", swiftSettings: strict),
        .target(name: "Bluetooth", dependencies: ["Bytes"], swiftSettings: strict),
        .target(name: "MQTTWire", dependencies: ["Bytes"], swiftSettings: strict),
        .target(name: "Gateway", dependencies: ["Bytes", "Bluetooth", "MQTTWire"], swiftSettings: strict),
        .target(name: "Linux", dependencies: ["Bytes", "Bluetooth", "CBluetooth", "CLinux", "CTLS"], swiftSettings: strict),
        .target(name: "YAMLSchema", dependencies: ["Bytes", "CYAML"], swiftSettings: strict),
        .target(
            name: "Settings", dependencies: ["Bytes", "Bluetooth", "Gateway", "Linux", "YAMLSchema"], swiftSettings: strict),
        .target(
            name: "Runtime", dependencies: ["Bytes", "Bluetooth", "MQTTWire", "Gateway", "Linux", "Settings", "YAMLSchema"], swiftSettings: strict),
        // The example configuration is made by `documents`, and printed by --example-config.
        .executableTarget(
            name: "blemqttd", dependencies: ["Linux", "Settings", "YAMLSchema", "Runtime"], resources: [.embedInCode("config.yaml.example")],
            swiftSettings: strict),
        // Makes the documents that come from the tables; not installed.
        .executableTarget(name: "documents", dependencies: ["Gateway", "Settings", "YAMLSchema", "Runtime"], swiftSettings: strict),

        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: strict),
        .testTarget(name: "BluetoothTests", dependencies: ["Bytes", "Bluetooth"], swiftSettings: strict),
        // What two test targets share.
        .target(name: "HostileCorpus", path: "Tests/HostileCorpus", swiftSettings: strict),
        .testTarget(name: "MQTTWireTests", dependencies: ["Bytes", "MQTTWire", "HostileCorpus"], swiftSettings: strict),
        .testTarget(name: "GatewayTests", dependencies: ["Bytes", "Bluetooth", "MQTTWire", "Gateway"], swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["documents", "Gateway", "Settings", "YAMLSchema", "Runtime"], swiftSettings: strict),
        .testTarget(name: "LinuxTests", dependencies: ["Bytes", "Bluetooth", "Linux"], swiftSettings: strict),
        .testTarget(name: "YAMLSchemaTests", dependencies: ["YAMLSchema"], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Bytes", "Bluetooth", "Gateway", "Linux", "YAMLSchema", "Settings"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Bytes", "Bluetooth", "MQTTWire", "Gateway", "Linux", "Settings", "YAMLSchema", "Runtime"],
            swiftSettings: strict),
        // Brokers, processes and what else tests against real parts have in common.
        .target(name: "Harness", dependencies: ["HostileCorpus"], path: "Tests/Harness", swiftSettings: strict),
        .testTarget(name: "IntegrationTests", dependencies: ["Harness", "HostileCorpus"], swiftSettings: strict),
    ]
)
