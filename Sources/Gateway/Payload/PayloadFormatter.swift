import Bluetooth
import Bytes

/// Which of the optional keys a payload carries, where the advertisement has them.
public struct PayloadOptions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let serviceData = PayloadOptions(rawValue: 1 << 0)
    public static let txPower = PayloadOptions(rawValue: 1 << 1)
    public static let flags = PayloadOptions(rawValue: 1 << 2)
    public static let appearance = PayloadOptions(rawValue: 1 << 3)
    public static let addressType = PayloadOptions(rawValue: 1 << 4)
    public static let eventType = PayloadOptions(rawValue: 1 << 5)
    public static let phy = PayloadOptions(rawValue: 1 << 6)
    public static let sid = PayloadOptions(rawValue: 1 << 7)
    public static let adapter = PayloadOptions(rawValue: 1 << 8)
    /// The whole advertising data, hex.
    public static let raw = PayloadOptions(rawValue: 1 << 9)

    /// All that are cheap.
    public static let standard: PayloadOptions = [
        .serviceData, .txPower, .flags, .appearance, .addressType, .eventType, .phy, .sid, .adapter,
    ]
}

/// Writes an advertisement as the JSON object of the wire contract.
public struct PayloadFormatter: Sendable {
    /// Up to and with the quote that opens the address.
    private let prefix: [UInt8]
    private let options: PayloadOptions
    /// Names of the adapters as JSON strings with their quotes.
    private let adapters: [[UInt8]]
    /// `,"identity_address":"AA:BB:CC:DD:EE:FF","identity_name":"…"`
    private let identities: [[UInt8]]
    private var time = UTCTimeText()
    private var content = AdvertisingData()
    private var occurrences: OccurrenceTable

    /// - Parameters:
    ///   - adapters: their names, in the order of `Advertisement.adapter`.
    ///   - identities: the known devices, in the order of `Advertisement.identity`.
    ///   - seed: a number that is unknown outside.
    public init(
        scannerID: String, options: PayloadOptions = .standard, adapters: [String], identities: [KnownDevice] = [], seed: UInt64 = 0
    ) {
        occurrences = OccurrenceTable(seed: seed)
        prefix = Array(#"{"scanner_id":"#.utf8) + Self.jsonString(scannerID) + Array(#","mac_address":""#.utf8)
        self.options = options
        self.adapters = adapters.map(Self.jsonString)
        self.identities = identities.map {
            Array(#","identity_address":"\#($0.address)","identity_name":"#.utf8) + Self.jsonString($0.name)
        }
    }

    /// `text` as a JSON string with its quotes, for what is written once.
    public static func jsonString(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        return withUnsafeTemporaryAllocation(byteCount: source.count * 6 + 2, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            writer.jsonString(source.span.bytes)
            return Array(memory[..<writer.count])
        }
    }

    /// Writes the object; false if the advertising data was malformed and only what came before the malformed part is written.
    public mutating func write(_ advertisement: Advertisement, _ data: RawSpan, to writer: inout ByteWriter) -> Bool {
        let report = advertisement.report
        content.read(data)
        let fields = content.fields
        writer.bytes(prefix)
        report.address.write(to: &writer)
        writer.text(#"","rssi":"#)
        if let rssi = report.rssi { writer.decimal(Int(rssi)) } else { writer.text("null") }
        writer.text(#","timestamp":""#)
        time.write(unixMicroseconds: advertisement.unixMicroseconds, to: &writer)
        writer.text(#"","manufacturer_data":{"#)
        var start = writer.count
        if fields.manufacturerData > 0 { writer.manufacturerData(data, content, &occurrences) }
        writer.endList(from: start, UInt8(ascii: "}"))
        writer.text(#","service_uuids":["#)
        start = writer.count
        if fields.uuidLists > 0 { writer.serviceUUIDs(data, content) }
        writer.endList(from: start, UInt8(ascii: "]"))
        writer.text(#","local_name":"#)
        if let name = fields.localName { writer.jsonString(data.extracting(name)) } else { writer.text("null") }

        if fields.manufacturerData > 1, occurrences.hasRepetitions {
            writer.text(#","manufacturer_data_repeated":["#)
            writer.repeatedManufacturerData(data, occurrences)
            writer.replaceLast(UInt8(ascii: "]"))
        }
        if options.contains(.serviceData), fields.serviceData > 0 {
            writer.text(#","service_data":{"#)
            writer.serviceData(data, content, &occurrences)
            writer.replaceLast(UInt8(ascii: "}"))
            if occurrences.hasRepetitions {
                writer.text(#","service_data_repeated":["#)
                writer.repeatedServiceData(data, occurrences)
                writer.replaceLast(UInt8(ascii: "]"))
            }
        }
        writeNumbers(report, fields, to: &writer)
        writeRadio(report, to: &writer)
        if options.contains(.adapter) {
            writer.text(#","adapter":"#)
            writer.bytes(adapters[Int(advertisement.adapter)])
        }
        if options.contains(.raw) {
            writer.text(#","raw":""#)
            writer.hex(data)
            writer.text(#"""#)
        }
        if advertisement.identity != 0 { writer.bytes(identities[Int(advertisement.identity) - 1]) }
        if advertisement.isClockUnsynchronized { writer.text(#","clock_synchronized":false"#) }
        if advertisement.isTruncated { writer.text(#","truncated":true"#) }
        if fields.isMalformed { writer.text(#","malformed":true"#) }
        writer.text("}")
        return !fields.isMalformed
    }

    private func writeNumbers(_ report: AdvertisingReport, _ fields: ADFields, to writer: inout ByteWriter) {
        if options.contains(.txPower), let power = fields.txPower ?? report.txPower { writer.member(#","tx_power":"#, Int(power)) }
        if options.contains(.flags), let flags = fields.flags { writer.member(#","flags":"#, Int(flags)) }
        if options.contains(.appearance), let appearance = fields.appearance { writer.member(#","appearance":"#, Int(appearance)) }
    }

    private func writeRadio(_ report: AdvertisingReport, to writer: inout ByteWriter) {
        if options.contains(.addressType), let name = report.addressType.name { writer.member(#","address_type":"#, name) }
        if options.contains(.eventType), let name = report.eventType.name {
            let type = report.eventType
            writer.member(#","event_type":"#, name)
            if !type.isLegacy {
                writer.member(#","connectable":"#, type.isConnectable)
                writer.member(#","scannable":"#, type.isScannable)
                writer.member(#","directed":"#, type.isDirected)
                writer.member(#","scan_response":"#, type.isScanResponse)
            }
        }
        if options.contains(.phy) {
            if let phy = report.primaryPHY { writer.member(#","primary_phy":"#, phy.name) }
            if let phy = report.secondaryPHY { writer.member(#","secondary_phy":"#, phy.name) }
        }
        if options.contains(.sid), let sid = report.sid { writer.member(#","sid":"#, Int(sid)) }
    }
}

extension ByteWriter {
    fileprivate mutating func member(_ key: StaticString, _ value: Int) {
        text(key)
        decimal(value)
    }

    fileprivate mutating func member(_ key: StaticString, _ value: StaticString) {
        text(key)
        u8(UInt8(ascii: "\""))
        text(value)
        u8(UInt8(ascii: "\""))
    }

    fileprivate mutating func member(_ key: StaticString, _ value: Bool) {
        text(key)
        text(value ? "true" : "false")
    }
}
