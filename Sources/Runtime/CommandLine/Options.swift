import Config

/// The command line.
package struct Options {
    /// What the program is to do.
    package enum Verb {
        case run, retire, checkConfig, printConfig, exampleConfig, configReference, listAdapters, version, help
        case manualPage(ManualPage)
        case completion(Completion)
    }

    /// A capture instead of an adapter.
    struct Replay {
        enum Speed: Equatable {
            /// As recorded, times a factor.
            case paced(Double)
            /// As fast as the broker takes it.
            case maximum
        }

        var path: String
        var speed = Speed.paced(1)
        var loops = false
        /// Messages carry the time of the replay instead of the recorded one.
        var stampsNow = false
    }

    /// The configuration of the service.
    static let servicePath = "/etc/blemqttd/config.yaml"

    package var verb = Verb.run
    package var configPath = Options.servicePath
    package var logLevel: LogLevel?
    var replay: Replay?
    /// The check of the configuration goes on to the broker.
    var connects = false
    /// The list of adapters is for a program to read.
    package var json = false

    /// Opens the capture that is to be played, nil for none. What is no capture is told before anything is begun.
    /// - Throws: why there is nothing to play.
    package func openCapture() throws(ReplayFailure) -> CaptureFile? {
        guard let replay else { return nil }
        return try CaptureFile.open(replay)
    }

    /// A command line that cannot be understood.
    package struct UsageError: Error {
        package var message: String
    }

    /// Each option once: its names, its argument, and what it does. `--help` is printed from this.
    static let table: [(names: [String], argument: String?, help: String)] = [
        (["--config", "-c"], "PATH", "read this configuration (default /etc/blemqttd/config.yaml)"),
        (["--check-config"], nil, "check the configuration and exit: 0 valid, 78 not"),
        (["--connect"], nil, "with --check-config: log in to the broker too, and say what it allows"),
        (["--retire"], nil, "clear what the broker keeps of this scanner, and exit: it is not coming back"),
        (["--print-config"], nil, "print the configuration in effect, secrets hidden, and exit"),
        (["--example-config"], nil, "print a commented example configuration and exit"),
        (["--config-reference"], nil, "print the reference of all keys (Markdown) and exit"),
        (["--list-adapters"], nil, "print the Bluetooth adapters that the kernel has, and exit"),
        (["--json"], nil, "print that list as JSON"),
        (["--log-level", "-l"], "LEVEL", "debug, info, warning or error, instead of logging.level"),
        (["--replay"], "FILE", "publish a capture (btsnoop, pcap, pcapng) instead of what an adapter hears"),
        (["--replay-speed"], "SPEED", "real (default), max, or a factor such as 10 or 0.5"),
        (["--replay-loop"], nil, "start the capture again when it ends"),
        (["--replay-now"], nil, "stamp messages with the present time instead of the recorded one"),
        (["--man-page"], "PAGE", "print a manual page and exit: blemqttd.8 or blemqttd.yaml.5"),
        (["--completion"], "SHELL", "print the completion of these options for bash, zsh or fish, and exit"),
        (["--version", "-V"], nil, "print the version and exit"),
        (["--help", "-h"], nil, "print this and exit"),
    ]

    /// - Parameter arguments: without the program's name.
    package init(_ arguments: [String]) throws(UsageError) {
        var replayPath: String?
        var replayOptions = Replay(path: "")
        var firstReplayOption: String?
        // What the program is to do, as it was written.
        var verbs: [String] = []
        var index = 0
        while index < arguments.count {
            let (name, attached) = Self.split(arguments[index])
            index += 1
            guard let option = Self.table.first(where: { $0.names.contains(name) }) else { throw Self.unknown(name) }
            var value = ""
            if option.argument != nil {
                if let attached {
                    value = attached
                } else {
                    guard index < arguments.count else { throw UsageError(message: "\(name) needs \(option.argument!)") }
                    value = arguments[index]
                    index += 1
                }
            } else if attached != nil {
                throw UsageError(message: "\(name) takes no value")
            }
            if option.names[0].hasPrefix("--replay-") { firstReplayOption = firstReplayOption ?? name }
            if Self.verbs.contains(option.names[0]), !verbs.contains(option.names[0]) { verbs.append(option.names[0]) }
            switch option.names[0] {
            case "--config": configPath = value
            case "--check-config": verb = .checkConfig
            case "--connect": connects = true
            case "--retire": verb = .retire
            case "--print-config": verb = .printConfig
            case "--example-config": verb = .exampleConfig
            case "--config-reference": verb = .configReference
            case "--list-adapters": verb = .listAdapters
            case "--json": json = true
            case "--log-level":
                guard let level = LogLevel(rawValue: value) else {
                    throw UsageError(message: "--log-level \(value): not a level (debug, info, warning, error)")
                }
                logLevel = level
            case "--replay": replayPath = value
            case "--replay-speed": replayOptions.speed = try Self.speed(value)
            case "--replay-loop": replayOptions.loops = true
            case "--replay-now": replayOptions.stampsNow = true
            case "--man-page":
                guard let page = ManualPage(rawValue: value) else { throw Self.notOneOf(ManualPage.self, name, value) }
                verb = .manualPage(page)
            case "--completion":
                guard let shell = Completion(rawValue: value) else { throw Self.notOneOf(Completion.self, name, value) }
                verb = .completion(shell)
            case "--version": verb = .version
            default: verb = .help
            }
        }
        if let replayPath {
            replayOptions.path = replayPath
            replay = replayOptions
        } else if let firstReplayOption {
            throw UsageError(message: "\(firstReplayOption) needs --replay FILE")
        }
        if connects, !verbs.contains("--check-config") { throw UsageError(message: "--connect needs --check-config") }
        if json, !verbs.contains("--list-adapters") { throw UsageError(message: "--json needs --list-adapters") }
        // Who asks for help gets it.
        if verbs.contains("--help") {
            verb = .help
        } else if verbs.count > 1 {
            throw UsageError(message: "\(verbs[0]) and \(verbs[1]) are different things to do: one at a time")
        }
        if replay != nil, verbs == ["--retire"] { throw UsageError(message: "--retire publishes no capture: leave out --replay") }
    }

    /// Options that say what is to be done instead of running.
    private static let verbs: Set = [
        "--check-config", "--retire", "--print-config", "--example-config", "--config-reference", "--list-adapters", "--man-page", "--completion",
        "--version", "--help",
    ]

    private static func split(_ argument: String) -> (name: String, value: String?) {
        guard argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    private static func speed(_ text: String) throws(UsageError) -> Replay.Speed {
        switch text {
        case "real": return .paced(1)
        case "max": return .maximum
        default:
            guard let factor = Double(text), factor.isFinite, (0.001...1_000_000).contains(factor) else {
                throw UsageError(message: "--replay-speed \(text): not a speed (real, max, or a factor from 0.001 to 1000000)")
            }
            return .paced(factor)
        }
    }

    private static func notOneOf<Words: CaseIterable & RawRepresentable<String>>(
        _: Words.Type, _ name: String, _ value: String
    ) -> UsageError {
        UsageError(message: "\(name) \(value): not one of \(Words.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private static func unknown(_ name: String) -> UsageError {
        if !name.hasPrefix("-") { return UsageError(message: "unexpected argument \(name): blemqttd takes options only") }
        let similar = table.flatMap(\.names).first { $0.hasPrefix(name) && name.utf8.count > 3 }
        return UsageError(message: "unknown option \(name)" + (similar.map { "; did you mean \($0)?" } ?? ""))
    }

    package static var help: String {
        var text = """
            blemqttd \(version): publishes every Bluetooth LE advertisement it hears to an MQTT broker

            usage: blemqttd [OPTION]...


            """
        let lines = table.map { (left: $0.names.reversed().joined(separator: ", ") + ($0.argument.map { " \($0)" } ?? ""), right: $0.help) }
        let width = lines.map(\.left.utf8.count).max()!
        for line in lines {
            text += "  \(line.left)\(String(repeating: " ", count: width - line.left.utf8.count))  \(line.right)\n"
        }
        return text + """

            signals: \(signals.map { "\($0.names) \($0.help)" }.joined(separator: "; "))
            exit status: \(ExitCode.allCases.map { "\($0.rawValue) \($0.help)" }.joined(separator: ", "))

            """
    }

    /// What the signals do.
    static let signals = [
        (names: "TERM, INT", help: "stop"),
        (names: "HUP", help: "reads the configuration again"),
        (names: "USR1", help: "logs the statistics now"),
    ]
}
