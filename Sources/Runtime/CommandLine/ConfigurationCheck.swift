import Bluetooth
import Gateway
import Linux
import Settings

/// `--check-config`, for a configuration without mistakes.
package enum ConfigurationCheck {
    /// The owner that a file with a secret may have, besides root: nil for the user we run as.
    package static func owner(_ options: Options) -> UInt32? {
        switch options.verb {
        case .checkConfig, .retire: ServiceUser(configuration: options.configPath)?.id
        default: nil
        }
    }

    /// Prints the warnings, what the service could not read, and that all else is valid; then, if asked to, tests the connection to the broker.
    package static func show(_ loaded: LoadedConfiguration, _ options: Options) -> ExitCode {
        loaded.warnings.forEach(remark)
        if let problems = ServiceUser(configuration: options.configPath)?.problems(loaded), !problems.isEmpty {
            for problem in problems { remark(problem) }
            return .configuration
        }
        for source in loaded.sources {
            let code = output(line: verdict(source, warnings: loaded.warnings.count { $0.file == source }))
            guard code == .success else { return code }
        }
        if let adapters = try? BluetoothAdapter.all(), adapters.isEmpty, let advice = AbsenceAdvice.ofThisMachine.text {
            remark("warning: this machine has no Bluetooth adapter: \(advice)")
        }
        return options.connects ? ConnectionCheck.show(loaded.configuration, path: options.configPath) : .success
    }

    private static func verdict(_ source: String, warnings: Int) -> String {
        let count = warnings == 0 ? "" : warnings == 1 ? ", with a warning" : ", with \(warnings) warnings"
        return "\(source): valid\(count)"
    }
}
