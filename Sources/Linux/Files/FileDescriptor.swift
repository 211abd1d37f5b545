import Glibc

/// A file descriptor that is closed when its owner goes.
public struct FileDescriptor: ~Copyable, Sendable {
    public let rawValue: Int32

    /// Takes over an open descriptor.
    public init(_ rawValue: Int32) {
        precondition(rawValue >= 0)
        self.rawValue = rawValue
    }

    deinit { close(rawValue) }

    /// Opens a file for reading. It does not wait for anybody to write to a FIFO; `waitForData` does.
    /// - Throws: `SystemError`. The corresponding C function is `open`.
    public static func openForReading(_ path: String) throws(SystemError) -> FileDescriptor {
        FileDescriptor(try retrying("open") { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) })
    }

    /// Reads what is there, at most `memory.count` bytes; 0 at the end.
    /// - Throws: `SystemError`, `isNotYet` where a pipe has nothing at present. The corresponding C function is `read`.
    public func read(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try retrying("read") { Glibc.read(rawValue, memory.baseAddress, memory.count) }
    }

    /// Waits until there is something to read: bytes, or the end, which a FIFO has once all who wrote to it have gone. A file has always.
    /// - Parameter wakeup: ends the wait, and is taken.
    /// - Returns: whether there is; false after the wakeup. The corresponding C function is `poll`.
    /// - Throws: `SystemError`
    public func waitForData(or wakeup: Wakeup) throws(SystemError) -> Bool {
        var waits = [pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeup.fd, events: Int16(POLLIN), revents: 0)]
        _ = try retrying("poll") { poll(&waits, 2, -1) }
        if waits[1].revents != 0 { wakeup.clear() }
        return waits[0].revents != 0
    }

    /// Goes back to byte `offset` of the file.
    /// - Throws: `SystemError`: a pipe cannot do that. The corresponding C function is `lseek`.
    public func seek(to offset: Int) throws(SystemError) {
        _ = try retrying("lseek") { lseek(rawValue, off_t(offset), SEEK_SET) }
    }

    /// The file is a directory.
    public var isDirectory: Bool { kind == S_IFDIR }
    /// The file is a regular one: it has all of its bytes, and can be read again.
    public var isRegularFile: Bool { kind == S_IFREG }

    private var kind: mode_t {
        var status = stat()
        return fstat(rawValue, &status) == 0 ? status.st_mode & S_IFMT : 0
    }
}
