import Glibc

/// Owner, group and mode of a file, or of a folder on the way to it. The corresponding C function is `stat`.
public struct PathStatus: Sendable, Equatable {
    public let path: String
    public let owner: UInt32
    public let group: UInt32
    /// The nine bits of permissions.
    public let mode: UInt32
    public let isFolder: Bool

    /// - Throws: `SystemError` where it is not there.
    public init(_ path: String) throws(SystemError) {
        var status = stat()
        _ = try retrying("stat") { stat(path, &status) }
        self.path = path
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o777
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }

    /// All folders from the root on, then the file itself: those of the path as it is given, and where links lead elsewhere those of the
    /// place that it leads to.
    /// - Throws: `SystemError` where something on the way is not there. The corresponding C function is `realpath`.
    public static func way(to path: String) throws(SystemError) -> [PathStatus] {
        guard let resolved = realpath(path, nil) else { throw SystemError("realpath") }
        let place = String(cString: resolved)
        free(resolved)
        var way = try folders(above: path)
        if place != path { for folder in try folders(above: place) where !way.contains(folder) { way.append(folder) } }
        return way + [try PathStatus(place)]
    }

    private static func folders(above path: String) throws(SystemError) -> [PathStatus] {
        var way = [try PathStatus("/")]
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            way.append(try PathStatus(folder))
        }
        return way
    }
}
