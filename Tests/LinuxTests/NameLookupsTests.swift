import Glibc
import Synchronization
import Testing

@testable import Linux

/// A resolver that answers when the test wants it to.
@Suite(.timeLimit(.minutes(1))) struct NameLookupsTests {
    /// Lookups that block until they are let go, by name.
    private final class SlowResolver: Sendable {
        private let asked = Mutex<[String]>([])
        private let gates: [String: Wakeup]

        init(_ names: String...) throws {
            var gates: [String: Wakeup] = [:]
            for name in names { gates[name] = try Wakeup() }
            self.gates = gates
        }

        /// The questions so far.
        var questions: [String] { asked.withLock { $0 } }

        func lookUp(_ host: String, _ port: UInt16) -> Resolver.Answer {
            asked.withLock { $0.append(host) }
            gates[host]!.wait()
            return .failed(Int32(port))
        }

        /// Lets one question for `name` be answered.
        func answer(_ name: String) { gates[name]!.signal() }
    }

    private let done: Wakeup
    private let resolver: SlowResolver
    private let lookups: NameLookups

    init() throws {
        done = try Wakeup()
        let resolver = try SlowResolver("a", "b", "c")
        self.resolver = resolver
        lookups = NameLookups(wakeup: done) { resolver.lookUp($0, $1) }
    }

    /// The code of the answer, that is the port that was asked for.
    private func ask(_ host: String, _ port: UInt16 = 1) throws -> Int32? {
        switch try lookups.ask(host, port: port) {
        case .failed(let code): code
        case .addresses, nil: nil
        }
    }

    private func answer(_ name: String) {
        resolver.answer(name)
        done.wait()
    }

    @Test func `an answer comes once, and is asked for again the next time`() throws {
        #expect(try ask("a", 7) == nil)
        #expect(try ask("a", 7) == nil)
        answer("a")
        #expect(try ask("a", 7) == 7)
        #expect(lookups.count == 0)
        #expect(try ask("a", 7) == nil)
        answer("a")
        #expect(try ask("a", 7) == 7)
        #expect(resolver.questions == ["a", "a"])
    }

    @Test func `whoever comes back while the lookup runs waits for it instead of starting another`() throws {
        for _ in 0..<100 { #expect(try ask("a") == nil) }
        #expect(lookups.count == 1)
        answer("a")
        #expect(try ask("a") == 1)
        #expect(resolver.questions == ["a"])
    }

    @Test func `another name or port is another lookup`() throws {
        #expect(try ask("a", 1) == nil && ask("a", 2) == nil)
        #expect(lookups.count == 2)
        answer("a")
        answer("a")
        #expect(try ask("a", 2) == 2 && ask("a", 1) == 1)
    }

    @Test func `no more than two run at a time, however many are given up`() throws {
        #expect(try ask("a") == nil && ask("b") == nil)
        for _ in 0..<100 { #expect(try ask("c") == nil) }
        #expect(lookups.count == NameLookups.limit)
        #expect(!resolver.questions.contains("c"))
        // As soon as one has ended, the third gets its turn.
        answer("a")
        #expect(try ask("c") == nil)
        answer("c")
        #expect(try ask("c") == 1)
        answer("b")
        lookups.forgetEnded()
        #expect(lookups.count == 0)
    }

    @Test func `an answer that came when nobody wanted it is not taken for a fresh one`() throws {
        #expect(try ask("a") == nil)
        answer("a")
        lookups.forgetEnded()
        #expect(try ask("a") == nil)
        answer("a")
        #expect(try ask("a") == 1)
        #expect(resolver.questions == ["a", "a"])
    }
}
