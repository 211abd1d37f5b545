import Foundation
import Testing

@testable import Harness

/// `--list-adapters` on whatever machine the tests run; the lab has adapters to list.
@Suite struct AdapterListTests {
    @Test func `where the kernel has no Bluetooth, the list is an error with advice; where it has, it ends well`() async throws {
        try await scene { scene in
            for arguments in [["--list-adapters"], ["--list-adapters", "--json"], ["--json", "--list-adapters"]] {
                let child = try scene.start(Daemon.binary, arguments, label: "list")
                if try await child.exit(within: 30) == .status(71) {
                    #expect(child.error.lines.count == 1 && child.error.lines[0].contains("no Bluetooth") && child.output.lines == [])
                    #expect(child.error.lines[0].contains("modprobe bluetooth"))
                } else {
                    #expect(child.ended == .status(0))
                    if arguments.contains("--json") {
                        let text = child.output.lines.joined(separator: "\n")
                        #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [Any])
                    } else {
                        #expect(child.output.lines[0] == "no Bluetooth adapters" || child.output.lines[0].hasPrefix("ADAPTER"))
                    }
                }
            }
        }
    }

    @Test func `JSON is a form of the list and of nothing else`() async throws {
        try await scene { scene in
            for (arguments, failure) in [
                (["--json"], "--json needs --list-adapters"),
                (["--connect"], "--connect needs --check-config"), (["--connect", "--print-config"], "--connect needs --check-config"),
                (["--json", "--print-config"], "--json needs --list-adapters"),
                (["--list-adapters=hci0"], "--list-adapters takes no value"),
                (["--list-adapters", "--json=pretty"], "--json takes no value"),
                (["--list-adapter"], "unknown option --list-adapter; did you mean --list-adapters?"),
            ] {
                let child = try scene.start(Daemon.binary, arguments, label: "usage")
                #expect(try await child.exit(within: 30) == .status(64))
                #expect(child.error.lines.first == "blemqttd: \(failure)" && child.output.lines == [])
            }
        }
    }
}
