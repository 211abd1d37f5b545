import Bluetooth
import Bytes

/// What an advertisement passes before the ring: identity, filter, rate limit.
public struct FilterStage: ~Copyable, Sendable {
    private var identities: IdentityTable?
    /// Of the known devices, in the order of `Advertisement.identity`.
    private let knownAddresses: [DeviceAddress]
    private var filter: AdvertisementFilter
    private var thinning: ThinningTable?
    /// It lets everything through.
    private let allowsEverything: Bool
    private var clock = ForwardClock()

    /// Lets everything through by default.
    public init(
        identities: consuming IdentityTable? = nil, filter: AdvertisementFilter = AdvertisementFilter(),
        thinning: consuming ThinningTable? = nil
    ) {
        allowsEverything = filter.allowsEverything && thinning == nil
        switch identities {
        case .some(let table): knownAddresses = table.devices.map(\.address)
        case .none: knownAddresses = []
        }
        self.identities = identities
        self.filter = filter.knowing(knownAddresses)
        self.thinning = thinning
    }

    /// Hands out the table of identities, so that addresses can be resolved outside the lock.
    mutating func takeIdentities() -> IdentityTable? { identities.take() }

    /// The identities of the addresses in an HCI event; all unknown if the table was handed out.
    /// - Parameter now: the source's clock, ns.
    mutating func resolve(event bytes: RawSpan, at now: UInt64) -> EventResolutions {
        identities?.resolve(event: bytes, at: now) ?? EventResolutions()
    }

    /// Whether the filter lets it through.
    /// - Parameter now: the source's clock, ns; it may go back, as a capture's does that begins again.
    mutating func admits(_ advertisement: Advertisement, _ data: RawSpan, at now: UInt64) -> Bool {
        if allowsEverything { return true }
        clock.follow(now)
        let identity = advertisement.identity == 0 ? nil : knownAddresses[Int(advertisement.identity) - 1]
        return filter.allows(advertisement, data, identity: identity)
    }

    /// Whether the rate limit suppresses an admitted advertisement.
    mutating func thins(_ advertisement: Advertisement, _ data: RawSpan) -> Bool {
        thinning?.passes(advertisement, data, at: clock.now) == false
    }

    /// What went before was not published: the next advertisement of each device is the first.
    mutating func forgetThinning() { thinning?.removeAll() }
}

/// A clock that follows another's steps forward: where that goes back, this stands still.
struct ForwardClock {
    private var last: UInt64?
    /// ns since the first step.
    private(set) var now: UInt64 = 0

    mutating func follow(_ source: UInt64) {
        if let last, source > last { now &+= source - last }
        last = source
    }
}
