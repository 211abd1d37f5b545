/// How much of what was written to a stream has been sent and acknowledged, as this machine's kernel knows it.
public struct StreamProgress: Equatable, Sendable {
    /// Bytes that the peer's kernel has acknowledged on this connection: a count that only grows, and no position in what was written.
    public var acknowledged: UInt64
    /// Bytes at the end of what was written that this machine's kernel, or what is above it, has not sent yet.
    public var unsent: Int
    /// Something that was written has not been acknowledged by the peer's kernel.
    public var isOutstanding: Bool
    /// For how long the peer's kernel has acknowledged nothing, ns, while something waits for it; 0 while nothing does.
    public var unanswered: UInt64

    /// All of it.
    public init(acknowledged: UInt64, unsent: Int, isOutstanding: Bool, unanswered: UInt64) {
        self.acknowledged = acknowledged
        self.unsent = unsent
        self.isOutstanding = isOutstanding
        self.unanswered = unanswered
    }
}
