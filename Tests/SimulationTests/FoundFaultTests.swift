import Bytes
import Linux
import Testing

@testable import Settings
@testable import Gateway
@testable import Runtime

/// Faults of the whole program that were found in use or by chance, each played as it was found.
struct FoundFaultTests {
    /// A running daemon, 3 s old.
    private static func working(
        seed: UInt64 = 1, adapters: Int = 1, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> Scenario {
        var configuration = Configuration(scannerID: "pi")
        configuration.client.clientID = "sim"
        configuration.ring.sizeBytes = 1 << 16
        configuration.scanner.watchdog.checkSeconds = 1
        configuration.scanner.watchdog.silenceSeconds = 5
        change(&configuration)
        let scenario = Scenario(seed: seed, adapters: adapters, configuration)
        try scenario.start()
        try scenario.run(seconds: 3)
        #expect(scenario.missing == nil)
        return scenario
    }

    private static func expectsWork(_ scenario: Scenario, within seconds: Double, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var calm = 0
        try scenario.run(seconds: seconds) {
            calm = scenario.missing == nil ? calm + 1 : 0
            return calm > 20
        }
        #expect(scenario.missing == nil, sourceLocation: sourceLocation)
    }

    // MARK: Searches of other programs

    @Test(arguments: [false, true]) func `another program's searches begin, whatever the kernel takes our scan for`(takesActiveScans: Bool) throws {
        for mode in [ScanMode.passive, .active, .mixed] {
            let scenario = try Self.working { $0.scanner.mode = mode }
            let adapter = scenario.bluetooth.all[0]
            adapter.searches.takesActiveScans = takesActiveScans
            // The scan that is on was switched on before.
            scenario.reload { $0.scanner.watchdog.silenceSeconds = 6 }
            try scenario.run(seconds: 1)
            for _ in 0..<20 {
                // Not in a window of mode mixed, whose end is no program's doing.
                try scenario.run(seconds: 23)
                scenario.bluetooth.search(adapter)
            }
            try scenario.run(seconds: 20)
            #expect(adapter.searches.wanted == 20 && adapter.searches.refused == 0, "\(mode): \(adapter.searches)")
            #expect(scenario.missing == nil)
        }
    }

    @Test func `what became due while a controller was slow is done in one iteration`() throws {
        // A deadline that is left in the past fails the scenario.
        for lateness in [0.7, 2.5, 2.9] {
            let scenario = try Self.working()
            let adapter = scenario.bluetooth.all[0]
            adapter.lateness = UInt64(lateness * 1e9)
            scenario.bluetooth.search(adapter)
            try scenario.run(seconds: 60)
            scenario.heal()
            try Self.expectsWork(scenario, within: 20)
        }
    }

    // MARK: Reloads

    @Test(arguments: [0.01, 0.3, 0.9, 1.5])
    func `a second reload that takes the first back while the old session is closing ends with a running daemon`(pause: Double) throws {
        let scenario = try Self.working()
        scenario.broker.latency = 900 * Simulation.millisecond
        scenario.reload { $0.client.keepAliveSeconds = 61 }
        try scenario.run(seconds: pause)
        scenario.reload { $0.client.keepAliveSeconds = 60 }
        try scenario.run(seconds: 1)
        scenario.broker.latency = 300_000
        try Self.expectsWork(scenario, within: 20)
        #expect(scenario.broker.keepAlive == 60)
    }

    @Test(arguments: [0.01, 0.3, 0.9, 1.5])
    func `a second reload that takes the first back while the controller hangs ends with a running daemon`(pause: Double) throws {
        // Nothing that is tried must bring it to itself before it is looked at.
        let scenario = try Self.working {
            $0.scanner.recovery.powerCycle = false
            $0.scanner.recovery.usbReset = false
        }
        let adapter = scenario.bluetooth.all[0]
        adapter.hangs = true
        scenario.reload { $0.scanner.watchdog.silenceSeconds = 6 }
        try scenario.run(seconds: pause)
        scenario.reload { $0.scanner.watchdog.silenceSeconds = 5 }
        try scenario.run(seconds: 12)
        // While it hangs, that is logged.
        let status = try #require(scenario.broker.retained["ble/status/pi"])
        #expect(status.contains("\"degraded\""), "\(scenario.log.lines)")
        adapter.hangs = false
        try Self.expectsWork(scenario, within: 40)
    }

    @Test(arguments: [SimulatedBroker.Flood.pingresp, .unknownPuback])
    func `a broker that floods after DISCONNECT is come back to all the same`(flood: SimulatedBroker.Flood) throws {
        let scenario = try Self.working()
        scenario.broker.latency = 900 * Simulation.millisecond
        scenario.reload { $0.client.keepAliveSeconds = 61 }
        try scenario.run(seconds: 0.2)
        scenario.broker.flood = flood
        try scenario.run(seconds: 1)
        #expect(scenario.log.lines.contains { $0.contains("the broker floods") })
        scenario.broker.flood = .none
        scenario.broker.latency = 300_000
        try Self.expectsWork(scenario, within: 20)
        #expect(scenario.broker.keepAlive == 61)
    }

    @Test func `a reload with errors while another is under way leaves that one to its end`() throws {
        let scenario = try Self.working()
        scenario.broker.latency = 900 * Simulation.millisecond
        scenario.reload { $0.client.keepAliveSeconds = 61 }
        try scenario.run(seconds: 0.3)
        scenario.file = nil
        scenario.signal(.hangUp)
        try scenario.run(seconds: 1)
        scenario.broker.latency = 300_000
        try Self.expectsWork(scenario, within: 20)
        #expect(scenario.broker.keepAlive == 61)
    }

    @Test func `a status topic that a reload changes does not stay behind`() throws {
        let scenario = try Self.working { $0.client.qos = 1 }
        #expect(scenario.broker.retained["ble/status/pi"] != nil)
        scenario.reload { $0.scannerID = "attic" }
        try Self.expectsWork(scenario, within: 20)
        try scenario.run(seconds: 2)
        #expect(scenario.broker.retained["ble/status/attic"] != nil && scenario.broker.retained["ble/status/pi"] == nil)
        scenario.reload { $0.status.isEnabled = false }
        try scenario.run(seconds: 10)
        #expect(scenario.broker.retained.isEmpty)
    }

    @Test func `the will of a connection that never came about does not stay behind`() throws {
        let scenario = try Self.working()
        scenario.broker.reach = .mute
        scenario.reload { $0.scannerID = "attic" }
        // CONNECT is out, and so is the will; then the name is taken back.
        try scenario.run(seconds: 5)
        scenario.reload { $0.scannerID = "pi" }
        try scenario.run(seconds: 1)
        #expect(scenario.broker.retained["ble/status/attic"]?.contains("connection lost") == true)
        scenario.broker.reach = .accepts
        try Self.expectsWork(scenario, within: 30)
        #expect(scenario.broker.retained["ble/status/attic"] == nil)
    }

    @Test func `a record of topics that is truncated or malformed names no other topic`() {
        #expect(RetainedTopics.parse("ble/status/pi\nble/status/at") == ["ble/status/pi"])
        #expect(RetainedTopics.parse("old/#\n\na/+/b\nble/\0\nble/\u{FFFD}\nble/status/pi\n") == ["ble/status/pi"])
        #expect(RetainedTopics.parse("") == [])
    }

    @Test func `a topic that the broker closes on is not cleared for ever`() throws {
        let scenario = try Self.working()
        scenario.broker.closesOn = "ble/status/pi"
        scenario.reload { $0.scannerID = "attic" }
        try scenario.run(seconds: 60)
        try Self.expectsWork(scenario, within: 30)
        #expect(scenario.broker.retained["ble/status/pi"] != nil)
    }

    // MARK: Nothing holds the loop

    @Test(arguments: [SimulatedBroker.Flood.pingresp, .unknownPuback])
    func `a broker that floods holds up neither statistics nor a stop`(flood: SimulatedBroker.Flood) throws {
        let scenario = try Self.working { $0.stats.intervalSeconds = 5 }
        scenario.broker.flood = flood
        try scenario.run(seconds: 7)
        #expect(scenario.log.lines.contains { $0.contains("stats interval_s=5.") })
        scenario.signal(.terminate)
        try scenario.run(seconds: 6)
        #expect(scenario.daemon.isStopped)
        #expect(scenario.kernel.longestIteration < SimulatedKernel.longestIteration)
    }

    @Test(arguments: [UInt8(0), 1])
    func `a full ring and a fast broker hold up nothing`(qos: UInt8) throws {
        let scenario = try Self.working {
            $0.client.qos = qos
            $0.ring.sizeBytes = 4 << 20
        }
        scenario.broker.reading = .nothing
        for _ in 0..<20 {
            scenario.bluetooth.advertise(2000)
            try scenario.run(seconds: 0.01)
        }
        scenario.broker.reading = .all
        scenario.broker.latency = 1000
        try scenario.run(seconds: 10)
        #expect(scenario.kernel.longestIteration < SimulatedKernel.longestIteration)
        try Self.expectsWork(scenario, within: 20)
    }

    @Test func `taking over an adapter that hangs holds up nothing`() throws {
        let scenario = try Self.working()
        scenario.bluetooth.all[0].swallowsTasks = true
        scenario.reload { $0.scanner.access = .exclusive }
        try scenario.run(seconds: 3)
        let before = scenario.log.lines.count { $0.contains("stats ") }
        scenario.signal(.user1)
        try scenario.run(seconds: 0.1)
        #expect(scenario.log.lines.count { $0.contains("stats ") } == before + 1)
        scenario.bluetooth.all[0].swallowsTasks = false
        try Self.expectsWork(scenario, within: 40)
    }

    @Test func `a status message for which the broker leaves no room does not make the loop spin`() throws {
        let scenario = try Self.working { $0.status.intervalSeconds = 5 }
        scenario.broker.acknowledges = false
        let iterations = scenario.kernel.iterations
        try scenario.run(seconds: 55)
        // Five advertisements a second, and what is due by itself.
        #expect(scenario.kernel.iterations - iterations < 55 * 40)
    }

    @Test func `adapters that cannot be listed do not make the loop spin`() throws {
        let scenario = try Self.working()
        scenario.bluetooth.listFails = true
        scenario.bluetooth.unplug(scenario.bluetooth.all[0])
        try scenario.run(seconds: 1)
        scenario.bluetooth.plug(scenario.bluetooth.all[0])
        let iterations = scenario.kernel.iterations
        try scenario.run(seconds: 30)
        #expect(scenario.kernel.iterations - iterations < 30 * 10)
        scenario.bluetooth.listFails = false
        try Self.expectsWork(scenario, within: 20)
    }

    // MARK: The end

    @Test(arguments: [UInt64(0), 1_000, 1_000_000, 100_000_000])
    func `two stop signals close together still send the offline message and DISCONNECT`(apart: UInt64) throws {
        for latency in [UInt64(300_000), 60_000_000] {
            let scenario = try Self.working { $0.client.qos = 1 }
            scenario.broker.latency = latency
            scenario.signal(.terminate)
            scenario.simulation.after(apart) { scenario.signal(.terminate) }
            try scenario.run(seconds: 6)
            #expect(scenario.daemon.isStopped)
            _ = scenario.daemon.finish()
            try scenario.run(seconds: 0)
            scenario.broker.read()
            #expect(scenario.broker.sawDisconnect)
            let status = scenario.broker.retained["ble/status/pi"] ?? ""
            #expect(status.contains("\"offline\"") && status.contains("\"stopped\""), "\(status)")
        }
    }

    /// Its 60 s may end just while what is in flight is to settle.
    @Test(arguments: [57.6, 58.4, 59.2, 59.6, 59.9])
    func `a message that is never acknowledged does not keep the offline message and DISCONNECT from being sent`(age: Double) throws {
        let scenario = try Self.working { $0.client.qos = 1 }
        scenario.broker.acknowledges = false
        scenario.bluetooth.advertise(1)
        try scenario.run(seconds: 0.01)
        scenario.broker.acknowledges = true
        try scenario.run(seconds: age)
        scenario.signal(.terminate)
        try scenario.run(seconds: 6)
        #expect(scenario.daemon.isStopped)
        _ = scenario.daemon.finish()
        try scenario.run(seconds: 0)
        #expect(scenario.broker.sawDisconnect)
        let status = scenario.broker.retained["ble/status/pi"] ?? ""
        #expect(status.contains("\"offline\"") && status.contains("\"stopped\""), "\(status)")
        #expect(!scenario.log.lines.contains { $0.contains("lost broker") })
    }

    @Test func `a second stop signal ends the waiting for a broker that takes its time`() throws {
        let scenario = try Self.working { $0.client.qos = 1 }
        scenario.broker.acknowledges = false
        scenario.bluetooth.advertise(50)
        try scenario.run(seconds: 0.1)
        scenario.signal(.terminate)
        try scenario.run(seconds: 0.5)
        #expect(!scenario.daemon.isStopped)
        scenario.signal(.interrupt)
        try scenario.run(seconds: 0.5)
        #expect(scenario.daemon.isStopped && scenario.broker.sawDisconnect)
    }

    @Test(arguments: [SimulatedBroker.Reading.nothing, .slowly])
    func `on the way out no deadline stands in the past`(reading: SimulatedBroker.Reading) throws {
        let scenario = try Self.working { $0.status.intervalSeconds = 5 }
        scenario.broker.reading = reading
        scenario.bluetooth.advertise(2000)
        try scenario.run(seconds: 0.5)
        let iterations = scenario.kernel.iterations
        scenario.signal(.terminate)
        try scenario.run(seconds: 8)
        #expect(scenario.daemon.isStopped)
        #expect(scenario.kernel.iterations - iterations < 1000)
    }

    @Test func `a broker that takes its time to close does not make the loop spin`() throws {
        let scenario = try Self.working()
        scenario.broker.latency = 900 * Simulation.millisecond
        let iterations = scenario.kernel.iterations
        scenario.signal(.terminate)
        try scenario.run(seconds: 6)
        #expect(scenario.daemon.isStopped)
        #expect(scenario.kernel.iterations - iterations < 300)
    }

    /// Two stop signals close together end the scanner before the adapter has answered; the answer then closes its socket.
    @Test(.timeLimit(.minutes(1))) func `a socket that is closed when the scanner has ended waits for nobody`() throws {
        let scanner = try ScannerThread(SharedIntake(Intake(ringSize: 65_536)), main: Wakeup())
        let thread = try scanner.start()
        scanner.stop()
        thread.join()
        scanner.detach(slot: 0)
        scanner.stop()
    }

    // MARK: The statistics

    @Test func `an interval of the statistics whose length a reload changes has the rates of the time that it took`() throws {
        let scenario = try Self.working { $0.stats.intervalSeconds = 3600 }
        try scenario.run(seconds: 97)
        scenario.reload { $0.stats.intervalSeconds = 5 }
        // Reloads one after the other do not put it off.
        for number in 0..<3 {
            try scenario.run(seconds: 2)
            scenario.reload { $0.metrics.textfile = "/metrics/\(number).prom" }
        }
        let line = try #require(scenario.log.lines.last { $0.contains(": stats ") })
        func number(_ key: String) throws -> Double {
            try #require(Double(line.split(separator: " ").first { $0.hasPrefix("\(key)=") }?.dropFirst(key.count + 1) ?? ""))
        }
        let seconds = try number("interval_s")
        #expect(seconds > 100)
        #expect(try abs(number("received_per_s") * seconds - number("received")) < 0.1 * seconds)
    }

    @Test func `sums that disagree are reported, and the daemon continues`() throws {
        let scenario = try Self.working { $0.status.intervalSeconds = 5 }
        scenario.log.trapsDisagreement = false
        scenario.broker.reading = .nothing
        scenario.bluetooth.advertise(2000)
        try scenario.run(seconds: 0.1)
        // A fault of the program: records that nobody counts.
        #expect(scenario.intake.consume { $0.removeAll() }.total > 0)
        scenario.broker.reading = .all
        scenario.signal(.user1)
        // WATCHDOG=1, without which the daemon is killed after 30 s, is sent.
        try scenario.run(seconds: 70)
        #expect(scenario.log.lines.contains { $0.contains("error: advertisements are not accounted for: stats ") })
        #expect(scenario.broker.retained["ble/status/pi"]?.contains("advertisements are not accounted for") == true)
        #expect(scenario.missing == nil)
    }
}
