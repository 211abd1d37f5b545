/// The version, as `--version`, the log and the status message tell it.
package let version = "0.1.0"
