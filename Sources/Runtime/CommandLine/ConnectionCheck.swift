import Config
import Linux
import MQTTWire

/// `--check-config --connect`: goes to the broker once, as the daemon would, under a client identifier of its own, so that a daemon at work is
/// not thrown off the broker.
enum ConnectionCheck {
    /// Tells how far it comes.
    static func show(_ configuration: Configuration, path: String) -> ExitCode {
        do throws(SystemError) {
            let visit = try BrokerVisit(configuration, clientID: clientID, verb: "--check-config --connect", path: path)
            let topics = topics(configuration)
            return visit.run { () throws(BrokerVisit.Failure) in
                for topic in topics {
                    try visit.publish(Message(topic: Array(topic.utf8), payload: [], qos: .atLeastOnce, retain: false))
                    visit.tell("acknowledged: an empty message of QoS 1 to \(topic), not retained")
                }
                visit.tell(
                    "The broker acknowledged \(topics.count == 1 ? "it" : "both"), which is all that MQTT 3.1.1 lets it say: one that does not allow a"
                        + " topic may acknowledge the message and drop it (Mosquitto does; its log, or mosquitto_sub, tells). Whether a will and"
                        + " retained messages are allowed was not tried.")
            }
        } catch {
            return fail(.system, "cannot go on: \(error)")
        }
    }

    /// 23 bytes: no broker may refuse it for its length [MQTT-3.1.3-5].
    private static var clientID: String {
        let chance = String(UInt32(truncatingIfNeeded: ThisProcess.random), radix: 16)
        return "blemqttd-check-" + String(repeating: "0", count: 8 - chance.utf8.count) + chance
    }

    /// Of the status, and of a device that there is not.
    private static func topics(_ configuration: Configuration) -> [String] {
        let advertisement = configuration.topic.advertisementTemplate.parts.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(.scannerID): configuration.scannerID
            case .placeholder(.mac): "00:00:00:00:00:00"
            case .placeholder(.macBare): "000000000000"
            case .placeholder(.adapter): "hci0"
            }
        }.joined()
        return (configuration.status.isEnabled ? [configuration.topic.statusTopic(scannerID: configuration.scannerID)] : []) + [advertisement]
    }
}
