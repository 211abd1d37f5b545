/// What a Raspberry Pi's firmware is configured by.
public enum BootFiles {
    /// Since Debian 12, and before.
    static let paths = ["/boot/firmware/config.txt", "/boot/config.txt"]

    /// The files that are there and can be read, in the order in which they count.
    /// - Parameters:
    ///   - limit: what is read of each, in bytes.
    ///   - root: in front of their paths.
    public static func read(limit: Int, root: String = "") -> [(path: String, text: String)] {
        paths.compactMap { path in SmallFile.read(root + path, limit: limit).map { (path, $0) } }
    }
}
