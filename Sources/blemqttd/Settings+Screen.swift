import Agent
import Config
import HCI
import Linux

/// What the configuration means to what an advertisement passes before the ring.
extension Configuration {
    /// The known devices, in the order of `Advertisement.identity`.
    var knownDevices: [KnownDevice] { identities.map { KnownDevice(name: $0.name, address: DeviceAddress($0.address)) } }

    /// Whether what goes through must be looked at in another way.
    func screenDiffers(from old: Configuration) -> Bool {
        filters != old.filters || thinning != old.thinning || identities != old.identities
    }

    /// - Parameter log: is told where the kernel cannot resolve private addresses; identities are then known by their own address only.
    func screen(_ log: Log) -> Screen {
        Screen(
            identities: identityTable(log),
            filter: AdvertisementFilter(filters.rules.map { Agent.FilterRule($0) }, default: Agent.FilterAction(filters.defaultAction)),
            thinning: thinningTable)
    }

    private func identityTable(_ log: Log) -> IdentityTable? {
        guard !identities.isEmpty else { return nil }
        var ciphers: [BlockCipher] = []
        do throws(SystemError) {
            for identity in identities { ciphers.append(try BlockCipher(key: identity.irk)) }
        } catch {
            log.error("private addresses cannot be resolved: \(error): the kernel needs AF_ALG with ecb(aes): modprobe algif_skcipher")
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

extension Agent.FilterAction {
    init(_ action: Config.FilterAction) {
        switch action {
        case .allow: self = .allow
        case .deny: self = .deny
        }
    }
}

extension FilterRule {
    /// The configuration has checked all names.
    init(_ rule: Configuration.FilterRule) {
        self.init(
            Agent.FilterAction(rule.action), address: rule.address.map { AddressPattern(value: $0.value, bytes: $0.bytes) },
            addressType: rule.addressType.map { AddressType(name: $0)! }, name: rule.name.map { NamePattern($0) },
            companyID: rule.companyID, serviceUUID: rule.serviceUUID.map(Self.number), rssiMin: rule.rssiMin, rssiBelow: rule.rssiBelow,
            eventKind: rule.eventType.map { EventKind(rawValue: $0)! }, iBeaconUUID: rule.iBeaconUUID.map(Self.number))
    }

    /// 16 bytes, most significant first.
    private static func number(_ bytes: [UInt8]) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }
}
