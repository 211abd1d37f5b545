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

    /// Opens a file for reading.
    /// - Throws: `SystemError`. The corresponding C function is `open`.
    public static func openForReading(_ path: String) throws(SystemError) -> FileDescriptor {
        FileDescriptor(try retrying("open") { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) })
    }

    /// Reads what is there, at most `memory.count` bytes; 0 at the end.
    /// - Throws: `SystemError`. The corresponding C function is `read`.
    public func read(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try retrying("read") { Glibc.read(rawValue, memory.baseAddress, memory.count) }
    }

    /// Goes back to byte `offset` of the file.
    /// - Throws: `SystemError`: a pipe cannot do that. The corresponding C function is `lseek`.
    public func seek(to offset: Int) throws(SystemError) {
        _ = try retrying("lseek") { lseek(rawValue, off_t(offset), SEEK_SET) }
    }

    /// The file is a directory.
    public var isDirectory: Bool {
        var status = stat()
        return fstat(rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
