#if Tools
/// Where a broker is, and how it is spoken to.
public struct BrokerAddress: Hashable, Sendable {
    public enum Transport: Hashable, Sendable {
        /// MQTT over TCP: `mqtt://`, and over TLS: `mqtts://`.
        case tcp(host: String, port: Int, isEncrypted: Bool)
        /// MQTT over WebSocket (chapter 6): `ws://`, and over TLS: `wss://`.
        case webSocket(host: String, port: Int, path: String, isEncrypted: Bool)
        /// A Unix domain socket: `unix:/path`.
        case unix(path: String)
    }

    public var transport: Transport

    public init(_ transport: Transport) { self.transport = transport }

    public static func tcp(_ host: String, port: Int = 1883) -> Self { Self(.tcp(host: host, port: port, isEncrypted: false)) }
    public static func tls(_ host: String, port: Int = 8883) -> Self { Self(.tcp(host: host, port: port, isEncrypted: true)) }
    public static func unix(_ path: String) -> Self { Self(.unix(path: path)) }

    /// Reads `mqtt://HOST[:PORT]`, `mqtts://…`, `ws://HOST[:PORT][/PATH]`, `wss://…` or `unix:/PATH`; also `HOST` or `HOST:PORT` alone. An IPv6
    /// address stands in brackets. User and password do not belong here, for addresses are logged.
    /// - Throws: `MQTTError.invalidAddress`, with what is wrong.
    public init(parsing text: String) throws(MQTTError) {
        func fault(_ what: String) -> MQTTError { .invalidAddress(text, what) }
        let schemes: [(name: String, port: Int, isEncrypted: Bool, isWebSocket: Bool)] = [
            ("mqtt://", 1883, false, false), ("tcp://", 1883, false, false), ("mqtts://", 8883, true, false), ("ssl://", 8883, true, false),
            ("tls://", 8883, true, false), ("ws://", 80, false, true), ("wss://", 443, true, true),
        ]
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(text.hasPrefix("unix://") ? 7 : 5))
            guard path.hasPrefix("/") else { throw fault("a Unix socket is unix:/absolute/path") }
            transport = .unix(path: path)
            return
        }
        let scheme = schemes.first { text.lowercased().hasPrefix($0.name) }
        guard scheme != nil || !text.contains("://") else {
            throw fault("the scheme is mqtt, mqtts, ws, wss or unix")
        }
        var rest = text.dropFirst(scheme?.name.count ?? 0)
        var path = "/mqtt"
        if let slash = rest.firstIndex(of: "/") {
            let tail = String(rest[slash...])
            rest = rest[..<slash]
            if scheme?.isWebSocket == true {
                path = tail
            } else if tail != "/" {
                throw fault("a path has a meaning for ws and wss only")
            }
        }
        guard !rest.contains("@") else { throw fault("user name and password are options of their own") }
        let (host, port) = try Self.hostAndPort(rest, fault)
        let number = port ?? scheme?.port ?? 1883
        if scheme?.isWebSocket == true {
            transport = .webSocket(host: host, port: number, path: path, isEncrypted: scheme!.isEncrypted)
        } else {
            transport = .tcp(host: host, port: number, isEncrypted: scheme?.isEncrypted ?? false)
        }
    }

    private static func hostAndPort(_ text: Substring, _ fault: (String) -> MQTTError) throws(MQTTError) -> (String, Int?) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw fault("an IPv6 address stands in brackets: [::1]") }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw fault("behind ] only :PORT may stand") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard !port!.contains(":") else { throw fault("an IPv6 address stands in brackets: [\(text)]") }
        }
        guard !host.isEmpty else { throw fault("it has no host") }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), (1...65_535).contains(number) else { throw fault("the port is a number from 1 to 65535") }
        return (String(host), number)
    }

    public var isEncrypted: Bool {
        switch transport {
        case .tcp(_, _, let isEncrypted), .webSocket(_, _, _, let isEncrypted): isEncrypted
        case .unix: false
        }
    }
}

extension BrokerAddress: ExpressibleByStringLiteral {
    /// - Precondition: the literal is a valid address.
    public init(stringLiteral text: String) {
        do {
            try self.init(parsing: text)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension BrokerAddress: CustomStringConvertible {
    public var description: String {
        func name(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
        return switch transport {
        case .tcp(let host, let port, let isEncrypted): "\(isEncrypted ? "mqtts" : "mqtt")://\(name(host)):\(port)"
        case .webSocket(let host, let port, let path, let isEncrypted): "\(isEncrypted ? "wss" : "ws")://\(name(host)):\(port)\(path)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
#endif
