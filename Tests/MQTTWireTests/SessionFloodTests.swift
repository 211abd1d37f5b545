import Bytes
import Testing

@testable import MQTTWire

/// A broker that answers what nobody asked, without end.
@Suite struct SessionFloodTests {
    /// PINGRESP; PUBACK of an identifier that no message has.
    private static let packets: [[UInt8]] = [[0xD0, 0], [0x40, 2, 0x77, 0x77]]

    @Test(arguments: packets) func `a broker that floods with answers to nothing is left after a hundred, and they are counted`(packet: [UInt8]) {
        let driver = Driver()
        driver.connect()
        for _ in 0..<100 { driver.hear(packet) }
        #expect(driver.poll() == [] && driver.state == .online)
        driver.hear(packet)
        #expect(driver.poll() == [.close(.flood)])
        #expect(driver.counters.disconnects[CloseReason.Kind.violation.rawValue] == 1)
        #expect(driver.counters.unexpectedPingResponses + driver.counters.unexpectedAcknowledgements == 101)
    }

    @Test func `nothing of a flood is handled behind the bound`() {
        let driver = Driver()
        driver.connect()
        driver.hear((0..<100_000).flatMap { _ in [0xD0, 0] as [UInt8] })
        #expect(driver.counters.unexpectedPingResponses == 101)
    }

    @Test func `a hundred in ten seconds, again and again, are odd and no flood`() {
        let driver = Driver()
        driver.connect()
        for round in 0..<20 {
            for index in 0..<100 { driver.hear(Self.packets[(round + index) % 2]) }
            #expect(driver.pass(10) == [])
        }
        #expect(driver.counters.unexpectedPingResponses + driver.counters.unexpectedAcknowledgements == 2000)
    }

    @Test func `answers to what was asked are none, however many, nor are those to what is sent again`() {
        let driver = Driver(maxInflight: 1000, cleanSession: false)
        driver.connect()
        for _ in 0..<1000 { driver.publish() }
        driver.takeAll()
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        while driver.pending.count > 0 { driver.takeAll() }
        for id in UInt16(1)...1000 { driver.puback(id) }
        #expect(driver.poll() == [] && driver.counters.unexpectedAcknowledgements == 0 && driver.counters.published.total == 1000)
        for _ in 0..<200 {
            driver.pass(30)
            driver.takeAll()
            driver.hear([0xD0, 0])
        }
        #expect(driver.poll() == [] && driver.state == .online && driver.counters.unexpectedPingResponses == 0)
    }

    @Test func `the next connection begins with a clean sheet`() {
        let driver = Driver()
        for _ in 0..<5 {
            driver.connect()
            for _ in 0..<100 { driver.hear([0xD0, 0]) }
            #expect(driver.poll() == [])
            driver.fail(.closedByBroker)
            driver.poll()
        }
    }
}
