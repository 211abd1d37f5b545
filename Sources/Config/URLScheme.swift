/// What stands before `://` where a host is expected: people paste URLs.
struct URLScheme {
    private let name: String

    /// Nil where the text does not begin with a scheme (RFC 3986, 3.1) and `://`.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), (1...16).contains(colon), bytes[colon...].starts(with: "://".utf8) else {
            return nil
        }
        let isScheme = bytes[..<colon].allSatisfy { byte in
            switch byte {
            case 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        guard isScheme else { return nil }
        name = String(decoding: bytes[..<colon], as: UTF8.self)
    }

    /// What to write instead.
    var advice: String {
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
