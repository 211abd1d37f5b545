import Testing

@testable import Runtime
@testable import Settings

struct AbsenceTests {
    @Test func `a machine without an adapter says once why that may be, and again when it has had one`() throws {
        var configuration = Configuration(scannerID: "pi")
        configuration.client.clientID = "sim"
        let scenario = Scenario(seed: 1, adapters: 1, configuration)
        func count() -> Int { scenario.log.lines.count { $0.contains("warning: why this machine may have no adapter: config.txt line 12") } }
        scenario.bluetooth.absenceAdvice = "config.txt line 12"
        try scenario.start()
        try scenario.run(seconds: 3)
        #expect(count() == 0)
        for times in 1...2 {
            scenario.bluetooth.unplug(scenario.bluetooth.all[0])
            try scenario.run(seconds: 30)
            #expect(count() == times, "\(scenario.log.lines)")
            scenario.bluetooth.plug(scenario.bluetooth.all[0])
            try scenario.run(seconds: 5)
        }
    }
}
