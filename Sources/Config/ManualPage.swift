/// Lays the table out as a manual page, `blemqttd.yaml(5)`.
enum ManualPage {
    static func text(version: String) -> String {
        var page = Roff(title: "blemqttd.yaml", section: 5, version: version)
        page.section("NAME")
        page.paragraph("blemqttd.yaml - configuration of blemqttd(8)")
        page.section("DESCRIPTION")
        page.paragraph(
            """
            blemqttd reads one YAML file, /etc/blemqttd/config.yaml unless --config names another, of at most \
            \(Configuration.maximumFileBytes >> 10) KiB. Only scanner_id is required. An unknown key is an error. Aliases, tags and a \
            second document are not allowed. true, false and numbers stand without quotes; text may stand with or without.
            """)
        page.paragraph("A key such as mqtt.client.qos stands in sections, one for each part of its name:")
        page.example("mqtt:\n  client:\n    qos: 1")
        page.paragraph(
            """
            blemqttd --check-config tells every mistake with line and column; SIGHUP, or systemctl reload blemqttd, puts a changed file \
            into effect, and a file with mistakes leaves the old configuration in effect.
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
            let standard = key.defaultText.map { "Default: \($0)." } ?? key.absence.map { "Left out: \($0)." } ?? "Required."
            page.item(key.path, "\(key.help)\nAllowed: \(key.allowed). \(standard)")
            if let list = key.list { page.example(Page.example(of: key, list)) }
        }
        page.section("SEE ALSO")
        page.paragraph("blemqttd(8)")
        return page.text
    }
}
