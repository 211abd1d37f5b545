/// The properties of MQTT 5, section 2.2.2.2: identifier, type, and the packets in which each may stand.
enum PropertyID: UInt8, CaseIterable, Sendable {
    case payloadFormatIndicator = 0x01
    case messageExpiryInterval = 0x02
    case contentType = 0x03
    case responseTopic = 0x08
    case correlationData = 0x09
    case subscriptionIdentifier = 0x0B
    case sessionExpiryInterval = 0x11
    case assignedClientIdentifier = 0x12
    case serverKeepAlive = 0x13
    case authenticationMethod = 0x15
    case authenticationData = 0x16
    case requestProblemInformation = 0x17
    case willDelayInterval = 0x18
    case requestResponseInformation = 0x19
    case responseInformation = 0x1A
    case serverReference = 0x1C
    case reasonString = 0x1F
    case receiveMaximum = 0x21
    case topicAliasMaximum = 0x22
    case topicAlias = 0x23
    case maximumQoS = 0x24
    case retainAvailable = 0x25
    case userProperty = 0x26
    case maximumPacketSize = 0x27
    case wildcardSubscriptionAvailable = 0x28
    case subscriptionIdentifierAvailable = 0x29
    case sharedSubscriptionAvailable = 0x2A

    /// How its value is written: sections 1.5 and 2.2.2.2.
    enum Form: Sendable {
        /// One byte, 0 or 1 and nothing else.
        case flag
        case twoBytes, fourBytes
        case variableByteInteger
        case text
        case binary
        case textPair
    }

    var form: Form {
        switch self {
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS, .retainAvailable,
            .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable:
            .flag
        case .serverKeepAlive, .receiveMaximum, .topicAliasMaximum, .topicAlias: .twoBytes
        case .messageExpiryInterval, .sessionExpiryInterval, .willDelayInterval, .maximumPacketSize: .fourBytes
        case .subscriptionIdentifier: .variableByteInteger
        case .contentType, .responseTopic, .assignedClientIdentifier, .authenticationMethod, .responseInformation, .serverReference, .reasonString:
            .text
        case .correlationData, .authenticationData: .binary
        case .userProperty: .textPair
        }
    }

    /// Zero is a protocol error: 3.1.2.11.3, 3.1.2.11.4, 3.3.2.3.4, 3.3.2.3.8.
    var mustNotBeZero: Bool {
        switch self {
        case .receiveMaximum, .maximumPacketSize, .topicAlias, .subscriptionIdentifier: true
        default: false
        }
    }

    /// It may stand more than once in a packet of that kind.
    func mayRepeat(in place: PropertyPlace) -> Bool {
        // A message that several subscriptions match carries the identifier of each: 3.3.2.3.8.
        self == .userProperty || self == .subscriptionIdentifier && place == .publish
    }

    /// Where it may stand: table 2-4.
    var places: PropertyPlaces {
        switch self {
        case .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic, .correlationData: [.publish, .will]
        case .subscriptionIdentifier: [.publish, .subscribe]
        case .sessionExpiryInterval: [.connect, .connack, .disconnect]
        case .assignedClientIdentifier, .serverKeepAlive, .responseInformation, .maximumQoS, .retainAvailable, .wildcardSubscriptionAvailable,
            .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable:
            .connack
        case .authenticationMethod, .authenticationData: [.connect, .connack, .auth]
        case .requestProblemInformation, .requestResponseInformation: .connect
        case .willDelayInterval: .will
        case .serverReference: [.connack, .disconnect]
        case .reasonString: [.connack, .acknowledgement, .disconnect, .auth]
        case .receiveMaximum, .topicAliasMaximum, .maximumPacketSize: [.connect, .connack]
        case .topicAlias: .publish
        case .userProperty: .all
        }
    }
}

/// What kind of packet, or the will within CONNECT, a list of properties stands in.
enum PropertyPlace: UInt16, Sendable {
    case connect = 0x01
    case will = 0x02
    case connack = 0x04
    case publish = 0x08
    /// PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK, which are alike in this.
    case acknowledgement = 0x10
    case subscribe = 0x20
    case unsubscribe = 0x40
    case disconnect = 0x80
    case auth = 0x100
}

struct PropertyPlaces: OptionSet, Sendable {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }
    private init(_ place: PropertyPlace) { rawValue = place.rawValue }

    static let connect = Self(.connect)
    static let will = Self(.will)
    static let connack = Self(.connack)
    static let publish = Self(.publish)
    static let acknowledgement = Self(.acknowledgement)
    static let subscribe = Self(.subscribe)
    static let unsubscribe = Self(.unsubscribe)
    static let disconnect = Self(.disconnect)
    static let auth = Self(.auth)
    static let all: Self = [.connect, .will, .connack, .publish, .acknowledgement, .subscribe, .unsubscribe, .disconnect, .auth]

    func contains(_ place: PropertyPlace) -> Bool { rawValue & place.rawValue != 0 }
}
