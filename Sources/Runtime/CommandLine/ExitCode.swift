import Bytes
import Linux
import Settings
import YAMLSchema

/// How the program ends: the codes of sysexits.h, which systemd knows by name.
package enum ExitCode: Int32, CaseIterable {
    case success = 0
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: a capture is malformed.
    case data = 65
    /// EX_NOINPUT: a capture cannot be opened.
    case noInput = 66
    /// EX_UNAVAILABLE: the broker cannot be reached, or refuses the client; of `--connect` and `--retire` only.
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
        case .data: "malformed capture, or not a capture"
        case .noInput: "no such capture"
        case .unavailable: "--connect or --retire could not publish to the broker, or --retire found the daemon running"
        case .system: "system error"
        case .output: "standard output cannot be written"
        case .configuration: "wrong configuration"
        }
    }
}

/// Prints what was asked for: a document of ours, in the lines that it has.
/// - Returns: success, or what to end with where it could not be written.
package func output(_ document: String) -> ExitCode {
    do throws(SystemError) {
        try StandardStream.output.write(PrintableText.lines(document))
        return .success
    } catch {
        // A reader that has read enough closes the pipe: that is no error to report. Where SIGPIPE is not ignored it has ended the program by now.
        if error.isClosedByPeer { return .output }
        return fail(.output, "blemqttd: standard output: \(error)")
    }
}

/// Prints one line, whatever is in it.
package func output(line: String) -> ExitCode { output(PrintableText.line(line) + "\n") }

/// Prints why something cannot be done.
/// - Parameter lines: each of them becomes one line, whatever is in it.
package func fail(_ code: ExitCode, _ lines: String...) -> ExitCode {
    for line in lines { writeError(PrintableText.line(line)) }
    return code
}

/// Prints what is wrong with a configuration, with the lines that it quotes.
package func fail(_ code: ExitCode, _ errors: ConfigurationErrors) -> ExitCode {
    writeError(PrintableText.lines("\(errors)"))
    return code
}

/// Prints on standard error.
/// - Parameter text: has been made printable.
private func writeError(_ text: String) {
    do throws(SystemError) {
        try StandardStream.error.write(text + "\n")
    } catch {
        // The exit code is all that is left.
    }
}

/// Prints a message on standard error, in one line.
func remark(_ line: String) { writeError(PrintableText.line(line)) }

/// Prints what is valid in a configuration and probably not meant, with the line that it quotes.
func remark(_ warning: Diagnostic) { writeError(PrintableText.lines("\(warning)")) }
