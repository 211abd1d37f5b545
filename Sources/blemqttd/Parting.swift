import Config
import MQTTWire

/// How a connection, or the attempt at one, ended, in words for the log.
struct Parting {
    let reason: CloseReason
    /// What had not come by the deadline of an attempt.
    let missing: CloseReason.Missing
    /// There was a stream to the broker.
    let wasConnected: Bool
    /// For how long the broker had accepted the connection, ns; nil where it had not.
    let lasted: UInt64?
    /// The first that came on it was a TLS alert.
    let answeredWithTLS: Bool

    /// What happened and what can be done about it.
    func text(_ configuration: Configuration) -> String {
        let hasTLS = configuration.broker.tls.isEnabled
        if answeredWithTLS, !hasTLS { return "the broker speaks TLS on this port; set mqtt.broker.tls.enabled, or another mqtt.broker.port" }
        let text = reason.explanation(missing: missing)
        guard reason.isSilentClose else { return text }
        // A broker that expects TLS takes CONNECT for nonsense, and mostly closes without a word.
        if wasConnected, lasted == nil, !hasTLS {
            return text + " instead of answering; does it want TLS on this port (mqtt.broker.tls.enabled)?"
        }
        // Two under one identifier throw each other out, each soon after its return.
        if let lasted, lasted < PublishSession.goodConnection {
            return text + "; does another client use the identifier \(configuration.effectiveClientID)?"
        }
        return text
    }

    /// What one failure has in common with another: garbage is garbage, wherever in it the fault lies.
    func kind(_ text: String) -> String {
        if case .protocolViolation = reason { return "violation" }
        return text
    }
}
