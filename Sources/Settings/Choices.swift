/// How the controller listens (Bluetooth Core 5.4, Vol 4, Part E, 7.8.10).
public enum ScanMode: String, Sendable, Equatable, CaseIterable {
    /// Listens only.
    case passive
    /// Sends scan requests, so scannable advertisers answer with scan responses.
    case active
    /// Passive, with short active windows (`scanner.mixed`).
    case mixed
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
