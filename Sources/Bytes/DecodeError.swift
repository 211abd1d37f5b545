/// External input (bytes from the air, the network or a file) violates its format.
public struct DecodeError: Error, Equatable, Sendable {
    /// What was wrong.
    public enum Reason: UInt8, Sendable {
        /// The field reaches past the end of the bytes.
        case truncated
        /// A value the format does not allow.
        case invalid
        /// There are bytes behind the end that the format gives.
        case trailing
        /// A length beyond what this program accepts.
        case oversized
    }

    public let reason: Reason
    /// Offset in bytes, from the start of the packet, of the first byte of the field at fault; for `trailing`, of the first byte left over.
    public let offset: Int
    /// The specification's name of the field at fault.
    public let field: StaticString

    public init(_ reason: Reason, at offset: Int, in field: StaticString) {
        self.reason = reason
        self.offset = offset
        self.field = field
    }

    public static func == (left: DecodeError, right: DecodeError) -> Bool {
        left.reason == right.reason && left.offset == right.offset && left.field.description == right.field.description
    }
}

extension DecodeError: CustomStringConvertible {
    public var description: String { "\(field) at byte \(offset): \(reason)" }
}
