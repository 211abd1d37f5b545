import Glibc
import YAMLSchema

/// Free texts. Lengths are in bytes of UTF-8.
extension Format<String> {
    static var scannerID: Self {
        .text(
            "1 to \(ScannerIDTemplate.maximumBytes) of \(ScannerIDTemplate.characters), in which {\(ScannerIDTemplate.placeholder)} may stand",
            accepts: ScannerIDTemplate.accepts, advice: { Braces.problem($0, [ScannerIDTemplate.placeholder]) })
    }

    static var host: Self {
        .text(
            "a host name, an IPv4 or an IPv6 address, or unix: and the path of a socket", accepts: { isUnixSocket($0) || isHost($0) },
            advice: { text in
                let bytes = text.utf8
                if text.hasPrefix("unix:") {
                    return bytes.dropFirst(5).first == UInt8(ascii: "/")
                        ? "a socket's path has at most 107 bytes" : "the path begins with /, as in unix:/run/mosquitto/broker.sock"
                }
                if let advice = schemeAdvice(text) { return advice }
                if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") { return "leave out the brackets" }
                return bytes.filter { $0 == UInt8(ascii: ":") }.count == 1 ? "the port goes into mqtt.broker.port" : nil
            })
    }

    static var serverName: Self { .text("a host name, an IPv4 or an IPv6 address", accepts: isHost, advice: nullForNone) }

    static var username: Self { line(1...4096, advice: nullForNone) }

    static var password: Self {
        .text("1 to 4096 bytes of text", mayHoldNumberSign: true, accepts: { (1...4096).contains($0.utf8.count) }, advice: nullForNone)
    }

    static var deviceName: Self { line(1...64) }

    static var path: Self {
        .text(
            "the absolute path of a file", mayHoldNumberSign: true, accepts: { isPath($0, limit: 4095) },
            advice: { nullForNone($0) ?? ($0.utf8.first == UInt8(ascii: "/") ? nil : "begin it with /") })
    }

    static var clientID: Self { ascii { $0.isEmpty ? "write null for one that the daemon derives" : nil } }

    static var protocolName: Self { ascii(nullForNone) }

    static var topic: Self {
        .text(
            "1 to 128 bytes: topic levels separated by /, none empty, without + and #, not beginning with $", accepts: isTopic,
            advice: { text in
                guard text.utf8.count > 1 else { return nil }
                if text.utf8.last == UInt8(ascii: "/") { return "leave out the / at the end" }
                return text.utf8.first == UInt8(ascii: "/") ? "leave out the / in front" : nil
            })
    }

    static func template(_ placeholders: [TopicTemplate.Placeholder], whenEmpty: String? = nil) -> Self {
        .text(
            "1 to \(TopicTemplate.maximumBytes) bytes: topic levels separated by /, none empty but the first, without + and #, "
                + "in which \(Printable.alternatives(placeholders.map(\.text))) may stand, in quotes where it begins with {",
            accepts: { TopicTemplate.problem($0, placeholders) == nil },
            advice: { text in
                if text.isEmpty, let whenEmpty { return whenEmpty }
                return TopicTemplate.problem(text, placeholders).flatMap { $0.isEmpty ? nil : $0 }
            })
    }

    /// node_exporter reads nothing but files of this ending; a name of nothing else is a hidden file.
    static var metricsFile: Self {
        .text(
            "a path of at most 4000 bytes that begins with / and ends in .prom", mayHoldNumberSign: true,
            accepts: { text in
                let name = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? text.utf8[...]
                return isPath(text, limit: 4000) && name.count > 5 && name.suffix(5).elementsEqual(".prom".utf8)
            }, advice: nullForNone)
    }

    // MARK: Rules

    private static func line(_ length: ClosedRange<Int>, advice: @escaping @Sendable (String) -> String? = { _ in nil }) -> Self {
        .text(
            "\(length.lowerBound) to \(length.upperBound) bytes of text without control characters", mayHoldNumberSign: true,
            accepts: { length.contains($0.utf8.count) && !hasControls($0) }, advice: advice)
    }

    private static func ascii(_ advice: @escaping @Sendable (String) -> String?) -> Self {
        .text(
            "1 to 64 printable ASCII characters", mayHoldNumberSign: true,
            accepts: { (1...64).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } }, advice: advice)
    }

    @Sendable private static func nullForNone(_ text: String) -> String? { text.isEmpty ? "write null for none" : nil }

    @Sendable private static func isWord(_ byte: UInt8) -> Bool { ScannerIDTemplate.isWord(byte) }

    /// `unix:`, then a path that fits into `sockaddr_un`.
    private static func isUnixSocket(_ text: String) -> Bool { text.hasPrefix("unix:") && isPath(String(text.dropFirst(5)), limit: 107) }

    private static func isPath(_ text: String, limit: Int) -> Bool {
        text.utf8.first == UInt8(ascii: "/") && (2...limit).contains(text.utf8.count) && !hasControls(text)
    }

    /// MQTT 3.1.1, 1.5.3: control characters are legal and may close the connection; Mosquitto does.
    static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }

    @Sendable private static func isTopic(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...128).contains(bytes.count) && !hasControls(text) && bytes.first != UInt8(ascii: "$")
            && !bytes.contains(UInt8(ascii: "+")) && !bytes.contains(UInt8(ascii: "#"))
            && bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// A name of at most 253 bytes in labels of 1…63 (RFC 1035; underscores are seen in the field), or what inet_pton takes,
    /// an IPv6 address with `%zone` too.
    @Sendable private static func isHost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...253).contains(bytes.count), !bytes.contains(0) else { return false }
        if bytes.contains(UInt8(ascii: ":")) {
            var address = in6_addr()
            let end = bytes.firstIndex(of: UInt8(ascii: "%")) ?? bytes.count
            let zone = bytes[end...].dropFirst()
            guard end == bytes.count || (!zone.isEmpty && zone.allSatisfy(isWord)) else { return false }
            return inet_pton(AF_INET6, String(decoding: bytes[..<end], as: UTF8.self), &address) == 1
        }
        // Digits and points only: an IPv4 address in four parts, or a slip of the finger.
        var address = in_addr()
        if bytes.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) { return inet_pton(AF_INET, text, &address) == 1 }
        var labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty ?? false { labels.removeLast() }
        return labels.allSatisfy { (1...63).contains($0.count) && $0.first != UInt8(ascii: "-") && $0.allSatisfy(isWord) }
    }

    /// For what stands before `://` (RFC 3986, 3.1) where a host is expected: people paste URLs.
    private static func schemeAdvice(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), (1...16).contains(colon), bytes[colon...].starts(with: "://".utf8),
            bytes[..<colon].allSatisfy({ isWord($0) && $0 != UInt8(ascii: "_") || $0 == UInt8(ascii: "+") })
        else { return nil }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        switch name.lowercased() {
        case "ws", "wss":
            return "\(name):// is MQTT over WebSocket, which is not supported; give the host alone, and the broker's port for MQTT over TCP or TLS"
        case "mqtts", "ssl", "tls", "secure-mqtt":
            return "leave out \(name):// in front, and set mqtt.broker.tls.enabled: true for TLS"
        case "http", "https":
            return "leave out \(name):// in front; a broker speaks MQTT, and not \(name.uppercased())"
        case "unix":
            return "write one colon and the path of the socket, as in unix:/run/mosquitto/broker.sock"
        default: return "leave out \(name):// in front"
        }
    }
}
