import Glibc

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

    /// Writes all of `text`, or as much as the stream takes before it fails. It waits for whoever reads the stream.
    public func write(_ text: String) {
        _ = Self.write(text, to: rawValue, piece: .max) { true }
    }

    /// Writes all of `text` to a stream that has room for it. It waits for nobody.
    /// - Returns: whether all of it was taken.
    public func offer(_ text: String) -> Bool { Self.offer(text, to: rawValue) }

    /// A pipe that has room at all has room for so many bytes (PIPE_BUF).
    private static let piece = 4096

    /// The stream is asked for room before each write: O_NONBLOCK would be set for other programs too that have it open.
    static func offer(_ text: String, to descriptor: Int32) -> Bool {
        write(text, to: descriptor, piece: piece) {
            var stream = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            return poll(&stream, 1, 0) == 1 && stream.revents & Int16(POLLOUT) != 0
        }
    }

    private static func write(_ text: String, to descriptor: Int32, piece: Int, _ hasRoom: () -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                guard hasRoom() else { return false }
                let count = Glibc.write(descriptor, bytes.baseAddress! + done, min(piece, bytes.count - done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
