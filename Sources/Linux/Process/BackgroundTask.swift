import Synchronization

/// One blocking call on a thread of its own, so that nothing else waits for it.
///
/// A task whose result is not wanted any more ends by itself, and the result is discarded.
public final class BackgroundTask<Result: Sendable>: Sendable {
    private let result = Mutex<Result?>(nil)

    /// Starts `body`.
    /// - Parameters:
    ///   - capabilities: those that it needs.
    ///   - wakeup: signalled when the result is there.
    /// - Throws: `SystemError` where no thread can be had.
    public init(
        _ name: String, capabilities: Capabilities = [], wakeup: Wakeup, _ body: @escaping @Sendable () -> Result
    ) throws(SystemError) {
        let thread = try Thread(name: name, capabilities: capabilities) { [self] in
            let value = body()
            result.withLock { $0 = value }
            wakeup.signal()
        }
        thread.detach()
    }

    /// The result, once; nil while there is none.
    public func take() -> Result? {
        result.withLock { result in
            defer { result = nil }
            return result
        }
    }
}
