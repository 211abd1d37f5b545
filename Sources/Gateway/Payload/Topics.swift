import Bluetooth
import Bytes

/// The topics of the wire contract, compiled from their templates: writing one neither allocates nor searches for placeholders.
public struct Topics: Sendable {
    /// A part of the template of an advertisement's topic.
    public enum Part: Sendable, Equatable {
        /// As it is.
        case text([UInt8])
        /// The device's address, `AA:BB:CC:DD:EE:FF`.
        case address
        /// The same without colons, `AABBCCDDEEFF`.
        case bareAddress
        /// The name of the adapter that received it.
        case adapter
    }

    private enum Field {
        case nothing, address, bareAddress, adapter
    }

    /// A stretch of `text`, and what follows it.
    private struct Step {
        var text: Range<Int>
        var field: Field
    }

    /// What is the same in every topic, the stretches behind each other.
    private let text: [UInt8]
    private let steps: [Step]
    /// Names by slot.
    private let adapters: [[UInt8]]
    /// `ble/status/{scanner_id}`
    public let status: [UInt8]
    /// Whose topics go by their identity's address, in the order of `Advertisement.identity`.
    private let identities: [KnownDevice]

    /// - Parameters:
    ///   - advertisement: together 1…65,535 bytes, whatever stands for the parts that change.
    ///   - status: the whole topic.
    ///   - adapters: their names, in the order of `Advertisement.adapter`; needed only where a part names them.
    ///   - identities: the known devices where topics go by the identity's address; none where they go by that on air.
    public init(advertisement: [Part], status: [UInt8], adapters: [String], identities: [KnownDevice] = []) {
        var text: [UInt8] = []
        var steps: [Step] = []
        var start = 0
        func step(_ field: Field) {
            steps.append(Step(text: start..<text.count, field: field))
            start = text.count
        }
        for part in advertisement {
            switch part {
            case .text(let bytes): text += bytes
            case .address: step(.address)
            case .bareAddress: step(.bareAddress)
            case .adapter: step(.adapter)
            }
        }
        if start < text.count { step(.nothing) }
        self.text = text
        self.steps = steps
        self.adapters = adapters.map { Array($0.utf8) }
        self.status = status
        self.identities = identities
    }

    /// The topic of an advertisement, `ble/raw/{scanner_id}/{MAC}` where the configuration has no other.
    public func write(_ advertisement: Advertisement, to writer: inout ByteWriter) {
        text.withUnsafeBytes { text in
            for step in steps {
                writer.bytes(UnsafeRawBufferPointer(rebasing: text[step.text]))
                switch step.field {
                case .nothing: break
                case .address: address(of: advertisement).write(to: &writer)
                case .bareAddress: address(of: advertisement).writeDigits(to: &writer)
                case .adapter: writer.bytes(adapters[Int(advertisement.adapter)])
                }
            }
        }
    }

    /// The same as text, for a log line.
    public func text(_ advertisement: Advertisement) -> String {
        withUnsafeTemporaryAllocation(byteCount: 65_535, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            write(advertisement, to: &writer)
            return String(decoding: memory[..<writer.count], as: UTF8.self)
        }
    }

    private func address(of advertisement: Advertisement) -> DeviceAddress {
        guard advertisement.identity != 0, !identities.isEmpty else { return advertisement.report.address }
        return identities[Int(advertisement.identity) - 1].address
    }
}
