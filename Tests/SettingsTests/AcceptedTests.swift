import Gateway
import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct AcceptedTests {
    @Test func `the connection example of the publisher feature is accepted as it stands there`() throws {
        let configuration = try parse(
            """
            scanner_id: scanner-01
            mqtt:
              broker:
                host: "localhost"
                port: 1883
                username: null        # Optional
                password: null        # Optional
              client:
                client_id: "bt-mqtt-scanner-01"
                keep_alive: 60        # Seconds
                clean_session: true
                qos: 0                # 0 = at most once, 1 = at least once
              reconnect:
                initial_delay: 1      # Seconds
                max_delay: 60         # Seconds
                exponential_backoff: true
            """)
        var expected = Configuration(scannerID: "scanner-01")
        expected.client.clientID = "bt-mqtt-scanner-01"
        #expect(configuration == expected)
    }

    @Test func `every key reaches its own property`() throws {
        let configuration = try parse(
            """
            scanner_id: attic_2.left-A
            scanner:
              adapter: aa:bb:cc:DD:EE:0f
              mode: active
              interval_ms: 62.5
              window_ms: 2.5
              own_address_type: random
              receive_buffer: 65536
              phys: coded
              access: exclusive
              mixed:
                period: 86400
                active: 3600
              watchdog:
                silence: 0
                check: 3600
              recovery:
                power_cycle: false
                rfkill_unblock: true
                usb_reset: false
            ring:
              size: 64MiB
              gather: 100
            mqtt:
              broker:
                host: fe80::1%wlan0
                port: 65535
                username: "Zoë"
                password: 'pass: "word" '
                tls:
                  enabled: true
                  ca_file: /etc/ssl/a.pem
                  ca_path: /etc/ssl/certs
                  system_ca: true
                  certificate: /c.pem
                  key: /k.pem
                  server_name: broker.example
                  alpn: mqtt
                  insecure: true
              client:
                client_id: an id
                keep_alive: 5
                clean_session: FALSE
                qos: +1
                max_inflight: 1000
              reconnect:
                initial_delay: 5e-1
                max_delay: 86400.
                exponential_backoff: False
                jitter: .25
            topic:
              base: home/ble
              advertisement: /x/{mac_bare}
              status: home/status
              status_is_whole: true
              use_identity: true
            payload:
              service_data: false
              tx_power: false
              flags: false
              appearance: false
              address_type: false
              event_type: false
              phy: false
              sid: false
              adapter: false
              raw: true
            filters:
              default: deny
              rules:
                - action: deny
                  address: 01:02
                  address_type: anonymous
                  name: "Sensor ?-*"
                  company_id: 0x004c
                  service_uuid: 180F
                  rssi_min: -90
                  rssi_below: 20
                  event_type: EXT_ADV
                  ibeacon_uuid: FDA50693-A4E2-4FB1-AFCF-C6EB07647825
            thinning:
              mode: changes
              interval: 0.1
              keep_alive: 86400
              devices: 64
            identities:
              - name: Ada's watch
                address: 0a:0b:0c:0d:0e:0f
                irk: EC0234A357C8AD05341010A60A397D9B
            logging:
              level: debug
              target: stderr
            stats:
              interval: 86400
            status:
              interval: 0
              qos: 0
              retain: false
            metrics:
              textfile: /run/a b.prom
            home_assistant:
              discovery: true
              prefix: ha/discovery
            """)
        var expected = Configuration(scannerID: "attic_2.left-A")
        expected.scanner = .init(
            adapter: .address(0xAABB_CCDD_EE0F), mode: .active, intervalMilliseconds: 62.5, windowMilliseconds: 2.5,
            usesRandomAddress: true, receiveBufferBytes: 65536, phys: .leCoded, access: .exclusive,
            mixed: .init(periodSeconds: 86400, activeSeconds: 3600), watchdog: .init(silenceSeconds: 0, checkSeconds: 3600),
            recovery: .init(powerCycle: false, unblockRadio: true, usbReset: false))
        var rule = FilterRule(.deny)
        rule.addresses = [.init(value: 0x0102_0000_0000, bytes: 2)]
        rule.addressTypes = [.anonymous]
        rule.names = [NamePattern("Sensor ?-*")]
        rule.companyIDs = [76]
        rule.serviceUUIDs = [0x0000_180F_0000_1000_8000_0080_5F9B_34FB]
        rule.rssiMin = -90
        rule.rssiBelow = 20
        rule.eventKinds = [.extended]
        rule.iBeaconUUIDs = [0xFDA5_0693_A4E2_4FB1_AFCF_C6EB_0764_7825]
        expected.filters = .init(defaultAction: .deny, rules: [rule])
        expected.thinning = .init(mode: .changes, intervalSeconds: 0.1, keepAliveSeconds: 86400, devices: 64)
        expected.identities = [
            .init(
                name: "Ada's watch", address: 0x0A0B_0C0D_0E0F,
                irk: [0xEC, 0x02, 0x34, 0xA3, 0x57, 0xC8, 0xAD, 0x05, 0x34, 0x10, 0x10, 0xA6, 0x0A, 0x39, 0x7D, 0x9B])
        ]
        expected.ring = .init(sizeBytes: 64 << 20, gatherMilliseconds: 100)
        expected.broker = .init(host: "fe80::1%wlan0", port: 65535, username: "Zoë", password: "pass: \"word\" ")
        expected.broker.usesTLS = true
        expected.broker.tls.caFile = "/etc/ssl/a.pem"
        expected.broker.tls.caPath = "/etc/ssl/certs"
        expected.broker.tls.usesSystemCA = true
        expected.broker.tls.certificate = "/c.pem"
        expected.broker.tls.key = "/k.pem"
        expected.broker.tls.serverName = "broker.example"
        expected.broker.tls.alpn = "mqtt"
        expected.broker.tls.isInsecure = true
        expected.client = .init(clientID: "an id", keepAliveSeconds: 5, cleanSession: false, qos: 1, maxInflight: 1000)
        expected.reconnect = .init(initialDelaySeconds: 0.5, maxDelaySeconds: 86400, exponentialBackoff: false, jitter: 0.25)
        expected.topic = .init(base: "home/ble", advertisement: "/x/{mac_bare}", status: "home/status", isStatusWhole: true, useIdentity: true)
        expected.payload = .raw
        expected.logging = .init(level: .debug, target: .stderr)
        expected.stats.intervalSeconds = 86400
        expected.status.intervalSeconds = 0
        expected.status.qos = 0
        expected.status.retain = false
        expected.metrics.textfile = "/run/a b.prom"
        expected.homeAssistant = .init(discovery: true, prefix: "ha/discovery")
        #expect(configuration == expected)
        #expect(
            configuration.changes(from: Configuration(scannerID: "x")).paths
                == tableKeys.filter { $0.elementOf == nil && !["adapters", "mqtt.broker.password_file", "status.enabled"].contains($0.path) }.map(\.path))
    }

    @Test(arguments: [
        ("scanner_id: 01", "01"), ("scanner_id: 1.50", "1.50"), ("scanner_id: true", "true"), ("scanner_id: no", "no"),
        ("scanner_id: \"01\"", "01"), ("scanner_id: 'null'", "null"), ("{scanner_id: a}", "a"), ("\"scanner_id\": a", "a"),
        ("? scanner_id\n: a", "a"), ("%YAML 1.2\n---\nscanner_id: a\n...\n", "a"), ("\u{FEFF}scanner_id: a", "a"),
        ("scanner_id: >-\n  a\n", "a"), ("scanner_id: a\r\nmqtt:\r\n", "a"), ("scanner_id: a # why", "a"),
    ])
    func `text is taken literally whatever it looks like`(text: String, expected: String) throws {
        #expect(try parse(text) == Configuration(scannerID: expected))
    }

    @Test func `a password of digits is text`() throws {
        let configuration = try parse("scanner_id: a\nmqtt: {broker: {username: 007, password: 1234}}")
        #expect(configuration.broker.username == "007")
        #expect(configuration.broker.password == "1234")
    }

    @Test(arguments: ["mqtt:", "mqtt: ~", "mqtt: {}", "mqtt:\n  broker:\n    # host: x\n  client: null"])
    func `a section without keys means its defaults`(section: String) throws {
        #expect(try parse("scanner_id: a\n\(section)\n") == Configuration(scannerID: "a"))
    }

    @Test(arguments: [
        "localhost", "broker.local", "_mqtt.example", "127.0.0.1", "::1", "fe80::1%eth0.5", "2001:db8::5", "broker.",
        "xn--bcher-kva.example", "unix:/a", "unix:/run/mosquitto/broker.sock", "unix:/" + String(repeating: "a", count: 106),
        String(repeating: "a", count: 63) + ".b",
    ])
    func `a host name or address is accepted`(host: String) throws {
        #expect(try parse("scanner_id: a\nmqtt: {broker: {host: \"\(host)\"}}").broker.host == host)
    }

    @Test func `a Unix socket has a path and no port`() throws {
        let broker = try parse("scanner_id: a\nmqtt: {broker: {host: \"unix:/run/broker\", port: 1}}").broker
        #expect(broker.socketPath == "/run/broker" && "\(broker)" == "unix:/run/broker")
        #expect(try parse("scanner_id: a").broker.socketPath == nil)
        #expect(try parse("scanner_id: a\nmqtt: {broker: {host: \"::1\"}}").broker.description == "[::1]:1883")
    }

    @Test(arguments: [
        "", " ", "a b", ".", "a..b", "-a", "256.1.1.1", "1.2.3", "12", "::1::", "fe80::1%", "fe80::1%a b", "a/b", "Küche", "http://a",
        "[::1]", "a:1", "unix:", "unix:/", "unix:a", "unix:/\\x01", "unix:/" + String(repeating: "a", count: 107),
        String(repeating: "a", count: 64), String(repeating: "a.", count: 127), "a\\0",
    ])
    func `what is no host is refused`(host: String) {
        #expect(refusal("scanner_id: a\nmqtt: {broker: {host: \"\(host)\"}}").contains("mqtt.broker.host: "))
    }

    @Test(arguments: [("hci0", "hci0"), ("hci65534", "hci65534"), ("01:23:45:67:89:ab", "01:23:45:67:89:AB"), ("all", "all")])
    func `an adapter is named or addressed`(text: String, printed: String) throws {
        #expect(AdapterSelector(text)?.description == printed)
    }

    @Test(arguments: [
        "", "hci", "hci00", "hci65535", "hci-1", "hci123456", "HCI0", "ALL", "all ", "eth0", "01:23:45:67:89", "01:23:45:67:89:ag",
        "01-23-45-67-89-ab",
        "01:23:45:67:89:ab:cd",
    ])
    func `what names no adapter is refused`(text: String) {
        #expect(AdapterSelector(text) == nil)
    }

    @Test(arguments: [("64 KiB", 65536), ("64KiB", 65536), ("65536", 65536), ("1  MiB", 1 << 20), ("\"1 MiB\"", 1 << 20)])
    func `a size has a unit or is in bytes`(text: String, bytes: Int) throws {
        #expect(try parse("scanner_id: a\nring: {size: \(text)}").ring.sizeBytes == bytes)
    }

    @Test(arguments: ["65535", "1.5 MiB", "1 GiB", "MiB", "-1 MiB", "0x10000", "1048576 B", "9223372036854775807 KiB", "64 KiB x"])
    func `what is no size is refused`(text: String) {
        #expect(refusal("scanner_id: a\nring: {size: \(text)}").contains("ring.size: \(text) is not allowed"))
    }

    @Test(arguments: ["1_0", "1 0", "--1", "+", "-", "1e", "e1", ".", "1.e", "0b1", "0o7", "NaN", ".nan", "inf", "1e999", "١"])
    func `what is no number is refused`(text: String) {
        #expect(refusal("scanner_id: a\nmqtt: {reconnect: {max_delay: \(text)}}").contains("\(text) is not allowed (a number of seconds"))
    }

    @Test func `log levels are ordered by seriousness`() {
        #expect(LogLevel.allCases.sorted() == [.debug, .info, .warning, .error])
    }
}
