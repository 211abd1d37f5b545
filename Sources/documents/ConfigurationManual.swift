/// Every key, as the manual page blemqttd.yaml(5) has it.
enum ConfigurationManual {
    /// - Parameter version: the program's.
    static func text(version: String) -> String {
        var page = Roff(title: "blemqttd.yaml", section: 5, version: version)
        page.section("NAME")
        page.paragraph("blemqttd.yaml - configuration of blemqttd(8)")
        page.section("DESCRIPTION")
        page.paragraph(ConfigurationText.files)
        page.paragraph("A key such as `mqtt.client.qos` stands in sections, one for each part of its name:")
        page.example("mqtt:\n  client:\n    qos: 1")
        page.paragraph(
            """
            `blemqttd --check-config` reports every mistake with line and column; SIGHUP, or `systemctl reload blemqttd`, puts a changed file \
            into effect, and a file with mistakes leaves the current configuration in effect.
            """)
        page.section("ENVIRONMENT")
        page.paragraph(ConfigurationText.environment)
        page.section("KEYS")
        var heading: String?
        for key in DocumentedKey.all {
            if key.heading != heading {
                heading = key.heading
                page.subsection(key.heading.isEmpty ? "Top level" : key.heading)
                if let help = DocumentedKey.help(ofSection: key.heading) { page.paragraph(help) }
            }
            let standard =
                (key.derivedStandard ?? key.standard).map { "Default: \($0)." } ?? key.absence.map { "Left out: \($0)." } ?? "Required."
            page.item(key.path, "\(key.help)\nAllowed: \(key.allowed). \(standard)")
            if key.list != nil { page.example(key.listExample) }
        }
        page.section("SEE ALSO")
        page.paragraph("blemqttd(8)")
        return page.text
    }
}
