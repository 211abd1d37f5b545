import Testing

@testable import MQTTWire

/// What a change of the network does to a session.
@Suite struct SessionNetworkChangeTests {
    /// A session whose next attempt is `wait` seconds away, for so many of them have failed.
    private func failed(attempts: Int) -> Driver {
        let driver = Driver()
        driver.start()
        for attempt in 0..<attempts {
            if attempt > 0 { driver.pass(driver.wait!) } else { driver.poll() }
            driver.fail(.transport(errno: 113))
            driver.poll()
        }
        return driver
    }

    @Test func `a wait ends at once`() {
        let driver = failed(attempts: 6)
        #expect(driver.wait == 32)
        driver.pass(5)
        driver.reconnectImmediately()
        #expect(driver.wait == 0)
        #expect(driver.poll() == [.open])
    }

    @Test func `the backoff goes on from where it was`() {
        let driver = failed(attempts: 4)
        #expect(driver.wait == 8)
        driver.pass(2)
        driver.reconnectImmediately()
        driver.poll()
        driver.fail(.transport(errno: 113))
        driver.poll()
        #expect(driver.wait == 16)
    }

    @Test func `half a second lies between the end of an attempt and the next`() {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.now += 9 * second
        driver.fail(.transport(errno: 113))
        driver.poll()
        driver.reconnectImmediately()
        #expect(driver.wait == 0.5)
    }

    @Test func `immediate attempts begin at least a second apart, however often the network changes`() {
        let driver = failed(attempts: 5)
        var attempts = 0
        for _ in 0..<100 {
            driver.reconnectImmediately()
            if driver.pass(0.1).contains(.open) {
                attempts += 1
                driver.fail(.transport(errno: 113))
                driver.poll()
            }
        }
        #expect(attempts == 10)
    }

    @Test func `a wait is never made longer`() {
        let driver = Driver(backoff: Backoff(initial: second, maximum: second, jitter: 0))
        driver.start()
        driver.poll()
        driver.now += 3 * second
        driver.fail(.transport(errno: 113))
        driver.poll()
        driver.pass(0.9)
        driver.reconnectImmediately()
        #expect(driver.wait == 0)
        let fresh = Driver()
        fresh.start()
        fresh.reconnectImmediately()
        #expect(fresh.wait == 0)
    }

    @Test func `a change while an attempt is under way makes the wait after it short, once`() {
        let driver = failed(attempts: 6)
        driver.pass(driver.wait!)
        #expect(driver.state == .connecting)
        driver.reconnectImmediately()
        driver.pass(10)
        #expect(driver.wait == 0.5)
        driver.pass(0.5)
        #expect(driver.state == .connecting)
        driver.pass(10)
        #expect(driver.wait == 60)
    }

    @Test func `the same while CONNACK is awaited`() {
        let driver = failed(attempts: 6)
        driver.pass(driver.wait!)
        driver.open()
        driver.reconnectImmediately()
        driver.fail(.closedByBroker)
        driver.poll()
        // A second after the attempt began: it failed at once.
        #expect(driver.wait == 1)
    }

    @Test func `an attempt that succeeds forgets the change`() {
        let driver = failed(attempts: 6)
        driver.pass(driver.wait!)
        driver.reconnectImmediately()
        driver.open()
        driver.hear(Driver.connackAccepted)
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.wait == 60)
    }

    @Test func `it starts nothing where nothing was to start, and disturbs nothing that is there`() {
        let driver = Driver()
        driver.reconnectImmediately()
        #expect(driver.poll() == [] && driver.state == .idle)
        driver.connect()
        driver.reconnectImmediately()
        #expect(driver.poll() == [] && driver.state == .online && driver.pending == [])
        driver.disconnect()
        driver.reconnectImmediately()
        #expect(driver.poll() == [] && driver.state == .disconnecting)
    }

    @Test func `a probe sends PINGREQ, and ends the connection after five seconds`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.pass(1)
        driver.probe()
        #expect(driver.pending == SessionKeepAliveTests.ping && driver.patience == 5)
        #expect(driver.pass(4.999_999_999) == [])
        #expect(driver.pass(0.000_000_001) == [.close(.pingTimeout)])
    }

    @Test func `a broker that answers a probe is asked again as usual`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.probe()
        driver.takeAll()
        driver.pass(3)
        driver.hear([0xD0, 0])
        #expect(driver.patience == 30 && driver.state == .online)
        driver.pass(30)
        #expect(driver.pending == SessionKeepAliveTests.ping && driver.patience == 10)
    }

    @Test func `a probe while a PINGREQ is under way only shortens the patience, and further ones do not lengthen it`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.pass(30)
        driver.probe()
        #expect(driver.pending == SessionKeepAliveTests.ping && driver.patience == 5)
        driver.pass(3)
        driver.probe()
        #expect(driver.patience == 2)
        let late = Driver(keepAlive: 60)
        late.connect()
        late.pass(30)
        late.pass(8)
        late.probe()
        #expect(late.patience == 2)
    }

    @Test func `a probe of the last connection does not shorten the patience of the next`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.probe()
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        driver.pass(30)
        #expect(driver.patience == 10)
    }

    @Test func `there is no probe offline, nor where keep alive is 0`() {
        let driver = failed(attempts: 1)
        driver.probe()
        #expect(driver.pending == [] && driver.wait == 1)
        let silent = Driver(keepAlive: 0)
        silent.connect()
        silent.probe()
        #expect(silent.pending == [] && silent.deadline == nil)
    }
}
