import Bluetooth
import Testing

/// Switching off, the deadlines, and the answers to commands of others.
@Suite struct ScanControlStopTests {
    private typealias Controller = ScriptedController

    /// A controller that scans.
    private func scanning(extended: Bool = false) -> Controller {
        var controller = Controller()
        _ = controller.introduce(extended: extended)
        _ = controller.answer(extended ? .leSetExtendedScanEnable : .leSetScanEnable)
        _ = controller.answer(extended ? .leSetExtendedScanParameters : .leSetScanParameters)
        let action = controller.answer(extended ? .leSetExtendedScanEnable : .leSetScanEnable)
        #expect(action == .scanning)
        return controller
    }

    // MARK: The pause

    @Test func `a sequence that pauses when the scan is off goes on when it is told to, without a deadline meanwhile`() {
        var controller = Controller(pausesWhenOff: true)
        _ = controller.introduce()
        #expect(controller.answer(.leSetScanEnable) == .off)
        #expect(controller.control.deadline == nil && !controller.control.isScanning)
        // Somebody else's command in the pause is interference, as before and after it.
        #expect(controller.answer(.leSetScanParameters) == .interference(.leSetScanParameters))
        #expect(controller.control.goOn(at: controller.now).opcode == .leSetScanParameters)
        #expect(controller.answer(.leSetScanParameters)?.opcode == .leSetScanEnable)
        #expect(controller.control.isSwitchingOn && !controller.control.isActive)
        #expect(controller.answer(.leSetScanEnable) == .scanning)
    }

    @Test func `a stop in the pause ends with the scan off`() {
        var controller = Controller(pausesWhenOff: true)
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable, 0x0C)
        #expect(controller.stop() == .send(.setScanEnable(false)))
        #expect(controller.answer(.leSetScanEnable, 0x0C) == .stopped)
    }

    // MARK: Stop

    @Test func `a scan is switched off with the commands that switched it on`() {
        var legacy = scanning()
        #expect(legacy.stop() == .send(.setScanEnable(false)))
        #expect(!legacy.control.isScanning)
        #expect(legacy.answer(.leSetScanEnable) == .stopped)
        var extended = scanning(extended: true)
        #expect(extended.stop() == .send(.setExtendedScanEnable(false)))
        #expect(extended.answer(.leSetExtendedScanEnable) == .stopped)
        #expect(extended.control.deadline == nil)
    }

    @Test func `a scan that somebody else has switched off is off`() {
        var controller = scanning()
        _ = controller.stop()
        #expect(controller.answer(.leSetScanEnable, 0x0C) == .stopped)
    }

    @Test func `a disable that is refused at a stop is reported`() {
        var controller = scanning()
        _ = controller.stop()
        #expect(controller.answer(.leSetScanEnable, 0x03) == .failed(.refused(.leSetScanEnable, status: 0x03)))
    }

    @Test func `nothing has to be switched off before anything was sent that switches`() {
        var idle = Controller()
        #expect(idle.stop() == .stopped)
        var asking = Controller()
        _ = asking.start()
        #expect(asking.stop() == .stopped)
        #expect(asking.control.deadline == nil)
        #expect(asking.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: 0)) == nil)
        var askingMore = Controller()
        _ = askingMore.start()
        _ = askingMore.answer(.readLocalSupportedCommands, 0, Controller.commands(octet37: 0x60))
        #expect(askingMore.stop() == .stopped)
        #expect(askingMore.answer(.leReadLocalSupportedFeatures, 0, Controller.features(octet1: 0)) == nil)
    }

    @Test func `a stop while the first disable is unanswered ends with the scan off`() {
        var controller = Controller()
        _ = controller.introduce()
        #expect(controller.stop() == .send(.setScanEnable(false)))
        #expect(controller.answer(.leSetScanEnable) == .stopped)
        #expect(controller.answer(.leSetScanEnable) == nil)
    }

    @Test func `a stop while the random address is unanswered switches off`() {
        var controller = Controller(Controller.withRandomAddress)
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable)
        #expect(controller.stop() == .send(.setScanEnable(false)))
        #expect(controller.answer(.leSetRandomAddress) == nil)
        #expect(controller.answer(.leSetScanEnable) == .stopped)
    }

    @Test func `a stop while the parameters are unanswered switches off`() {
        var controller = Controller()
        _ = controller.introduce(extended: true)
        _ = controller.answer(.leSetExtendedScanEnable)
        #expect(controller.stop() == .send(.setExtendedScanEnable(false)))
        #expect(controller.answer(.leSetExtendedScanParameters) == nil)
        #expect(controller.answer(.leSetExtendedScanEnable) == .stopped)
    }

    /// Enable and disable are one opcode, answered in the order in which they were sent.
    @Test(arguments: [false, true])
    func `the answer to an enable is not taken for that to the disable behind it`(extended: Bool) {
        let enable: Opcode = extended ? .leSetExtendedScanEnable : .leSetScanEnable
        for statusOfEnable: UInt8 in [0x00, 0x0C, 0x12] {
            var controller = Controller()
            _ = controller.introduce(extended: extended)
            _ = controller.answer(enable)
            #expect(controller.answer(extended ? .leSetExtendedScanParameters : .leSetScanParameters)?.opcode == enable)
            #expect(controller.stop().opcode == enable)
            #expect(controller.answer(enable, statusOfEnable) == nil)
            #expect(controller.control.deadline != nil)
            #expect(controller.answer(enable) == .stopped)
        }
    }

    @Test func `a stop while stopping sends the disable again`() {
        var controller = scanning()
        _ = controller.stop()
        #expect(controller.stop() == .send(.setScanEnable(false)))
        #expect(controller.answer(.leSetScanEnable) == .stopped)
        #expect(controller.stop() == .stopped)
    }

    @Test func `a stop after a failure has nothing to send`() {
        var controller = Controller()
        _ = controller.introduce()
        _ = controller.answer(.leSetScanEnable, 0x12)
        #expect(controller.stop() == .stopped)
    }

    // MARK: Deadlines

    @Test func `each command has three seconds from when it was sent`() {
        #expect(ScanControl.commandTimeout == 3_000_000_000)
        var controller = Controller(Controller.withRandomAddress)
        #expect(controller.control.deadline == nil)
        _ = controller.start()
        let answers: [(Opcode, [UInt8])] = [
            (.readLocalSupportedCommands, Controller.commands(octet37: 0x60)),
            (.leReadLocalSupportedFeatures, Controller.features(octet1: 0x08)),
            (.leSetExtendedScanEnable, []), (.leSetRandomAddress, []), (.leSetExtendedScanParameters, []), (.leSetExtendedScanEnable, []),
        ]
        for (opcode, parameters) in answers {
            let deadline = controller.now + 3_000_000_000
            #expect(controller.control.deadline == deadline)
            var silent = controller
            #expect(silent.control.tick(at: deadline - 1) == nil)
            #expect(silent.control.tick(at: deadline) == .failed(.silent(opcode, timeout: 3_000_000_000)))
            #expect(silent.control.deadline == nil)
            #expect(silent.control.tick(at: deadline + 1) == nil)
            #expect(silent.answer(opcode, 0, parameters) == nil)
            _ = controller.answer(opcode, 0, parameters)
        }
        #expect(controller.control.isScanning)
        #expect(controller.control.deadline == nil)
        #expect(controller.control.tick(at: .max) == nil)
    }

    @Test func `on the way out there is one second`() {
        #expect(ScanControl.stopTimeout == 1_000_000_000)
        var controller = scanning()
        _ = controller.stop()
        let deadline = controller.now + 1_000_000_000
        #expect(controller.control.deadline == deadline)
        #expect(controller.control.tick(at: deadline - 1) == nil)
        #expect(controller.control.tick(at: deadline) == .failed(.silent(.leSetScanEnable, timeout: 1_000_000_000)))
    }

    // MARK: Commands of others

    @Test func `answers to commands of others are ignored at every step, or are interference where they change the scan`() {
        var controller = Controller(Controller.withRandomAddress)
        let all: [Opcode] = [
            .reset, .readLocalSupportedCommands, .leReadLocalSupportedFeatures, .leSetScanEnable, .leSetRandomAddress, .leSetScanParameters,
            .leSetExtendedScanEnable, .leSetExtendedScanParameters, Opcode(rawValue: 0x2006),
        ]
        let changing: Set<Opcode> = [
            .reset, .leSetScanEnable, .leSetScanParameters, .leSetExtendedScanEnable, .leSetExtendedScanParameters,
        ]
        func ignoresOthers(than awaited: Opcode?, atWork: Bool = true) {
            let deadline = controller.control.deadline
            for opcode in all where opcode != awaited {
                let expected: ScanControl.Action? = atWork && changing.contains(opcode) ? .interference(opcode) : nil
                #expect(controller.answer(opcode) == expected)
                #expect(controller.answer(opcode, 0x12) == expected)
            }
            #expect(controller.control.deadline == deadline)
        }
        ignoresOthers(than: nil, atWork: false)
        _ = controller.start()
        for opcode: Opcode in [
            .readLocalSupportedCommands, .leReadLocalSupportedFeatures, .leSetScanEnable, .leSetRandomAddress, .leSetScanParameters,
            .leSetScanEnable,
        ] {
            ignoresOthers(than: opcode)
            #expect(controller.answer(opcode) != nil)
        }
        #expect(controller.control.isScanning)
        ignoresOthers(than: nil)
        #expect(controller.control.isScanning)
        _ = controller.stop()
        ignoresOthers(than: .leSetScanEnable, atWork: false)
        #expect(controller.answer(.leSetScanEnable) == .stopped)
        ignoresOthers(than: nil, atWork: false)
    }

    @Test func `starting twice is our own fault and traps`() async {
        await #expect(processExitsWith: .failure) {
            var controller = ScriptedController()
            _ = controller.start()
            _ = controller.start()
        }
    }

    // MARK: Descriptions

    @Test(
        arguments: [
            (.refused(.leSetScanParameters, status: 0x12), "LE Set Scan Parameters refused: Invalid HCI Command Parameters (0x12)"),
            (.refused(Opcode(rawValue: 0x2099), status: 0x42), "command 0x2099 refused: error (0x42)"),
            (.silent(.readLocalSupportedCommands, timeout: 3_000_000_000), "no answer to Read Local Supported Commands within 3 s"),
            (.silent(.leSetExtendedScanEnable, timeout: 1_000_000_000), "no answer to LE Set Extended Scan Enable within 1 s"),
        ] as [(ScanControl.Failure, String)])
    func `a failure names command and cause`(failure: ScanControl.Failure, text: String) {
        #expect(failure.description == text)
    }
}
