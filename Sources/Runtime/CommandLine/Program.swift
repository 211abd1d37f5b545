/// The version, in `--version`, the log and the status message.
package let version = "0.1.0"
