#if Tools
public import MQTTWire

/// What a client is doing, and has done since it was made.
public struct MQTTStatus: Sendable {
    public enum Connection: Equatable, Sendable {
        case disconnected
        case connecting(to: BrokerAddress)
        case connected(to: BrokerAddress, MQTTVersion)
    }

    public var connection = Connection.disconnected
    /// What the broker said in its last CONNACK.
    public var acceptance: MQTTAcceptance?
    public var counters = ClientSession.Counters()
    /// Messages that came for no subscription of this client.
    public var unclaimed: UInt64 = 0
    /// Messages of QoS 0 that were dropped, because their consumers took nothing while an answer of the broker had to be read.
    public var dropped: UInt64 = 0
    /// Requests that are not done with.
    public var pending = 0
    /// Bytes, about, of received messages that wait for their consumers.
    public var waitingBytes = 0

    public var isConnected: Bool { if case .connected = connection { true } else { false } }
}

/// What happens to the connection, as `MQTTClient.events` tells it.
public enum MQTTEvent: Sendable {
    case connected(BrokerAddress, MQTTAcceptance)
    /// The connection, or the attempt at one, has ended. `retry` is the delay before the next attempt; nil if there is none.
    case disconnected(MQTTError, retry: Duration?)
    /// After a reconnect the broker refused what it had granted before.
    case subscriptionLost(MQTTTopicFilter, MQTTReasonCode)
    /// So many events were not told, because they were not taken.
    case missed(Int)
}
#endif
