import Bytes
import HCI

/// The topics of the wire contract.
public struct Topics: Sendable {
    /// `ble/raw/{scanner_id}/`
    private let prefix: [UInt8]
    /// `ble/status/{scanner_id}`
    public let status: [UInt8]
    /// Whose topics go by their identity's address, in the order of `Advertisement.identity`.
    private let identities: [KnownDevice]

    /// - Parameter identities: the known devices where topics go by the identity's address; none where they go by that on air.
    public init(base: String, statusBase: String, scannerID: String, identities: [KnownDevice] = []) {
        prefix = Array("\(base)/\(scannerID)/".utf8)
        status = Array("\(statusBase)/\(scannerID)".utf8)
        self.identities = identities
    }

    /// `ble/raw/{scanner_id}/{MAC}`
    public func write(_ advertisement: Advertisement, to writer: inout ByteWriter) {
        writer.bytes(prefix)
        address(of: advertisement).write(to: &writer)
    }

    /// The same as text, for a log line.
    public func text(_ advertisement: Advertisement) -> String {
        String(decoding: prefix, as: UTF8.self) + address(of: advertisement).description
    }

    private func address(of advertisement: Advertisement) -> DeviceAddress {
        guard advertisement.identity != 0, !identities.isEmpty else { return advertisement.address }
        return identities[Int(advertisement.identity) - 1].address
    }
}
