import Foundation
import HostileCorpus
import Synchronization

/// A server that plays one hostile case on each connection, one connection after the other, and sees how the client ends it.
final class HostileBroker: Sendable {
    /// What became of the cases.
    struct Tally: Sendable {
        var played = 0
        /// Cases whose connection the client should have ended, and did not in time; or the reverse.
        var faults: [String] = []
        /// The client sent PUBLISH before it was accepted, or something else than CONNECT at first.
        var breaches: [String] = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex<(tally: Tally, running: Bool)>((Tally(), true))
    private let ended = DispatchSemaphore(value: 0)

    /// How long the client has for what it should do at once, and what it should not do is watched for. Seconds.
    private static let patience = 20 * timeScale
    private static let watch = 0.02 * timeScale

    init(_ cases: [HostileCase]) {
        var listener: Int32 = -1
        var port = 0
        repeat {
            if listener >= 0 { close(listener) }
            port = Broker.freePort()
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var on: Int32 = 1
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        } while !bindLoopback(listener, port: port)
        listen(listener, 16)
        self.port = port
        self.listener = listener
        Thread.detachNewThread { [self] in
            for hostile in cases where isRunning { play(hostile) }
            // Those who come now are good for nothing any more: they are taken and left alone.
            close(self.listener)
            ended.signal()
        }
    }

    var tally: Tally { state.withLock { $0.tally } }
    private var isRunning: Bool { state.withLock { $0.running } }

    func stop() {
        state.withLock { $0.running = false }
        ended.wait()
    }

    private func play(_ hostile: HostileCase) {
        guard wait(for: listener, seconds: Self.patience) else { return fault("\(hostile): nobody connects") }
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return fault("accept: \(String(cString: strerror(errno)))") }
        defer { close(client) }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        var heard: [UInt8] = []
        guard read(client, &heard, until: { $0.count >= 2 && $0.count >= 2 + Int($0[1]) || $0.count > 200 }) else {
            return fault("\(hostile): no CONNECT")
        }
        if heard.first != 0x10 { breach("\(hostile): first came \(heard.prefix(4))") }
        if hostile.stage == .online {
            put(client, [0x20, 2, 0, 0])
            // Its status at least.
            let before = heard.count
            guard read(client, &heard, until: { $0.count > before }) else { return fault("\(hostile): nothing is published") }
        }
        put(client, hostile.bytes)
        switch hostile.outcome {
        case .violation, .refused:
            if !read(client, &heard, until: { _ in false }) { fault("\(hostile): the connection stays") }
        case .tolerated, .timeout:
            if !isOpen(client, seconds: Self.watch) { fault("\(hostile): the connection was closed") }
        }
        state.withLock { $0.tally.played += 1 }
    }

    /// Reads until the condition holds or the client has closed.
    /// - Returns: false where neither happens in time.
    private func read(_ client: Int32, _ heard: inout [UInt8], until isEnough: ([UInt8]) -> Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isEnough(heard) {
            guard wait(for: client, seconds: Self.patience) else { return false }
            let count = Glibc.read(client, &buffer, buffer.count)
            if count <= 0 { return true }
            heard += buffer[..<count]
        }
        return true
    }

    private func isOpen(_ client: Int32, seconds: Double) -> Bool {
        guard wait(for: client, seconds: seconds) else { return true }
        var byte: UInt8 = 0
        return recv(client, &byte, 1, Int32(MSG_PEEK)) > 0
    }

    private func wait(for descriptor: Int32, seconds: Double) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(seconds * 1000)) > 0
    }

    private func put(_ client: Int32, _ bytes: [UInt8]) {
        send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func fault(_ text: String) { state.withLock { $0.tally.faults.append(text) } }
    private func breach(_ text: String) { state.withLock { $0.tally.breaches.append(text) } }
}
