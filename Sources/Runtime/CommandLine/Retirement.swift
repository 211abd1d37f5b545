import Linux
import MQTTWire
import Settings

/// `--retire`: clears what the broker keeps of this scanner, which is its status, Home Assistant's discovery message, both under earlier
/// configurations too, and a stored session.
package enum Retirement {
    /// `StateDirectory=` of the unit, because STATE_DIRECTORY is not set on a command line.
    private static let serviceState = "/var/lib/blemqttd"

    /// - Returns: `unavailable` if a step fails, or a daemon is running that would publish all of it again.
    package static func run(_ configuration: Configuration, _ options: Options) -> ExitCode {
        if let number = runningDaemon(options.configPath) {
            return fail(
                .unavailable, "blemqttd is running with \(options.configPath), process \(number), and would publish everything again: stop it first"
                    + " (systemctl disable --now blemqttd)")
        }
        let records = records(options.configPath)
        let topics = topics(configuration, records)
        let qos = QoS(rawValue: UInt8(configuration.status.qos)) ?? .atLeastOnce
        do throws(SystemError) {
            // The daemon's own client identifier: with a clean session the broker discards what it stored under it [MQTT-3.1.2-6].
            let test = try ConnectionTest(configuration, clientID: configuration.effectiveClientID, verb: "--retire", path: options.configPath)
            return test.run { () throws(ConnectionTest.Failure) in
                for topic in topics {
                    try test.publish(Message(clearing: topic, qos))
                    test.report("cleared \(topic)")
                }
                remove(records)
                test.report(
                    (topics.isEmpty ? "By its configuration this scanner has no retained messages. " : "")
                        + "If the daemon is started again it publishes them again: systemctl disable blemqttd, or apt purge blemqttd.")
            }
        } catch {
            return fail(.system, "cannot continue: \(error)")
        }
    }

    /// The number of a process that runs with this configuration.
    private static func runningDaemon(_ path: String) -> Int? {
        let identity = FileIdentity(path)
        return Programs.running("blemqttd").first { program in
            do throws(Options.UsageError) {
                let options = try Options(Array(program.arguments.dropFirst()))
                guard case .run = options.verb else { return false }
                // Without a file, all keys are environment variables.
                guard let identity else { return options.configPath == path }
                return FileIdentity(options.configPath, asSeenBy: program.number) == identity
            } catch {
                return false
            }
        }?.number
    }

    /// Files with the topics that the daemon has used. Those of the service belong to the service's configuration and no other.
    private static func records(_ path: String) -> [String] {
        let isService = path == Options.servicePath || FileIdentity(path).map { $0 == FileIdentity(Options.servicePath) } ?? false
        guard let directory = ServiceDirectory.state ?? (isService ? serviceState : nil) else { return [] }
        return RetainedTopics.Record.allCases.map { "\(directory)/\($0.rawValue)" }
    }

    private static func topics(_ configuration: Configuration, _ records: [String]) -> [String] {
        let present = [configuration.retainedStatusTopic, configuration.status.retain ? configuration.homeAssistantDevice?.topic : nil]
        let recorded = records.flatMap { RetainedTopics.parse(AtomicFile.read($0) ?? "") }
        return (present.compactMap(\.self) + recorded).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func remove(_ records: [String]) {
        for record in records {
            do throws(SystemError) {
                try AtomicFile.remove(record)
            } catch {
                remark("\(record): \(error); the topics in it are cleared")
            }
        }
    }
}
