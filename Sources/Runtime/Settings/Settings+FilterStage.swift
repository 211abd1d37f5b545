import Bluetooth
import Config
import Gateway
import Linux

/// What the configuration means to what an advertisement passes before the ring.
extension Configuration {
    /// The known devices, in the order of `Advertisement.identity`.
    var knownDevices: [KnownDevice] { identities.map { KnownDevice(name: $0.name, address: DeviceAddress($0.address)) } }

    /// Whether the change needs another filter stage.
    func filterStageDiffers(from old: Configuration) -> Bool {
        filters != old.filters || thinning != old.thinning || identities != old.identities
    }

    /// - Parameter log: for an error if private addresses cannot be resolved; they then stay unresolved, and rules on identities are on the
    /// safe side.
    func filterStage(_ log: Log) -> FilterStage {
        FilterStage(
            identities: identityTable(log),
            filter: AdvertisementFilter(
                filters.rules.flatMap(\.alternatives).map { Gateway.FilterRule($0) }, default: Gateway.FilterRule.Action(filters.defaultAction)),
            thinning: thinningTable)
    }

    private func identityTable(_ log: Log) -> IdentityTable? {
        guard !identities.isEmpty else { return nil }
        var ciphers: [BlockCipher] = []
        do throws(BlockCipher.Unavailable) {
            for identity in identities { ciphers.append(try BlockCipher(key: identity.irk)) }
        } catch {
            log.error("private addresses cannot be resolved: \(error)")
            ciphers = []
        }
        let keys = ciphers
        return IdentityTable(knownDevices, seed: ThisProcess.random) { device, block in
            device < keys.count ? keys[device].encrypt(block) : nil
        }
    }

    private var thinningTable: ThinningTable? {
        let mode: ThinningTable.Mode
        switch thinning.mode {
        case .off: return nil
        case .interval: mode = .interval(UInt64(thinning.intervalSeconds * 1e9))
        case .changes: mode = .changes(keepAlive: UInt64(thinning.keepAliveSeconds * 1e9))
        }
        return ThinningTable(mode, devices: thinning.devices, seed: ThisProcess.random)
    }
}

extension FilterRule.Action {
    init(_ action: FilterAction) {
        switch action {
        case .allow: self = .allow
        case .deny: self = .deny
        }
    }
}

extension FilterRule {
    /// The configuration has checked all names.
    /// - Parameter rule: with at most one value for each condition.
    fileprivate init(_ rule: Configuration.FilterRule) {
        self.init(
            FilterRule.Action(rule.action), address: rule.addresses.first.map { AddressPattern(value: $0.value, bytes: $0.bytes) },
            addressType: rule.addressTypes.first.map { AddressType(name: $0)! }, name: rule.names.first.map { NamePattern($0) },
            companyID: rule.companyIDs.first, serviceUUID: rule.serviceUUIDs.first.map(Self.number), rssiMin: rule.rssiMin, rssiBelow: rule.rssiBelow,
            eventKind: rule.eventTypes.first.map { EventKind(rawValue: $0)! }, iBeaconUUID: rule.iBeaconUUIDs.first.map(Self.number))
    }

    /// 16 bytes, most significant first.
    private static func number(_ bytes: [UInt8]) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }
}
