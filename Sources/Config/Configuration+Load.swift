import Glibc

extension Configuration {
    /// Reads a regular file of at most `maximumFileBytes`. Never waits for a FIFO's other end and never reads a device.
    ///
    /// - Throws: why the file cannot be read and what to do, or every mistake in it.
    public static func load(path: String) throws(ConfigurationErrors) -> Configuration {
        try parse(bytes(ofFile: path), name: path)
    }

    private static func bytes(ofFile path: String) throws(ConfigurationErrors) -> [UInt8] {
        // Looked at before it is opened: opening alone can act on a device.
        var status = stat()
        guard stat(path, &status) == 0 else { throw .init(file: path, refusal(errno, path)) }
        try checkKind(status, path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw .init(file: path, refusal(errno, path)) }
        defer { close(descriptor) }
        // And again: the name may mean another file by now.
        guard fstat(descriptor, &status) == 0 else { throw .init(file: path, refusal(errno, path)) }
        try checkKind(status, path)
        guard Int(status.st_size) <= maximumFileBytes else { throw .init(file: path, tooBig: String(status.st_size)) }
        return try contents(of: descriptor, path)
    }

    /// Reads to the end, at most one byte more than is allowed: a file may grow, and some say that they are empty.
    private static func contents(of descriptor: Int32, _ path: String) throws(ConfigurationErrors) -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        var isAtEnd = false
        while !isAtEnd, bytes.count <= maximumFileBytes {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
                let count = read(descriptor, buffer.baseAddress, min(buffer.count, maximumFileBytes + 1 - bytes.count))
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
                if count < 0, errno != EINTR { failure = errno }
                isAtEnd = count == 0 || failure != 0
            }
        }
        guard failure == 0 else { throw .init(file: path, refusal(failure, path)) }
        guard bytes.count <= maximumFileBytes else { throw .init(file: path, tooBig: "more than \(maximumFileBytes)") }
        return bytes
    }

    private static func checkKind(_ status: stat, _ path: String) throws(ConfigurationErrors) {
        let problem: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: problem = "is a directory; name the file in it, such as \(path.last == "/" ? path : path + "/")config.yaml"
        case S_IFIFO: problem = "is a FIFO (named pipe); write the configuration into a regular file"
        case S_IFCHR, S_IFBLK: problem = "is a device; write the configuration into a regular file"
        default: problem = "is not a regular file; write the configuration into one"
        }
        throw .init(file: path, problem)
    }

    /// What errno means for the person at the keyboard.
    static func refusal(_ code: Int32, _ path: String) -> String {
        switch code {
        case ENOENT, ENOTDIR:
            return
                "no such file; make one with  blemqttd --example-config > \(Printable.escaped(path))  and edit it, or name another with --config"
        case EACCES, EPERM:
            return "permission denied for user id \(geteuid()); let this user read the file and enter every directory above it"
        default:
            return "cannot be read: \(String(cString: strerror(code)))"
        }
    }
}
