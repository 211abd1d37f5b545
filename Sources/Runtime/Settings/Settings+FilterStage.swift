import Bluetooth
import Gateway
import Linux
import Settings

/// What the configuration means to what an advertisement passes before the ring.
extension Configuration {
    /// The known devices, in the order of `Advertisement.identity`.
    var knownDevices: [KnownDevice] { identities.map(\.device) }

    /// - Parameter log: for an error if private addresses cannot be resolved; they then stay unresolved, and rules on identities are on the
    /// safe side.
    func filterStage(_ log: Log) -> FilterStage {
        FilterStage(
            identities: identityTable(log),
            filter: AdvertisementFilter(filters.rules, default: filters.defaultAction),
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
