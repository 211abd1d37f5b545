/// The programs that run on this machine.
public enum Programs {
    /// Whether one of this name runs, in the sight of this process: `/proc/*/comm`, which has the first 15 bytes of a name.
    /// - Parameter processes: where procfs is mounted.
    public static func isRunning(_ name: String, processes: String = "/proc") -> Bool {
        let wanted = name.utf8.prefix(15)
        return SmallFile.names(in: processes).contains { folder in
            folder.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                && SmallFile.text("\(processes)/\(folder)/comm").utf8.prefix { $0 != UInt8(ascii: "\n") }.elementsEqual(wanted)
        }
    }
}
