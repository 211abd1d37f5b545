import Glibc

/// What a text key accepts. Lengths are in bytes of UTF-8.
enum TextRule: Sendable {
    case scannerID, host, serverName, username, password, path, clientID, protocolName, topic, advertisementTopic, statusTopic, glob, deviceName, metricsFile

    /// For messages, the example file and the reference page.
    var allowed: String {
        switch self {
        case .scannerID: "1 to 64 of the characters A-Z a-z 0-9 _ . -"
        case .host: "a host name, an IPv4 or an IPv6 address, or unix: and the path of a socket"
        case .serverName: "a host name, an IPv4 or an IPv6 address"
        case .username: "1 to 4096 bytes of text without control characters"
        case .password: "1 to 4096 bytes of text"
        case .path: "the absolute path of a file"
        case .clientID, .protocolName: "1 to 64 printable ASCII characters"
        case .topic: "1 to 128 bytes: topic levels separated by /, none empty, without + and #, not beginning with $"
        case .advertisementTopic, .statusTopic:
            "1 to \(TopicTemplate.maximumBytes) bytes: topic levels separated by /, none empty but the first, without + and #, "
                + "in which \(Printable.alternatives(placeholders.map(\.text))) may stand, in quotes where it begins with {"
        case .glob: #"1 to 248 bytes of text, in which * is any run of characters, ? one, and \ makes the *, ? or \ after it literal"#
        case .deviceName: "1 to 64 bytes of text without control characters"
        case .metricsFile: "a path of at most 4000 bytes that begins with / and ends in .prom"
        }
    }

    /// Whether the text is accepted.
    func accepts(_ text: String) -> Bool {
        let bytes = text.utf8
        switch self {
        case .scannerID: return (1...64).contains(bytes.count) && bytes.allSatisfy { Self.isWord($0) || $0 == 0x2D || $0 == 0x2E }
        case .host: return Self.isUnixSocket(text) || Self.isHost(text)
        case .serverName: return Self.isHost(text)
        case .username: return (1...4096).contains(bytes.count) && !Self.hasControls(text)
        case .password: return (1...4096).contains(bytes.count)
        case .path: return Self.isPath(bytes, limit: 4095) && !Self.hasControls(text)
        case .clientID, .protocolName: return (1...64).contains(bytes.count) && bytes.allSatisfy { (0x20...0x7E).contains($0) }
        case .topic: return Self.isTopic(text)
        case .advertisementTopic, .statusTopic: return TopicTemplate.problem(text, placeholders) == nil
        case .glob: return (1...248).contains(bytes.count) && Self.hasWholeEscapes(text)
        case .deviceName: return (1...64).contains(bytes.count) && !Self.hasControls(text)
        case .metricsFile: return Self.isMetricsFile(text)
        }
    }

    /// What a template may have in it.
    private var placeholders: [TopicTemplate.Placeholder] { self == .statusTopic ? [.scannerID] : TopicTemplate.Placeholder.allCases }

    /// Advice for a text that is not accepted, where the mistake is a known one.
    func advice(_ text: String) -> String? {
        let bytes = text.utf8
        switch self {
        case .host:
            if text.hasPrefix("unix:") {
                return bytes.dropFirst(5).first == UInt8(ascii: "/")
                    ? "a socket's path has at most 107 bytes" : "the path begins with /, as in unix:/run/mosquitto/broker.sock"
            }
            if let advice = URLScheme(text)?.advice { return advice }
            if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") { return "leave out the brackets" }
            if bytes.filter({ $0 == UInt8(ascii: ":") }).count == 1 { return "the port goes into mqtt.broker.port" }
            return nil
        case .topic:
            if bytes.count > 1, bytes.last == UInt8(ascii: "/") { return "leave out the / at the end" }
            if bytes.count > 1, bytes.first == UInt8(ascii: "/") { return "leave out the / in front" }
            return nil
        case .advertisementTopic, .statusTopic:
            if self == .advertisementTopic, bytes.isEmpty { return "write null for none" }
            return TopicTemplate.problem(text, placeholders)
        case .username, .password:
            return bytes.isEmpty ? "write null for none" : nil
        case .clientID:
            return bytes.isEmpty ? "write null for one that the daemon derives" : nil
        case .glob:
            return Self.hasWholeEscapes(text) ? nil : #"write \\ for a backslash"#
        case .path:
            return bytes.isEmpty ? "write null for none" : bytes.first == UInt8(ascii: "/") ? nil : "begin it with /"
        case .serverName, .protocolName, .metricsFile:
            return bytes.isEmpty ? "write null for none" : nil
        case .scannerID, .deviceName:
            return nil
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    /// `unix:`, then a path that fits into `sockaddr_un`.
    private static func isUnixSocket(_ text: String) -> Bool {
        text.hasPrefix("unix:") && isPath(text.dropFirst(5).utf8, limit: 107) && !hasControls(text)
    }

    private static func isPath(_ bytes: some Collection<UInt8>, limit: Int) -> Bool {
        bytes.first == UInt8(ascii: "/") && (2...limit).contains(bytes.count)
    }

    /// MQTT 3.1.1, 1.5.3: control characters are legal and may close the connection; Mosquitto does.
    static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }

    /// Every backslash stands before `*`, `?` or a backslash.
    private static func hasWholeEscapes(_ text: String) -> Bool {
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\") else { return false }
                isEscaped = false
            } else {
                isEscaped = byte == UInt8(ascii: "\\")
            }
        }
        return !isEscaped
    }

    /// node_exporter reads nothing but files of this ending; a name of nothing else is a hidden file.
    private static func isMetricsFile(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= 4000, bytes.first == UInt8(ascii: "/"), !hasControls(text) else { return false }
        let name = bytes[bytes.index(after: bytes.lastIndex(of: UInt8(ascii: "/"))!)...]
        return name.count > 5 && name.suffix(5).elementsEqual(".prom".utf8)
    }

    private static func isTopic(_ text: String) -> Bool {
        guard (1...128).contains(text.utf8.count), !hasControls(text), text.utf8.first != UInt8(ascii: "$") else { return false }
        var level = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") { return false }
            if byte != UInt8(ascii: "/") {
                level += 1
            } else if level == 0 {
                return false
            } else {
                level = 0
            }
        }
        return level > 0
    }

    /// A name of at most 253 bytes in labels of 1…63 (RFC 1035; underscores are seen in the field), or what inet_pton takes,
    /// an IPv6 address with `%zone` too.
    private static func isHost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...253).contains(bytes.count), !bytes.contains(0) else { return false }
        if bytes.contains(UInt8(ascii: ":")) {
            var address = in6_addr()
            let end = bytes.firstIndex(of: UInt8(ascii: "%")) ?? bytes.count
            let zone = bytes[end...].dropFirst()
            guard end == bytes.count || (!zone.isEmpty && zone.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x2E }) else {
                return false
            }
            return inet_pton(AF_INET6, String(decoding: bytes[..<end], as: UTF8.self), &address) == 1
        }
        var label = 0
        var isNumeric = true
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard label > 0 else { return false }
                label = 0
            } else {
                guard isWord(byte) || (byte == UInt8(ascii: "-") && label > 0) else { return false }
                if !(0x30...0x39).contains(byte) { isNumeric = false }
                label += 1
                guard label <= 63 else { return false }
            }
        }
        // Digits and points only: an IPv4 address in four parts, or a slip of the finger.
        var address = in_addr()
        return isNumeric ? inet_pton(AF_INET, text, &address) == 1 : true
    }
}
