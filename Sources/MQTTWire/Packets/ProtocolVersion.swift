/// A version of the protocol, by the level that CONNECT names.
public enum ProtocolVersion: UInt8, CaseIterable, Sendable {
    case v3_1_1 = 4
    case v5 = 5
}

extension ProtocolVersion: CustomStringConvertible {
    public var description: String { self == .v5 ? "MQTT 5" : "MQTT 3.1.1" }
}
