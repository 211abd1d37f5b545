import Linux
import YAMLSchema

extension Configuration {
    mutating func nameBroker(_ keys: Keys) {
        keys.section("mqtt.broker", affects: .session, help: "The broker and who we are to it.") {
            keys("host", &broker.host, .host, help: "Where the MQTT broker is: by TCP, or at a Unix socket such as unix:/run/mosquitto/broker.sock.")
            keys("port", &broker.port, .integer(1...65535), derivedDefault: "1883, or 8883 with TLS",
                help: "The broker's TCP port. Left out, it is 1883, and 8883 with TLS. A Unix socket has none, and this is ignored.")
            keys("username", &broker.username, .optional(.username), help: "Optional: user name for the broker.")
            keys("password", &broker.password, .optional(.password), isSecret: true,
                help: "Optional: password for the broker, in quotes. It needs a username. It is never printed. The file may then be read by root, its group and the daemon only.")
            keys("password_file", &broker.passwordFile, .optional(.path),
                help: "Optional: a file whose first line is the password, instead of password. It may be read by root, its group and the daemon only. Without either, systemd's credential mqtt-password is the password.")
            keys("tls.enabled", &broker.usesTLS, .flag,
                help: "Whether the connection is encrypted: TLS 1.2 or later, and the broker must prove who it is. It needs one of ca_file, ca_path and system_ca.")
            keys.section("tls") {
                keys("ca_file", &broker.tls.caFile, .optional(.path),
                    help: "Optional: file with the certificates of the authorities that are trusted (PEM). This and the files below are read again at each connect.")
                keys("ca_path", &broker.tls.caPath, .optional(.path), help: "Optional: directory with such certificates, prepared by openssl rehash.")
                keys("system_ca", &broker.tls.usesSystemCA, .flag,
                    help: "Whether the public authorities that this system trusts (package ca-certificates) are trusted, for brokers on the Internet.")
                keys("certificate", &broker.tls.certificate, .optional(.path),
                    help: "Optional: file with this scanner's own certificate (PEM), for brokers that ask for one. It needs a key.")
                keys("key", &broker.tls.key, .optional(.path), mayMeetSecret: true,
                    help: "Optional: file with that certificate's private key (PEM, no passphrase), which others must not be able to read.")
                keys("server_name", &broker.tls.serverName, .optional(.serverName),
                    help: "Optional: the name or address that the broker's certificate must have, where that is not mqtt.broker.host.")
                keys("alpn", &broker.tls.alpn, .optional(.protocolName),
                    help: "Optional: application protocol to ask for (ALPN), such as mqtt or x-amzn-mqtt-ca, for brokers that share a port.")
                keys("insecure", &broker.tls.isInsecure, .flag,
                    help: "Whether any certificate is taken, from anybody. Encryption without it keeps nobody out: for tests only.")
            }
        }
        keys.section("mqtt.client", affects: .session, help: "The MQTT session.") {
            keys("client_id", &client.clientID, .optional(.clientID),
                help: "MQTT client identifier; no two clients of a broker may share one. Null: blemqttd, scanner_id and part of the machine's identifier.")
            keys("keep_alive", &client.keepAliveSeconds, .integer(5...65535, unit: "seconds"),
                help: "The broker takes the scanner for lost after one and a half times this silence.")
            keys("clean_session", &client.cleanSession, .flag,
                help: "Whether the session ends with the connection. False, at QoS 1: what was not acknowledged is sent again after a reconnect.")
            keys("qos", &client.qos, .integer(0...1), help: "Quality of service of advertisements: 0 = at most once, 1 = at least once.")
            keys("max_inflight", &client.maxInflight, .integer(1...1000),
                help: "At QoS 1, how many messages may wait for the broker's acknowledgement.")
        }
        keys.section("mqtt.reconnect", affects: .session, help: "Pauses between attempts to connect.") {
            keys("initial_delay", &reconnect.initialDelaySeconds, .number(0.5...3600, unit: "seconds"), help: "Pause after the first failed attempt.")
            keys("max_delay", &reconnect.maxDelaySeconds, .number(0.5...86400, unit: "seconds"),
                help: "Longest pause, at least initial_delay. Attempts never end.")
            keys("exponential_backoff", &reconnect.exponentialBackoff, .flag,
                help: "Whether each pause is twice the one before. False: every pause is initial_delay.")
            keys("jitter", &reconnect.jitter, .number(0...0.5),
                help: "Share by which a pause is shortened at random, so that many scanners do not come back at once. 0 = never.")
        }
    }
}
