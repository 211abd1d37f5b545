import Bytes

/// Why a machine may have no Bluetooth adapter at all, from what it is configured to; and what to do.
package struct AbsenceAdvice: Sendable, Equatable {
    /// For people; nil if nothing is found that would explain it.
    package let text: String?

    /// The largest `config.txt` that is read, in bytes.
    package static let maximumFileBytes = 64 << 10

    /// - Parameters:
    ///   - bootFiles: the Raspberry Pi's `config.txt` by its paths, in the order in which they count. External input.
    ///   - blocked: the names of Bluetooth's switches in rfkill that are blocked by software.
    package init(bootFiles: [(path: String, text: String)], blocked: [String]) {
        var reasons = bootFiles.compactMap { Self.reason($0.text, path: $0.path) }.prefix(1).map { $0 }
        if let name = blocked.first { reasons.append("rfkill blocks Bluetooth (\(name)): run  rfkill unblock bluetooth") }
        text = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// Overlays that turn the Pi's own adapter off; the last is the first one's earlier name.
    private static let overlays = ["disable-bt", "disable-bt-pi5", "pi3-disable-bt"]

    private static func reason(_ text: String, path: String) -> String? {
        guard let found = overlay(in: text) else { return nil }
        let condition = found.section.map { ", in the section [\($0)]," } ?? ""
        return "\(path) line \(found.line): dtoverlay=\(found.name)\(condition) turns the Pi's own adapter off; "
            + "if it is to be used, take the line away and reboot"
    }

    /// The first line of a `config.txt` that turns the adapter off. A section with a condition may be that of another machine; what stands
    /// under `[none]` is for none. Files that it includes are not read.
    static func overlay(in text: String) -> (line: Int, name: String, section: String?)? {
        var section: String?
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = trimmed(line.utf8)
            if line.first == UInt8(ascii: "["), line.last == UInt8(ascii: "]") {
                let name = String(Substring(line.dropFirst().dropLast()))
                section = name == "all" ? nil : name
                continue
            }
            guard section != "none", let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = Substring(trimmed(line[..<sign]))
            guard key == "dtoverlay" || key == "device_tree_overlay" else { continue }
            // Parameters stand behind a comma.
            let value = trimmed(line[line.index(after: sign)...].prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "#") })
            if let name = overlays.first(where: { $0.utf8.elementsEqual(value) }) {
                return (number + 1, name, section.map { PrintableText.line(String($0.prefix(32))) })
            }
        }
        return nil
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let start = text.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return start[start.startIndex..<start.startIndex] }
        return start[...last]
    }
}
