import Glibc
import Testing

@testable import Linux

@Suite(.timeLimit(.minutes(1))) struct EpollTests {
    /// What comes without waiting.
    private static func poll(_ epoll: borrowing Epoll, until deadline: UInt64? = 0) throws -> [UInt64: Epoll.Interest] {
        var came: [UInt64: Epoll.Interest] = [:]
        try epoll.wait(until: deadline) { token, events in came[token] = events }
        return came
    }

    @Test func `a descriptor is reported by its token, as long as it is ready`() throws {
        let epoll = try Epoll()
        let (first, second) = (try Wakeup(), try Wakeup())
        try epoll.add(first.fd, .readable, token: 7)
        try epoll.add(second.fd, .readable, token: .max)
        #expect(try Self.poll(epoll) == [:])
        second.signal()
        #expect(try Self.poll(epoll) == [.max: .readable])
        first.signal()
        #expect(try Self.poll(epoll) == [7: .readable, .max: .readable])
        second.clear()
        #expect(try Self.poll(epoll) == [7: .readable])
    }

    @Test func `at the edge a descriptor is reported once for each signal`() throws {
        let epoll = try Epoll()
        let wakeup = try Wakeup()
        try epoll.add(wakeup.fd, [.readable, .edge], token: 1)
        wakeup.signal()
        #expect(try Self.poll(epoll) == [1: .readable])
        #expect(try Self.poll(epoll) == [:])
        wakeup.signal()
        #expect(try Self.poll(epoll) == [1: .readable])
    }

    @Test func `what is waited for can change, and end`() throws {
        let epoll = try Epoll()
        let wakeup = try Wakeup()
        try epoll.add(wakeup.fd, .readable, token: 1)
        #expect(try Self.poll(epoll) == [:])
        epoll.modify(wakeup.fd, .writable, token: 2)
        #expect(try Self.poll(epoll) == [2: .writable])
        try epoll.remove(wakeup.fd)
        #expect(try Self.poll(epoll) == [:])
    }

    @Test func `a descriptor that is added twice, or not there, is an error`() throws {
        let wakeup = try Wakeup()
        let twice = #expect(throws: SystemError.self) {
            let epoll = try Epoll()
            try epoll.add(wakeup.fd, .readable, token: 1)
            try epoll.add(wakeup.fd, .readable, token: 1)
        }
        #expect(twice == SystemError("epoll_ctl", EEXIST) && twice?.isAlreadyThere == true)
        #expect(throws: SystemError("epoll_ctl", ENOENT)) {
            let epoll = try Epoll()
            try epoll.remove(wakeup.fd)
        }
        #expect(throws: SystemError("epoll_ctl", EBADF)) {
            let epoll = try Epoll()
            try epoll.add(-1, .readable, token: 1)
        }
    }

    @Test func `forgetting a descriptor that is not watched is fine, and one that is closed is our own fault`() async throws {
        let epoll = try Epoll()
        let wakeup = try Wakeup()
        try epoll.add(wakeup.fd, .readable, token: 1)
        wakeup.signal()
        epoll.forget(wakeup.fd)
        epoll.forget(wakeup.fd)
        #expect(try Self.poll(epoll) == [:])
        await #expect(processExitsWith: .failure) { try Epoll().forget(-1) }
    }

    @Test func `a deadline is never early`() throws {
        let epoll = try Epoll()
        for delay in [UInt64(0), 1, 999_999, 1_000_000, 1_000_001, 3_500_000] {
            let deadline = Clock.monotonic + delay
            #expect(try Self.poll(epoll, until: deadline) == [:])
            #expect(Clock.monotonic >= deadline)
        }
    }

    @Test func `more than sixteen descriptors come in several rounds`() throws {
        let epoll = try Epoll()
        let all = try (0..<40).map { _ in try Wakeup() }
        for (token, wakeup) in all.enumerated() {
            try epoll.add(wakeup.fd, [.readable, .edge], token: UInt64(token))
            wakeup.signal()
        }
        var seen: Set<UInt64> = []
        while true {
            let came = try Self.poll(epoll)
            #expect(came.count <= 16 && seen.isDisjoint(with: came.keys))
            seen.formUnion(came.keys)
            if came.isEmpty { break }
        }
        #expect(seen.count == 40)
    }

    @Test func `an epoll can wait for another`() throws {
        let outer = try Epoll()
        let inner = try Epoll()
        let wakeup = try Wakeup()
        try inner.add(wakeup.fd, .readable, token: 1)
        try outer.add(inner.fd, .readable, token: 2)
        #expect(try Self.poll(outer) == [:])
        wakeup.signal()
        #expect(try Self.poll(outer) == [2: .readable])
        wakeup.clear()
        #expect(try Self.poll(outer) == [:])
    }

    @Test func `a peer that hangs up is reported without being asked for`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        do {
            let peer = listener.accept()
            _ = peer.rawValue
        }
        transport.finishWriting()
        let epoll = try Epoll()
        try epoll.add(transport.fd, [], token: 1)
        #expect(try Self.poll(epoll, until: nil)[1]?.contains(.hungUp) == true)
    }
}
