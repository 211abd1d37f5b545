/// How much work one iteration of the main loop may still do.
///
/// Whatever does work that a peer can make more of asks between two pieces, none of which takes more than a fraction of a millisecond,
/// and leaves the rest to the next iteration: signals, timers and the other peers come before that.
struct WorkBudget {
    /// ns; an iteration with its last piece of work stays well below 10 ms, a slow processor and a busy machine included.
    static let iteration: UInt64 = 4_000_000

    private let kernel: any Kernel
    private let end: UInt64

    init(_ kernel: any Kernel, from now: UInt64) {
        self.kernel = kernel
        end = now + Self.iteration
    }

    var isSpent: Bool { kernel.monotonic >= end }
}
