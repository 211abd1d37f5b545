import Bluetooth
import Bytes
import Gateway
import Linux
import Settings

/// All adapters that are scanned with: which of the kernel's belongs to which part of the configuration, and the kernel's events
/// of them. Main thread only.
final class AdapterManager {
    private let bluetooth: any BluetoothHost
    private let kernel: any Kernel
    private let intake: SharedIntake
    private let log: Log
    private var links: [AdapterLink] = []
    /// The configuration of adapters without one of their own: `adapter: all`.
    private var others: Configuration.Scanner?
    private var configuration: Configuration
    private var isStopping = false
    private var checkAt: UInt64?
    private var checkFailure = OngoingFailure()
    /// Why there is none, as it was logged; nil if there is one.
    private var absenceAdvice: String?
    /// Why the kernel's adapters cannot be listed; nil if they can.
    private var checkProblem: String?
    /// The adapters may have changed, apart from the links' own changes.
    private var hasChanged = true
    private var slotFailure = OngoingFailure()
    /// The address that each slot stands for; an adapter keeps its slot, whatever becomes of it.
    private var slots: [DeviceAddress] = []
    /// The counts of links that are gone.
    private var earlier = AdapterSupervisor.Counters()
    private var earlierKernelDropped = Tally()

    init(_ configuration: Configuration, _ intake: SharedIntake, _ log: Log, _ machine: Machine, at now: UInt64) {
        self.configuration = configuration
        self.intake = intake
        self.log = log
        bluetooth = machine.bluetooth
        kernel = machine.kernel
        begin(at: now)
    }

    func start() throws(SystemError) { try bluetooth.start() }

    private func begin(at now: UInt64) {
        let scanners = configuration.scanners
        if scanners.contains(where: { $0.access != .exclusive }) {
            do throws(SystemError) {
                try bluetooth.openManagement()
            } catch {
                let text = "the kernel's Bluetooth management cannot be reached: \(error)"
                if scanners.contains(where: { $0.access == .management }) { log.error(text) } else { log.debug(text) }
            }
        }
        others = scanners.first { $0.adapter == .all }
        links = scanners.filter { $0.adapter != .all }.map { link($0, at: now) }
        checkAt = now
    }

    private func link(_ settings: Configuration.Scanner, at now: UInt64) -> AdapterLink {
        AdapterLink(
            settings, configuration.supervision(of: settings),
            AdapterLink.Context(bluetooth: bluetooth, kernel: kernel, intake: intake, log: log), at: now)
    }

    // MARK: What there is

    /// The names of the adapters, by slot.
    private(set) var names: [String] = []

    /// Brings names and states up to date; whether they may have changed since the last time.
    func takeChanges() -> Bool {
        guard hasChanged || links.contains(where: \.hasChanged) else { return false }
        hasChanged = false
        for link in links { link.hasChanged = false }
        names = slots.indices.map { slot in links.first { $0.slot == UInt8(slot) }?.name ?? "\(slots[slot])" }
        return true
    }

    /// The adapters that are or were scanned with, and those that have never been found.
    var reports: [AdapterReport] {
        let slotted = names.enumerated().map { slot, name in
            let link = links.first { $0.slot == UInt8(slot) }
            return AdapterReport(name: name, slot: UInt8(slot), condition: link?.condition ?? .stopped, cause: link?.cause)
        }
        let sought = links.filter { $0.slot == nil }.map { link in
            AdapterReport(
                name: link.name, slot: nil, condition: checkProblem == nil ? link.condition : .absent, cause: checkProblem ?? link.cause)
        }
        // All that there are, and there are none.
        guard links.isEmpty, let others, !isStopping else { return slotted + sought }
        return slotted + [AdapterReport(name: "\(others.adapter)", slot: nil, condition: .absent, cause: checkProblem)]
    }

    var counters: AdapterSupervisor.Counters { links.reduce(into: earlier) { $0 += $1.counters } }

    /// Events that the kernel dropped. By adapter.
    var kernelDropped: Tally {
        links.reduce(into: earlierKernelDropped) { sum, link in
            if let slot = link.slot { sum[slot] += link.kernelDropped }
        }
    }

    /// The scans have been switched off, or there is nothing to switch off.
    var isStopped: Bool { isStopping && links.allSatisfy(\.isStopped) }

    func deadline(at now: UInt64) -> UInt64? {
        links.reduce(isStopping ? nil : checkAt) { earliest, link in
            guard let deadline = link.deadline(at: now) else { return earliest }
            return min(deadline, earliest ?? deadline)
        }
    }

    // MARK: Events

    /// The kernel has events of adapters. They are handled before the results of background tasks, which may have caused them.
    func eventsReady(at now: UInt64) {
        var left = Self.batch
        while left > 0, let event = bluetooth.nextEvent() {
            left -= 1
            if event.kind != .registered { links.first { $0.index == event.index }?.happened(event.kind, at: now) }
            checkAt = now
        }
        // They may have ended: from now on the adapters are checked.
        if !bluetooth.reportsEvents { checkAt = now }
    }

    func backgroundTaskDone(at now: UInt64) {
        eventsReady(at: now)
        for link in links { link.backgroundTaskDone(at: now) }
    }

    func ready(slot: UInt8, at now: UInt64) { links.first { $0.slot == slot }?.ready(at: now) }

    func managementReady(at now: UInt64) {
        // Longer packets, such as the kernel's list of its commands, are not used and may be truncated.
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { memory in
            var left = Self.batch
            while left > 0, let count = bluetooth.nextManagementPacket(into: memory) {
                left -= 1
                let packet = UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes
                for link in links { link.managed(packet, at: now) }
            }
        }
    }

    /// Packets that are read in one iteration of the loop; the others wait for the next.
    private static let batch = 32

    /// Does what is due.
    func pump(at now: UInt64) {
        bluetooth.takeUnhandled(
            failed: { slot, number in links.first { $0.slot == slot }?.failed(number, at: now) },
            received: { slot, bytes in links.first { $0.slot == slot }?.received(bytes.span.bytes, at: now) })
        for link in links { link.pump(at: now) }
        if !isStopping, links.contains(where: \.wantsCheck) || checkAt.map({ now >= $0 }) ?? false { checkAdapters(at: now) }
    }

    // MARK: Checking

    /// Adapters are checked this often where no kernel event announces them; ns.
    private static let checkInterval: UInt64 = 5_000_000_000

    private func checkAdapters(at now: UInt64) {
        checkAt = !bluetooth.reportsEvents || others != nil && links.isEmpty ? now + Self.checkInterval : nil
        let adapters: [BluetoothAdapter]
        do throws(SystemError) {
            adapters = try bluetooth.adapters()
            _ = checkFailure.ends(at: now)
            fails(nil)
        } catch {
            fails("\(error)")
            if checkFailure.fails("\(error)", at: now) { log.error("\(AdapterSupervisor.Problem(error).text)") }
            checkAt = now + Self.checkInterval
            for link in links { link.checkFailed(until: now + Self.checkInterval) }
            return
        }
        var free = adapters
        var found = [BluetoothAdapter?](repeating: nil, count: links.count)
        // An adapter that was in use is ours under whatever name it returns; only then do names count.
        for match in [AdapterLink.isSame, AdapterLink.isMeant] {
            for (position, link) in links.enumerated() where found[position] == nil {
                guard let index = free.firstIndex(where: { match(link, $0) }) else { continue }
                found[position] = free.remove(at: index)
            }
        }
        for (link, adapter) in zip(links, found) { link.adaptersChecked(adapter.flatMap { slotted($0, for: link) }, at: now) }
        // One whose address the kernel does not know yet is announced again when it does.
        for adapter in free where others != nil && adapter.address.isKnown {
            let new = link(others!, at: now)
            guard let found = slotted(adapter, for: new) else { continue }
            links.append(new)
            new.adaptersChecked(found, at: now)
        }
        if adapters.isEmpty, links.isEmpty, checkFailure.fails("none", at: now) { log.error("no Bluetooth adapter; waiting for one") }
        if adapters.isEmpty { advise() } else { absenceAdvice = nil }
    }

    private func advise() {
        guard let advice = bluetooth.absenceAdvice, advice != absenceAdvice else { return }
        absenceAdvice = advice
        log.warning("why this machine may have no adapter: \(advice)")
    }

    private func fails(_ failure: String?) {
        guard failure != checkProblem else { return }
        checkProblem = failure
        hasChanged = true
    }

    /// The adapter with its slot; nil if there are too many.
    private func slotted(_ adapter: BluetoothAdapter, for link: AdapterLink) -> (adapter: BluetoothAdapter, slot: UInt8)? {
        if adapter.address.isKnown, let slot = slots.firstIndex(of: adapter.address) { return (adapter, UInt8(slot)) }
        // An adapter that has been used before its address was known keeps its slot.
        if let slot = link.slot, !slots[Int(slot)].isKnown {
            slots[Int(slot)] = adapter.address
            return (adapter, slot)
        }
        guard slots.count < Int(ScannerThread.slots) else {
            if slotFailure.fails("too many", at: 0) {
                log.error("\(adapter.name): more than \(ScannerThread.slots) adapters in one run; restart blemqttd to use it")
            }
            return nil
        }
        slots.append(adapter.address)
        return (adapter, UInt8(slots.count - 1))
    }

    // MARK: Stop and new configuration

    /// Switches all scans off; `isStopped` tells when that is done, within a second.
    func stop(at now: UInt64) {
        isStopping = true
        for link in links { link.stop(at: now) }
    }

    /// Ends listening: afterwards everything that the kernel held is in the intake.
    func end() { bluetooth.end() }

    /// Continues with another configuration, from the beginning.
    /// - Precondition: stopped.
    func restart(_ new: Configuration, at now: UInt64) {
        earlier = counters
        earlierKernelDropped = kernelDropped
        configuration = new
        isStopping = false
        begin(at: now)
    }
}

extension AdapterLink {
    /// Whether the adapter is the one that was in use before.
    static func isSame(_ link: AdapterLink, _ adapter: BluetoothAdapter) -> Bool {
        adapter.address.isKnown && link.adapter?.address == adapter.address
    }

    /// Whether the adapter is the one that the configuration names.
    static func isMeant(_ link: AdapterLink, _ adapter: BluetoothAdapter) -> Bool {
        switch link.settings.adapter {
        case .index(let index): adapter.index == index
        case .address(let address): adapter.address.value == address
        case .all: false
        }
    }
}
