/// Lays the table out as a manual page, `blemqttd.yaml(5)`.
enum ManualPage {
    static func text(version: String) -> String {
        var page = Roff(title: "blemqttd.yaml", section: 5, version: version)
        page.section("NAME")
        page.paragraph("blemqttd.yaml - configuration of blemqttd(8)")
        page.section("DESCRIPTION")
        page.paragraph(
            """
            blemqttd reads the YAML file /etc/blemqttd/config.yaml, unless --config names another, and then the files config.d/*.yaml \
            beside it, in the order of their names, each of at most \(Configuration.maximumFileBytes >> 10) KiB. What a later file says \
            of a key counts, whatever an earlier one says; a list is taken from one file as a whole. The folder may be missing, and the \
            first file where the folder has one. blemqttd --print-config shows what they come to, and where each value that is not the \
            default comes from. Only scanner_id is required. An unknown key is an error. Anchors, aliases, tags and a \
            second document are not allowed. true, false and numbers stand without quotes; text may stand with or without.
            """)
        page.paragraph("A key such as mqtt.client.qos stands in sections, one for each part of its name:")
        page.example("mqtt:\n  client:\n    qos: 1")
        page.paragraph(
            """
            blemqttd --check-config tells every mistake with line and column; SIGHUP, or systemctl reload blemqttd, puts a changed file \
            into effect, and a file with mistakes leaves the old configuration in effect.
            """)
        page.section("ENVIRONMENT")
        page.paragraph(
            """
            Above all files stands the environment, for containers: each key but secrets is BLEMQTTD_ and its path in capitals with _ for \
            the point, so mqtt.broker.host is BLEMQTTD_MQTT_BROKER_HOST. A value is written as in a file, without quotes; a list in \
            brackets, as in BLEMQTTD_ADAPTERS=[{adapter: hci0}, {adapter: hci1}]. A variable of this prefix that no key has is an error. \
            Secrets are refused there: name a file by BLEMQTTD_MQTT_BROKER_PASSWORD_FILE, and write identities into a file of config.d.
            """)
        page.section("KEYS")
        var group: Substring?
        for key in KeyTable.keys {
            let own = key.list == nil ? key.elementOf ?? key.section : key.path[...]
            if own != group {
                group = own
                page.subsection(own.isEmpty ? "Top level" : String(own))
                if let help = KeyTable.help(ofSection: own) { page.paragraph(help) }
            }
            let standard = (key.derivedDefault ?? key.defaultText).map { "Default: \($0)." } ?? key.absence.map { "Left out: \($0)." } ?? "Required."
            page.item(key.path, "\(key.help)\nAllowed: \(key.allowedInFull). \(standard)")
            if let list = key.list { page.example(Page.example(of: key, list)) }
        }
        page.section("SEE ALSO")
        page.paragraph("blemqttd(8)")
        return page.text
    }
}
