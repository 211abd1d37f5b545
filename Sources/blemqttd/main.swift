import Linux
import Runtime
import Settings
import YAMLSchema

/// Reads the command line, then the configuration, then runs until a stop.
func blemqttd(_ arguments: [String]) -> ExitCode {
    let options: Options
    do throws(Options.UsageError) {
        options = try Options(arguments)
    } catch {
        return fail(.usage, "blemqttd: \(error.message)", "blemqttd --help lists the options")
    }
    switch options.verb {
    case .help: return output(Options.help)
    case .version: return output("blemqttd \(version)\n")
    case .exampleConfig: return output(String(decoding: PackageResources.config_yaml_example, as: UTF8.self))
    case .listAdapters: return AdapterList.show(json: options.json)
    case .run, .retire, .checkConfig, .printConfig: break
    }

    let loaded: LoadedConfiguration
    do throws(ConfigurationErrors) {
        loaded = try Configuration.read(path: options.configPath, owner: ConfigurationCheck.owner(options))
    } catch {
        return fail(.configuration, error)
    }
    switch options.verb {
    case .checkConfig: return ConfigurationCheck.show(loaded, options)
    case .printConfig: return output(loaded.printed())
    case .retire: return Retirement.run(loaded.configuration, options)
    default: break
    }
    let configuration = loaded.configuration

    // What linking and parsing touched is not held while the daemon is set up: its highest memory is at the start.
    ThisProcess.releaseFilePages()
    let log = Log(
        level: options.logLevel ?? configuration.logging.level, to: SystemLog(configuration.logging.target), realtime: { Clock.realtime })
    log.warn(of: loaded.warnings)
    let files = ThisProcess.allowOpenFiles(Daemon.openFiles)
    guard files >= Daemon.openFiles else {
        log.error("at most \(files) files may be open, and \(Daemon.openFiles) are needed: raise LimitNOFILE= in the unit, or ulimit -n")
        return .system
    }
    let capture: CaptureFile?
    do throws(ReplayFailure) {
        capture = try options.openCapture()
    } catch {
        log.error(error.message)
        return error.code
    }
    do throws(SystemError) {
        return try Daemon(configuration, options, log, capture: capture).run()
    } catch {
        log.error("cannot continue: \(error)")
        return .system
    }
}

// Linking touched most of the program and its libraries: 2 MB less are the highest memory where TLS comes next.
ThisProcess.releaseFilePages()
StandardStream.fillClosed()
let code = blemqttd(Array(CommandLine.arguments.dropFirst()))
// Nor does what libraries do at the end need what was in use before.
ThisProcess.releaseFilePages()
exitProcess(code.rawValue)
