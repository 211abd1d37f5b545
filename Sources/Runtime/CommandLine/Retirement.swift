import Config
import Linux
import MQTTWire

/// `--retire`: takes off the broker what it keeps of this scanner, which is its status, Home Assistant's discovery message, both under earlier
/// configurations too, and a stored session.
package enum Retirement {
    /// `StateDirectory=` of the unit, for whoever types the command has no STATE_DIRECTORY.
    private static let serviceState = "/var/lib/blemqttd"

    /// - Returns: the status of a broker that is not there where a step fails, or a daemon is at work that would put all of it up again.
    package static func run(_ configuration: Configuration, _ options: Options) -> ExitCode {
        if let number = daemonAtWork(options.configPath) {
            return fail(
                .unavailable, "blemqttd is at work with \(options.configPath), process \(number), and would put everything up again: stop it first"
                    + " (systemctl disable --now blemqttd)")
        }
        let notes = notes(options.configPath)
        let topics = topics(configuration, notes)
        let qos = QoS(rawValue: UInt8(configuration.status.qos)) ?? .atLeastOnce
        do throws(SystemError) {
            // The daemon's own client identifier: with a clean session the broker discards what it stored under it [MQTT-3.1.2-6].
            let visit = try BrokerVisit(configuration, clientID: configuration.effectiveClientID, verb: "--retire", path: options.configPath)
            return visit.run { () throws(BrokerVisit.Failure) in
                for topic in topics {
                    try visit.publish(Message(clearing: topic, qos))
                    visit.tell("cleared \(topic)")
                }
                remove(notes)
                visit.tell(
                    (topics.isEmpty ? "Nothing of this scanner is retained by its configuration. " : "")
                        + "A daemon that is started puts it all up again: systemctl disable blemqttd, or apt purge blemqttd.")
            }
        } catch {
            return fail(.system, "cannot go on: \(error)")
        }
    }

    /// The number of a process that runs with this configuration.
    private static func daemonAtWork(_ path: String) -> Int? {
        let identity = FileIdentity(path)
        return Programs.running("blemqttd").first { program in
            do throws(Options.UsageError) {
                let options = try Options(Array(program.arguments.dropFirst()))
                guard case .run = options.verb else { return false }
                // Without a file, all settings are variables.
                guard let identity else { return options.configPath == path }
                return FileIdentity(options.configPath, asSeenBy: program.number) == identity
            } catch {
                return false
            }
        }?.number
    }

    /// Files with the topics that the daemon has used. Those of the service belong to the service's configuration and no other.
    private static func notes(_ path: String) -> [String] {
        let isService = path == Options.servicePath || FileIdentity(path).map { $0 == FileIdentity(Options.servicePath) } ?? false
        guard let folder = ServiceFolder.state ?? (isService ? serviceState : nil) else { return [] }
        return RetainedTopics.Note.allCases.map { "\(folder)/\($0.rawValue)" }
    }

    private static func topics(_ configuration: Configuration, _ notes: [String]) -> [String] {
        let present = [configuration.retainedStatusTopic, configuration.status.retain ? configuration.homeAssistantDevice?.topic : nil]
        let noted = notes.flatMap { RetainedTopics.parse(AtomicFile.read($0) ?? "") }
        return (present.compactMap(\.self) + noted).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func remove(_ notes: [String]) {
        for note in notes {
            do throws(SystemError) {
                try AtomicFile.remove(note)
            } catch {
                remark("\(note): \(error); the topics in it are cleared")
            }
        }
    }
}
