/// The programs that run on this machine.
public enum Programs {
    /// Whether one of this name runs, in the sight of this process: `/proc/*/comm`, which has the first 15 bytes of a name.
    /// - Parameter processes: where procfs is mounted.
    public static func isRunning(_ name: String, processes: String = "/proc") -> Bool { !numbers(name, processes).isEmpty }

    /// All of this name, with their process numbers and `/proc/*/cmdline`: the arguments, the program's name first, at most 4 KiB.
    /// - Parameter processes: where procfs is mounted.
    public static func running(_ name: String, processes: String = "/proc") -> [(number: Int, arguments: [String])] {
        numbers(name, processes).map { number in
            let line = SmallFile.text("\(processes)/\(number)/cmdline", limit: 4096)
            // A zero byte ends each argument, the last one too.
            return (number, line.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(Substring($0)) })
        }
    }

    private static func numbers(_ name: String, _ processes: String) -> [Int] {
        let wanted = name.utf8.prefix(15)
        return SmallFile.names(in: processes).compactMap { Int($0) }.filter { number in
            SmallFile.text("\(processes)/\(number)/comm").utf8.prefix { $0 != UInt8(ascii: "\n") }.elementsEqual(wanted)
        }
    }
}
