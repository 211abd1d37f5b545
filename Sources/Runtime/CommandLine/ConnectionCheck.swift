import Linux
import MQTTWire
import Settings

/// `--check-config --connect`: connects to the broker once, as the daemon would, under a client identifier of its own, so that a running daemon is
/// not disconnected.
enum ConnectionCheck {
    /// Prints each step.
    static func show(_ configuration: Configuration, path: String) -> ExitCode {
        do throws(SystemError) {
            let test = try ConnectionTest(configuration, clientID: clientID, verb: "--check-config --connect", path: path)
            let topics = topics(configuration)
            return test.run { () throws(ConnectionTest.Failure) in
                for topic in topics {
                    try test.publish(Message(topic: Array(topic.utf8), payload: [], qos: .atLeastOnce, retain: false))
                    test.report("acknowledged: an empty message of QoS 1 to \(topic), not retained")
                }
                test.report(
                    "The broker acknowledged \(topics.count == 1 ? "it" : "both"). MQTT 3.1.1 has no reply for a denied topic: a broker that does not allow a"
                        + " topic may acknowledge the message and drop it (Mosquitto does; check its log, or use mosquitto_sub). Whether a will and"
                        + " retained messages are allowed was not tested.")
            }
        } catch {
            return fail(.system, "cannot continue: \(error)")
        }
    }

    /// 23 bytes: no broker may refuse it for its length [MQTT-3.1.3-5].
    private static var clientID: String {
        let chance = String(UInt32(truncatingIfNeeded: ThisProcess.random), radix: 16)
        return "blemqttd-check-" + String(repeating: "0", count: 8 - chance.utf8.count) + chance
    }

    /// Of the status, and of a device that does not exist.
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
