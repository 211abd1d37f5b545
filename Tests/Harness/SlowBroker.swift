import Foundation
import Synchronization

/// A broker that is alive and slow: it accepts, reads so many bytes a second, and answers PINGREQ when it has come to it.
final class SlowBroker: Sendable {
    struct Seen: Sendable {
        /// Connections taken.
        var accepted = 0
        /// Bytes read.
        var bytes = 0
        /// PUBLISH packets read whole, all topics.
        var publishes = 0
        /// PINGREQs answered.
        var pings = 0
    }

    let port: Int
    private let listener: Int32
    private let bytesPerSecond: Int
    private let state = Mutex<(seen: Seen, running: Bool)>((Seen(), true))

    /// - Parameter receiveBuffer: SO_RCVBUF of its connections, bytes; 0 for the kernel's own.
    init(_ scene: Scene, bytesPerSecond: Int, receiveBuffer: Int32) throws {
        self.bytesPerSecond = bytesPerSecond
        port = Broker.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var size = receiveBuffer
        if size > 0 { setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        guard bindLoopback(listener, port: port), listen(listener, 8) == 0 else { throw Child.StartFailed(description: "no port") }
        Thread.detachNewThread { [self] in serve() }
        scene.atEnd { [self] in
            state.withLock { $0.running = false }
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    var seen: Seen { state.withLock { $0.seen } }
    private var isRunning: Bool { state.withLock { $0.running } }

    private func serve() {
        while isRunning {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            state.withLock { $0.seen.accepted += 1 }
            read(client)
            close(client)
        }
        close(listener)
    }

    /// Twenty times a second a twentieth of its share.
    private func read(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: bytesPerSecond / 20)
        var rest: [UInt8] = []
        while isRunning {
            let count = Glibc.read(client, &buffer, buffer.count)
            guard count > 0 else { return }
            state.withLock { $0.seen.bytes += count }
            rest += buffer[..<count]
            while let size = Self.size(rest), rest.count >= size {
                answer(rest[0], client)
                rest.removeFirst(size)
            }
            usleep(50_000)
        }
    }

    /// Bytes of the packet that begins here; nil if its header is not whole. MQTT 3.1.1 section 2.2.
    private static func size(_ bytes: [UInt8]) -> Int? {
        var length = 0
        for (index, byte) in bytes.dropFirst().prefix(4).enumerated() {
            length |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 { return 2 + index + length }
        }
        return nil
    }

    private func answer(_ first: UInt8, _ client: Int32) {
        switch first >> 4 {
        case 1: send(client, [0x20, 2, 0, 0] as [UInt8], 4, Int32(MSG_NOSIGNAL))
        case 3: state.withLock { $0.seen.publishes += 1 }
        case 12:
            send(client, [0xD0, 0] as [UInt8], 2, Int32(MSG_NOSIGNAL))
            state.withLock { $0.seen.pings += 1 }
        default: break
        }
    }
}
