import Runtime

/// The program, as the manual page blemqttd(8) has it.
enum ProgramManual {
    /// - Parameter version: the program's.
    static func text(version: String) -> String {
        var page = Roff(title: "blemqttd", section: 8, version: version)
        page.section("NAME")
        page.paragraph("blemqttd - publishes every Bluetooth LE advertisement it receives to an MQTT broker")
        page.section("SYNOPSIS")
        page.paragraph("blemqttd [OPTION]...")
        page.section("DESCRIPTION")
        page.paragraph(
            """
            blemqttd scans with the machine's Bluetooth adapters and publishes each advertisement as one JSON message to \
            ble/raw/SCANNER_ID/ADDRESS at an MQTT broker, at QoS 0 or 1. Messages that the broker cannot take, because it cannot be reached or \
            accepts less than is received, are dropped and counted; attempts to connect again are made at growing intervals, for ever. An adapter \
            that stops receiving is detected and recovered.
            """)
        page.paragraph(
            """
            It runs in the foreground and logs to the journal under systemd, to standard error elsewhere. Each minute, and when it ends, \
            it logs a line of statistics in which every advertisement is accounted for:
            """)
        page.example("journalctl -u blemqttd -g '^stats '")
        page.section("OPTIONS")
        for option in Options.table {
            page.item(option.names.reversed().joined(separator: ", "), argument: option.argument, Self.sentence(option.help))
        }
        page.section("SIGNALS")
        for signal in Options.signals { page.item(signal.names, Self.sentence(signal.help)) }
        page.section("EXIT STATUS")
        for code in ExitCode.allCases { page.item("\(code.rawValue)", Self.sentence(code.help)) }
        page.section("FILES")
        page.item("/etc/blemqttd/config.yaml", "The configuration, blemqttd.yaml(5).")
        page.item("/etc/credstore/blemqttd.mqtt-password", "The broker's password, if systemd is to hand it to the daemon.")
        page.section("CAPABILITIES")
        page.paragraph(
            """
            Scanning needs CAP_NET_RAW. CAP_NET_ADMIN is for bringing an adapter up, repairing it, sharing it by access: mgmt, and a \
            receive buffer larger than the system's default.
            """)
        page.section("EXAMPLES")
        page.paragraph("Which adapters there are, and whether the configuration is right:")
        page.example("blemqttd --list-adapters\nblemqttd --check-config")
        page.paragraph("Publish a capture as if it were on the air:")
        page.example("blemqttd --config config.yaml --replay capture.btsnoop --replay-now")
        page.section("SEE ALSO")
        page.paragraph("blemqttd.yaml(5), bluetoothd(8), btmon(1), mosquitto(8), systemd.service(5)")
        return page.text
    }

    /// `a phrase` as `A phrase.`
    private static func sentence(_ phrase: String) -> String { phrase.prefix(1).uppercased() + phrase.dropFirst() + "." }
}
