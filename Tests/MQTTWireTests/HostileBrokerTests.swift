import Bytes
import HostileCorpus
import Testing

@testable import MQTTWire

/// The hostile corpus through the session, by numbers.
@Suite struct HostileBrokerTests {
    /// Brings a session to the stage at which the broker speaks.
    private static func driver(_ stage: HostileCase.Stage, cleanSession: Bool = true) -> Driver {
        let driver = Driver(qos: .atLeastOnce, maxInflight: 10, keepAlive: 60, cleanSession: cleanSession)
        switch stage {
        case .awaitingConnack:
            driver.start()
            driver.poll()
            driver.open()
        case .online, .disconnecting:
            driver.connect()
            driver.publish()
            driver.publish(own: note())
            if stage == .disconnecting { driver.disconnect() }
        }
        driver.takeAll()
        return driver
    }

    /// What is wrong with what became of it; nil for nothing.
    private static func fault(_ hostile: HostileCase, _ driver: Driver, _ speak: (Driver) -> [PublishSession.Action]) -> String? {
        let actions = speak(driver)
        let kinds = CloseReason.Kind.allCases.map { driver.counters.disconnects[$0.rawValue] }
        func ended(_ kind: CloseReason.Kind) -> Bool {
            guard case .close(let reason)? = actions.first else { return false }
            return actions.count == 1 && reason.kind == kind && kinds.reduce(0, +) == 1 && kinds[Int(kind.rawValue)] == 1
        }
        guard driver.isBalanced, driver.pending.count <= 4 else { return "\(hostile): \(driver.counters)" }
        switch hostile.outcome {
        case .violation: return ended(.violation) ? nil : "\(hostile): \(actions)"
        case .refused: return ended(.refused) ? nil : "\(hostile): \(actions)"
        case .timeout:
            guard actions.isEmpty, driver.state == .awaitingConnack else { return "\(hostile): \(actions)" }
            driver.now += PublishSession.connectTimeout
            return driver.poll() == [.close(.connackTimeout)] ? nil : "\(hostile): no timeout"
        case .tolerated:
            let isThere = driver.state == .online || driver.state == .disconnecting
            return actions.isEmpty && isThere ? nil : "\(hostile): \(actions), \(driver.state)"
        }
    }

    @Test func `the corpus covers what it promises`() {
        let cases = HostileCorpus.cases
        #expect(cases.count >= 12_000)
        for stage in HostileCase.Stage.allCases {
            let here = cases.filter { $0.stage == stage }
            #expect(Set(here.compactMap(\.bytes.first)).count == 256)
            #expect(here.count { $0.outcome == .violation } > 3_000 && here.count { $0.outcome == .tolerated } > 10)
        }
        #expect(Set(cases.map(\.description)).count == cases.count)
        #expect(cases.count { $0.outcome == .timeout } > 10 && cases.count { $0.outcome == .refused } > 250)
    }

    @Test(arguments: HostileCase.Stage.allCases)
    func `every case ends in a close with a counted reason, or is harmless`(stage: HostileCase.Stage) {
        let faults = HostileCorpus.cases.filter { $0.stage == stage }.compactMap { hostile in
            Self.fault(hostile, Self.driver(stage)) { driver in
                driver.hear(hostile.bytes)
                return driver.poll()
            }
        }
        #expect(faults == [])
    }

    @Test(arguments: HostileCase.Stage.allCases)
    func `every case comes to the same end byte by byte, and a slow one within the deadline`(stage: HostileCase.Stage) {
        let faults = HostileCorpus.cases.filter { $0.stage == stage && $0.bytes.count <= 64 }.compactMap { hostile in
            Self.fault(hostile, Self.driver(stage)) { driver in
                for byte in hostile.bytes {
                    driver.now += 1_000_000
                    driver.hear([byte])
                    let actions = driver.poll()
                    if !actions.isEmpty { return actions }
                }
                return []
            }
        }
        #expect(faults == [])
    }

    @Test func `a broker that sends one byte a second before CONNACK is left after ten`() {
        // Bytes that never become a CONNACK in time; each was once taken for an answer by itself.
        let driver = Self.driver(.awaitingConnack)
        for byte in [0x20, 0x02, 0x00] as [UInt8] {
            driver.hear([byte])
            #expect(driver.pass(3) == [])
        }
        #expect(driver.pass(1) == [.close(.connackTimeout)])
    }

    @Test func `a broker that sends one byte now and then while online is left when nothing is acknowledged`() {
        let driver = Self.driver(.online)
        var closes: [PublishSession.Action] = []
        for round in 0..<100 where closes.isEmpty {
            driver.hear([round % 2 == 0 ? 0xD0 : 0x00])
            closes = driver.pass(1)
        }
        #expect(closes == [.close(.acknowledgementTimeout)])
    }

    @Test func `the whole corpus through one session leaves it as it was`() {
        let driver = Driver(qos: .atLeastOnce, maxInflight: 10, cleanSession: false)
        var violations: UInt64 = 0
        for hostile in HostileCorpus.cases where hostile.stage == .online && hostile.outcome == .violation {
            driver.connect()
            driver.publish()
            driver.takeAll()
            driver.hear(hostile.bytes)
            violations += 1
            guard driver.poll().count == 1, driver.isBalanced, driver.inFlight <= 10 else {
                Issue.record("\(hostile)")
                return
            }
        }
        #expect(driver.counters.disconnects[CloseReason.Kind.violation.rawValue] == violations && driver.counters.connects == violations)
        driver.connect()
        driver.takeAll()
        #expect(driver.state == .online && driver.inFlight == 10)
    }
}
