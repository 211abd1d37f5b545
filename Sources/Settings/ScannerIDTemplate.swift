import YAMLSchema

/// A `scanner_id` in which `{hostname}` stands for the machine's host name, so that many machines share one file; and that name.
package struct ScannerIDTemplate: Sendable, Equatable {
    static let placeholder = "hostname"
    /// What a scanner's name consists of, in words.
    static let characters = "the characters A-Z a-z 0-9 _ . -"
    /// The longest name, in bytes.
    static let maximumBytes = 64

    /// As it is written: `pi-{hostname}`.
    package let text: String
    /// Of the machine, as the kernel has it: `pi-07.example.org`. External input.
    let hostName: String

    /// `nil` where there is no placeholder in the text.
    init?(_ text: String, hostName: String) {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return nil }
        (self.text, self.hostName) = (text, hostName)
    }

    /// Whether a text is a name, or becomes one with some host name.
    static func accepts(_ text: String) -> Bool {
        guard !text.isEmpty, Braces.problem(text, [placeholder]) == nil else { return false }
        var (length, hasPlaceholder) = (0, false)
        for piece in Braces.pieces(of: text) {
            guard case .text(let part) = piece else {
                hasPlaceholder = true
                continue
            }
            guard part.utf8.allSatisfy(isWord) else { return false }
            length += part.utf8.count
        }
        return length <= (hasPlaceholder ? maximumBytes - 1 : maximumBytes)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    /// The host name up to its first point: a network may add its own name to it, and take it away again.
    private var label: String { String(decoding: hostName.utf8.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self) }

    /// The scanner's name.
    var filled: String {
        var name = ""
        for piece in Braces.pieces(of: text) {
            switch piece {
            case .text(let part), .stray(let part): name += part
            case .name: name += label
            }
        }
        return name
    }

    /// Why there is no scanner's name, and what to do; `nil` if there is one.
    var problem: String? {
        let remedy = "; set another with  hostnamectl set-hostname NAME  or write a name in place of {\(Self.placeholder)}"
        let shown = Printable.shortened(hostName)
        // What the kernel and systemd say where nobody has named the machine.
        if label.isEmpty || label == "(none)" || label.lowercased() == "localhost" {
            return "{\(Self.placeholder)} cannot be filled in, for this machine has no host name of its own "
                + "(it is \(hostName.isEmpty ? "empty" : shown))" + remedy
        }
        guard label.utf8.allSatisfy(Self.isWord) else {
            return "{\(Self.placeholder)} cannot be filled in, for the host name is \(shown), and only \(Self.characters) are allowed" + remedy
        }
        let length = filled.utf8.count
        guard length <= Self.maximumBytes else {
            return "\(length) characters with the host name \(shown), at most \(Self.maximumBytes) are allowed" + remedy
        }
        return nil
    }

    /// What is doubtful about a name that is right by itself: that of a system as it is installed, which two machines would share.
    var doubt: String? {
        let system: String
        switch label.lowercased() {
        case "raspberrypi": system = "Raspberry Pi OS"
        case "debian": system = "Debian"
        case "ubuntu": system = "Ubuntu"
        case "dietpi": system = "DietPi"
        default: return nil
        }
        return "the host name is \(label), as \(system) names every machine, and two scanners of one name cannot be distinguished; "
            + "set another with  hostnamectl set-hostname NAME"
    }
}
