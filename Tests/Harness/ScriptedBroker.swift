import Foundation
import Synchronization

/// A server that does one thing, wrong or not at all, to everybody who connects.
final class ScriptedBroker: Sendable {
    enum Script: Sendable {
        /// Takes the connection and never says anything.
        case silent
        /// Takes no connection: the kernel's queue is full, and a client waits for its first answer.
        case full
        /// Answers CONNECT with this return code, and closes unless it is 0. With 0, it takes everything and acknowledges nothing.
        case connack(UInt8)
        /// Answers CONNECT with these bytes.
        case bytes([UInt8])
        /// Closes what it took at once.
        case close
        /// Closes on CONNECT, without an answer.
        case closeOnConnect
        /// Accepts, and closes on what comes next.
        case closeOnPublish
    }

    let port: Int
    private let listener: Int32
    private let fillers: [Int32]
    private let state = Mutex<(accepted: Int, running: Bool, received: [UInt8])>((0, true, []))
    private let ended = DispatchSemaphore(value: 0)

    init(_ scene: Scene, _ script: Script) throws {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        var port = 0
        var listener: Int32 = -1
        while true {
            port = Broker.freePort()
            listener = socket(AF_INET, type, 0)
            var on: Int32 = 1
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            if bindLoopback(listener, port: port) { break }
            close(listener)
        }
        if case .full = script { listen(listener, 0) } else { listen(listener, 16) }
        self.port = port
        self.listener = listener
        if case .full = script {
            // A queue of length 0 holds one connection; the second stays unanswered, as all others will.
            fillers = [type, type | Int32(SOCK_NONBLOCK.rawValue)].map { type in
                let filler = socket(AF_INET, type, 0)
                _ = connectLoopback(filler, port: port)
                return filler
            }
            ended.signal()
        } else {
            fillers = []
            Thread.detachNewThread { [self] in serve(script) }
        }
        scene.keep(self)
    }

    /// Connections taken so far.
    var accepted: Int { state.withLock { $0.accepted } }

    /// Everything that clients sent.
    var received: [UInt8] { state.withLock { $0.received } }

    /// Clients that the kernel has seen knocking at a full queue: connections to this port in state SYN_SENT.
    var knocking: Int {
        let remote = "0100007F:" + String(format: "%04X", port)
        // Not by a call that reads a whole file: it takes the first page for all.
        return FileLines("/proc/net/tcp", isSized: false).lines.count { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[2] == remote && fields[3] == "02"
        }
    }

    func stop() {
        let wasRunning = state.withLock { state in
            defer { state.running = false }
            return state.running
        }
        guard wasRunning else { return }
        ended.wait()
        close(listener)
        for filler in fillers { close(filler) }
    }

    private func serve(_ script: Script) {
        var clients: [Int32] = []
        var answered: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while state.withLock({ $0.running }) {
            var waited = ([listener] + clients).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // The end of the test is noticed within this time.
            guard poll(&waited, nfds_t(waited.count), 50) > 0 else { continue }
            if waited[0].revents != 0 {
                let client = accept(listener, nil, nil)
                if client >= 0 {
                    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                    state.withLock { $0.accepted += 1 }
                    if case .close = script { close(client) } else { clients.append(client) }
                }
            }
            for entry in waited.dropFirst() where entry.revents != 0 {
                let count = read(entry.fd, &buffer, buffer.count)
                guard count > 0 else {
                    drop(entry.fd, from: &clients)
                    answered.remove(entry.fd)
                    continue
                }
                state.withLock { $0.received += buffer[..<count] }
                guard answered.insert(entry.fd).inserted else {
                    if case .closeOnPublish = script {
                        drop(entry.fd, from: &clients)
                        answered.remove(entry.fd)
                    }
                    continue
                }
                if !answer(entry.fd, script) {
                    drop(entry.fd, from: &clients)
                    answered.remove(entry.fd)
                }
            }
        }
        for client in clients { close(client) }
        ended.signal()
    }

    /// - Returns: false where the connection is to be closed.
    private func answer(_ client: Int32, _ script: Script) -> Bool {
        let bytes: [UInt8]
        var stays = true
        switch script {
        case .silent, .full, .close: return true
        case .closeOnConnect: return false
        case .closeOnPublish: bytes = [0x20, 0x02, 0x00, 0x00]
        case .connack(let code):
            bytes = [0x20, 0x02, 0x00, code]
            stays = code == 0
        case .bytes(let given): bytes = given
        }
        send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return stays
    }

    private func drop(_ client: Int32, from clients: inout [Int32]) {
        close(client)
        clients.removeAll { $0 == client }
    }
}
