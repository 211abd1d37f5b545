import Testing

@testable import Gateway

@Suite struct AbsenceAdviceTests {
    private let path = "/boot/firmware/config.txt"

    private func advice(_ text: String) -> String? { AbsenceAdvice(bootFiles: [(path, text)], blocked: []).text }

    @Test func `a line that turns the Pi's own adapter off is named by its number, with what to do`() {
        let text = "# For more options see the documentation\n\n[all]\nenable_uart=1\n  dtoverlay=disable-bt \n"
        #expect(
            advice(text)
                == "/boot/firmware/config.txt line 5: dtoverlay=disable-bt turns the Pi's own adapter off; if it is to be used, take the line away and reboot")
    }

    @Test(arguments: [
        ("dtoverlay=disable-bt", "disable-bt"), ("dtoverlay=disable-bt-pi5", "disable-bt-pi5"), ("dtoverlay=pi3-disable-bt", "pi3-disable-bt"),
        ("dtoverlay=disable-bt,uart0=on", "disable-bt"), ("\tdtoverlay = disable-bt\r", "disable-bt"), ("dtoverlay=disable-bt # no radio", "disable-bt"),
        ("device_tree_overlay=disable-bt", "disable-bt"), ("[none]\n[all]\ndtoverlay=disable-bt", "disable-bt"),
    ])
    func `it is found in every way to write it`(text: String, name: String) {
        #expect(AbsenceAdvice.overlay(in: text)?.name == name)
        #expect(AbsenceAdvice.overlay(in: text)?.section == nil)
    }

    @Test(arguments: [
        "", "\n", "#dtoverlay=disable-bt", "  # dtoverlay=disable-bt", "dtoverlay=miniuart-bt", "dtoverlay=disable-wifi", "dtoverlay=disable-bts", "dtoverlay=",
        "dtoverlay", "=disable-bt", "dtparam=disable-bt", "[none]\ndtoverlay=disable-bt", "dtoverlay=vc4-kms-v3d,disable-bt", "dtoverlay=DISABLE-BT",
        "dtoverlay=\u{FFFD}disable-bt", "[", "]", "=",
    ])
    func `nothing else is`(text: String) {
        #expect(AbsenceAdvice.overlay(in: text) == nil)
    }

    @Test func `a section with a condition is named, for it may be another machine's`() {
        let text = "[pi5]\ndtoverlay=vc4-kms-v3d\n[pi4]\narm_boost=1\ndtoverlay=disable-bt\n[all]\n"
        #expect(advice(text)?.contains("line 5: dtoverlay=disable-bt, in the section [pi4], turns") == true)
        #expect(advice("[\(String(repeating: "x", count: 90))]\ndtoverlay=disable-bt")!.utf8.count < 200)
    }

    @Test func `of two files the first that says so counts, and a block of rfkill stands beside it`() {
        let files = [(path, "[all]\n"), ("/boot/config.txt", "dtoverlay=disable-bt\n"), ("/other", "dtoverlay=disable-bt\n")]
        #expect(AbsenceAdvice(bootFiles: files, blocked: []).text?.hasPrefix("/boot/config.txt line 1: ") == true)
        let both = AbsenceAdvice(bootFiles: files, blocked: ["tpacpi_bluetooth_sw"]).text
        #expect(both?.hasSuffix("reboot; rfkill blocks Bluetooth (tpacpi_bluetooth_sw): run  rfkill unblock bluetooth") == true)
        #expect(AbsenceAdvice(bootFiles: [], blocked: ["a", "b"]).text == "rfkill blocks Bluetooth (a): run  rfkill unblock bluetooth")
    }

    @Test func `a machine that explains nothing gets no advice`() {
        #expect(AbsenceAdvice(bootFiles: [], blocked: []).text == nil)
        #expect(AbsenceAdvice(bootFiles: [(path, "enable_uart=1\n")], blocked: []).text == nil)
    }
}
