#if Tools
import Bytes
import Glibc
public import MQTTWire
import NIOPosix
import Synchronization

/// A session on a file: a journal of its changes, each batch of which is on the disk before it counts, and which is written anew when most of it is
/// past. It is locked against a second process.
///
/// Layout: | 8 "MQTTSES1" | records |, each | 4 length | 4 CRC-32 of the body | body |, big-endian. What a crash has left unfinished at its end is cut off.
public final class MQTTFileSessionStore: MQTTSessionStore {
    private struct State {
        var file: Int32 = -1
        var lock: Int32 = -1
        /// Bytes of the file.
        var size = 0
        var stored = MQTTStoredSession()
    }

    public let path: String
    private let state = Mutex(State())

    /// - Parameter path: of the file, which is made where there is none; its directory must exist.
    public init(path: String) { self.path = path }

    deinit {
        state.withLock { state in
            if state.file >= 0 { close(state.file) }
            if state.lock >= 0 { close(state.lock) }
        }
    }

    public func load() async throws -> MQTTStoredSession {
        try await NIOThreadPool.singleton.runIfActive { try self.state.withLock { try self.open(&$0) } }
    }

    public func apply(_ operations: [MQTTSessionOperation]) async throws {
        try await NIOThreadPool.singleton.runIfActive { try self.state.withLock { try self.append(operations, &$0) } }
    }

    // MARK: The file

    private static let magic = Array("MQTTSES1".utf8)
    /// A file of this size is not worth being written anew.
    private static let smallest = 1 << 20

    private func fault(_ what: String) -> MQTTError { .store("\(path): \(what): \(String(cString: strerror(errno)))") }

    private func open(_ state: inout State) throws(MQTTError) -> MQTTStoredSession {
        guard state.file < 0 else { return state.stored }
        state.lock = Glibc.open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard state.lock >= 0 else { throw fault("cannot open its lock") }
        guard flock(state.lock, LOCK_EX | LOCK_NB) == 0 else {
            close(state.lock)
            state.lock = -1
            throw .store("\(path): another process uses this session")
        }
        state.file = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard state.file >= 0 else { throw fault("cannot open") }
        let bytes = try read(state.file)
        if bytes.isEmpty {
            try write(Self.magic, to: state.file)
            try sync(state.file)
            try syncDirectory()
            state.size = Self.magic.count
            return state.stored
        }
        guard bytes.starts(with: Self.magic) else {
            close(state.file)
            state.file = -1
            throw .store("\(path): this file is no session of this program")
        }
        state.size = replay(bytes, into: &state.stored)
        if state.size < bytes.count { guard ftruncate(state.file, off_t(state.size)) == 0 else { throw fault("cannot cut off its unfinished end") } }
        return state.stored
    }

    /// Applies all records that are whole; where they end.
    private func replay(_ bytes: [UInt8], into stored: inout MQTTStoredSession) -> Int {
        let span = bytes.span.bytes
        var reader = ByteReader(Self.magic.count..<bytes.count)
        while true {
            let start = reader.offset
            guard reader.remaining >= 8, let length = try? reader.u32BigEndian(span, "length"), let sum = try? reader.u32BigEndian(span, "CRC"),
                let body = try? reader.skip(Int(length), "record"), CRC32.of(span.extracting(body..<body + Int(length))) == sum,
                let operation = try? MQTTSessionOperation(span.extracting(body..<body + Int(length)))
            else { return start }
            stored.apply(operation)
        }
    }

    private func append(_ operations: [MQTTSessionOperation], _ state: inout State) throws(MQTTError) {
        guard state.file >= 0 else { throw .store("\(path): the session has not been loaded") }
        for operation in operations { state.stored.apply(operation) }
        if state.size > Self.smallest, state.size > 4 * liveSize(state.stored) { return try rewrite(&state) }
        let bytes = Self.records(operations)
        try write(bytes, to: state.file)
        try sync(state.file)
        state.size += bytes.count
    }

    private func liveSize(_ stored: MQTTStoredSession) -> Int {
        stored.outgoing.reduce(stored.received.count * 11) { $0 + 64 + ($1.message?.payload.count ?? 0) + ($1.message?.topic.utf8.count ?? 0) }
    }

    private static func records(_ operations: [MQTTSessionOperation]) -> [UInt8] {
        var bytes: [UInt8] = []
        for operation in operations {
            var body: [UInt8] = []
            operation.append(to: &body)
            for value in [UInt32(body.count), CRC32.of(body.span.bytes)] {
                bytes += [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
            }
            bytes += body
        }
        return bytes
    }

    /// Writes what still counts into a new file, which takes the old one's place at once.
    private func rewrite(_ state: inout State) throws(MQTTError) {
        let name = "\(path).new"
        let file = Glibc.open(name, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw fault("cannot write it anew") }
        let bytes = Self.magic + Self.records(state.stored.operations)
        do throws(MQTTError) {
            try write(bytes, to: file)
            try sync(file)
            guard rename(name, path) == 0 else { throw fault("cannot replace") }
            try syncDirectory()
        } catch {
            close(file)
            throw error
        }
        close(state.file)
        state.file = file
        state.size = bytes.count
    }

    // MARK: System calls

    private func read(_ file: Int32) throws(MQTTError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault("cannot read") }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws(MQTTError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault("cannot write") }
            done += count
        }
    }

    private func sync(_ file: Int32) throws(MQTTError) {
        guard fdatasync(file) == 0 else { throw fault("cannot be made durable") }
    }

    private func syncDirectory() throws(MQTTError) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let file = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw fault("cannot open its directory") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw fault("its directory cannot be made durable") }
    }
}

/// The checksum of ISO 3309, as in gzip.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func of(_ bytes: RawSpan) -> UInt32 {
        var sum = ~UInt32(0)
        for index in 0..<bytes.byteCount { sum = sum >> 8 ^ table[Int((sum ^ UInt32(bytes.byte(at: index))) & 0xFF)] }
        return ~sum
    }
}
#endif
