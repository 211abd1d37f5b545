/// What an application publishes or receives: the specification's Application Message, without the packet it travels in.
public struct ApplicationMessage: Equatable, Sendable {
    public var topic: String
    public var payload: [UInt8]
    public var qos: QoS
    /// Published: the broker keeps it for later subscribers. Received: it was kept before the subscription was made, unless that asked to have
    /// the mark as published.
    public var retain: Bool
    /// MQTT 5 only; with 3.1.1 they are not sent.
    public var properties: Properties

    public init(topic: String, payload: [UInt8], qos: QoS = .atMostOnce, retain: Bool = false, properties: Properties = Properties()) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
    }

    /// - Parameter text: becomes the payload, as UTF-8.
    public init(topic: String, text: String, qos: QoS = .atMostOnce, retain: Bool = false, properties: Properties = Properties()) {
        self.init(topic: topic, payload: Array(text.utf8), qos: qos, retain: retain, properties: properties)
    }

    /// Bytes that it takes in memory, about: what limits count.
    var cost: Int { topic.utf8.count + payload.count + properties.encoded.count + Self.overhead }
    static let overhead = 128
}

/// What the broker publishes for a client whose connection ends without DISCONNECT.
public struct Will: Equatable, Sendable {
    public var message: ApplicationMessage
    /// Seconds between the end of the connection and its publication, unless the client is back before; MQTT 5 only.
    public var delay: UInt32

    /// - Precondition: the payload is at most 65,535 bytes, for its length is 16 bits.
    public init(_ message: ApplicationMessage, delay: UInt32 = 0) {
        precondition(message.payload.count <= 65_535, "a will's payload has 65,535 bytes at most")
        self.message = message
        self.delay = delay
    }
}
