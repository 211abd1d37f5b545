/// Why no secure stream came about, or why one ended.
public enum TLSError: Error, Equatable, Sendable {
    /// Something that has no case of its own, in the library's words.
    case other(String)

    /// What happened, and what can be done about it.
    public var explanation: String {
        switch self {
        case .other(let text): "TLS: \(text)"
        }
    }
}
