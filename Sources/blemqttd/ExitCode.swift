/// How the program ends: the codes of sysexits.h, which systemd knows by name.
enum ExitCode: Int32 {
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
}
