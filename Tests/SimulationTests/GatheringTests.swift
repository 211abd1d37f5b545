import Testing

@testable import Settings
@testable import Runtime

/// Advertisements gather before they are handed over (`ring.gather`), and acknowledgements before they are read.
struct GatheringTests {
    /// A running daemon, 3 s old, that has received a thousand advertisements a second for two more.
    /// - Returns: the iterations of the main loop meanwhile.
    private static func listening(
        seconds: Int = 2, latency: UInt64 = 300_000, _ change: (inout Configuration) -> Void
    ) throws -> (scenario: Scenario, iterations: Int) {
        var configuration = Configuration(scannerID: "pi")
        configuration.client.clientID = "sim"
        change(&configuration)
        let scenario = Scenario(seed: 1, configuration)
        try scenario.start()
        try scenario.run(seconds: 3)
        #expect(scenario.missing == nil)
        scenario.broker.latency = latency
        let (iterations, before) = (scenario.kernel.iterations, scenario.broker.advertisements)
        for millisecond in 0..<UInt64(seconds * 1000) {
            scenario.simulation.after(millisecond * Simulation.millisecond) { [bluetooth = scenario.bluetooth] in bluetooth.advertise(1) }
        }
        try scenario.run(seconds: Double(seconds))
        let taken = scenario.kernel.iterations - iterations
        try scenario.run(seconds: 1)
        #expect(scenario.broker.advertisements - before >= seconds * 1000)
        return (scenario, taken)
    }

    @Test(arguments: [0, 1] as [UInt8])
    func `a thousand advertisements a second take an iteration of the loop for each gathering`(qos: UInt8) throws {
        let (scenario, iterations) = try Self.listening {
            $0.client.qos = qos
            $0.ring.gatherMilliseconds = 5
        }
        defer { scenario.end() }
        #expect(iterations < 2 * 1000 / 5 * 3 / 2)
    }

    @Test func `without gathering each has its own`() throws {
        let (scenario, iterations) = try Self.listening { $0.ring.gatherMilliseconds = 0 }
        defer { scenario.end() }
        #expect(iterations >= 2000)
    }

    @Test(arguments: [1, 2, 20])
    func `a small window is opened by each acknowledgement at once, however long is gathered`(window: Int) throws {
        // A thousand a second need one each millisecond, and 0.6 ms pass from a message to its acknowledgement.
        let (scenario, _) = try Self.listening {
            $0.client.qos = 1
            $0.client.maxInflight = window
            $0.ring.gatherMilliseconds = 20
        }
        scenario.end()
    }

    @Test(arguments: [1_000_000, 50_000_000, 200_000_000] as [UInt64])
    func `acknowledgements that come late are read nevertheless`(latency: UInt64) throws {
        let (scenario, _) = try Self.listening(latency: latency) {
            $0.client.qos = 1
            $0.client.maxInflight = 1000
        }
        defer { scenario.end() }
        #expect(scenario.missing == nil)
    }

    @Test func `a reload changes how long is gathered, at once`() throws {
        let (scenario, _) = try Self.listening { $0.client.qos = 1 }
        defer { scenario.end() }
        for milliseconds in [0, 100, 1] {
            scenario.reload { $0.ring.gatherMilliseconds = milliseconds }
            try scenario.run(seconds: 0.1)
            #expect(scenario.intake.gather == UInt64(milliseconds) * Simulation.millisecond)
            #expect(scenario.broker.isOnline)
        }
    }
}
