/// Host names being looked up, each on a thread of its own, and never more than a few at a time: a resolver that does not answer keeps its thread for
/// tens of seconds, whoever still waits for it.
public final class NameLookups {
    /// Lookups that may run at a time.
    public static let limit = 2

    private struct Lookup {
        let host: String
        let port: UInt16
        let task: BackgroundTask<Resolver.Answer>
    }

    private let wakeup: Wakeup
    private let lookUp: @Sendable (String, UInt16) -> Resolver.Answer
    private var running: [Lookup] = []

    /// - Parameters:
    ///   - wakeup: signalled when a lookup has ended.
    ///   - lookUp: what looks a name up, and may block for long.
    public init(wakeup: Wakeup, lookUp: @escaping @Sendable (String, UInt16) -> Resolver.Answer = Resolver.lookUp) {
        self.wakeup = wakeup
        self.lookUp = lookUp
    }

    /// Running lookups, wanted or not.
    public var count: Int { running.count }

    /// The answer, once; nil while there is none, and the question stands until `ask` is called again after a wakeup. A lookup of the
    /// same name that somebody gave up waiting for, and that still runs, is waited for; where no more may run, one must end first.
    /// - Throws: `SystemError` where no thread can be had.
    public func ask(_ host: String, port: UInt16) throws(SystemError) -> Resolver.Answer? {
        if let index = running.firstIndex(where: { $0.host == host && $0.port == port }) {
            guard let answer = running[index].task.take() else { return nil }
            running.remove(at: index)
            return answer
        }
        forgetEnded()
        guard running.count < Self.limit else { return nil }
        let task = try BackgroundTask("resolver", wakeup: wakeup) { [lookUp] in lookUp(host, port) }
        running.append(Lookup(host: host, port: port, task: task))
        return nil
    }

    /// Forgets the answers that have come by now, so that none of them is taken for a fresh one later.
    public func forgetEnded() {
        if !running.isEmpty { running.removeAll { $0.task.take() != nil } }
    }
}
