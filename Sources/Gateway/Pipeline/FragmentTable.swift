import Bluetooth

/// Where advertisements go when they are whole.
public protocol AdvertisementSink: ~Copyable {
    /// - Parameter reports: how many reports the advertisement was made of.
    mutating func accept(_ advertisement: Advertisement, _ data: RawSpan, reports: Int)
}

/// Joins the fragments of extended advertisements whose data did not fit into one report.
///
/// A chain is known by advertiser address, address type, SID, and whether it is a scan response; a legacy PDU is no part of an
/// extended one, though a scan response without SID looks like it. The table holds a fixed number of
/// chains, each with a fixed number of bytes and a limit in time: whatever an advertiser sends, nothing grows.
public struct FragmentTable: ~Copyable {
    /// Chains that may be open at a time; one more pushes the oldest out, truncated.
    public static let chains = 16
    /// A chain that got no fragment for so long is published as it is, truncated. A controller reports the fragments of one
    /// advertisement back to back; the longest AUX chains span some 100 ms. Nanoseconds.
    public static let timeout: UInt64 = 1_000_000_000

    private struct Chain {
        /// The last fragment's, which stands for the whole.
        var header: Advertisement
        /// When the last fragment came, on the source's clock, ns.
        var touched: UInt64 = 0
        var length = 0
        var fragments = 0
        var isOpen = false
        /// There was more data than there is room for.
        var isTruncated = false

        /// Whether its continuation has not come in time. A capture's clock may jump.
        func hasWaited(until now: UInt64) -> Bool { now >= touched && now - touched >= FragmentTable.timeout }
    }

    private let chains: UnsafeMutableBufferPointer<Chain>
    private let memory: UnsafeMutableRawBufferPointer
    /// Chains that are open.
    public private(set) var open = 0
    /// Reports whose data waits in open chains.
    public private(set) var held = 0

    public init() {
        chains = .allocate(capacity: Self.chains)
        let report = AdvertisingReport(eventType: .reserved, addressType: .public, address: DeviceAddress(0), rssi: nil)
        chains.initialize(repeating: Chain(header: Advertisement(report, unixMicroseconds: 0, received: 0, adapter: 0)))
        memory = .allocate(byteCount: Self.chains * AdvertisingData.maximumSize, alignment: 16)
    }

    deinit {
        chains.deallocate()
        memory.deallocate()
    }

    /// Takes a report: a complete one goes straight to `sink`, a fragment waits for its continuation.
    /// - Parameter now: the source's clock, ns.
    public mutating func take<Sink: AdvertisementSink & ~Copyable>(
        _ header: Advertisement, _ data: RawSpan, at now: UInt64, into sink: inout Sink
    ) {
        // A legacy PDU is never a fragment, whatever chain of the same advertiser is open.
        let isLegacy = header.report.eventType.isLegacy
        let isLast = header.report.dataStatus != .moreToCome
        let chain = open > 0 && !isLegacy ? find(header) : nil
        if isLegacy || chain == nil && isLast { return sink.accept(header, data, reports: 1) }
        let index = chain ?? begin(&sink)
        append(header, data, to: index)
        chains[index].touched = now
        if isLast { finish(index, isTruncated: chains[index].isTruncated, &sink) }
    }

    /// Gives up the chains that have waited too long.
    /// - Parameter now: the source's clock, ns.
    public mutating func expire<Sink: AdvertisementSink & ~Copyable>(at now: UInt64, into sink: inout Sink) {
        guard open > 0 else { return }
        for index in chains.indices where chains[index].isOpen && chains[index].hasWaited(until: now) {
            finish(index, isTruncated: true, &sink)
        }
    }

    /// Gives up all chains.
    public mutating func flush<Sink: AdvertisementSink & ~Copyable>(into sink: inout Sink) {
        for index in chains.indices where chains[index].isOpen { finish(index, isTruncated: true, &sink) }
    }

    /// Makes all fragments those of no known device, for the list of these is another now.
    mutating func forgetIdentities() {
        for index in chains.indices where chains[index].isOpen { chains[index].header.forgetIdentity() }
    }

    private func find(_ header: Advertisement) -> Int? {
        let report = header.report
        return chains.firstIndex {
            let first = $0.header.report
            return $0.isOpen && first.address == report.address && first.addressType == report.addressType && first.sid == report.sid
                && $0.header.adapter == header.adapter && first.eventType.isScanResponse == report.eventType.isScanResponse
        }
    }

    private mutating func begin<Sink: AdvertisementSink & ~Copyable>(_ sink: inout Sink) -> Int {
        if open == Self.chains {
            let oldest = chains.indices.min { chains[$0].touched < chains[$1].touched }!
            finish(oldest, isTruncated: true, &sink)
        }
        let index = chains.firstIndex { !$0.isOpen }!
        chains[index].length = 0
        chains[index].fragments = 0
        chains[index].isOpen = true
        chains[index].isTruncated = false
        open += 1
        return index
    }

    private mutating func append(_ header: Advertisement, _ data: RawSpan, to index: Int) {
        let room = AdvertisingData.maximumSize - chains[index].length
        let kept = min(room, data.byteCount)
        if kept > 0 {
            let place = memory.baseAddress! + index * AdvertisingData.maximumSize + chains[index].length
            data.withUnsafeBytes { place.copyMemory(from: $0.baseAddress!, byteCount: kept) }
        }
        chains[index].header = header
        if kept < data.byteCount { chains[index].isTruncated = true }
        chains[index].length += kept
        chains[index].fragments += 1
        held += 1
    }

    private mutating func finish<Sink: AdvertisementSink & ~Copyable>(_ index: Int, isTruncated: Bool, _ sink: inout Sink) {
        if isTruncated { chains[index].header.report.dataStatus = .truncated }
        let start = index * AdvertisingData.maximumSize
        let data = UnsafeRawBufferPointer(rebasing: memory[start..<start + chains[index].length])
        chains[index].isOpen = false
        open -= 1
        held -= chains[index].fragments
        sink.accept(chains[index].header, data.bytes, reports: chains[index].fragments)
    }
}
