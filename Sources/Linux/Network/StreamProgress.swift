import Bytes
import CLinux
import Glibc

extension StreamProgress {
    /// Offsets into the kernel's `struct tcp_info`, linux/tcp.h: glibc's own ends before the last two.
    private enum Field {
        static let probes = 3
        static let unacked = 24
        static let lastAckReceived = 56
        static let bytesAcked = 120
        static let notSentBytes = 144
        static let end = 148
    }

    /// TCP_INFO of a connection; nil if the kernel (before Linux 4.6) does not report it.
    init?(tcp fd: Int32) {
        var value: StreamProgress?
        withUnsafeTemporaryAllocation(byteCount: Field.end, alignment: 8) { memory in
            var length = socklen_t(memory.count)
            guard getsockopt(fd, Int32(IPPROTO_TCP), TCP_INFO, memory.baseAddress, &length) == 0, Int(length) == memory.count else { return }
            let isInFlight = memory.load(fromByteOffset: Field.unacked, as: UInt32.self) > 0
            let unsent = Int(memory.load(fromByteOffset: Field.notSentBytes, as: UInt32.self))
            // While the peer's window is closed only probes are sent, further and further apart: that one is not answered yet means nothing.
            let awaitsAnswer = isInFlight || memory.load(fromByteOffset: Field.probes, as: UInt8.self) >= 2
            let silence = UInt64(memory.load(fromByteOffset: Field.lastAckReceived, as: UInt32.self)) * 1_000_000
            value = StreamProgress(
                acknowledged: memory.load(fromByteOffset: Field.bytesAcked, as: UInt64.self), unsent: unsent,
                isOutstanding: isInFlight || unsent > 0, unanswered: awaitsAnswer ? silence : 0)
        }
        guard let value else { return nil }
        self = value
    }

    /// Of a Unix socket: what was written is in the peer's hands at once, and what it has not read is reported with the kernel's own overhead.
    /// - Parameter written: bytes written so far.
    init?(unix fd: Int32, written: UInt64) {
        var waiting: Int32 = 0
        guard clinux_output_queue(fd, &waiting) == 0 else { return nil }
        let unread = UInt64(max(0, waiting))
        self.init(acknowledged: written - min(unread, written), unsent: 0, isOutstanding: unread > 0, unanswered: 0)
    }
}
