import Foundation
import Testing

@testable import Harness

/// What is printed, and where it cannot be.
@Suite(.serialized) struct OutputTests {
    private static let verbs = [
        "--help", "--version", "--example-config", "--check-config", "--print-config",
    ]

    /// Runs the daemon with its standard output elsewhere.
    private func run(_ scene: Scene, _ arguments: [String], to output: String) async throws -> Child {
        let config = scene.path("config.yaml")
        try "scanner_id: s\nmqtt:\n  broker:\n    host: h\n".write(toFile: config, atomically: true, encoding: .utf8)
        return try scene.start(
            "bash", ["-c", "exec \"$0\" \"$@\" \(output)", Daemon.binary, "--config", config] + arguments, label: "output")
    }

    @Test(arguments: verbs)
    func `a verb whose output cannot be written prints that and does not end well`(verb: String) async throws {
        try await scene { scene in
            for output in [">/dev/full", ">&-"] {
                let child = try await run(scene, [verb], to: output)
                #expect(try await child.exit(within: 30) == .status(74), "\(output)")
                #expect(child.error.lines.count == 1 && child.error.lines[0].hasPrefix("blemqttd: standard output: write: "), "\(output)")
            }
            let child = try await run(scene, [verb], to: "2>&-")
            #expect(try await child.exit(within: 30) == .status(0))
        }
    }

    @Test func `the example configuration is that of the repository`() async throws {
        try await scene { scene in
            let file = #filePath.replacing("Tests/IntegrationTests/OutputTests.swift", with: "config.yaml.example")
            let printed = try await scene.run(Daemon.binary, ["--example-config"])
            #expect(try printed.output.lines.joined(separator: "\n") + "\n" == String(contentsOfFile: file, encoding: .utf8))
        }
    }

    @Test func `who reads no further is no reason to complain`() async throws {
        try await scene { scene in
            let fifo = scene.path("fifo")
            try #require(mkfifo(fifo, 0o600) == 0)
            // A pipe whose reader has gone.
            let closed = "exec 3<>\"$1\" 4>\"$1\" 3<&-; exec \"$0\" --help >&4 4>&-"
            let plain = try scene.start("bash", ["-c", closed, Daemon.binary, fifo], label: "plain")
            #expect(try await plain.exit(within: 30) == .signal(SIGPIPE))
            let ignoring = try scene.start("bash", ["-c", "trap '' PIPE; " + closed, Daemon.binary, fifo], label: "ignoring")
            #expect(try await ignoring.exit(within: 30) == .status(74))
            #expect(plain.error.lines == [] && ignoring.error.lines == [])
        }
    }

    @Test func `names that would rewrite the line are escaped on the terminal and in the log`() async throws {
        try await scene { scene in
            let name = "a\u{202E}b\u{2028}c\nblemqttd: all is well\u{1B}[2J"
            let shown = #"a\u202Eb\u2028c\nblemqttd: all is well\x1B[2J"#
            let usage = try await run(scene, ["--\(name)"], to: "")
            #expect(try await usage.exit(within: 30) == .status(64))
            #expect(usage.error.lines == ["blemqttd: unknown option --\(shown)", "blemqttd --help lists the options"])
            let missing = try scene.start(Daemon.binary, ["--check-config", "--config", "/none/\(name)"], label: "missing")
            #expect(try await missing.exit(within: 30) == .status(78))
            #expect(missing.error.lines.count == 1 && missing.error.lines[0].hasPrefix("/none/\(shown): no such file"), "\(missing.error.lines)")
            let directory = scene.path("directory\u{202E}\n")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try "scanner_id: s\nmqtt:\n  broker:\n    host: h\n".write(toFile: directory + "/c", atomically: true, encoding: .utf8)
            let valid = try scene.start(Daemon.binary, ["--check-config", "--config", directory + "/c"], label: "valid")
            #expect(try await valid.exit(within: 30) == .status(0))
            #expect(valid.output.lines.count == 1 && valid.output.lines[0].hasSuffix(#"directory\u202E\n/c: valid"#), "\(valid.output.lines)")
        }
    }
}
