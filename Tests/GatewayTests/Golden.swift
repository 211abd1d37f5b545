import Bluetooth
import Bytes

@testable import Gateway

/// A payload as text.
func payload(
    _ data: [UInt8], _ one: Advertisement = advertisement(), options: PayloadOptions = [], scanner: String = "scanner-01",
    adapters: [String] = ["hci0", "hci1"], identities: [KnownDevice] = []
) -> String {
    var formatter = PayloadFormatter(scannerID: scanner, options: options, adapters: adapters, identities: identities)
    return text { _ = formatter.write(one, data.span.bytes, to: &$0) }
}

/// Whether the advertising data was whole.
func isWhole(_ data: [UInt8]) -> Bool {
    var formatter = PayloadFormatter(scannerID: "s", options: [], adapters: [])
    var isWhole = false
    _ = bytes { isWhole = formatter.write(advertisement(), data.span.bytes, to: &$0) }
    return isWhole
}

/// The payload of `advertisement()` without optional keys.
func golden(manufacturer: String = "", uuids: String = "", name: String = "null", _ more: String = "") -> String {
    #"{"scanner_id":"scanner-01","mac_address":"AA:BB:CC:DD:EE:FF","rssi":-67,"timestamp":"2026-01-11T10:30:45.123Z","#
        + "\"manufacturer_data\":{\(manufacturer)},\"service_uuids\":[\(uuids)],\"local_name\":\(name)\(more)}"
}
