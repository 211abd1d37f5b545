import Glibc

/// A file that is replaced whole: who reads it sees the old bytes or the new ones, after a power failure too.
///
/// Others may be able to write into the directory, and nothing that they put there is opened: the new file has a name that cannot be known
/// beforehand, and is made by this process or not at all. What stands in the file's place, a link or a FIFO too, is replaced, never written to.
public enum AtomicFile {
    /// Writes beside the file, under its name with a point in front and `.` and 16 hexadecimal digits and `.new` behind, then moves that into
    /// its place. It may block as long as the disk does.
    /// - Parameters:
    ///   - path: absolute.
    ///   - mode: permissions of the new file, whatever the umask.
    /// - Throws: `SystemError`: EISDIR where a directory is in the way, EINVAL where a device is. The corresponding C functions are `open`,
    ///   `fchmod`, `write`, `fsync` and `rename`.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(SystemError) {
        try write(bytes, to: path, mode: mode, sync: fsync)
    }

    static func write(_ bytes: [UInt8], to path: String, mode: UInt32, sync: (Int32) -> Int32) throws(SystemError) {
        var status = stat()
        if lstat(path, &status) == 0, [S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT) { throw SystemError("replace a device", EINVAL) }
        let (directory, name) = parts(of: path)
        let digits = String(ThisProcess.random, radix: 16)
        let temporary = "\(directory).\(name).\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits).new"
        // What is there already is not ours to remove.
        let file = FileDescriptor(
            try retrying("open") { open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode_t(mode)) })
        do throws(SystemError) {
            try writeWhole(bytes, to: file, mode)
            // Else the new name may outlive a power failure, and the bytes not.
            _ = try retrying("fsync") { sync(file.rawValue) }
            _ = try retrying("rename") { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(directory, sync)
    }

    private static func parts(of path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    private static func writeWhole(_ bytes: [UInt8], to file: borrowing FileDescriptor, _ mode: UInt32) throws(SystemError) {
        let fd = file.rawValue
        // Who reads it is another user, and the umask of a service is strict.
        _ = try retrying("fchmod") { fchmod(fd, mode_t(mode)) }
        var done = 0
        while done < bytes.count {
            done += try retrying("write") { bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + done, $0.count - done) } }
        }
    }

    /// Makes the new name last. A directory that may not be read, and a file system that knows no such thing, cannot do better.
    private static func syncDirectory(_ directory: String, _ sync: (Int32) -> Int32) throws(SystemError) {
        do throws(SystemError) {
            let path = directory.isEmpty ? "." : directory
            let file = FileDescriptor(try retrying("open") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
            _ = try retrying("fsync") { sync(file.rawValue) }
        } catch {
            if error.number == EIO { throw error }
        }
    }

    /// Other users may have filled the directory.
    private static let leftoverLimit = 10_000

    /// Removes what this user's processes have left beside the file when they were killed in the middle of writing it.
    /// The corresponding C functions are `readdir`, `lstat` and `unlink`.
    public static func removeLeftovers(of path: String) {
        let (directory, name) = parts(of: path)
        for other in SmallFile.names(in: directory.isEmpty ? "." : directory, limit: leftoverLimit) where isTemporary(other, of: name) {
            var status = stat()
            guard lstat(directory + other, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else { continue }
            unlink(directory + other)
        }
    }

    /// `.name.0123456789abcdef.new`, or `.name.new` as it once was.
    private static func isTemporary(_ other: String, of name: String) -> Bool {
        guard other.hasPrefix(".\(name)."), other.hasSuffix("new") else { return false }
        let middle = other.dropFirst(name.count + 2).dropLast(3)
        return middle.isEmpty || middle.count == 17 && middle.hasSuffix(".") && middle.dropLast().allSatisfy(\.isHexDigit)
    }

    /// Removes a file; one that is not there is fine.
    /// - Throws: `SystemError`. The corresponding C function is `unlink`.
    public static func remove(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            _ = try retrying("unlink") { unlink(path) }
        } catch {
            if error.number != ENOENT { throw error }
        }
    }

    /// What is in a small file, at most 4 KiB; nil if it cannot be read, or is no regular file.
    public static func read(_ path: String) -> String? {
        // Checked before it is opened: opening a device may have an effect.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return SmallFile.read(path, limit: 4096)
    }
}

/// Directories that the service manager gives this process.
public enum ServiceDirectory {
    /// Where state outlives a restart: the first of STATE_DIRECTORY (systemd.exec(5)); nil if none.
    public static var state: String? {
        guard let variable = getenv("STATE_DIRECTORY") else { return nil }
        return String(cString: variable).split(separator: ":").first.map(String.init)
    }

    /// Where the service's credentials are: CREDENTIALS_DIRECTORY (systemd.exec(5)); nil if there are none.
    public static var credentials: String? {
        guard let value = getenv("CREDENTIALS_DIRECTORY"), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
