import Bytes
import HCI

/// The topics of the wire contract.
public struct Topics: Sendable {
    /// `ble/raw/{scanner_id}/`
    private let prefix: [UInt8]
    /// `ble/status/{scanner_id}`
    public let status: [UInt8]

    public init(base: String, statusBase: String, scannerID: String) {
        prefix = Array("\(base)/\(scannerID)/".utf8)
        status = Array("\(statusBase)/\(scannerID)".utf8)
    }

    /// `ble/raw/{scanner_id}/{MAC}`
    public func write(_ address: DeviceAddress, to writer: inout ByteWriter) {
        writer.bytes(prefix)
        address.write(to: &writer)
    }

    /// The same as text, for a log line.
    public func text(_ address: DeviceAddress) -> String {
        String(decoding: prefix, as: UTF8.self) + address.description
    }
}
