import Config
import Linux

/// Reads the command line, then the configuration, then runs until it is told to stop.
func blemqttd(_ arguments: [String]) -> ExitCode {
    let options: Options
    do throws(Options.UsageError) {
        options = try Options(arguments)
    } catch {
        return fail(.usage, "blemqttd: \(error.message)\nblemqttd --help lists the options\n")
    }
    switch options.verb {
    case .help: return say(Options.help)
    case .version: return say("blemqttd \(version)\n")
    case .exampleConfig: return say(Configuration.exampleFile())
    case .configReference: return say(Configuration.referencePage())
    case .manualPage(let page): return say(page.text)
    case .completion(let shell): return say(shell.text)
    case .listAdapters: return AdapterList.show(json: options.json)
    case .run, .checkConfig, .printConfig: break
    }

    let configuration: Configuration
    do throws(ConfigurationErrors) {
        configuration = try Configuration.load(path: options.configPath) { $0.complaints }
    } catch {
        return fail(.configuration, "\(error)\n")
    }
    switch options.verb {
    case .checkConfig: return say("\(options.configPath): valid\n")
    case .printConfig: return say(Configuration.printed(configuration))
    default: break
    }

    // What linking and parsing touched is not held while the daemon is set up: its highest memory is at the start.
    ThisProcess.releaseFilePages()
    let log = Log(level: options.logLevel ?? configuration.logging.level, target: configuration.logging.target)
    let files = ThisProcess.allowOpenFiles(Daemon.openFiles)
    guard files >= Daemon.openFiles else {
        log.error("at most \(files) files may be open, and \(Daemon.openFiles) are needed: raise LimitNOFILE= in the unit, or ulimit -n")
        return .system
    }
    do throws(SystemError) {
        return try Daemon(configuration, options, log).run()
    } catch {
        log.error("cannot go on: \(error)")
        return .system
    }
}

func say(_ text: String) -> ExitCode {
    StandardStream.output.write(text)
    return .success
}

func fail(_ code: ExitCode, _ text: String) -> ExitCode {
    StandardStream.error.write(text)
    return code
}

StandardStream.fillClosed()
exitProcess(blemqttd(Array(CommandLine.arguments.dropFirst())).rawValue)
