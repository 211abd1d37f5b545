import Gateway
import Linux

extension AbsenceAdvice {
    /// Of this machine. It reads files: before the main loop, or without one.
    static var ofThisMachine: AbsenceAdvice { AbsenceAdvice(bootFiles: bootFiles, blocked: RadioSwitch.blocked()) }

    /// Those of the Pi's that turn its adapter off.
    static var bootFiles: [(path: String, text: String)] {
        BootFiles.read(limit: maximumFileBytes).filter { AbsenceAdvice(bootFiles: [$0], blocked: []).text != nil }
    }
}
