import Bytes
import Testing

@Suite struct DecodeErrorTests {
    @Test func `errors are equal where reason, offset and field are`() {
        let error = DecodeError(.truncated, at: 7, in: "RSSI")
        #expect(error == DecodeError(.truncated, at: 7, in: "RSSI"))
        #expect(error != DecodeError(.trailing, at: 7, in: "RSSI"))
        #expect(error != DecodeError(.truncated, at: 8, in: "RSSI"))
        #expect(error != DecodeError(.truncated, at: 7, in: "Data"))
    }

    @Test(arguments: [
        (DecodeError(.truncated, at: 7, in: "RSSI"), "RSSI at byte 7: truncated"),
        (DecodeError(.invalid, at: 0, in: "packet type"), "packet type at byte 0: invalid"),
        (DecodeError(.trailing, at: 300, in: "Num_Reports"), "Num_Reports at byte 300: trailing"),
        (DecodeError(.oversized, at: 4, in: "included length"), "included length at byte 4: oversized"),
    ])
    func `an error reports field, place and reason`(error: DecodeError, text: String) {
        #expect(error.description == text)
    }
}
