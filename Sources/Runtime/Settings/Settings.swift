import Bluetooth
import Bytes
import Gateway
import Linux
import MQTTWire
import Settings

/// What the configuration means to the parts of the program.
extension Configuration {
    /// `mqtt.client.client_id`, or a name of our own: two machines that were given the same scanner_id by mistake must not disconnect
    /// each other, so it carries a hash of the machine's identity.
    var effectiveClientID: String {
        if let clientID = client.clientID { return clientID }
        let hash = ThisProcess.machineID.utf8.reduce(UInt64(0)) { SplitMix64.mix($0 &+ UInt64($1) &+ 1) }
        let digits = String(UInt32(truncatingIfNeeded: hash), radix: 16)
        return "blemqttd-\(scannerID)-\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)"
    }

    /// - Parameter adapters: their names, by slot.
    func topics(adapters: [String]) -> Topics {
        let parts = topic.advertisementTemplate.parts.map { part -> Topics.Part in
            switch part {
            case .text(let text): .text(Array(text.utf8))
            case .placeholder(.scannerID): .text(Array(scannerID.utf8))
            case .placeholder(.mac): .address
            case .placeholder(.macBare): .bareAddress
            case .placeholder(.adapter): .adapter
            }
        }
        return Topics(
            advertisement: parts, status: statusTopic, adapters: adapters, identities: topic.useIdentity ? knownDevices : [])
    }

    /// The topics that are published to, for messages: `ble/raw/pi/… or ble/status/pi`.
    var publishedTopics: String {
        let advertisements = topic.advertisementTemplate.parts.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(.scannerID): scannerID
            case .placeholder: "…"
            }
        }.joined()
        let all = [advertisements] + (status.isEnabled ? [topic.statusTopic(scannerID: scannerID)] : [])
        return all.joined(separator: " or ")
    }

    /// `ring.gather` in ns.
    var gather: UInt64 { UInt64(ring.gatherMilliseconds) * 1_000_000 }

    /// The whole topic of the status message.
    var statusTopic: [UInt8] { Array(topic.statusTopic(scannerID: scannerID).utf8) }

    var sessionOptions: PublishSession.Options {
        PublishSession.Options(
            connect: ConnectOptions(
                clientID: Array(effectiveClientID.utf8), username: broker.username.map { Array($0.utf8) },
                password: broker.passwordBytes, cleanSession: client.cleanSession, keepAlive: client.keepAliveSeconds, will: will),
            qos: client.qos == 0 ? .atMostOnce : .atLeastOnce, maxInflight: client.maxInflight,
            backoff: Backoff(
                initial: UInt64(reconnect.initialDelaySeconds * 1e9), maximum: UInt64(reconnect.maxDelaySeconds * 1e9),
                isExponential: reconnect.exponentialBackoff, jitter: reconnect.jitter))
    }

    /// - Parameter adapters: their names, by slot.
    func formatter(adapters: [String]) -> PayloadFormatter {
        PayloadFormatter(
            scannerID: scannerID, options: payload, adapters: adapters, identities: knownDevices, seed: ThisProcess.random)
    }
}
