/// How the controller listens (Bluetooth Core 5.4, Vol 4, Part E, 7.8.10).
package enum ScanMode: String, Sendable, Equatable, CaseIterable {
    case passive
    /// Sends scan requests, so scannable advertisers answer with scan responses.
    case active
    /// Passive, with short active windows (`scanner.mixed`).
    case mixed
}

/// Which advertisements of a device are left out.
package enum ThinningMode: String, Sendable, Equatable, CaseIterable {
    case off
    /// All but one in each interval.
    case interval
    /// Those that say what the one before said, RSSI apart, but for a keep-alive.
    case changes
}

/// The least serious message that is still written.
package enum LogLevel: String, Sendable, Equatable, CaseIterable, Comparable {
    case debug, info, warning, error

    /// `debug` is less than `error`.
    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}

/// Where log lines go.
package enum LogTarget: String, Sendable, Equatable, CaseIterable {
    /// The journal when standard error is the journal, else standard error.
    case auto
    /// The journal, natively, with fields.
    case journal
    case stderr
}
