#if Tools
/// The right, and the duty, to acknowledge a message once.
///
/// Acknowledgements leave in the order in which the messages came [MQTT-4.6.0-2]: one that is given waits for those before it. It comes to nothing
/// once the connection has ended on which the message came at QoS 1; the broker then delivers the message again. One that is dropped without being
/// used lets the message go: it is not acknowledged, keeps no other from being, and comes again with the next connection of a persistent session.
public struct MQTTAcknowledgement: ~Copyable, Sendable {
    /// Nil at QoS 0, where there is nothing to acknowledge.
    private var obligation: Obligation?

    init(_ obligation: Obligation?) { self.obligation = obligation }

    deinit { obligation?.settle(isAcknowledged: false) }

    /// Acknowledges the message: its consumer is done with it.
    public consuming func acknowledge() {
        take()?.settle(isAcknowledged: true)
    }

    /// What it stands for, which nothing is owed for any more here.
    consuming func take() -> Obligation? { obligation.take() }
}

/// Acknowledgements that are given together, as after a transaction.
public struct MQTTAcknowledgements: ~Copyable, Sendable {
    private var obligations: [Obligation] = []

    public init() {}

    deinit { for obligation in obligations { obligation.settle(isAcknowledged: false) } }

    /// How many messages of QoS 1 and 2 they are for.
    public var count: Int { obligations.count }

    public mutating func add(_ acknowledgement: consuming MQTTAcknowledgement) {
        if let obligation = acknowledgement.take() { obligations.append(obligation) }
    }

    /// Acknowledges all of them.
    public consuming func acknowledge() {
        for obligation in obligations { obligation.settle(isAcknowledged: true) }
        obligations = []
    }
}

/// A message with its acknowledgement.
public struct MQTTDelivery: ~Copyable, Sendable {
    public let message: MQTTReceivedMessage
    public let acknowledgement: MQTTAcknowledgement

    /// Acknowledges it.
    public consuming func acknowledge() { acknowledgement.acknowledge() }
}
#endif
