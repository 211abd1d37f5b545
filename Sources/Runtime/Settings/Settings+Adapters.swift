import Bluetooth
import Gateway
import Settings

/// What the configuration means to the adapters.
extension Configuration {
    func supervision(of scanner: Scanner) -> AdapterSupervisor.Settings {
        let seconds: UInt64 = 1_000_000_000
        var scan = scanner.scanParameters
        scan.acceptList = acceptList(for: scanner)
        return AdapterSupervisor.Settings(
            scan: scan,
            mixed: scanner.mode == .mixed
                ? ScanSchedule(period: UInt64(scanner.mixed.periodSeconds) * seconds, active: UInt64(scanner.mixed.activeSeconds) * seconds)
                : nil,
            access: scanner.access, silence: UInt64(scanner.watchdog.silenceSeconds) * seconds,
            check: UInt64(scanner.watchdog.checkSeconds) * seconds, mayPowerCycle: scanner.recovery.powerCycle,
            mayUnblockRadio: scanner.recovery.unblockRadio, mayResetUSB: scanner.recovery.usbReset)
    }

    /// Whether the controllers must sort out other devices.
    func acceptListsDiffer(from old: Configuration) -> Bool { scanners.map(acceptList) != old.scanners.map(old.acceptList) }

    /// The accept list of the controller: where the filters allow whole addresses and nothing else. In software advertisements
    /// are filtered in any case.
    private func acceptList(for scanner: Scanner) -> [ListedAddress] {
        guard scanner.access != .management, filters.defaultAction == .deny, identities.isEmpty else { return [] }
        var list: [ListedAddress] = []
        for rule in filters.rules {
            let types = rule.addressTypes.isEmpty ? [.public, .random] : rule.addressTypes
            guard rule.action == .allow, rule.isAddressOnly, rule.addresses.allSatisfy({ $0.bytes == 6 }),
                types.allSatisfy({ $0 == .public || $0 == .random })
            else { return [] }
            for pattern in rule.addresses {
                list += types.map { ListedAddress(isRandom: $0 == .random, address: DeviceAddress(pattern.value)) }
            }
        }
        return list
    }
}

extension Configuration.Scanner {
    var scanParameters: ScanParameters {
        let interval = ScanTime(milliseconds: intervalMilliseconds)
        return ScanParameters(
            isActive: mode == .active, interval: interval,
            window: min(interval, ScanTime(milliseconds: windowMilliseconds)),
            usesRandomAddress: usesRandomAddress, phys: phys)
    }
}
