import Settings

/// The command line.
package struct Options {
    /// What the program is to do.
    package enum Verb {
        case run, retire, checkConfig, printConfig, exampleConfig, listAdapters, version, help
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
    /// The check of the configuration includes a connection test.
    var connects = false
    /// The list of adapters is printed as JSON.
    package var json = false

    /// Opens the capture that is to be played, nil for none. A file that is no capture is refused before anything is begun.
    /// - Throws: why there is nothing to play.
    package func openCapture() throws(ReplayFailure) -> CaptureFile? {
        guard let replay else { return nil }
        return try CaptureFile.open(replay)
    }

    /// A command line that cannot be understood.
    package struct UsageError: Error {
        package var message: String
    }

    /// Each option once: its names, its argument, what it does, and what it asks for in place of running. `--help` is printed from this; manual
    /// page and completions are made from it.
    package static let table: [(names: [String], argument: String?, help: String, verb: Verb?)] = [
        (["--config", "-c"], "PATH", "read this configuration (default /etc/blemqttd/config.yaml)", nil),
        (["--check-config"], nil, "check the configuration and exit: 0 valid, 78 not", .checkConfig),
        (["--connect"], nil, "with --check-config: test the connection to the broker too", nil),
        (["--retire"], nil, "clear what the broker retains of this scanner, for good, and exit", .retire),
        (["--print-config"], nil, "print the configuration in effect, secrets hidden, and exit", .printConfig),
        (["--example-config"], nil, "print a commented example configuration and exit", .exampleConfig),
        (["--list-adapters"], nil, "print the Bluetooth adapters that the kernel has, and exit", .listAdapters),
        (["--json"], nil, "print that list as JSON", nil),
        (["--log-level", "-l"], "LEVEL", "debug, info, warning or error, instead of logging.level", nil),
        (["--replay"], "FILE", "publish a capture (btsnoop, pcap, pcapng) instead of scanning", nil),
        (["--replay-speed"], "SPEED", "real (default), max, or a factor such as 10 or 0.5", nil),
        (["--replay-loop"], nil, "start the capture again when it ends", nil),
        (["--replay-now"], nil, "stamp messages with the present time instead of the recorded one", nil),
        (["--version", "-V"], nil, "print the version and exit", .version),
        (["--help", "-h"], nil, "print this and exit", .help),
    ]

    /// - Parameter arguments: without the program's name.
    package init(_ arguments: [String]) throws(UsageError) {
        var replayPath: String?
        var replayOptions = Replay(path: "")
        var firstReplayOption: String?
        // Each once, in the order of the command line.
        var asked: [(name: String, verb: Verb)] = []
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
            if let verb = option.verb, !asked.contains(where: { $0.verb == verb }) { asked.append((option.names[0], verb)) }
            switch option.names[0] {
            case "--config": configPath = value
            case "--connect": connects = true
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
            default: break
            }
        }
        if let replayPath {
            replayOptions.path = replayPath
            replay = replayOptions
        } else if let firstReplayOption {
            throw UsageError(message: "\(firstReplayOption) needs --replay FILE")
        }
        func isAsked(_ verb: Verb) -> Bool { asked.contains { $0.verb == verb } }
        if connects, !isAsked(.checkConfig) { throw UsageError(message: "--connect needs --check-config") }
        if json, !isAsked(.listAdapters) { throw UsageError(message: "--json needs --list-adapters") }
        // Who asks for help gets it.
        if isAsked(.help) {
            verb = .help
        } else if asked.count > 1 {
            throw UsageError(message: "\(asked[0].name) and \(asked[1].name) cannot be combined")
        } else if let only = asked.first {
            verb = only.verb
        }
        if replay != nil, verb == .retire { throw UsageError(message: "--retire publishes no capture: leave out --replay") }
    }

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

    private static func unknown(_ name: String) -> UsageError {
        if !name.hasPrefix("-") { return UsageError(message: "unexpected argument \(name): blemqttd takes options only") }
        let similar = table.flatMap(\.names).first { $0.hasPrefix(name) && name.utf8.count > 3 }
        return UsageError(message: "unknown option \(name)" + (similar.map { "; did you mean \($0)?" } ?? ""))
    }

    package static var help: String {
        var text = """
            blemqttd \(version): publishes every Bluetooth LE advertisement it receives to an MQTT broker

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
    package static let signals = [
        (names: "TERM, INT", help: "stop"),
        (names: "HUP", help: "reads the configuration again"),
        (names: "USR1", help: "logs the statistics now"),
    ]
}
