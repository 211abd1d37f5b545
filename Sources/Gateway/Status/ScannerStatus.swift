import Bytes

/// The message on the status topic: the scanner's state, the reasons, and all statistics.
public struct ScannerStatus: Sendable {
    /// The state in one word, and why.
    public enum State: Equatable, Sendable {
        case online
        case degraded([String])
        case offline(String)

        /// From the reasons for being degraded, most serious first.
        public init(reasons: [String]) { self = reasons.isEmpty ? .online : .degraded(reasons) }

        var word: StaticString {
            switch self {
            case .online: "online"
            case .degraded: "degraded"
            case .offline: "offline"
            }
        }

        var reasons: [String] {
            switch self {
            case .online: []
            case .degraded(let reasons): reasons
            case .offline(let reason): [reason]
            }
        }
    }

    public var scannerID: String
    public var state: State
    public var version: String
    /// RFC 3339; nil in a last will, which may be published at any time.
    public var timestamp: String?
    /// The broker's certificate is not verified.
    public var isTLSInsecure = false
    /// The machine's clock is known not to be synchronized: `timestamp` may be of any time.
    public var isClockUnsynchronized = false

    public init(
        scannerID: String, state: State, version: String, timestamp: String?, isTLSInsecure: Bool = false,
        isClockUnsynchronized: Bool = false
    ) {
        self.scannerID = scannerID
        self.state = state
        self.version = version
        self.timestamp = timestamp
        self.isTLSInsecure = isTLSInsecure
        self.isClockUnsynchronized = isClockUnsynchronized
    }

    /// The JSON object, without the numbers.
    public func payload() -> [UInt8] {
        JSONDocument.bytes { writer in JSONObject.write(to: &writer) { object, writer in write(&object, &writer) } }
    }

    /// The JSON object.
    /// - Parameter interval: the statistics that ended the last interval: a new one has hardly any yet. Nil for none.
    public func payload(_ statistics: Statistics, of interval: Statistics?, adapters: [AdapterReport]) -> [UInt8] {
        JSONDocument.bytes { writer in
            JSONObject.write(to: &writer) { object, writer in
                write(&object, &writer)
                object.member("adapters", &writer) { Self.write(adapters, statistics, to: &$0) }
                object.member("statistics", &writer) { writer in
                    JSONObject.write(to: &writer) { object, writer in object.values(statistics.fields(of: interval), &writer) }
                }
            }
        }
    }

    private func write(_ object: inout JSONObject, _ writer: inout ByteWriter) {
        object.text("scanner_id", scannerID, &writer)
        object.member("status", &writer) { writer in
            writer.u8(UInt8(ascii: "\""))
            writer.text(state.word)
            writer.u8(UInt8(ascii: "\""))
        }
        object.text("version", version, &writer)
        if let timestamp {
            object.text("timestamp", timestamp, &writer)
            if isClockUnsynchronized { object.member("clock_synchronized", &writer) { $0.text("false") } }
        }
        let reasons = state.reasons
        if !reasons.isEmpty {
            object.text("reason", reasons.joined(separator: ", "), &writer)
            object.member("reasons", &writer) { writer in
                var list = JSONList()
                writer.u8(UInt8(ascii: "["))
                for reason in reasons {
                    list.separate(&writer)
                    writer.jsonString(reason)
                }
                writer.u8(UInt8(ascii: "]"))
            }
        }
        if isTLSInsecure { object.member("tls_insecure", &writer) { $0.text("true") } }
    }

    private static func write(_ adapters: [AdapterReport], _ statistics: Statistics, to writer: inout ByteWriter) {
        JSONObject.write(to: &writer) { object, writer in
            for adapter in adapters {
                object.key(adapter.name, &writer)
                JSONObject.write(to: &writer) { object, writer in
                    if let condition = adapter.condition { object.text("state", condition.rawValue, &writer) }
                    if let cause = adapter.cause { object.text("cause", cause, &writer) }
                    if let slot = adapter.slot { object.values(statistics.adapterCounts(slot), &writer) }
                }
            }
        }
    }
}
