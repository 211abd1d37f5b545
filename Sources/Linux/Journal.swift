import CSystemd
import Glibc

/// The systemd journal, spoken to natively. The corresponding C function is `sd_journal_sendv`.
public enum Journal {
    /// syslog(3) priorities.
    public enum Priority: Int32, Sendable {
        case error = 3
        case warning = 4
        case info = 6
        case debug = 7
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
    /// - Returns: whether the journal took it.
    public static func send(_ priority: Priority, _ message: String, fields: [(name: String, value: String)]) -> Bool {
        var texts = ["MESSAGE=\(message)", "PRIORITY=\(priority.rawValue)", "SYSLOG_IDENTIFIER=blemqttd"]
        for (name, value) in fields { texts.append("\(name)=\(value)") }
        // One block of memory for all fields: sd_journal_sendv copies nothing and keeps nothing.
        var memory: [UInt8] = []
        var ends: [Int] = []
        for text in texts {
            memory.append(contentsOf: text.utf8)
            ends.append(memory.count)
        }
        return memory.withUnsafeMutableBytes { bytes in
            var vectors: [iovec] = []
            var start = 0
            for end in ends {
                vectors.append(iovec(iov_base: bytes.baseAddress! + start, iov_len: end - start))
                start = end
            }
            return sd_journal_sendv(&vectors, Int32(vectors.count)) == 0
        }
    }
}

/// Standard streams, written without buffering.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Puts /dev/null in the place of each standard stream that is closed: else the next file that is opened, a socket perhaps, takes
    /// its number, and what is written to the log goes there. To be called before anything is opened.
    public static func fillClosed() {
        // The lowest free number is given out first.
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// Writes all of `text`, or as much as the stream takes before it fails.
    public func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(rawValue, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
