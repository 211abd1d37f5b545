/// How long the scanner thread lets packets gather, so that one call reads several of them and one wake-up hands them over: interrupt coalescing, as drivers of
/// network interfaces have it (ethtool(8), `rx-usecs` and `adaptive-rx`).
///
/// A packet that comes to a quiet thread is given a pause in which others may follow, where that has brought some of late: a packet that
/// stays alone costs one wake-up more with a pause than without. While reads find several, the thread waits for no first one and reads
/// after each pause. The more come, the shorter the pauses: what a read finds stays far below what the kernel holds.
/// A value without a clock; times are in nanoseconds.
public struct GatherRhythm: Equatable, Sendable {
    /// A pause that brings so many packets was too long: it is what one call reads.
    public static let most = 32
    /// Pauses are halved this often at most; next there are none.
    private static let mostHalvings = 5
    /// What the kernel accounts for a packet, bytes of a receive buffer as it is asked for (the kernel doubles that).
    private static let packetMemory = 512
    /// Packets in a millisecond: more than any controller sends.
    private static let fastest = 20
    /// Pauses that may in a row bring nothing before there are none.
    private static let mostCredit = 4

    private var halvings = 0
    /// How many pauses that bring nothing are left. What a pause has brought, or would have, counts twice: pauses are worth their price
    /// where every third packet is followed by another. That is so of each scan response.
    private var credit = 0
    private var lastRead: UInt64?
    private var foundSeveral = false
    private var leftSome = false

    public init() {}

    /// Whether the pause begins with the next packet to come, and not at once.
    public var awaitsPacket: Bool { !foundSeveral || leftSome || halvings == Self.mostHalvings }

    /// How long to let packets gather before they are read; 0 for not at all.
    /// - Parameters:
    ///   - longest: what is wanted.
    ///   - receiveBuffer: bytes of the smallest of the sockets. Half of it must do for a pause, whatever begins to come in it.
    public func pause(atMost longest: UInt64, receiveBuffer: Int = 64 << 20) -> UInt64 {
        guard credit > 0, !leftSome, halvings < Self.mostHalvings else { return 0 }
        let packets = UInt64(receiveBuffer / 2 / Self.packetMemory)
        return min(longest, packets * 1_000_000 / UInt64(Self.fastest)) >> UInt64(halvings)
    }

    /// What a read has found.
    /// - Parameters:
    ///   - now: the time of the read.
    ///   - longest: what is wanted as a pause. A packet that comes so soon after a read is one that a pause would have brought.
    ///   - leftSome: it has not read all that there was.
    public mutating func found(_ packets: Int, at now: UInt64, longest: UInt64, leftSome: Bool = false) {
        let hasCompany = packets > 1 || (packets == 1 && pause(atMost: longest) == 0 && lastRead.map { now - $0 <= longest } == true)
        credit = hasCompany ? min(credit + 2, Self.mostCredit) : max(credit - 1, 0)
        if packets > 0 { lastRead = now }
        if packets >= Self.most || leftSome {
            halvings = min(halvings + 1, Self.mostHalvings)
        } else if packets < Self.most / 4 {
            halvings = max(halvings - 1, 0)
        }
        // Two are an advertisement and its scan response, after which a pause brings nothing.
        foundSeveral = packets > 2
        self.leftSome = leftSome
    }
}
