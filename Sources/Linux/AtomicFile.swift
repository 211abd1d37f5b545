import Glibc

/// A file that is replaced whole: who reads it sees the old bytes or the new ones.
public enum AtomicFile {
    /// Writes beside the file, under its name with a point in front and `.new` behind, then moves that into its place. It may block as
    /// long as the disk does.
    /// - Parameters:
    ///   - path: absolute.
    ///   - mode: permissions of the new file, whatever the umask.
    /// - Throws: `SystemError`. The corresponding C functions are `open`, `fchmod`, `write` and `rename`.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(SystemError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let temporary = "\(folder).\(name).new"
        do throws(SystemError) {
            try writeWhole(bytes, to: temporary, mode)
            _ = try retrying("rename") { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func writeWhole(_ bytes: [UInt8], to path: String, _ mode: UInt32) throws(SystemError) {
        // A link that somebody put there must not lead elsewhere.
        let file = FileDescriptor(
            try retrying("open") { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode_t(mode)) })
        // Who reads it is another user, and the umask of a service is strict.
        _ = try retrying("fchmod") { fchmod(file.rawValue, mode_t(mode)) }
        var done = 0
        while done < bytes.count {
            done += try retrying("write") {
                bytes.withUnsafeBytes { Glibc.write(file.rawValue, $0.baseAddress! + done, $0.count - done) }
            }
        }
    }

    /// Removes a file; one that is not there is fine.
    /// - Throws: `SystemError`. The corresponding C function is `unlink`.
    public static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw SystemError("unlink")
    }

    /// What is in a small file, at most 4 KiB; nil where it cannot be read.
    public static func read(_ path: String) -> String? {
        guard access(path, R_OK) == 0 else { return nil }
        return SmallFile.text(path, limit: 4096)
    }
}

/// Folders that the service manager gives this process.
public enum ServiceFolder {
    /// Where state outlives a restart: the first of STATE_DIRECTORY (systemd.exec(5)); nil where there is none.
    public static var state: String? {
        guard let variable = getenv("STATE_DIRECTORY") else { return nil }
        return String(cString: variable).split(separator: ":").first.map(String.init)
    }
}
