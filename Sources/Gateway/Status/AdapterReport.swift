/// One adapter, as status, statistics and metrics tell of it.
public struct AdapterReport: Equatable, Sendable {
    /// `hci0`; the address of one that is gone.
    public var name: String
    /// Its slot in the counters, 0…15; nil where it has never been found.
    public var slot: UInt8?
    /// How it is; nil where that is nobody's concern, as in a replay.
    public var condition: AdapterSupervisor.Condition?
    /// Why it does not scan; nil where the condition says it all.
    public var cause: String?

    public init(name: String, slot: UInt8?, condition: AdapterSupervisor.Condition?, cause: String? = nil) {
        self.name = name
        self.slot = slot
        self.condition = condition
        self.cause = cause
    }

    /// `hci0: recovering (LE Set Scan Enable refused: …)`; nil while the scanner as a whole is none the worse for it. What lasts for
    /// moments, such as the setting up of a scan, is no trouble.
    public var trouble: String? {
        switch condition {
        case .absent, .blocked, .down, .silent, .recovering, .beyondRepair, .stopped:
            "\(name): \(condition!.rawValue)\(cause.map { " (\($0))" } ?? "")"
        case .starting, .scanning, nil: nil
        }
    }
}
