import Glibc

/// The systemd journal, spoken to in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), without waiting for it. The
/// corresponding C function is `sd_journal_sendv`, which waits: while the journal does not read, so did every line of the log.
public final class Journal: Sendable {
    /// syslog(3) priorities.
    public enum Priority: Int32, Sendable {
        case error = 3
        case warning = 4
        case info = 6
        case debug = 7
    }

    /// Where the journal listens.
    public static let path = "/run/systemd/journal/socket"

    private let program: String
    private let datagrams: UnixDatagrams?

    /// - Parameter program: SYSLOG_IDENTIFIER of all entries.
    public init(program: String, path: String = Journal.path) {
        self.program = program
        datagrams = UnixDatagrams(to: path, patience: 0)
    }

    /// Whether standard error goes to the journal: systemd names the stream's device and inode in `JOURNAL_STREAM`
    /// (systemd.exec(5)); a program further down may have put its standard error elsewhere.
    public static var isStandardError: Bool {
        guard let variable = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return String(cString: variable) == "\(status.st_dev):\(status.st_ino)"
    }

    /// Sends one entry.
    /// - Parameter fields: journal fields beside MESSAGE and PRIORITY: names of upper-case letters, digits and underscores.
    /// - Returns: whether the journal took it; nil if none.
    public func send(_ priority: Priority, _ message: String, fields: [(name: String, value: String)]) -> Bool? {
        let all = [("MESSAGE", message), ("PRIORITY", String(priority.rawValue)), ("SYSLOG_IDENTIFIER", program)] + fields
        switch datagrams?.send(Self.entry(all)) {
        case .sent: return true
        case .full: return false
        case .failed, nil: return nil
        }
    }

    /// `NAME=value` and a line feed for each field; where the value has line feeds of its own `NAME`, a line feed, its length as 64 bits
    /// little-endian, the value and a line feed.
    static func entry(_ fields: [(name: String, value: String)]) -> [UInt8] {
        let lineFeed = UInt8(ascii: "\n")
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += name.utf8
            if value.utf8.contains(lineFeed) {
                bytes.append(lineFeed)
                withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes += $0 }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes += value.utf8
            bytes.append(lineFeed)
        }
        return bytes
    }
}
