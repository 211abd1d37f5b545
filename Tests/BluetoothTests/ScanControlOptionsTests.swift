import Bluetooth
import Testing

/// What a scan may be asked for besides: initialisation, PHYs, the accept list, a probe.
@Suite struct ScanControlOptionsTests {
    private typealias Controller = ScriptedController

    private static func scan(_ phys: ScanningPHYs, listed: Int = 0, random: Bool = false) -> ScanParameters {
        var scan = ScanParameters(
            isActive: false, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 80), usesRandomAddress: random, phys: phys)
        scan.acceptList = (0..<listed).map { ListedAddress(isRandom: $0 % 2 == 1, address: DeviceAddress(0x0102_0304_0500 + UInt64($0))) }
        return scan
    }

    // MARK: Initialisation

    @Test func `a controller of our own is reset, and its event masks are set`() {
        var controller = Controller()
        controller.control = ScanControl(Controller.passive, randomAddress: Controller.address, initializes: true)
        #expect(controller.start() == .send(HCICommand(.reset)))
        #expect(controller.answer(.reset) == .send(.setEventMask))
        #expect(controller.answer(.setEventMask) == .send(.leSetEventMask))
        #expect(controller.answer(.leSetEventMask) == .send(HCICommand(.readLocalSupportedCommands)))
    }

    @Test(arguments: [Opcode.reset, .setEventMask, .leSetEventMask])
    func `initialisation that is refused ends the sequence`(refused: Opcode) {
        var controller = Controller()
        controller.control = ScanControl(Controller.passive, randomAddress: Controller.address, initializes: true)
        _ = controller.start()
        for opcode in [Opcode.reset, .setEventMask, .leSetEventMask] {
            if opcode == refused {
                #expect(controller.answer(opcode, 0x03) == .failed(.refused(opcode, status: 0x03)))
                return
            }
            _ = controller.answer(opcode)
        }
    }

    @Test func `a stop during initialisation needs no command`() {
        var controller = Controller()
        controller.control = ScanControl(Controller.passive, randomAddress: Controller.address, initializes: true)
        _ = controller.start()
        #expect(controller.stop() == .stopped)
    }

    // MARK: PHYs

    @Test func `LE 1M alone is listened on where that is asked for`() {
        var controller = Controller(Self.scan(.le1M))
        _ = controller.introduce(extended: true, coded: true)
        #expect(controller.answer(.leSetExtendedScanEnable) == .send(.setExtendedScanParameters(Self.scan(.le1M), .le1M)))
    }

    @Test func `LE Coded alone is listened on where that is asked for`() {
        var controller = Controller(Self.scan(.leCoded))
        _ = controller.introduce(extended: true, coded: true)
        #expect(controller.answer(.leSetExtendedScanEnable) == .send(.setExtendedScanParameters(Self.scan(.leCoded), .leCoded)))
        #expect(HCICommand.setExtendedScanParameters(Self.scan(.leCoded), .leCoded).parameters[2] == 0b100)
    }

    @Test(arguments: [false, true])
    func `a controller without LE Coded cannot listen on it alone`(extended: Bool) {
        var controller = Controller(Self.scan(.leCoded))
        #expect(controller.introduce(extended: extended) == .failed(.noCodedPHY))
        #expect("\(ScanControl.Failure.noCodedPHY)" == "the controller has no LE Coded PHY")
    }

    @Test func `a controller whose extended commands are unknown cannot listen on LE Coded alone`() {
        var controller = Controller(Self.scan(.leCoded))
        _ = controller.introduce(extended: true, coded: true)
        #expect(controller.answer(.leSetExtendedScanEnable, 0x01) == .failed(.noCodedPHY))
    }

    @Test func `parameters refused for LE Coded alone are refused`() {
        var controller = Controller(Self.scan(.leCoded))
        _ = controller.introduce(extended: true, coded: true)
        _ = controller.answer(.leSetExtendedScanEnable)
        #expect(
            controller.answer(.leSetExtendedScanParameters, 0x11)
                == .failed(.refused(.leSetExtendedScanParameters, status: 0x11)))
    }

    // MARK: The accept list

    @Test func `7.8.15, 7.8.16: the accept list is cleared and filled before the parameters name it`() {
        var controller = Controller(Self.scan([.le1M, .leCoded], listed: 2, random: true))
        _ = controller.introduce()
        #expect(controller.answer(.leSetScanEnable) == .send(HCICommand(.leReadFilterAcceptListSize)))
        #expect(controller.answer(.leReadFilterAcceptListSize, 0, [2]) == .send(HCICommand(.leClearFilterAcceptList)))
        // | 1 Address_Type | 6 Address, least significant byte first |
        #expect(
            controller.answer(.leClearFilterAcceptList)
                == .send(HCICommand(.leAddToFilterAcceptList, [0, 0x00, 0x05, 0x04, 0x03, 0x02, 0x01])))
        #expect(
            controller.answer(.leAddToFilterAcceptList)
                == .send(HCICommand(.leAddToFilterAcceptList, [1, 0x01, 0x05, 0x04, 0x03, 0x02, 0x01])))
        #expect(controller.answer(.leAddToFilterAcceptList)?.opcode == .leSetRandomAddress)
        let parameters = controller.answer(.leSetRandomAddress)
        // Scanning_Filter_Policy is the last parameter.
        #expect(parameters == .send(.setScanParameters(Self.scan([.le1M, .leCoded], listed: 2, random: true))))
        if case .send(let command) = parameters { #expect(command.parameters.last == 1) }
        _ = controller.answer(.leSetScanParameters)
        #expect(!controller.control.usesAcceptList)
        #expect(controller.answer(.leSetScanEnable) == .scanning)
        #expect(controller.control.usesAcceptList)
    }

    @Test(arguments: [
        (Opcode.leReadFilterAcceptListSize, 0x00, [1]), (.leReadFilterAcceptListSize, 0x00, []), (.leReadFilterAcceptListSize, 0x01, [8]),
        (.leClearFilterAcceptList, 0x0C, []), (.leAddToFilterAcceptList, 0x07, []),
    ] as [(Opcode, UInt8, [UInt8])])
    func `without room or leave for the list everybody is heard`(opcode: Opcode, status: UInt8, parameters: [UInt8]) {
        var controller = Controller(Self.scan([.le1M, .leCoded], listed: 2))
        _ = controller.introduce()
        var action = controller.answer(.leSetScanEnable)
        while let next = action?.opcode, next != .leSetScanParameters {
            action = next == opcode ? controller.answer(next, status, parameters) : controller.answer(next, 0, [8])
        }
        #expect(action == .send(.setScanParameters(Self.scan([.le1M, .leCoded]))))
        _ = controller.answer(.leSetScanParameters)
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.control.isScanning && !controller.control.usesAcceptList)
    }

    @Test func `other programs' changes of the list are interference where it is used`() {
        var controller = Controller(Self.scan([.le1M, .leCoded], listed: 1))
        _ = controller.introduce()
        #expect(controller.answer(.leClearFilterAcceptList) == .interference(.leClearFilterAcceptList))
        #expect(controller.answer(.leAddToFilterAcceptList) == .interference(.leAddToFilterAcceptList))
    }

    @Test func `a stop while the list is filled switches off`() {
        var controller = Controller(Self.scan([.le1M, .leCoded], listed: 2))
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.stop() == .send(.setScanEnable(false)))
    }

    // MARK: Probe

    @Test func `a controller that scans is probed`() {
        var controller = Controller()
        #expect(controller.control.probe(at: 0) == nil)
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable)
        _ = controller.answer(.leSetScanParameters)
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.control.probe(at: controller.now) == .send(HCICommand(.leReadLocalSupportedFeatures)))
        #expect(controller.control.probe(at: controller.now) == nil)
        #expect(controller.answer(.leReadLocalSupportedFeatures) == nil)
        #expect(controller.control.deadline == nil && controller.control.isScanning)
        _ = controller.control.probe(at: controller.now)
        let deadline = controller.control.deadline!
        #expect(
            controller.control.tick(at: deadline) == .failed(.silent(.leReadLocalSupportedFeatures, timeout: ScanControl.commandTimeout)))
    }

    @Test func `a shorter time for each command is given in tenths`() {
        var control = ScanControl(Controller.passive, randomAddress: Controller.address, commandTimeout: 1_500_000_000)
        _ = control.start(at: 0)
        guard case .failed(let failure) = control.tick(at: 1_500_000_000) else {
            Issue.record("still waiting")
            return
        }
        #expect("\(failure)" == "no answer to Read Local Supported Commands within 1.5 s")
    }
}
