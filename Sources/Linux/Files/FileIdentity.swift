import Glibc

/// Which file a path leads to: two paths of one file have the same. The corresponding C function is `stat`.
public struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// Nil if none, or it may not be looked for.
    public init?(_ path: String) {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }

    /// The file that a path leads another process to, from its own working and root directory.
    /// - Parameter process: its number.
    public init?(_ path: String, asSeenBy process: Int) {
        self.init(path.hasPrefix("/") ? "/proc/\(process)/root\(path)" : "/proc/\(process)/cwd/\(path)")
    }
}
