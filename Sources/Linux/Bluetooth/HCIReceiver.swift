import CBluetooth
import Glibc

/// Reads many packets of an HCI socket with one system call, into memory that is allocated once.
public struct HCIReceiver: ~Copyable {
    /// Packets a call takes at most.
    private static let batch = 32
    /// `HCI_MAX_EVENT_SIZE` with the H4 packet type, and room to notice more.
    private static let packetSize = 264

    private let messages: UnsafeMutableBufferPointer<cbluetooth_message>
    private let vectors: UnsafeMutableBufferPointer<iovec>
    private let packets: UnsafeMutableRawBufferPointer
    private let controls: UnsafeMutableRawBufferPointer

    public init() {
        messages = .allocate(capacity: Self.batch)
        vectors = .allocate(capacity: Self.batch)
        packets = .allocate(byteCount: Self.batch * Self.packetSize, alignment: 8)
        controls = .allocate(byteCount: Self.batch * Int(CBLUETOOTH_CONTROL_SIZE), alignment: 8)
        messages.initialize(repeating: cbluetooth_message())
        vectors.initialize(repeating: iovec())
        for index in 0..<Self.batch {
            vectors[index] = iovec(iov_base: packets.baseAddress! + index * Self.packetSize, iov_len: Self.packetSize)
            messages[index].header.msg_iov = vectors.baseAddress! + index
            messages[index].header.msg_iovlen = 1
            messages[index].header.msg_control = controls.baseAddress! + index * Int(CBLUETOOTH_CONTROL_SIZE)
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        packets.deallocate()
        controls.deallocate()
    }

    /// Reads what is there, at most one batch, and calls `body` with each packet and its receive stamp: microseconds since
    /// 1970-01-01 UTC, nil if the kernel gave none.
    /// - Returns: whether there may be more.
    /// - Throws: `SystemError`: EPIPE or ENODEV once the adapter has gone. The corresponding C function is `recvmmsg`.
    public func receive(from fd: Int32, _ body: (RawSpan, Int64?) -> Void) throws(SystemError) -> Bool {
        for index in 0..<Self.batch {
            // The kernel leaves the length it used here.
            messages[index].header.msg_controllen = numericCast(CBLUETOOTH_CONTROL_SIZE)
        }
        let received = try nilIfBlocked("HCI receive") { cbluetooth_receive(fd, messages.baseAddress, UInt32(Self.batch)) }
        guard let count = received else { return false }
        for index in 0..<Int(count) {
            let stamp = cbluetooth_stamp(&messages[index].header)
            let start = index * Self.packetSize
            let packet = UnsafeRawBufferPointer(rebasing: packets[start..<start + Int(messages[index].length)])
            body(packet.bytes, stamp < 0 ? nil : Int64(stamp))
        }
        return count == Self.batch
    }
}
