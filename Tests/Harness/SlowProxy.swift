import Foundation
import Synchronization

/// Between a client and a server: what the server sends arrives a byte at a time, unless it is to be plain.
final class SlowProxy: Sendable {
    let port: Int
    private let target: Int
    private let listener: Int32
    private let microseconds = Atomic<Int>(0)
    private let byteWise = Atomic<Bool>(true)
    private let mute = Atomic<Bool>(false)
    private let clients = Mutex<Set<Int32>>([])

    var isByteWise: Bool {
        get { byteWise.load(ordering: .relaxed) }
        set { byteWise.store(newValue, ordering: .relaxed) }
    }

    /// What the server says is lost.
    var isMute: Bool {
        get { mute.load(ordering: .relaxed) }
        set { mute.store(newValue, ordering: .relaxed) }
    }

    /// Ends all connections.
    func cut() { clients.withLock { for client in $0 { shutdown(client, Int32(SHUT_RDWR)) } } }

    /// Between two bytes, microseconds.
    var pause: Int {
        get { microseconds.load(ordering: .relaxed) }
        set { microseconds.store(newValue, ordering: .relaxed) }
    }

    init(_ scene: Scene, to target: Int) throws {
        self.target = target
        port = Broker.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bindLoopback(listener, port: port), listen(listener, 8) == 0 else { throw Child.StartFailed(description: "no port") }
        Thread.detachNewThread { [self] in serve() }
        scene.atEnd { [listener] in shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            Thread.detachNewThread { [self] in
                let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                _ = connectLoopback(server, port: target)
                clients.withLock { _ = $0.insert(client) }
                var noDelay: Int32 = 1
                setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
                let other = DispatchSemaphore(value: 0)
                Thread.detachNewThread { [self] in
                    copy(client, to: server, isAnswer: false)
                    other.signal()
                }
                copy(server, to: client, isAnswer: true)
                other.wait()
                clients.withLock { _ = $0.remove(client) }
                close(client)
                close(server)
            }
        }
        close(listener)
    }

    private func copy(_ from: Int32, to: Int32, isAnswer: Bool) {
        let atOnce = !isAnswer || !isByteWise
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0 else { break }
            if isAnswer, isMute { continue }
            for start in stride(from: 0, to: count, by: atOnce ? count : 1) {
                guard send(to, Array(buffer[start..<(atOnce ? count : start + 1)]), atOnce ? count : 1, Int32(MSG_NOSIGNAL)) > 0 else { break }
                if !atOnce, pause > 0 { usleep(UInt32(pause)) }
            }
        }
        shutdown(to, Int32(SHUT_WR))
    }
}
