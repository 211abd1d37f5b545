#if Tools
public import MQTTWire

/// A message that has come.
public struct MQTTReceivedMessage: Equatable, Sendable {
    public var message: MQTTMessage
    /// The broker has sent it before, as it says itself. Brokers do not always say so.
    public var isDuplicate: Bool
    /// The packet identifier, by which a redelivery can be known while the session lasts; 0 at QoS 0.
    public var packetID: UInt16

    public var topic: String { message.topic }
    public var payload: [UInt8] { message.payload }
    public var qos: MQTTQoS { message.qos }
    /// The broker had kept it when the subscription was made.
    public var isRetained: Bool { message.retain }
    public var properties: MQTTProperties { message.properties }
    /// The payload as text; nil if it is no UTF-8.
    public var text: String? { String(validating: message.payload, as: UTF8.self) }
}
#endif
