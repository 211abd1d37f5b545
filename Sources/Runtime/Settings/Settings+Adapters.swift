import Bluetooth
import Config
import Gateway

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
            access: AdapterSupervisor.Access(scanner.access), silence: UInt64(scanner.watchdog.silenceSeconds) * seconds,
            check: UInt64(scanner.watchdog.checkSeconds) * seconds, mayPowerCycle: scanner.recovery.powerCycle,
            mayUnblockRadio: scanner.recovery.unblockRadio, mayResetUSB: scanner.recovery.usbReset)
    }

    /// Whether the scans must be switched off and set up anew for the change.
    func supervisionDiffers(from old: Configuration) -> Bool {
        scanners != old.scanners || zip(scanners, old.scanners).contains { acceptList(for: $0) != old.acceptList(for: $1) }
    }

    /// The accept list of the controller: where the filters allow whole addresses and nothing else. In software advertisements
    /// are filtered in any case.
    private func acceptList(for scanner: Scanner) -> [ListedAddress] {
        guard scanner.access != .mgmt, filters.defaultAction == .deny, identities.isEmpty else { return [] }
        var list: [ListedAddress] = []
        for rule in filters.rules {
            guard rule.action == .allow, !rule.addresses.isEmpty, rule.addresses.allSatisfy({ $0.bytes == 6 }), rule.isAddressOnly else {
                return []
            }
            let types = rule.addressTypes.isEmpty ? ["public", "random"] : rule.addressTypes
            guard types.allSatisfy({ $0 == "public" || $0 == "random" }) else { return [] }
            for pattern in rule.addresses {
                list += types.map { ListedAddress(isRandom: $0 == "random", address: DeviceAddress(pattern.value)) }
            }
        }
        return list
    }
}

extension Configuration.FilterRule {
    /// It has no conditions but on the address and its type.
    fileprivate var isAddressOnly: Bool {
        names.isEmpty && companyIDs.isEmpty && serviceUUIDs.isEmpty && rssiMin == nil && rssiBelow == nil && eventTypes.isEmpty
            && iBeaconUUIDs.isEmpty
    }
}

extension Configuration.Scanner {
    var scanParameters: ScanParameters {
        let interval = ScanTime(milliseconds: intervalMilliseconds)
        return ScanParameters(
            isActive: mode == .active, interval: interval,
            window: min(interval, ScanTime(milliseconds: windowMilliseconds)),
            usesRandomAddress: ownAddressType == .random, phys: ScanningPHYs(phys))
    }
}

extension ScanningPHYs {
    init(_ phys: ScanPHYs) {
        switch phys {
        case .auto, .both: self = [.le1M, .leCoded]
        case .oneM: self = .le1M
        case .coded: self = .leCoded
        }
    }
}

extension AdapterSupervisor.Access {
    init(_ access: AdapterAccess) {
        switch access {
        case .raw: self = .raw
        case .mgmt: self = .management
        case .exclusive: self = .exclusive
        }
    }
}
