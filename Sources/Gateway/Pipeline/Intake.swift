import Bluetooth
import Bytes

/// When an event was received, on three clocks.
public struct ReceiveStamp: Sendable {
    /// The kernel's receive stamp, or the capture's: microseconds since 1970-01-01 UTC. It jumps with the clock.
    public var unixMicroseconds: Int64
    /// CLOCK_MONOTONIC, ns: what latencies are measured from.
    public var monotonic: UInt64
    /// What fragments and rate limiting go by, ns: CLOCK_MONOTONIC for an adapter, the recorded time for a capture, however fast it is replayed.
    public var sourceClock: UInt64

    public init(unixMicroseconds: Int64, monotonic: UInt64, sourceClock: UInt64) {
        self.unixMicroseconds = unixMicroseconds
        self.monotonic = monotonic
        self.sourceClock = sourceClock
    }
}

/// From the bytes of an HCI event to records in the ring: decode, join fragments, filter, queue, and count each step.
///
/// A value without a lock; `SharedIntake` puts it between the scanner thread and the main thread.
public struct Intake: ~Copyable {
    private var fragments = FragmentTable()
    private var sink: Sink
    /// The machine's clock is known not to be synchronized: what is received from now on is marked.
    public var isClockUnsynchronized = false

    public init(ringSize: Int, filterStage: consuming FilterStage = FilterStage()) {
        sink = Sink(ringSize: ringSize, filterStage: filterStage)
    }

    /// Takes one HCI event, its H4 packet type in front.
    /// - Parameters:
    ///   - stamp: when it was received.
    ///   - adapter: index of the adapter's name and slot of its counts, 0…15.
    public mutating func take(event bytes: RawSpan, _ stamp: ReceiveStamp, adapter: UInt8) {
        let resolutions = sink.filterStage.resolve(event: bytes, at: stamp.sourceClock)
        take(event: bytes, stamp, adapter: adapter, resolutions)
    }

    /// The table of identities, for who resolves the addresses himself and passes the `resolutions`.
    mutating func takeIdentities() -> IdentityTable? { sink.filterStage.takeIdentities() }

    /// - Parameter resolutions: whose the addresses in the event are.
    mutating func take(event bytes: RawSpan, _ stamp: ReceiveStamp, adapter: UInt8, _ resolutions: EventResolutions) {
        sink.counters.events += 1
        sink.now = stamp.sourceClock
        fragments.expire(at: stamp.sourceClock, into: &sink)
        do throws(DecodeError) {
            guard case .advertising(var reports) = try HCIEvent(bytes) else {
                sink.counters.unknownEvents += 1
                return
            }
            var number = 0
            while let (report, data) = try reports.next(in: bytes) {
                sink.counters.reports += 1
                var advertisement = Advertisement(
                    report, unixMicroseconds: stamp.unixMicroseconds, received: stamp.monotonic, adapter: adapter,
                    resolution: resolutions[number])
                advertisement.isClockUnsynchronized = isClockUnsynchronized
                number += 1
                fragments.take(advertisement, bytes.extracting(data), at: stamp.sourceClock, into: &sink)
            }
        } catch {
            sink.counters.badEvents += 1
        }
    }

    /// An event of which the capture has only a part: counted as malformed.
    public mutating func takeMalformedEvent() {
        sink.counters.events += 1
        sink.counters.badEvents += 1
    }

    /// Publishes fragments whose continuation did not come in time.
    /// - Parameter now: the source's clock, ns.
    public mutating func expireFragments(at now: UInt64) {
        sink.now = now
        fragments.expire(at: now, into: &sink)
    }

    /// Publishes all fragments, for no more will come.
    public mutating func flushFragments() { fragments.flush(into: &sink) }

    /// Takes the oldest record out of the ring; its data is copied to the start of `data`.
    public mutating func pop(into data: UnsafeMutableRawBufferPointer) -> AdvertisementRing.Record? {
        sink.ring.pop(into: data)
    }

    /// Whether records are kept: without a broker nothing is, and what waits is dropped.
    public var isOpen: Bool {
        get { sink.isOpen }
        set {
            let wasOpen = sink.isOpen
            sink.isOpen = newValue
            guard wasOpen, !newValue else { return }
            sink.counters.droppedOffline += sink.ring.removeAll()
            sink.filterStage.forgetThinning()
        }
    }

    /// Replaces the filter stage and returns the old one. What is in the ring or an open fragment is no known device's any more, for
    /// the list may be another; formatter and topics must be replaced before the next record is taken out.
    @discardableResult
    public mutating func replace(filterStage: consuming FilterStage) -> FilterStage {
        swap(&sink.filterStage, &filterStage)
        sink.ring.forgetIdentities()
        fragments.forgetIdentities()
        return filterStage
    }

    /// Drops what waits in the ring, for the program ends; how many there were, by adapter.
    public mutating func removeAll() -> Tally { sink.ring.removeAll() }

    public var queued: Int { sink.ring.count }
    /// Whether the ring has room for whatever one event can bring, fragments that it completes included.
    public var hasRoomForAnyEvent: Bool { sink.ring.free >= Self.largestIntake }

    /// Whether what waits had better be taken out at once.
    var isHalfFull: Bool { sink.ring.free < sink.ring.used }

    /// An event of 255 bytes holds 25 legacy reports at most (10 bytes each), or completes a chain of 1,650 bytes; and each of the
    /// chains may time out at the same moment.
    private static let largestIntake =
        EventResolutions.most * AdvertisementRing.size(ofData: 0) + HCIEvent.maximumSize
        + (FragmentTable.chains + 1) * AdvertisementRing.size(ofData: AdvertisingData.maximumSize)

    /// A consistent picture of the counters.
    public var counters: IntakeCounters {
        var counters = sink.counters
        counters.queued = sink.ring.tally
        counters.fragmentsOpen = UInt64(fragments.held)
        return counters
    }

    public var devices: Int { sink.devices.count }

    /// Starts a new interval: high water and devices seen begin anew.
    public mutating func beginInterval() {
        sink.counters.highWater = UInt64(sink.ring.used)
        sink.devices.reset()
    }
}

/// What the intake has counted since the start. By adapter `received = filtered + thinned + dropped… + queued + handed on`;
/// in total `reports = received + fragmentsJoined + fragmentsOpen`.
public struct IntakeCounters: Equatable, Sendable {
    /// HCI events of any kind.
    public var events: UInt64 = 0
    /// Malformed events; reports before the malformed part count and are published.
    public var badEvents: UInt64 = 0
    /// Events and LE subevents that carry no advertising reports.
    public var unknownEvents: UInt64 = 0
    /// Advertising reports.
    public var reports: UInt64 = 0
    /// Advertisements: reports, those counted once that were joined from several. By adapter.
    public var received = Tally()
    /// Advertisements whose advertising data is not empty, whatever became of them: by these the silence watchdog judges the adapter. By adapter.
    public var heard = Tally()
    /// Advertisements whose address was recognised as an identity's. By adapter.
    public var resolved = Tally()
    /// Advertisements whose address could not be tried with the keys of all identities: because of the limit of cipher operations, or because the
    /// cipher failed. By adapter.
    public var unresolved = Tally()
    /// Fragments that were joined to a later report of the same advertisement.
    public var fragmentsJoined: UInt64 = 0
    /// Advertisements whose data is incomplete.
    public var fragmentsTruncated: UInt64 = 0
    /// Fragments that wait for the rest of their advertisement.
    public var fragmentsOpen: UInt64 = 0
    /// Denied by a rule. By adapter.
    public var filtered = Tally()
    /// Suppressed by rate limiting: the device was published shortly before. By adapter.
    public var thinned = Tally()
    /// Dropped from the full ring, the oldest first. By adapter of the one that was dropped.
    public var droppedRingFull = Tally()
    /// There was no broker. By adapter.
    public var droppedOffline = Tally()
    /// Records in the ring. By adapter.
    public var queued = Tally()
    /// The most bytes the ring held in this interval.
    public var highWater: UInt64 = 0

    public init() {}
}

extension Intake {
    /// Behind the joining of fragments: filter stage, ring and counters.
    struct Sink: ~Copyable, AdvertisementSink {
        var ring: AdvertisementRing
        var counters = IntakeCounters()
        var devices = DeviceEstimate()
        var isOpen = false
        var filterStage: FilterStage
        /// The source's clock, ns.
        var now: UInt64 = 0

        init(ringSize: Int, filterStage: consuming FilterStage) {
            ring = AdvertisementRing(capacity: ringSize)
            self.filterStage = filterStage
        }

        mutating func accept(_ advertisement: Advertisement, _ data: RawSpan, reports: Int) {
            counters.received.add(advertisement.adapter)
            if data.byteCount > 0 { counters.heard.add(advertisement.adapter) }
            counters.fragmentsJoined += UInt64(reports - 1)
            if advertisement.isTruncated { counters.fragmentsTruncated += 1 }
            devices.insert(advertisement.report.address)
            if advertisement.identity != 0 { counters.resolved.add(advertisement.adapter) }
            if advertisement.isUnresolved { counters.unresolved.add(advertisement.adapter) }
            guard filterStage.admits(advertisement, data, at: now) else {
                counters.filtered.add(advertisement.adapter)
                return
            }
            // Before rate limiting: what is dropped does not begin a device's interval.
            guard isOpen else {
                counters.droppedOffline.add(advertisement.adapter)
                return
            }
            guard !filterStage.thins(advertisement, data) else {
                counters.thinned.add(advertisement.adapter)
                return
            }
            ring.push(advertisement, data, dropped: &counters.droppedRingFull)
            counters.highWater = max(counters.highWater, UInt64(ring.used))
        }
    }
}
