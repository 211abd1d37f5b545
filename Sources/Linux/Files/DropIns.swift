import Bytes
import Glibc

/// The directory `config.d` beside a configuration file: what its files say counts more than what that file says.
public enum DropIns {
    /// More files than these are refused: that is somebody else's directory.
    static let maximumFiles = 100

    /// Where the directory of a configuration file is.
    public static func path(beside file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "config.d" }
        return file[...slash] + "config.d"
    }

    /// The files of the directory in the order of their names, byte by byte; none where there is no directory.
    ///
    /// Hidden files, and names with another ending than `.yaml`, such as editors and package managers leave, are not among them.
    /// - Throws: why the directory cannot be read, or what is in it.
    public static func files(beside file: String) throws(FileProblem) -> [String] {
        let directory = path(beside: file)
        guard let stream = opendir(directory) else {
            switch errno {
            case ENOENT: return []
            case ENOTDIR where !isThere(directory): return []
            case ENOTDIR: throw FileProblem(directory, "is not a directory; it is for files that are read after \(PrintableText.line(file))")
            case EACCES, EPERM:
                throw FileProblem(directory, "permission denied for user id \(geteuid()); let this user read and enter the directory")
            case let code: throw FileProblem(directory, "cannot be read: \(String(cString: strerror(code)))")
            }
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard bytes.first != UInt8(ascii: ".") else { continue }
            let name = String(decoding: bytes, as: UTF8.self)
            if name.hasSuffix(".yml") {
                throw FileProblem("\(directory)/\(name)", "is not read, for its name ends in .yml; let it end in .yaml, or take the file away")
            }
            guard name.hasSuffix(".yaml") else { continue }
            names.append(name)
            guard names.count <= maximumFiles else { throw FileProblem(directory, "holds more than \(maximumFiles) files that end in .yaml") }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(directory)/\($0)" }
    }

    /// Whether there is something of that name; so too where that cannot be said.
    public static func isThere(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }
}
