import Glibc

/// Standard streams, written without buffering.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Puts /dev/null in the place of each standard stream that is closed: else the next file that is opened, a socket perhaps, takes
    /// its number, and what is written to the log goes there. Standard output's cannot be written to: what is printed would be lost
    /// silently. To be called before anything is opened.
    public static func fillClosed() {
        // The lowest free number is given out first.
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 {
            _ = open("/dev/null", number == output.rawValue ? O_RDONLY : O_RDWR)
        }
    }

    /// Writes all of `text`. It waits for whoever reads the stream.
    /// - Throws: `SystemError`; the stream has taken a part at most. The corresponding C function is `write`.
    public func write(_ text: String) throws(SystemError) {
        try Self.write(text, to: rawValue)
    }

    static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
        guard let number = Self.write(text, to: descriptor, piece: .max, { true }) else { return }
        throw SystemError("write", number)
    }

    /// Writes all of `text` to a stream that has room for it. It never waits.
    /// - Returns: whether all of it was taken.
    public func offer(_ text: String) -> Bool { Self.offer(text, to: rawValue) }

    /// A pipe that has room at all has room for so many bytes (PIPE_BUF).
    private static let piece = 4096

    /// The stream is asked for room before each write: O_NONBLOCK would be set for other programs too that have it open.
    static func offer(_ text: String, to descriptor: Int32) -> Bool {
        let failure = write(text, to: descriptor, piece: piece) {
            var stream = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            var count = poll(&stream, 1, 0)
            while count < 0, errno == EINTR { count = poll(&stream, 1, 0) }
            return count == 1 && stream.revents & Int16(POLLOUT) != 0
        }
        return failure == nil
    }

    /// errno where not all of it was written, EAGAIN where there was no room; else nil.
    private static func write(_ text: String, to descriptor: Int32, piece: Int, _ hasRoom: () -> Bool) -> Int32? {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                guard hasRoom() else { return EAGAIN }
                let count = Glibc.write(descriptor, bytes.baseAddress! + done, min(piece, bytes.count - done))
                if count < 0 {
                    let number = errno
                    if number == EINTR { continue }
                    return number
                }
                // No device takes nothing without an error; one that did would be asked for ever.
                if count == 0 { return EIO }
                done += count
            }
            return nil
        }
    }
}
