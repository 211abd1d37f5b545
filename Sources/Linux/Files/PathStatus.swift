import Glibc

/// Owner, group and mode of a file, or of a directory on the way to it. The corresponding C function is `stat`.
public struct PathStatus: Sendable, Equatable {
    public let path: String
    public let owner: UInt32
    public let group: UInt32
    /// The nine bits of permissions.
    public let mode: UInt32
    public let isDirectory: Bool

    init(path: String, owner: UInt32, group: UInt32, mode: UInt32, isDirectory: Bool) {
        self.path = path
        self.owner = owner
        self.group = group
        self.mode = mode
        self.isDirectory = isDirectory
    }

    /// - Throws: `SystemError` where it is not there.
    public init(_ path: String) throws(SystemError) {
        var status = stat()
        _ = try retrying("stat") { stat(path, &status) }
        self.path = path
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o777
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
    }

    /// All directories from the root on, then the file itself: those of the path as it is given, and where links lead elsewhere those of the
    /// place that it leads to.
    /// - Throws: `SystemError` where something on the way is not there. The corresponding C function is `realpath`.
    public static func way(to path: String) throws(SystemError) -> [PathStatus] {
        guard let resolved = realpath(path, nil) else { throw SystemError("realpath") }
        let place = String(cString: resolved)
        free(resolved)
        var way = try directories(above: path)
        if place != path { for directory in try directories(above: place) where !way.contains(directory) { way.append(directory) } }
        return way + [try PathStatus(place)]
    }

    private static func directories(above path: String) throws(SystemError) -> [PathStatus] {
        var way = [try PathStatus("/")]
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/" + part
            way.append(try PathStatus(directory))
        }
        return way
    }
}
