#if Tools
public import Logging
public import MQTTWire

/// How a client connects, and what it keeps. Everything but the brokers has a value that fits most programs.
public struct MQTTConfiguration: Sendable {
    /// Tried in turn.
    public var brokers: [BrokerAddress]
    /// By which the broker knows the client; empty: the broker chooses one, or with MQTT 3.1.1 a random one is made.
    public var clientID = ""
    public var userName: String?
    public var password: String?
    public var versions = ConnectionPlan.Versions.newest
    /// For `mqtts` and `wss`.
    public var tls = MQTTTLS()
    public var session = Session.clean
    /// How often this side makes sure that the broker is there, and the broker that this side is; zero: never. At most 65,535 s.
    public var keepAlive = Duration.seconds(60)
    public var will: MQTTWill?
    /// Attached to CONNECT; MQTT 5 only.
    public var userProperties: [MQTTUserProperty] = []

    /// How long a transport may take. TLS and CONNACK have 10 s after that.
    public var connectTimeout = Duration.seconds(10)
    public var backoff = Backoff()
    /// How long `shutdown` waits for what is unacknowledged.
    public var shutdownTimeout = Duration.seconds(5)

    /// Bytes, about, of received messages that wait for their consumer; beyond them nothing more is read from the broker.
    public var receiveBuffer = 1 << 20
    /// Bytes, about, of published messages that are not done with; beyond them `publish` waits.
    public var sendBuffer = 8 << 20
    /// Messages of QoS 1 and 2 that the broker may send before they are acknowledged; MQTT 5 only.
    public var receiveMaximum: UInt16 = 1000
    /// Messages of QoS 1 and 2 that may be on their way to the broker at a time.
    public var maximumInFlight = 256
    /// Bytes of the largest packet that is taken.
    public var maximumPacketSize = 16 << 20

    /// Says what happens; nothing by default.
    public var logger = Logger(label: "MQTTClient", factory: { _ in SwiftLogNoOpLogHandler() })
    /// Counts what happens, under names that begin with this; nil: nothing is counted there.
    public var metricsPrefix: String?

    public init(_ brokers: [BrokerAddress]) {
        precondition(!brokers.isEmpty, "a client needs a broker's address")
        self.brokers = brokers
    }

    public init(_ broker: BrokerAddress) { self.init([broker]) }

    /// What of a session is kept, and where.
    public enum Session: Sendable {
        /// The session ends with the connection.
        case clean
        /// The broker keeps the session, and messages with it, while the client is away.
        /// - Parameters:
        ///   - expiry: how long; nil: for ever. With MQTT 3.1.1 the broker decides.
        ///   - store: where what must outlive the process is kept; nil: in memory, so that it outlives connections only.
        case persistent(expiry: Duration?, store: (any MQTTSessionStore)? = nil)
    }

    /// The delay before the next attempt: `initial`, doubled each time up to `maximum`, made up to half as long by chance, so that a fleet does not
    /// return in step. It begins anew after a connection of 30 s.
    public struct Backoff: Sendable {
        public var initial = Duration.seconds(1)
        public var maximum = Duration.seconds(60)

        public init() {}
    }

    func sessionOptions() throws(MQTTError) -> ClientSession.Options {
        guard password == nil || userName != nil || versions == .only(.v5) else {
            throw .invalidConfiguration("MQTT 3.1.1 has no password without a user name")
        }
        guard userName.map({ $0.utf8.count <= 65_535 }) ?? true, password.map({ $0.utf8.count <= 65_535 }) ?? true, clientID.utf8.count <= 65_535 else {
            throw .invalidConfiguration("client identifier, user name and password have 65,535 bytes at most")
        }
        let keepAlive = keepAlive.components.seconds
        guard (0...65_535).contains(keepAlive) else { throw .invalidConfiguration("keepAlive is 0 to 65,535 s") }
        var persistence = ClientSession.Persistence.clean
        if case .persistent(let expiry, _) = session {
            guard !clientID.isEmpty else { throw .invalidConfiguration("a persistent session needs a client identifier, by which the broker finds it") }
            guard (expiry?.components.seconds ?? 1) > 0 else { throw .invalidConfiguration("a persistent session's expiry is at least 1 s") }
            persistence = .persistent(expiry: expiry.map { UInt32(min($0.components.seconds, Int64(UInt32.max))) })
        }
        if let will {
            do throws(TopicFault) { try TopicName.validate(will.message.topic) } catch { throw .invalidTopic(error) }
        }
        return ClientSession.Options(
            clientID: clientID, userName: userName, password: password.map { Array($0.utf8) }, persistence: persistence,
            keepAlive: UInt16(keepAlive), will: will, receiveMaximum: receiveMaximum, maximumPacketSize: maximumPacketSize,
            maximumInFlight: maximumInFlight, maximumQueued: sendBuffer, userProperties: userProperties)
    }
}
#endif
