import Bluetooth
import Testing

/// BlueZ's doc/mgmt-api.txt: Add Advertisement Patterns Monitor and Remove Advertisement Monitor.
@Suite struct ManagementScanTests {
    /// | 2 Command Complete | 2 index | 2 length | 2 opcode | 1 status | 2 monitor handle |
    private static func complete(_ opcode: UInt8, index: UInt8 = 3, status: UInt8 = 0, handle: [UInt8] = [0x34, 0x12]) -> [UInt8] {
        [0x01, 0x00, index, 0x00, UInt8(3 + handle.count), 0x00, opcode, 0x00, status] + handle
    }

    /// | 2 Command Status | 2 index | 2 length | 2 opcode | 1 status |
    private static func status(_ opcode: UInt8, _ status: UInt8) -> [UInt8] {
        [0x02, 0x00, 0x03, 0x00, 0x03, 0x00, opcode, 0x00, status]
    }

    private static func receive(_ scan: inout ManagementScan, _ packet: [UInt8]) -> ManagementScan.Action? {
        scan.received(packet.span.bytes)
    }

    private static let scan = ScanParameters(
        isActive: false, interval: ScanTime(rawValue: 0x0120), window: ScanTime(rawValue: 0x0060), usesRandomAddress: false)

    private func started() -> ManagementScan {
        var scan = ManagementScan(index: 3, Self.scan)
        _ = scan.start(at: 0)
        _ = Self.receive(&scan, Self.complete(0x4C, handle: []))
        return scan
    }

    @Test func `interval and window are set, a monitor is added, and removed at the end`() {
        var scan = ManagementScan(index: 3, Self.scan)
        let pattern: [UInt8] = [0xFF, 0x00, 0x01, 0xFF] + [UInt8](repeating: 0, count: 30)
        // | 2 opcode | 2 index | 2 length | then | 2 type | 1 length | 2 value | for interval and window
        #expect(
            scan.start(at: 0)
                == .send([0x4C, 0x00, 0x03, 0x00, 10, 0x00, 0x13, 0x00, 2, 0x20, 0x01, 0x14, 0x00, 2, 0x60, 0x00]))
        #expect(Self.receive(&scan, Self.complete(0x4C, handle: [])) == .send([0x52, 0x00, 0x03, 0x00, 35, 0x00, 0x01] + pattern))
        #expect(!scan.isScanning)
        #expect(Self.receive(&scan, Self.complete(0x52)) == .scanning)
        #expect(scan.isScanning && scan.deadline == nil)
        #expect(scan.stop(at: 1) == .send([0x53, 0x00, 0x03, 0x00, 0x02, 0x00, 0x34, 0x12]))
        #expect(Self.receive(&scan, Self.complete(0x53)) == .stopped)
        #expect(Self.receive(&scan, Self.complete(0x53)) == nil)
    }

    @Test func `a kernel that has no such setting scans in its own rhythm`() {
        var scan = ManagementScan(index: 3, Self.scan)
        _ = scan.start(at: 0)
        guard case .send(let packet) = Self.receive(&scan, Self.status(0x4C, 0x01)) else {
            Issue.record("given up")
            return
        }
        #expect(packet[0] == 0x52)
    }

    @Test func `a refusal ends it`() {
        var scan = started()
        #expect(Self.receive(&scan, Self.status(0x52, 0x14)) == .failed(.refused(status: 0x14)))
        #expect("\(ManagementScan.Failure.refused(status: 0x14))".contains("management status 20"))
        var short = started()
        #expect(Self.receive(&short, Self.complete(0x52, handle: [])) == .failed(.refused(status: 0)))
    }

    @Test func `what is not for it is ignored`() {
        var scan = started()
        #expect(Self.receive(&scan, Self.complete(0x52, index: 2)) == nil)
        #expect(Self.receive(&scan, Self.complete(0x53)) == nil)
        #expect(Self.receive(&scan, ([0x06, 0x00] + Self.complete(0x52).dropFirst(2))) == nil)
        #expect(Self.receive(&scan, Array(Self.complete(0x52).prefix(8))) == nil)
        #expect(Self.receive(&scan, []) == nil)
        #expect(Self.receive(&scan, Self.complete(0x52)) == .scanning)
    }

    @Test func `without an answer it fails after three seconds, and is stopped after one`() {
        var scan = started()
        #expect(scan.tick(at: ScanControl.commandTimeout - 1) == nil)
        #expect(scan.tick(at: ScanControl.commandTimeout) == .failed(.silent))
        #expect("\(ManagementScan.Failure.silent)" == "no answer from the kernel's management interface")
        var stopping = started()
        _ = Self.receive(&stopping, Self.complete(0x52))
        _ = stopping.stop(at: 0)
        #expect(stopping.tick(at: ScanControl.stopTimeout) == .stopped)
    }

    @Test func `a stop before the monitor is there needs no command`() {
        var scan = started()
        #expect(scan.stop(at: 1) == .stopped)
    }
}
