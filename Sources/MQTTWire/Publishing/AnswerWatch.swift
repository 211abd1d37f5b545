/// Whether an answer of the broker wakes the loop, or is read whenever the loop has something to write: a broker acknowledges one
/// message at a time, and each PUBACK would wake the loop for itself.
///
/// Only a loop that writes again and again, with a window that is far from full, is not woken: nothing ever waits for an answer that is there.
/// A value without a clock; times are CLOCK_MONOTONIC in nanoseconds.
public struct AnswerWatch: Equatable, Sendable {
    /// An answer wakes the loop.
    public private(set) var wakes = true
    private var lastWrite: UInt64 = 0
    private var isFlowing = false
    private var patience: UInt64 = 0

    public init() {}

    /// When answers must be read though nothing is written; nil while they wake the loop.
    public var deadline: UInt64? { wakes ? nil : lastWrite + patience }

    /// Something was written.
    /// - Parameter gather: the longest that advertisements wait for others, ns.
    public mutating func wrote(at now: UInt64, gather: UInt64) {
        guard now > lastWrite else { return }
        isFlowing = now - lastWrite <= 2 * gather
        patience = 4 * gather
        lastWrite = now
    }

    /// Decides about the wait that follows.
    /// - Parameter mayRest: answers may wait, as far as the session is concerned.
    /// - Returns: whether `wakes` has changed.
    public mutating func decide(at now: UInt64, mayRest: Bool) -> Bool {
        let rests = mayRest && isFlowing && now < lastWrite + patience
        defer { wakes = !rests }
        return rests == wakes
    }
}
