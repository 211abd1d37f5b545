extension KeyTable {
    static let tls: [Key] = [
        Key(
            path: "mqtt.broker.tls.enabled", kind: .flag(.init(get: { $0.broker.tls.isEnabled }, set: { $0.broker.tls.isEnabled = $1 })),
            help: "Whether the connection is encrypted: TLS 1.2 or later, and the broker must prove who it is. It needs one of ca_file, ca_path and system_ca."
        ),
        Key(
            path: "mqtt.broker.tls.ca_file",
            kind: .optionalText(.path, .init(get: { $0.broker.tls.caFile }, set: { $0.broker.tls.caFile = $1 })),
            help: "Optional: file with the certificates of the authorities that are trusted (PEM). This and the files below are read again at each connect."
        ),
        Key(
            path: "mqtt.broker.tls.ca_path",
            kind: .optionalText(.path, .init(get: { $0.broker.tls.caPath }, set: { $0.broker.tls.caPath = $1 })),
            help: "Optional: folder with such certificates, prepared by openssl rehash."),
        Key(
            path: "mqtt.broker.tls.system_ca",
            kind: .flag(.init(get: { $0.broker.tls.systemCA }, set: { $0.broker.tls.systemCA = $1 })),
            help: "Whether the public authorities that this system trusts (package ca-certificates) are trusted, for brokers on the Internet."
        ),
        Key(
            path: "mqtt.broker.tls.certificate",
            kind: .optionalText(.path, .init(get: { $0.broker.tls.certificate }, set: { $0.broker.tls.certificate = $1 })),
            help: "Optional: file with this scanner's own certificate (PEM), for brokers that ask for one. It needs a key."),
        Key(
            path: "mqtt.broker.tls.key",
            kind: .optionalText(.path, .init(get: { $0.broker.tls.key }, set: { $0.broker.tls.key = $1 })),
            help: "Optional: file with that certificate's private key (PEM, no passphrase), which others must not be able to read.",
            mayMeetSecret: true),
        Key(
            path: "mqtt.broker.tls.server_name",
            kind: .optionalText(.serverName, .init(get: { $0.broker.tls.serverName }, set: { $0.broker.tls.serverName = $1 })),
            help: "Optional: the name or address that the broker's certificate must have, where that is not mqtt.broker.host."),
        Key(
            path: "mqtt.broker.tls.alpn",
            kind: .optionalText(.protocolName, .init(get: { $0.broker.tls.alpn }, set: { $0.broker.tls.alpn = $1 })),
            help: "Optional: application protocol to ask for (ALPN), such as mqtt or x-amzn-mqtt-ca, for brokers that share a port."),
        Key(
            path: "mqtt.broker.tls.insecure",
            kind: .flag(.init(get: { $0.broker.tls.isInsecure }, set: { $0.broker.tls.isInsecure = $1 })),
            help: "Whether any certificate is taken, from anybody. Encryption without it keeps nobody out: for tests only."),
    ]
}
