import HCI

/// What an advertisement passes before the ring: who is it, is it wanted, is it too soon.
public struct Screen: ~Copyable, Sendable {
    private var identities: IdentityTable?
    private var filter: AdvertisementFilter
    private var thinning: ThinningTable?
    /// There is nothing to look at.
    private let isPassage: Bool
    private var clock = ForwardClock()

    /// Lets everything through, unless it is told otherwise.
    public init(
        identities: consuming IdentityTable? = nil, filter: AdvertisementFilter = AdvertisementFilter(),
        thinning: consuming ThinningTable? = nil
    ) {
        isPassage = identities == nil && filter.allowsEverything && thinning == nil
        self.identities = identities
        self.filter = filter
        self.thinning = thinning
    }

    /// Addresses that were left unresolved because the bound on cipher operations was reached or the cipher failed.
    public var skippedResolutions: UInt64 {
        switch identities {
        case .some(let table): table.skipped
        case .none: 0
        }
    }

    /// Sets the advertisement's identity where it is known; whether the filter lets it through.
    /// - Parameter now: the source's clock, ns; it may go back, as a capture's does that begins again.
    mutating func admits(_ advertisement: inout Advertisement, _ data: RawSpan, at now: UInt64) -> Bool {
        if isPassage { return true }
        clock.follow(now)
        let identity = identities?.resolve(advertisement.address, advertisement.addressType, at: clock.now) ?? 0
        advertisement.identity = identity
        let address = identity == 0 ? nil : identities?.devices[Int(identity) - 1].address
        return filter.allows(advertisement, data, identity: address)
    }

    /// Whether an admitted advertisement is one too many of its device.
    mutating func thins(_ advertisement: Advertisement, _ data: RawSpan) -> Bool {
        thinning?.passes(advertisement, data, at: clock.now) == false
    }

    /// What went before has not arrived: the next advertisement of each device is the first.
    mutating func forgetThinning() { thinning?.removeAll() }
}

/// A clock made of another's steps forward: where that goes back, this stands still.
struct ForwardClock {
    private var last: UInt64?
    /// ns since the first step.
    private(set) var now: UInt64 = 0

    mutating func follow(_ source: UInt64) {
        if let last, source > last { now &+= source - last }
        last = source
    }
}
