import Foundation
import Testing

@testable import Harness

/// `--retire`: what a broker keeps of a scanner that is not coming back.
@Suite struct RetirementTests {
    private struct Place {
        let scene: Scene
        let broker: Broker
        let state: String
        var configuration: Daemon.Configuration

        init(_ scene: Scene) async throws {
            self.scene = scene
            broker = try await Broker.start(scene)
            state = scene.path("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            configuration = Daemon.Configuration(broker)
            configuration.cleanSession = false
            configuration.more = ["home_assistant:", "  discovery: true"]
        }

        /// A daemon whose retained messages, so many, have come to the broker.
        func start(_ count: Int) async throws -> Daemon {
            let subscriber = try await Subscriber.start(broker, topic: "#")
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(100, every: 10_000).write(to: path)
            let daemon = try Daemon(
                scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"], environment: ["STATE_DIRECTORY": state])
            try await until("status and discovery") { Set(subscriber.messages.map(\.topic).filter { !$0.hasPrefix("ble/raw/") }).count == count }
            return daemon
        }

        func retire(_ daemon: Daemon) async throws -> (exit: Child.Exit, output: String, error: String) {
            let child = try scene.start(
                Daemon.binary, ["--retire", "--config", daemon.configurationPath], environment: ["STATE_DIRECTORY": state], label: "retire")
            let exit = try await child.exit(within: 40)
            return (exit, child.output.lines.joined(separator: "\n"), child.error.lines.joined(separator: "\n"))
        }

        func notes() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: state) }
    }

    @Test func `a scanner that retires leaves no retained message, no note and no session`() async throws {
        try await scene { scene in
            var place = try await Place(scene)
            let daemon = try await place.start(2)
            // The topics of this name stay behind, for the broker is not there when the name changes.
            place.broker.freeze()
            place.configuration.scannerID = "other-02"
            try daemon.rewrite(place.configuration.yaml)
            _ = try await daemon.terminate(within: 20)
            place.broker.thaw()
            #expect(try await Subscriber.retained(place.broker).count == 2)
            #expect(try Set(place.notes()) == ["status", "home-assistant"])

            let outcome = try await place.retire(daemon)
            #expect(outcome.exit == .status(0), "\(outcome.error)")
            for line in [
                "accepted, without a user name, client identifier blemqttd-other-02", "cleared ble/status/other-02", "cleared ble/status/test-01",
                "cleared homeassistant/device/other-02/blemqttd/config", "cleared homeassistant/device/test-01/blemqttd/config",
                "systemctl disable blemqttd",
            ] { #expect(outcome.output.contains(line), "\(line) in \(outcome.output)") }
            #expect(try await Subscriber.retained(place.broker).isEmpty)
            #expect(try place.notes().isEmpty)
            // Mosquitto's c1 is a clean session, which ends the stored one. Before it stands the protocol, which 2.1 numbers otherwise than 2.0.
            #expect(place.broker.log.contains { $0.contains("as blemqttd-other-02-") && $0.contains(", c1, ") }, "\(place.broker.log)")
        }
    }

    @Test(.disabled(if: Daemon.isEmulated, "/proc names the emulator as the program"))
    func `beside a running daemon with this configuration a scanner is not retired`() async throws {
        try await scene { scene in
            let place = try await Place(scene)
            let daemon = try await place.start(2)
            let outcome = try await place.retire(daemon)
            #expect(outcome.exit == .status(69))
            #expect(outcome.error.contains("blemqttd is running with \(daemon.configurationPath), process "), "\(outcome.error)")
            #expect(outcome.error.contains("systemctl disable --now blemqttd"))
            let last = try await daemon.terminate()
            #expect(last["connects"] == 1)
        }
    }

    @Test(.disabled(if: Daemon.isEmulated, "/proc names the emulator as the program"))
    func `a running daemon is found under another spelling of its configuration`() async throws {
        try await scene { scene in
            let place = try await Place(scene)
            let daemon = try await place.start(2)
            let link = scene.path("another-name.yaml")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: daemon.configurationPath)
            let child = try scene.start(Daemon.binary, ["--retire", "--config", link], label: "retire")
            #expect(try await child.exit(within: 40) == .status(69))
            #expect(child.error.lines.joined().contains("blemqttd is running with"))
            _ = try await daemon.terminate()
        }
    }

    @Test func `two things to do at once are a wrong command line`() async throws {
        try await scene { scene in
            for arguments in [["--check-config", "--retire"], ["--retire", "--print-config"], ["--retire", "--replay", "x"]] {
                let child = try scene.start(Daemon.binary, arguments, label: "usage")
                #expect(try await child.exit(within: 10) == .status(64), "\(arguments)")
            }
        }
    }

    @Test func `a broker that is not there leaves the notes for another try`() async throws {
        try await scene { scene in
            let place = try await Place(scene)
            let daemon = try await place.start(2)
            _ = try await daemon.terminate()
            try await place.broker.stop()
            let outcome = try await place.retire(daemon)
            #expect(outcome.exit == .status(69) && outcome.error.contains("no connection to 127.0.0.1:\(place.broker.port)"), "\(outcome.error)")
            #expect(try place.notes().count == 2)
        }
    }

    @Test func `with status.qos 0 a status is cleared that way, and without retained messages there is nothing to clear`() async throws {
        try await scene { scene in
            var place = try await Place(scene)
            place.configuration.more = ["status:", "  qos: 0"]
            let daemon = try await place.start(1)
            _ = try await daemon.terminate()
            let sent = try await place.retire(daemon)
            #expect(sent.exit == .status(0) && sent.output.contains("cleared ble/status/test-01"), "\(sent.error)")
            #expect(try await Subscriber.retained(place.broker).isEmpty)
            place.configuration.more = ["status:", "  retain: false"]
            try daemon.rewrite(place.configuration.yaml)
            let idle = try await place.retire(daemon)
            #expect(idle.exit == .status(0) && idle.output.contains("this scanner has no retained messages"), "\(idle.output)")
        }
    }
}
