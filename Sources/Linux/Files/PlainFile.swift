import Bytes
import CLinux
import Glibc

/// Why a file cannot be read or is refused, and what to do.
public struct FileProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// As it was named.
    public let path: String
    public let message: String

    /// What is wrong with a file's content, or with a directory.
    public init(_ path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    /// Path and message.
    public var description: String { "\(PrintableText.line(path)): \(message)" }
}

/// A regular file, read whole: neither a FIFO's other end is waited for nor a device read.
public struct PlainFile: Sendable {
    /// What a file is to hold, for messages.
    public struct Content: Sendable {
        /// In a few words, such as `private key`.
        public let noun: String
        /// The largest file that is read, in bytes.
        public let limit: Int
        /// What to do where there is no such file.
        let whenMissing: @Sendable (_ path: String) -> String
        /// The name to suggest in a directory that was named instead.
        let nameInDirectory: String?
        /// To ask where the file is larger than any needs to be.
        let question: String

        /// - Parameters:
        ///   - whenMissing: what to do where there is no file of that path; nil for writing one.
        ///   - nameInDirectory: the file to suggest in a directory that was named instead.
        ///   - question: to ask where the file is larger than any needs to be.
        public init(
            _ noun: String, limit: Int, whenMissing: (@Sendable (_ path: String) -> String)? = nil, nameInDirectory: String? = nil, question: String
        ) {
            self.noun = noun
            self.limit = limit
            self.whenMissing = whenMissing ?? { _ in "write the \(noun) into it, or name another" }
            self.nameInDirectory = nameInDirectory
            self.question = question
        }

        /// A file of `bytes` bytes, in words.
        func tooBig(_ path: String, _ bytes: String) -> FileProblem {
            FileProblem(path, "the file has \(bytes) bytes, at most \(limit) are allowed; \(question)")
        }
    }

    /// As it was named.
    public let path: String
    public let bytes: [UInt8]
    private let permissions: FilePermissions

    /// - Throws: why the file cannot be read, and what to do.
    public init(_ path: String, _ content: Content) throws(FileProblem) {
        self.path = path
        // Looked at before it is opened: opening alone can act on a device.
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileProblem(path, Self.refusal(errno, path, content)) }
        try Self.checkKind(status, path, content)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileProblem(path, Self.refusal(errno, path, content)) }
        defer { close(descriptor) }
        // And again: the name may mean another file by now.
        guard fstat(descriptor, &status) == 0 else { throw FileProblem(path, Self.refusal(errno, path, content)) }
        try Self.checkKind(status, path, content)
        guard Int(status.st_size) <= content.limit else { throw content.tooBig(path, String(status.st_size)) }
        permissions = FilePermissions(
            path: path, mode: status.st_mode & 0o7777, owner: status.st_uid, user: geteuid(),
            isReadOnly: clinux_is_read_only(descriptor) == 1, isInMemory: clinux_is_in_memory(descriptor) == 1)
        bytes = try Self.contents(of: descriptor, path, content)
    }

    /// Reads to the end, at most one byte more than is allowed: a file may grow, and some say that they are empty.
    private static func contents(of descriptor: Int32, _ path: String, _ content: Content) throws(FileProblem) -> [UInt8] {
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
        guard failure == 0 else { throw FileProblem(path, refusal(failure, path, content)) }
        guard bytes.count <= content.limit else { throw content.tooBig(path, "more than \(content.limit)") }
        return bytes
    }

    private static func checkKind(_ status: stat, _ path: String, _ content: Content) throws(FileProblem) {
        let problem: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR:
            let example = content.nameInDirectory.map { ", such as \(path.last == "/" ? path : path + "/")\($0)" } ?? ""
            problem = "is a directory; name the file in it\(example)"
        case S_IFIFO: problem = "is a FIFO (named pipe); write the \(content.noun) into a regular file"
        case S_IFCHR, S_IFBLK: problem = "is a device; write the \(content.noun) into a regular file"
        default: problem = "is not a regular file; write the \(content.noun) into one"
        }
        throw FileProblem(path, problem)
    }

    /// What errno means for the person at the keyboard.
    static func refusal(_ code: Int32, _ path: String, _ content: Content) -> String {
        switch code {
        case ENOENT, ENOTDIR: return "no such file; \(content.whenMissing(path))"
        case EACCES, EPERM:
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
    public func checkPrivate(_ secret: String, _ user: UInt32?) throws(FileProblem) {
        if let problem = permissions.problem(secret, for: user) { throw FileProblem(path, problem) }
    }
}
