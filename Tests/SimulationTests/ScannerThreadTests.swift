import Glibc
import Linux
import Testing

@testable import Gateway
@testable import Runtime

/// The scanner thread itself, on sockets that are no adapters'.
@Suite(.timeLimit(.minutes(1))) struct ScannerThreadTests {
    private final class Air {
        let intake: SharedIntake
        let main: Wakeup
        let scanner: ScannerThread
        private var thread: Thread?
        private var sockets: [(device: Int32, scanner: Int32)] = []

        init(gather: UInt64) throws {
            intake = SharedIntake(Intake(ringSize: 1 << 20), gather: gather)
            intake.consume { $0.isOpen = true }
            main = try Wakeup()
            scanner = try ScannerThread(intake, main: main)
            thread = try scanner.start()
        }

        func plug() throws {
            var pair: [Int32] = [0, 0]
            try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0)
            scanner.attach(pair[1], slot: UInt8(sockets.count), isExclusive: false, receiveBuffer: 1 << 40)
            sockets.append((pair[0], pair[1]))
        }

        /// | 0x04 | LE Meta 0x3E | 12 | 1 legacy report | 1 | ADV_IND | public | 6 address | 0 data | RSSI |
        func send(_ device: UInt8, over adapter: Int) {
            let event: [UInt8] = [0x04, 0x3E, 12, 0x02, 1, 0, 0, device, 1, 2, 3, 4, 5, 0, 0xC5]
            #expect(write(sockets[adapter].device, event, event.count) == event.count)
        }

        var events: UInt64 { intake.consume { $0.counters.events } }

        /// Takes what is in the ring, as the main thread does; false where there was nothing.
        func take() -> Bool {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
            defer { memory.deallocate() }
            var found = false
            while intake.pop(into: memory) != nil { found = true }
            return found
        }

        func end() {
            scanner.stop()
            thread.take()?.join()
            for socket in sockets { _ = (close(socket.device), close(socket.scanner)) }
        }
    }

    @Test(arguments: [0, 1_000_000, 20_000_000] as [UInt64])
    func `everything that two adapters receive is handed over, however long it gathers`(gather: UInt64) throws {
        let air = try Air(gather: gather)
        defer { air.end() }
        try air.plug()
        try air.plug()
        _ = air.take()
        var sent: UInt64 = 0
        for round in 0..<20 {
            for device in 0..<UInt8(round * 5 + 1) { air.send(device, over: Int(device) % 2) }
            sent += UInt64(round * 5 + 1)
            // A wake-up too few and this test never ends.
            var taken = air.take()
            while air.events < sent || !taken {
                air.main.wait()
                taken = air.take() || taken
            }
            while air.take() {}
        }
        #expect(air.events == sent)
    }

    private static let hour: UInt64 = 3_600_000_000_000

    @Test func `orders do not wait for what gathers`() throws {
        let air = try Air(gather: Self.hour)
        try air.plug()
        air.send(1, over: 0)
        try air.plug()
        air.send(2, over: 1)
        air.scanner.detach(slot: 0)
        air.end()
        #expect(air.events == 2)
    }

    @Test func `a stop reads what gathers`() throws {
        let air = try Air(gather: Self.hour)
        try air.plug()
        for device in 0..<100 as Range<UInt8> { air.send(device, over: 0) }
        air.end()
        #expect(air.events == 100)
    }
}
