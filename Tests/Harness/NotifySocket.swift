import Foundation
import Synchronization

/// A service manager's ear: the datagram socket that `NOTIFY_SOCKET` names, and what was said into it, in order.
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let heard = Mutex<(messages: [String], running: Bool)>(([], true))

    init(_ scene: Scene) throws {
        path = scene.path("notify")
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Child.StartFailed(description: "too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0 else { throw Child.StartFailed(description: "\(path): \(String(cString: strerror(errno)))") }
        Thread.detachNewThread { [self] in listen() }
    }

    private func listen() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while heard.withLock({ $0.running }) {
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // The end of the test is noticed within this time.
            guard poll(&waited, 1, 50) == 1 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            heard.withLock { $0.messages.append(text) }
        }
        close(descriptor)
    }

    func stop() { heard.withLock { $0.running = false } }

    /// Everything that was said.
    var messages: [String] { heard.withLock { $0.messages } }

    func count(_ message: String) -> Int { messages.count { $0 == message } }

    /// Waits until something has been said that begins so, from the message at `start` on.
    /// - Returns: its place among all messages.
    @discardableResult
    func place(_ beginning: String, from start: Int = 0, within seconds: Double = 20) async throws -> Int {
        try await until("“\(beginning)”, after \(messages)", within: seconds) { () -> Int? in place(of: beginning, from: start) }
    }

    private func place(of beginning: String, from start: Int) -> Int? {
        let all = messages
        return all.indices.dropFirst(start).first { all[$0].hasPrefix(beginning) }
    }
}
