import CFiles
import Glibc

/// A regular file, read whole: neither a FIFO's other end is waited for nor a device read.
struct PlainFile {
    /// What a file is to hold, for messages.
    enum Content {
        case configuration, password, privateKey

        /// The largest file that is read, in bytes.
        var limit: Int {
            switch self {
            case .configuration: Configuration.maximumFileBytes
            case .password: 8192
            case .privateKey: 1 << 20
            }
        }

        fileprivate var noun: String {
            switch self {
            case .configuration: "configuration"
            case .password: "password"
            case .privateKey: "private key"
            }
        }

        fileprivate var question: String {
            switch self {
            case .configuration: "is it a configuration of blemqttd?"
            case .password: "is it a password?"
            case .privateKey: "is it a private key?"
            }
        }
    }

    let path: String
    let bytes: [UInt8]
    private let standing: FileStanding

    /// - Throws: why the file cannot be read, and what to do.
    init(_ path: String, _ content: Content) throws(ConfigurationErrors) {
        self.path = path
        // Looked at before it is opened: opening alone can act on a device.
        var status = stat()
        guard stat(path, &status) == 0 else { throw .init(file: path, Self.refusal(errno, path, content)) }
        try Self.checkKind(status, path, content)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw .init(file: path, Self.refusal(errno, path, content)) }
        defer { close(descriptor) }
        // And again: the name may mean another file by now.
        guard fstat(descriptor, &status) == 0 else { throw .init(file: path, Self.refusal(errno, path, content)) }
        try Self.checkKind(status, path, content)
        guard Int(status.st_size) <= content.limit else { throw .init(file: path, tooBig: String(status.st_size), content) }
        standing = FileStanding(
            path: path, mode: status.st_mode & 0o7777, owner: status.st_uid, user: geteuid(),
            isReadOnly: cfiles_is_read_only(descriptor) == 1, isInMemory: cfiles_is_in_memory(descriptor) == 1)
        bytes = try Self.contents(of: descriptor, path, content)
    }

    /// Reads to the end, at most one byte more than is allowed: a file may grow, and some say that they are empty.
    private static func contents(of descriptor: Int32, _ path: String, _ content: Content) throws(ConfigurationErrors) -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        var isAtEnd = false
        while !isAtEnd, bytes.count <= content.limit {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
                let count = read(descriptor, buffer.baseAddress, min(buffer.count, content.limit + 1 - bytes.count))
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
                if count < 0, errno != EINTR { failure = errno }
                isAtEnd = count == 0 || failure != 0
            }
        }
        guard failure == 0 else { throw .init(file: path, refusal(failure, path, content)) }
        guard bytes.count <= content.limit else { throw .init(file: path, tooBig: "more than \(content.limit)", content) }
        return bytes
    }

    private static func checkKind(_ status: stat, _ path: String, _ content: Content) throws(ConfigurationErrors) {
        let problem: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR:
            let example = content == .configuration ? ", such as \(path.last == "/" ? path : path + "/")config.yaml" : ""
            problem = "is a directory; name the file in it\(example)"
        case S_IFIFO: problem = "is a FIFO (named pipe); write the \(content.noun) into a regular file"
        case S_IFCHR, S_IFBLK: problem = "is a device; write the \(content.noun) into a regular file"
        default: problem = "is not a regular file; write the \(content.noun) into one"
        }
        throw .init(file: path, problem)
    }

    /// What errno means for the person at the keyboard.
    static func refusal(_ code: Int32, _ path: String, _ content: Content) -> String {
        switch (code, content) {
        case (ENOENT, .configuration), (ENOTDIR, .configuration):
            return
                "no such file; make one with  blemqttd --example-config > \(Printable.escaped(path))  and edit it, or name another with --config"
        case (ENOENT, _), (ENOTDIR, _):
            return "no such file; write the \(content.noun) into it, or name another"
        case (EACCES, _), (EPERM, _):
            return "permission denied for user id \(geteuid()); let this user read the file and enter every directory above it"
        default:
            return "cannot be read: \(String(cString: strerror(code)))"
        }
    }

    /// Refuses a file that holds a secret when others than its group may do anything with it, or when a user owns it who is neither
    /// the super-user nor the one who is to read it; not what a container's engine has put there.
    /// - Parameters:
    ///   - secret: the key that makes it one.
    ///   - user: the one who is to read it; nil for the one we run as.
    func checkPrivate(_ secret: String, _ user: UInt32?) throws(ConfigurationErrors) {
        if let problem = standing.problem(secret, for: user) { throw .init(file: path, problem) }
    }
}

extension ConfigurationErrors {
    /// A file of `bytes` bytes, in words.
    init(file: String, tooBig bytes: String, _ content: PlainFile.Content) {
        self.init(file: file, "the file has \(bytes) bytes, at most \(content.limit) are allowed; \(content.question)")
    }
}
