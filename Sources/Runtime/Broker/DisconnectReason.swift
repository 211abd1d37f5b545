import MQTTWire
import Settings

/// How a connection, or the attempt at one, ended, in words for the log.
struct DisconnectReason {
    let closeReason: CloseReason
    /// What had not come by the deadline of an attempt.
    let missing: CloseReason.Missing
    /// There was a stream to the broker.
    let wasConnected: Bool
    /// For how long the broker had accepted the connection, ns; nil if it had not.
    let lasted: UInt64?
    /// The first byte received on it was that of a TLS alert.
    let answeredWithTLS: Bool

    /// What happened and what can be done about it.
    func text(_ configuration: Configuration) -> String {
        if answeredWithTLS, !configuration.broker.usesTLS { return "the broker speaks TLS on this port; set mqtt.broker.tls.enabled, or another mqtt.broker.port" }
        let text = closeReason.explanation(missing: missing)
        if case .refused(let code) = closeReason { return text + (Self.advice(ofReturnCode: code, configuration.broker) ?? "") }
        guard closeReason.isSilentClose else { return text }
        if wasConnected, lasted == nil { return text + Self.doubts(onConnect: configuration) }
        // Two clients under one identifier disconnect each other, each soon after its reconnect. And MQTT 3.1.1 has no reply for a PUBLISH that is not
        // allowed: some brokers just close.
        if let lasted, lasted < PublishSession.goodConnection {
            return text + "; does another client use the identifier \(configuration.effectiveClientID), or does the broker's access list"
                + " not allow this one to publish to \(configuration.publishedTopics)?"
        }
        return text
    }

    /// What can be done where the broker does not accept the client. Mosquitto answers 5 to a wrong password, others 4.
    private static func advice(ofReturnCode code: UInt8, _ broker: Configuration.Broker) -> String? {
        if code == 2 { return "; change mqtt.client.client_id" }
        guard code == 4 || code == 5 else { return nil }
        return broker.username == nil
            ? "; no user name is configured: set mqtt.broker.username and mqtt.broker.password, if the broker wants them"
            : "; check mqtt.broker.username and the password"
    }

    /// What makes a broker close instead of answering CONNECT.
    private static func doubts(onConnect configuration: Configuration) -> String {
        var doubts: [String] = []
        // A broker that expects TLS cannot parse CONNECT, and mostly closes without a reply.
        if !configuration.broker.usesTLS { doubts.append("does it want TLS on this port (mqtt.broker.tls.enabled)?") }
        if let will = configuration.will {
            doubts.append(
                "does it refuse a will, or one that is \(will.retain ? "retained and " : "")of QoS \(will.qos.rawValue)"
                    + " (status.enabled, status.retain, status.qos)?")
        }
        return " instead of answering" + (doubts.isEmpty ? "" : "; " + doubts.joined(separator: " Or "))
    }

    /// What makes failures the same for the log: protocol violations are one kind, wherever in the data they are.
    func kind(_ text: String) -> String {
        if case .protocolViolation = closeReason { return "violation" }
        return text
    }
}
