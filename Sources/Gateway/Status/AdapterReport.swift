/// One adapter, as status, statistics and metrics report it.
public struct AdapterReport: Equatable, Sendable {
    /// `hci0`; the address of one that is gone.
    public var name: String
    /// Its slot in the counters, 0…15; nil if it has never been found.
    public var slot: UInt8?
    /// Its state; nil if it has none, as in a replay.
    public var condition: AdapterSupervisor.Condition?
    /// Why it does not scan; nil if the condition explains it.
    public var cause: String?

    public init(name: String, slot: UInt8?, condition: AdapterSupervisor.Condition?, cause: String? = nil) {
        self.name = name
        self.slot = slot
        self.condition = condition
        self.cause = cause
    }

    /// `hci0: recovering (LE Set Scan Enable refused: …)`; nil while the scanner is not degraded by it. What lasts for
    /// moments, such as the setting up of a scan, does not count.
    public var degradedReason: String? {
        switch condition {
        case .absent, .blocked, .down, .silent, .recovering, .beyondRepair, .stopped:
            "\(name): \(condition!.rawValue)\(cause.map { " (\($0))" } ?? "")"
        case .starting, .scanning, nil: nil
        }
    }
}
