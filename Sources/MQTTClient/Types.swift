#if Tools
public import MQTTWire

// The vocabulary of `MQTTWire`, which programs meet in this module.

/// A message: topic, payload, quality of service, retain flag and, with MQTT 5, properties.
public typealias MQTTMessage = ApplicationMessage
public typealias MQTTQoS = QoS
public typealias MQTTVersion = ProtocolVersion
/// What MQTT 5 attaches to a message.
public typealias MQTTProperties = Properties
public typealias MQTTUserProperty = UserProperty
/// The result of an operation, as the broker says it.
public typealias MQTTReasonCode = ReasonCode
/// A topic filter, checked.
public typealias MQTTTopicFilter = TopicFilter
/// Why a text is no topic name, topic filter or prefix.
public typealias MQTTTopicFault = TopicFault
/// A topic filter with the options of its subscription.
public typealias MQTTSubscriptionRequest = SubscriptionRequest
/// What the broker publishes when this client is gone without a word.
public typealias MQTTWill = Will
/// What of a session must outlive the process.
public typealias MQTTStoredSession = ClientSession.Stored
/// A change of it.
public typealias MQTTSessionOperation = ClientSession.StoreOperation
/// What the broker said of itself in CONNACK.
public typealias MQTTAcceptance = ClientSession.Acceptance
#endif
