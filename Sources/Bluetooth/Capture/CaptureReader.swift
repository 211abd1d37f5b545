import Bytes

/// Reads a capture of any format record by record, from bytes that come piece by piece. It holds none of them.
public struct CaptureReader: Sendable {
    /// What the next bytes are.
    public enum Step: Equatable, Sendable {
        /// A record. What follows begins at `next`, which may lie behind the bytes that are there.
        case record(CaptureRecord, next: Int)
        /// Nothing to be seen before `to`, which may lie behind the bytes that are there.
        case skip(to: Int)
        /// More bytes are needed to decide.
        case more
    }

    private enum State: Sendable {
        case unknown
        case btsnoop(BTSnoop.Datalink)
        case pcap(Pcap)
        case pcapng(Pcapng)
    }

    /// The longest data of a record: an ACL packet with its H4 packet type and a pseudo-header is the longest that HCI knows.
    public static let maximumData = BTSnoop.maximumData + LinkType.longestPrefix
    /// Bytes that must be there at a time for the longest item that is read as a whole.
    public static let largestItem = max(Pcapng.maximumDescription, maximumData) + 32

    private var state = State.unknown

    public init() {}

    /// The format; nil until its header has been read.
    public var format: CaptureFormat? {
        switch state {
        case .unknown: nil
        case .btsnoop: .btsnoop
        case .pcap: .pcap
        case .pcapng: .pcapng
        }
    }

    /// A link type of the file that is not Bluetooth HCI: of its packets none is an event.
    public var foreignLinkType: UInt16? {
        switch state {
        case .unknown, .btsnoop: nil
        case .pcap(let pcap): LinkType(rawValue: pcap.linkType) == nil ? pcap.linkType : nil
        case .pcapng(let section): section.foreignLinkType
        }
    }

    /// Whether the file may end where the last step ended.
    public var isBetweenRecords: Bool {
        if case .pcapng(let section) = state { return section.isBetweenBlocks }
        return true
    }

    /// What begins at `start`.
    /// - Throws: `DecodeError` if the file is malformed and what follows cannot be found, or is of none of the formats.
    public mutating func next(_ bytes: RawSpan, at start: Int) throws(DecodeError) -> Step {
        switch state {
        case .unknown:
            return try header(bytes, at: start)
        case .btsnoop(let datalink):
            guard let record = try BTSnoop.record(bytes, at: start) else { return .more }
            return .record(CaptureRecord(record, datalink, in: bytes), next: record.data.upperBound)
        case .pcap(let pcap):
            guard let record = try pcap.record(bytes, at: start) else { return .more }
            return .record(record, next: record.data.upperBound)
        case .pcapng(var section):
            // Held here alone while it changes: its list of interfaces is not to be copied.
            state = .unknown
            defer { state = .pcapng(section) }
            return try section.next(bytes, at: start)
        }
    }

    private mutating func header(_ bytes: RawSpan, at start: Int) throws(DecodeError) -> Step {
        guard bytes.byteCount - start >= CaptureFormat.magicSize else { return .more }
        switch CaptureFormat.of(bytes.extracting(start..<bytes.byteCount)) {
        case .btsnoop:
            guard bytes.byteCount - start >= BTSnoop.headerSize else { return .more }
            state = .btsnoop(try BTSnoop.header(bytes.extracting(start..<bytes.byteCount)))
            return .skip(to: start + BTSnoop.headerSize)
        case .pcap:
            guard bytes.byteCount - start >= Pcap.headerSize else { return .more }
            state = .pcap(try Pcap(header: bytes, at: start))
            return .skip(to: start + Pcap.headerSize)
        case .pcapng:
            var section = Pcapng()
            let step = try section.next(bytes, at: start)
            if step != .more { state = .pcapng(section) }
            return step
        case .foreign:
            throw DecodeError(.invalid, at: start, in: "capture format")
        }
    }
}
