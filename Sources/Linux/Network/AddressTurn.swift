/// Which of a peer's many addresses an attempt begins with, so that over the attempts each of them is tried: a number that moves on,
/// whatever addresses there are.
public struct AddressTurn: Equatable, Sendable {
    private var current = 0
    private var next = 0

    public init() {}

    /// The next attempt's first address.
    /// - Parameters:
    ///   - count: addresses that there are now.
    ///   - capacity: addresses that one attempt tries. Where that is all of them, it is the first, which is the preferred one.
    mutating func begin(count: Int, capacity: Int) -> Int {
        guard count > capacity else {
            self = AddressTurn()
            return 0
        }
        current = next < count ? next : 0
        // The last ones are an attempt of their own, and then the preferred ones are tried again.
        next = current + capacity < count ? current + capacity : 0
        return current
    }

    /// An address of the latest attempt was the peer's: the next attempt begins where that one did.
    public mutating func succeeded() { next = current }
}
