/// How the program ends: the codes of sysexits.h, which systemd knows by name.
enum ExitCode: Int32, CaseIterable {
    case success = 0
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: a capture is damaged.
    case data = 65
    /// EX_NOINPUT: a capture cannot be opened.
    case noInput = 66
    /// EX_OSERR: the system has no descriptor, thread or memory left, or no Bluetooth.
    case system = 71
    /// EX_CONFIG: the configuration is wrong; a restart cannot help.
    case configuration = 78

    /// In a few words, for the help.
    var help: String {
        switch self {
        case .success: "stopped"
        case .usage: "wrong option"
        case .data: "damaged capture"
        case .noInput: "no such capture"
        case .system: "system error"
        case .configuration: "wrong configuration"
        }
    }
}
