import Gateway
import Linux
import Settings
import YAMLSchema

extension Daemon {
    /// The daemon on this machine.
    /// - Parameter capture: what is replayed instead of scanning.
    package convenience init(
        _ configuration: Configuration, _ options: Options, _ log: Log, capture: consuming CaptureFile?
    ) throws(SystemError) {
        // A configuration of another user's may be read again.
        Capabilities.keep(only: [.netRaw, .netAdmin, .readFiles])
        let kernel = try LinuxKernel()
        let intake = SharedIntake(
            Intake(ringSize: configuration.ring.sizeBytes, filterStage: configuration.filterStage(log)), gather: configuration.gather)
        var replay: ReplaySource?
        if let options = options.replay, let capture { replay = try ReplaySource(options, capture, intake, main: kernel.records) }
        self.init(
            configuration, options, intake, replay: replay, log, try Machine(kernel, intake, log),
            load: { () throws(ConfigurationErrors) -> Configuration in
                let loaded = try Configuration.read(path: options.configPath)
                log.warn(of: loaded.warnings)
                return loaded.configuration
            })
    }
}

extension Machine {
    /// This machine.
    /// - Parameter intake: where advertisements go.
    package init(_ kernel: LinuxKernel, _ intake: SharedIntake, _ log: Log) throws(SystemError) {
        self.kernel = kernel
        bluetooth = try LinuxBluetooth(kernel, intake, log)
        network = BrokerConnector(log, kernel)
        files = LinuxFiles(wakeup: kernel.backgroundTasks)
        service = ServiceManager()
    }
}
