// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: warnings are errors (SE-0480).
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Arrows point down only; `make build` adds `--explicit-target-dependency-import-check error`.
let package = Package(
    name: "blemqttd",
    products: [
        .executable(name: "blemqttd", targets: ["blemqttd"]),
        // Only with the trait "Tools"; without it the module is empty, and no package is fetched.
        .library(name: "MQTTClient", targets: ["MQTTClient"]),
    ],
    traits: [.trait(name: "Tools", description: "What listens: the library MQTTClient, with the packages that it stands on")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.97.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
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
        .target(
            name: "MQTTClient",
            dependencies: [
                "Bytes", "MQTTWire", .tools("NIOCore", "swift-nio"), .tools("NIOHTTP1", "swift-nio"), .tools("NIOPosix", "swift-nio"),
                .tools("NIOWebSocket", "swift-nio"), .tools("NIOSSL", "swift-nio-ssl"), .tools("Logging", "swift-log"),
                .tools("Metrics", "swift-metrics"), .tools("ServiceLifecycle", "swift-service-lifecycle"),
            ],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
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
        .testTarget(
            name: "MQTTClientTests",
            dependencies: ["Bytes", "MQTTWire", "MQTTClient", "Harness"],
            swiftSettings: strict),
    ]
)

extension Target.Dependency {
    /// A package's product, of the trait "Tools" only.
    static func tools(_ name: String, _ package: String) -> Self { .product(name: name, package: package, condition: .when(traits: ["Tools"])) }
}
