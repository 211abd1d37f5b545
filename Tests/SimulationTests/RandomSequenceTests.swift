import Bytes
import Testing

@testable import Runtime

/// Whatever happens in whatever order, the daemon runs by the last valid configuration in the end, and stops when it is to.
struct RandomSequenceTests {
    /// `SEEDS` tests so many, from `FIRST_SEED` on; without it a few hundred.
    @Test func `any sequence of events ends with a running daemon and the last valid configuration, and in a clean stop`() throws {
        let count = Environment.number("SEEDS") ?? 300
        let first = Environment.number("FIRST_SEED") ?? 1
        let clock = ContinuousClock()
        let start = clock.now
        var iterations = 0
        for seed in first..<first + count {
            do {
                let before = clock.now
                let taken = try Self.play(UInt64(seed))
                iterations += taken
                if Environment.number("VERBOSE") != nil { print("seed \(seed): \(taken) iterations, \(clock.now - before)") }
            } catch {
                Issue.record("seed \(seed): \(error)")
                if Environment.number("KEEP_GOING") == nil { return }
            }
        }
        let seconds = Double((clock.now - start).components.seconds) + Double((clock.now - start).components.attoseconds) / 1e18
        print("simulation: \(count) seeds, \(iterations) iterations, \(Int(Double(count) * 60 / max(seconds, 0.001))) seeds a minute")
    }

    /// - Returns: the iterations of the main loop.
    static func play(_ seed: UInt64) throws -> Int {
        let scenario = Scenario(seed: seed, adapters: seed % 3 == 0 ? 2 : 1)
        defer { scenario.end() }
        let simulation = scenario.simulation
        for adapter in scenario.bluetooth.all { adapter.searches.takesActiveScans = simulation.isDrawn(oneIn: 2) }
        try scenario.start()
        for _ in 0..<(3 + simulation.draw(below: 25)) {
            // Often several things happen at once, or nearly.
            try scenario.run(seconds: simulation.drawn([0, 0.001, 0.05, 0.4, 1, 3, 8]))
            scenario.disturb()
        }
        let isDisturbedAtTheEnd = simulation.isDrawn(oneIn: 4)
        if !isDisturbedAtTheEnd {
            scenario.heal()
            var calm = 0
            try scenario.run(seconds: 240) {
                calm = scenario.missing == nil ? calm + 1 : 0
                return calm > 50
            }
            if let missing = scenario.missing { try scenario.fail("240 s later still: \(missing)") }
        }
        try stop(scenario, wasHealthy: !isDisturbedAtTheEnd)
        return scenario.kernel.iterations
    }

    private static func stop(_ scenario: Scenario, wasHealthy: Bool) throws {
        let simulation = scenario.simulation
        scenario.note("SIGTERM")
        scenario.signal(.terminate)
        let isTwice = simulation.isDrawn(oneIn: 3)
        if isTwice {
            simulation.after(simulation.drawn([0, 1_000, 1_000_000])) { scenario.signal(.terminate) }
        }
        try scenario.run(seconds: 12)
        guard scenario.daemon.isStopped else { try scenario.fail("has not stopped 12 s after SIGTERM") }
        _ = scenario.daemon.finish()
        try scenario.run(seconds: 0)
        if let fault = simulation.fault { throw fault }
        guard wasHealthy else { return }
        // Who is told twice waits for nothing.
        for adapter in scenario.bluetooth.all where !isTwice && scenario.isLeftSearching(adapter) {
            try scenario.fail("the kernel still knows of a search at hci\(adapter.index)")
        }
        guard scenario.broker.sawDisconnect else { try scenario.fail("no DISCONNECT") }
        let status = scenario.broker.retained["\(scenario.lastValid.topic.status)/\(scenario.lastValid.scannerID)"] ?? ""
        guard status.contains("\"offline\""), status.contains("\"stopped\"") else { try scenario.fail("the last status is \(status)") }
    }
}
