import Bytes
import Config
import Linux

/// How the program ends: the codes of sysexits.h, which systemd knows by name.
package enum ExitCode: Int32, CaseIterable {
    case success = 0
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: a capture is damaged.
    case data = 65
    /// EX_NOINPUT: a capture cannot be opened.
    case noInput = 66
    /// EX_UNAVAILABLE: the broker is not there, or does not admit us; of `--connect` and `--retire` only.
    case unavailable = 69
    /// EX_OSERR: the system has no descriptor, thread or memory left, or no Bluetooth.
    case system = 71
    /// EX_IOERR: what was to be printed could not be written.
    case output = 74
    /// EX_CONFIG: the configuration is wrong; a restart cannot help.
    case configuration = 78

    /// In a few words, for the help and the manual page.
    package var help: String {
        switch self {
        case .success: "stopped"
        case .usage: "wrong option"
        case .data: "damaged capture, or none"
        case .noInput: "no such capture"
        case .unavailable: "--connect or --retire found no broker that takes messages, or --retire a daemon at work"
        case .system: "system error"
        case .output: "standard output cannot be written"
        case .configuration: "wrong configuration"
        }
    }
}

/// Prints what was asked for: a document of ours, in the lines that it has.
/// - Returns: success, or what to end with where it could not be written.
package func say(_ document: String) -> ExitCode {
    do throws(SystemError) {
        try StandardStream.output.write(PrintableText.lines(document))
        return .success
    } catch {
        // Who has read enough closes the pipe: no reason to complain. Where SIGPIPE is not ignored it has ended the program by now.
        if error.isClosedByPeer { return .output }
        return fail(.output, "blemqttd: standard output: \(error)")
    }
}

/// Prints one line, whatever is in it.
package func say(line: String) -> ExitCode { say(PrintableText.line(line) + "\n") }

/// Prints why something cannot be done.
/// - Parameter lines: each of them becomes one line, whatever is in it.
package func fail(_ code: ExitCode, _ lines: String...) -> ExitCode {
    for line in lines { complain(PrintableText.line(line)) }
    return code
}

/// Prints what is wrong with a configuration, with the lines that it quotes.
package func fail(_ code: ExitCode, _ errors: ConfigurationErrors) -> ExitCode {
    complain(PrintableText.lines("\(errors)"))
    return code
}

/// Prints on standard error.
/// - Parameter text: has been made printable.
private func complain(_ text: String) {
    do throws(SystemError) {
        try StandardStream.error.write(text + "\n")
    } catch {
        // There is nobody left to tell; the exit code says it.
    }
}

/// Prints a remark on standard error, in one line.
func remark(_ line: String) { complain(PrintableText.line(line)) }

/// Prints what is valid in a configuration and probably not meant, with the line that it quotes.
func remark(_ warning: ConfigurationWarning) { complain(PrintableText.lines("\(warning)")) }
