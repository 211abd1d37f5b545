/// How the controller listens (Bluetooth Core 5.4, Vol 4, Part E, 7.8.10).
public enum ScanMode: String, Sendable, Equatable, CaseIterable {
    /// Listens only.
    case passive
    /// Sends scan requests, so scannable advertisers answer with scan responses.
    case active
    /// Passive, with short active windows (`scanner.mixed`).
    case mixed
}

/// The PHYs that are listened on (Bluetooth Core 5.4, Vol 4, Part E, 7.8.64).
public enum ScanPHYs: String, Sendable, Equatable, CaseIterable {
    /// Both where the controller can, else LE 1M.
    case auto
    /// LE 1M.
    case oneM = "1m"
    /// LE Coded.
    case coded
    /// LE 1M and LE Coded by turns.
    case both
}

/// How an adapter is shared with other programs.
public enum AdapterAccess: String, Sendable, Equatable, CaseIterable {
    /// HCI commands of our own beside whatever else uses the adapter.
    case raw
    /// Discovery by the kernel's management interface.
    case mgmt
    /// The adapter is ours alone (HCI user channel): no other program sees it.
    case exclusive
}

/// What becomes of an advertisement.
public enum FilterAction: String, Sendable, Equatable, CaseIterable {
    /// It goes on to thinning and is published.
    case allow
    /// It is counted as filtered.
    case deny
}

/// Which advertisements of a device are left out.
public enum ThinningMode: String, Sendable, Equatable, CaseIterable {
    /// None.
    case off
    /// All but one in each interval.
    case interval
    /// Those that say what the one before said, RSSI apart, but for a keep-alive.
    case changes
}

/// The address scan requests carry, used only by `ScanMode.active`.
public enum OwnAddressType: String, Sendable, Equatable, CaseIterable {
    /// The controller's public address.
    case `public`
    /// A random address set by the host.
    case random
}

/// The least serious message that is still written.
public enum LogLevel: String, Sendable, Equatable, CaseIterable, Comparable {
    /// Every publish and acknowledgement too.
    case debug
    /// Starts, stops, changes of state and statistics.
    case info
    /// What the daemon repairs by itself.
    case warning
    /// What it could not do.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// `debug` is less than `error`.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// Where log lines go.
public enum LogTarget: String, Sendable, Equatable, CaseIterable {
    /// The journal when standard error is the journal, else standard error.
    case auto
    /// The journal, natively, with fields.
    case journal
    /// Standard error, with time and level.
    case stderr
}
