import Bluetooth

/// What a simulated kernel knows of searches for devices on one adapter, as Linux has it in `hdev->discovery`.
struct SimulatedSearches {
    /// Linux 6.12 takes an active scan for a search, whoever has switched it on.
    var takesActiveScans = false
    /// LE_Scan_Type of the last scan parameters that passed.
    var lastType: UInt8 = 0
    /// DISCOVERY_FINDING: every further search is refused.
    private(set) var isFinding = false
    /// The kernel will end the search by itself; a scan that is switched off stops that timer.
    private(set) var timer: Int?
    private var timers = 0
    /// Of other programs, and how many of these the kernel has refused.
    var wanted = 0
    var refused = 0
    /// The daemon could not end what it should have ended: nobody answered.
    var isLeftBehind = false

    mutating func begin(withTimer: Bool) {
        isFinding = true
        guard withTimer else { return }
        timers += 1
        timer = timers
    }

    mutating func scanOff() { timer = nil }

    /// - Returns: whether there was one.
    mutating func end() -> Bool {
        defer { (isFinding, timer, isLeftBehind) = (false, nil, false) }
        return isFinding
    }
}

extension SimulatedBluetooth {
    /// Discovering: | 2 event 0x0013 | 2 index | 2 length | 1 Address_Type: LE | 1 Discovering |
    private func tell(_ isOn: Bool, _ adapter: SimulatedAdapter) {
        tellManagement([0x13, 0, UInt8(adapter.index), 0, 2, 0, 6, isOn ? 1 : 0])
    }

    /// Another program searches for devices, in the way of bluetoothd: what it takes for a search it ends first, and waits for 5 s.
    func search(_ adapter: SimulatedAdapter) {
        adapter.searches.wanted += 1
        guard adapter.searches.isFinding else { return begin(adapter) }
        stopSearch(adapter)
        simulation.after(5 * Simulation.second) { [self] in begin(adapter) }
    }

    /// A search begins, if the kernel lets it: with scan commands of the kernel's, and for 10.24 s.
    private func begin(_ adapter: SimulatedAdapter) {
        guard adapter.isPlugged, adapter.isUp, !adapter.hangs, adapter.port?.isExclusive != true else { return }
        guard !adapter.searches.isFinding else { return adapter.searches.refused += 1 }
        for opcode in [Opcode.leSetScanEnable, .leSetScanParameters, .leSetScanEnable] { interfere(adapter, opcode) }
        adapter.searches.lastType = 1
        adapter.searches.begin(withTimer: true)
        let timer = adapter.searches.timer
        tell(true, adapter)
        simulation.after(DiscoveringEvent.timeout) { [self] in
            if adapter.searches.timer == timer { stopSearch(adapter) }
        }
    }

    /// The search ends, and with it the scan that is on.
    func stopSearch(_ adapter: SimulatedAdapter) {
        guard adapter.searches.isFinding else { return }
        if adapter.isScanning { interfere(adapter, .leSetScanEnable) }
        endSearch(adapter)
    }

    /// The kernel knows of no search any more.
    func endSearch(_ adapter: SimulatedAdapter) {
        if adapter.searches.end() { tell(false, adapter) }
    }

    /// A scan of the daemon's has been switched on or off, which the kernel reads along.
    func scanSwitched(_ isOn: Bool, _ adapter: SimulatedAdapter) {
        guard isOn else { return adapter.searches.scanOff() }
        guard adapter.searches.takesActiveScans, adapter.searches.lastType == 1, !adapter.searches.isFinding else { return }
        adapter.searches.begin(withTimer: false)
        tell(true, adapter)
    }
}
