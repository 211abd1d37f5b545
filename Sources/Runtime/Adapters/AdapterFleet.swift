import Bluetooth
import Bytes
import Config
import Gateway
import Linux

/// All adapters that are scanned with: which of the kernel's belongs to which part of the configuration, and what the kernel tells
/// of them. Main thread only.
final class AdapterFleet {
    private let bluetooth: any BluetoothHost
    private let kernel: any Kernel
    private let intake: SharedIntake
    private let log: Log
    private var links: [AdapterLink] = []
    /// The settings for adapters that have no settings of their own: `adapter: all`.
    private var others: Configuration.Scanner?
    private var configuration: Configuration
    private var isStopping = false
    private var lookAt: UInt64?
    private var lookTrouble = Trouble()
    /// Why the kernel's adapters cannot be looked at; nil where they can.
    private var lookFailure: String?
    /// What there is may have changed, apart from the links' own news.
    private var hasNews = true
    private var slotTrouble = Trouble()
    /// The address that each slot stands for; an adapter keeps its slot, whatever becomes of it.
    private var slots: [DeviceAddress] = []
    /// What links that are no more have counted.
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
                if scanners.contains(where: { $0.access == .mgmt }) { log.error(text) } else { log.debug(text) }
            }
        }
        others = scanners.first { $0.adapter == .all }
        links = scanners.filter { $0.adapter != .all }.map { link($0, at: now) }
        lookAt = now
    }

    private func link(_ settings: Configuration.Scanner, at now: UInt64) -> AdapterLink {
        AdapterLink(
            settings, configuration.supervision(of: settings),
            AdapterLink.Surroundings(bluetooth: bluetooth, kernel: kernel, intake: intake, log: log), at: now)
    }

    // MARK: What there is

    /// The names of the adapters, by slot.
    private(set) var names: [String] = []

    /// Brings names and states up to date; whether they may have changed since the last time.
    func takeNews() -> Bool {
        guard hasNews || links.contains(where: \.hasNews) else { return false }
        hasNews = false
        for link in links { link.hasNews = false }
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
                name: link.name, slot: nil, condition: lookFailure == nil ? link.condition : .absent, cause: lookFailure ?? link.cause)
        }
        // All that there are, and there are none.
        guard links.isEmpty, let others, !isStopping else { return slotted + sought }
        return slotted + [AdapterReport(name: "\(others.adapter)", slot: nil, condition: .absent, cause: lookFailure)]
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
        links.reduce(isStopping ? nil : lookAt) { earliest, link in
            guard let deadline = link.deadline(at: now) else { return earliest }
            return min(deadline, earliest ?? deadline)
        }
    }

    // MARK: Events

    /// The kernel has news of adapters. They come before the results of errands, whose doing they may be.
    func eventsReady(at now: UInt64) {
        var left = Self.batch
        while left > 0, let event = bluetooth.nextEvent() {
            left -= 1
            if event.kind != .registered { links.first { $0.index == event.index }?.happened(event.kind, at: now) }
            lookAt = now
        }
        // They may have come to an end: from now on it is looked.
        if !bluetooth.tellsEvents { lookAt = now }
    }

    func backgroundTaskDone(at now: UInt64) {
        eventsReady(at: now)
        for link in links { link.backgroundTaskDone(at: now) }
    }

    func ready(slot: UInt8, at now: UInt64) { links.first { $0.slot == slot }?.ready(at: now) }

    func managementReady(at now: UInt64) {
        // What is longer, such as the kernel's list of everything it can do, is not for us and may be cut.
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { memory in
            var left = Self.batch
            while left > 0, let count = bluetooth.nextManagementPacket(into: memory) {
                left -= 1
                let packet = UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes
                for link in links { link.managed(packet, at: now) }
            }
        }
    }

    /// Packets that are read in one turn of the loop; the rest waits for the next.
    private static let batch = 32

    /// Does what is due.
    func pump(at now: UInt64) {
        bluetooth.takeNews(
            failed: { slot, number in links.first { $0.slot == slot }?.failed(number, at: now) },
            received: { slot, bytes in links.first { $0.slot == slot }?.received(bytes.span.bytes, at: now) })
        for link in links { link.pump(at: now) }
        if !isStopping, links.contains(where: \.wantsLook) || lookAt.map({ now >= $0 }) ?? false { look(at: now) }
    }

    // MARK: Looking

    /// More adapters may come without the kernel's telling, where it tells nothing.
    private static let lookPause: UInt64 = 5_000_000_000

    private func look(at now: UInt64) {
        lookAt = !bluetooth.tellsEvents || others != nil && links.isEmpty ? now + Self.lookPause : nil
        let adapters: [BluetoothAdapter]
        do throws(SystemError) {
            adapters = try bluetooth.adapters()
            _ = lookTrouble.ends(at: now)
            fails(nil)
        } catch {
            fails("\(error)")
            if lookTrouble.fails("\(error)", at: now) { log.error("\(AdapterSupervisor.Problem(error).text)") }
            lookAt = now + Self.lookPause
            for link in links { link.checkFailed(until: now + Self.lookPause) }
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
        for (link, adapter) in zip(links, found) { link.looked(adapter.flatMap { slotted($0, for: link) }, at: now) }
        // One whose address the kernel does not know yet will be news again when it does.
        for adapter in free where others != nil && adapter.address.isKnown {
            let new = link(others!, at: now)
            guard let found = slotted(adapter, for: new) else { continue }
            links.append(new)
            new.looked(found, at: now)
        }
        if adapters.isEmpty, links.isEmpty, lookTrouble.fails("none", at: now) { log.error("no Bluetooth adapter; waiting for one") }
    }

    private func fails(_ failure: String?) {
        guard failure != lookFailure else { return }
        lookFailure = failure
        hasNews = true
    }

    /// The adapter with its slot; nil where there are too many.
    private func slotted(_ adapter: BluetoothAdapter, for link: AdapterLink) -> (adapter: BluetoothAdapter, slot: UInt8)? {
        if adapter.address.isKnown, let slot = slots.firstIndex(of: adapter.address) { return (adapter, UInt8(slot)) }
        // An adapter that has been used before its address was known keeps its slot.
        if let slot = link.slot, !slots[Int(slot)].isKnown {
            slots[Int(slot)] = adapter.address
            return (adapter, slot)
        }
        guard slots.count < Int(AirScanner.slots) else {
            if slotTrouble.fails("too many", at: 0) {
                log.error("\(adapter.name): more than \(AirScanner.slots) adapters in one run; restart blemqttd to use it")
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

    /// Goes on with other settings, from the beginning.
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
