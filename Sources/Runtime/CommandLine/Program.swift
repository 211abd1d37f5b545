/// The program's name, as the journal has it.
package let programName = "blemqttd"
/// The version, in `--version`, the log and the status message.
package let version = "0.1.0"
