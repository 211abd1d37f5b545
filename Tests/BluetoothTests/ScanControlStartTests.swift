import Bluetooth
import Testing

/// Switching on: every command in order, and what a refusal leads to.
@Suite struct ScanControlStartTests {
    private typealias Controller = ScriptedController
    private let scan = ScriptedController.passive

    @Test func `a legacy controller: ask, disable, parameters, enable`() {
        var controller = Controller()
        #expect(controller.start() == .send(HCICommand(.readLocalSupportedCommands)))
        #expect(
            controller.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: 0))
                == .send(HCICommand(.leReadLocalSupportedFeatures)))
        #expect(controller.answer(.leReadLocalSupportedFeatures, 0, Controller.features(octet1: 0)) == .send(.setScanEnable(false)))
        #expect(controller.answer(.leSetScanEnable) == .send(.setScanParameters(scan)))
        #expect(controller.answer(.leSetScanParameters) == .send(.setScanEnable(true)))
        #expect(!controller.control.isScanning)
        #expect(controller.answer(.leSetScanEnable) == .scanning)
        #expect(controller.control.isScanning)
        #expect(!controller.control.isExtended)
        #expect(!controller.control.phys.contains(.leCoded))
        #expect(controller.control.deadline == nil)
    }

    @Test func `an extended controller is driven with the extended commands`() {
        var controller = Controller()
        #expect(controller.introduce(extended: true) == .send(.setExtendedScanEnable(false)))
        #expect(controller.answer(.leSetExtendedScanEnable) == .send(.setExtendedScanParameters(scan, .le1M)))
        #expect(controller.answer(.leSetExtendedScanParameters) == .send(.setExtendedScanEnable(true)))
        #expect(controller.answer(.leSetExtendedScanEnable) == .scanning)
        #expect(controller.control.isExtended)
        #expect(!controller.control.phys.contains(.leCoded))
    }

    @Test func `a controller with LE Coded listens on both PHYs`() {
        var controller = Controller()
        #expect(controller.introduce(extended: true, coded: true) == .send(.setExtendedScanEnable(false)))
        #expect(controller.answer(.leSetExtendedScanEnable) == .send(.setExtendedScanParameters(scan, [.le1M, .leCoded])))
        #expect(controller.answer(.leSetExtendedScanParameters) == .send(.setExtendedScanEnable(true)))
        #expect(controller.answer(.leSetExtendedScanEnable) == .scanning)
        #expect(controller.control.isExtended)
        #expect(controller.control.phys.contains(.leCoded))
    }

    @Test(arguments: [false, true])
    func `a random address is set while the scan is off`(extended: Bool) {
        var controller = Controller(Controller.withRandomAddress)
        let enable: Opcode = extended ? .leSetExtendedScanEnable : .leSetScanEnable
        _ = controller.introduce(extended: extended)
        #expect(controller.answer(enable) == .send(.setRandomAddress(Controller.address)))
        #expect(
            controller.answer(.leSetRandomAddress)
                == .send(
                    extended
                        ? .setExtendedScanParameters(Controller.withRandomAddress, .le1M)
                        : .setScanParameters(Controller.withRandomAddress)))
        #expect(controller.answer(extended ? .leSetExtendedScanParameters : .leSetScanParameters)?.opcode == enable)
        #expect(controller.answer(enable) == .scanning)
    }

    @Test(arguments: [0x00, 0x20, 0x40, 0x9F] as [UInt8])
    func `a controller with only one of the two extended commands is a legacy one`(octet37: UInt8) {
        var controller = Controller()
        _ = controller.start()
        _ = controller.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: octet37))
        #expect(controller.answer(.leReadLocalSupportedFeatures, 0, Controller.features(octet1: 0x08)) == .send(.setScanEnable(false)))
        #expect(!controller.control.isExtended)
        #expect(!controller.control.phys.contains(.leCoded))
    }

    @Test func `LE Coded is bit 11 of the features alone`() {
        var controller = Controller()
        _ = controller.start()
        _ = controller.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: 0xFF))
        _ = controller.answer(.leReadLocalSupportedFeatures, 0, Controller.features(octet1: 0xF7))
        #expect(controller.control.isExtended)
        #expect(!controller.control.phys.contains(.leCoded))
    }

    @Test func `a refused or short answer to what it can do means the least`() {
        for (status, length) in [(0x01, 0), (0x01, 64), (0x00, 37), (0x00, 0)] as [(UInt8, Int)] {
            var controller = Controller()
            _ = controller.start()
            _ = controller.answer(.readLocalSupportedCommands, status, [UInt8](repeating: 0xFF, count: length))
            #expect(controller.answer(.leReadLocalSupportedFeatures, 0, Controller.features(octet1: 0xFF)) == .send(.setScanEnable(false)))
        }
        for (status, length) in [(0x01, 0), (0x11, 8), (0x00, 1), (0x00, 0)] as [(UInt8, Int)] {
            var controller = Controller()
            _ = controller.start()
            _ = controller.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: 0x60))
            let action = controller.answer(.leReadLocalSupportedFeatures, status, [UInt8](repeating: 0xFF, count: length))
            #expect(action == .send(.setExtendedScanEnable(false)))
            #expect(!controller.control.phys.contains(.leCoded))
        }
    }

    @Test func `thirty-eight octets of Supported_Commands suffice`() {
        var controller = Controller()
        _ = controller.start()
        _ = controller.answer(.readLocalSupportedCommands, 0, Array(Controller.commands(octet37: 0x60).prefix(38)))
        #expect(controller.control.isExtended)
    }

    @Test func `switching off what is off already may be disallowed`() {
        var controller = Controller()
        _ = controller.introduce()
        #expect(controller.answer(.leSetScanEnable, 0x0C) == .send(.setScanParameters(scan)))
        var extended = Controller()
        _ = extended.introduce(extended: true)
        #expect(extended.answer(.leSetExtendedScanEnable, 0x0C) == .send(.setExtendedScanParameters(scan, .le1M)))
    }

    // MARK: Refusals

    @Test(arguments: [0x01, 0x03, 0x11, 0x12, 0x1F] as [UInt8])
    func `a legacy disable that is refused ends the sequence`(status: UInt8) {
        var controller = Controller()
        _ = controller.introduce()
        #expect(controller.answer(.leSetScanEnable, status) == .failed(.refused(.leSetScanEnable, status: status)))
        #expect(controller.control.deadline == nil)
    }

    @Test(arguments: [0x01, 0x0C, 0x12] as [UInt8])
    func `a random address that is refused ends the sequence`(status: UInt8) {
        var controller = Controller(Controller.withRandomAddress)
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.answer(.leSetRandomAddress, status) == .failed(.refused(.leSetRandomAddress, status: status)))
    }

    @Test(arguments: [0x01, 0x0C, 0x12] as [UInt8])
    func `legacy parameters that are refused end the sequence`(status: UInt8) {
        var controller = Controller()
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.answer(.leSetScanParameters, status) == .failed(.refused(.leSetScanParameters, status: status)))
    }

    @Test(arguments: [0x01, 0x07, 0x0C, 0x12] as [UInt8])
    func `an enable that is refused ends the sequence`(status: UInt8) {
        for extended in [false, true] {
            var controller = Controller()
            let enable: Opcode = extended ? .leSetExtendedScanEnable : .leSetScanEnable
            _ = controller.introduce(extended: extended)
            _ = controller.answer(enable)
            _ = controller.answer(extended ? .leSetExtendedScanParameters : .leSetScanParameters)
            #expect(controller.answer(enable, status) == .failed(.refused(enable, status: status)))
            #expect(!controller.control.isScanning)
        }
    }

    @Test func `parameters for LE Coded that are refused are tried with LE 1M alone`() {
        for status: UInt8 in [0x01, 0x11, 0x12] {
            var controller = Controller()
            _ = controller.introduce(extended: true, coded: true)
            _ = controller.answer(.leSetExtendedScanEnable)
            #expect(controller.answer(.leSetExtendedScanParameters, status) == .send(.setExtendedScanParameters(scan, .le1M)))
            #expect(!controller.control.phys.contains(.leCoded))
            #expect(controller.answer(.leSetExtendedScanParameters) == .send(.setExtendedScanEnable(true)))
            #expect(controller.answer(.leSetExtendedScanEnable) == .scanning)
        }
    }

    @Test(arguments: [0x0C, 0x11, 0x12] as [UInt8])
    func `extended parameters that are refused for LE 1M too end the sequence`(status: UInt8) {
        var controller = Controller()
        _ = controller.introduce(extended: true, coded: true)
        _ = controller.answer(.leSetExtendedScanEnable)
        _ = controller.answer(.leSetExtendedScanParameters, 0x11)
        #expect(controller.answer(.leSetExtendedScanParameters, status) == .failed(.refused(.leSetExtendedScanParameters, status: status)))
    }

    @Test func `a controller that does not know its extended disable is driven with the legacy commands`() {
        var controller = Controller()
        _ = controller.introduce(extended: true, coded: true)
        #expect(controller.answer(.leSetExtendedScanEnable, 0x01) == .send(.setScanEnable(false)))
        #expect(!controller.control.isExtended)
        #expect(!controller.control.phys.contains(.leCoded))
        #expect(controller.answer(.leSetScanEnable) == .send(.setScanParameters(scan)))
        #expect(controller.answer(.leSetScanParameters) == .send(.setScanEnable(true)))
        #expect(controller.answer(.leSetScanEnable) == .scanning)
    }

    @Test func `a controller that does not know its extended parameters is driven with the legacy commands`() {
        var controller = Controller()
        _ = controller.introduce(extended: true)
        _ = controller.answer(.leSetExtendedScanEnable)
        #expect(controller.answer(.leSetExtendedScanParameters, 0x01) == .send(.setScanEnable(false)))
        #expect(!controller.control.isExtended)
        #expect(controller.answer(.leSetScanEnable, 0x01) == .failed(.refused(.leSetScanEnable, status: 0x01)))
    }

    @Test(arguments: [0x03, 0x11, 0x12] as [UInt8])
    func `an extended disable that is refused for another reason ends the sequence`(status: UInt8) {
        var controller = Controller()
        _ = controller.introduce(extended: true)
        #expect(controller.answer(.leSetExtendedScanEnable, status) == .failed(.refused(.leSetExtendedScanEnable, status: status)))
    }
}
