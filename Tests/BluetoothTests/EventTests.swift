import Bluetooth
import Bytes
import Testing

/// Core specification Vol 4 Part E 5.4.4: the packet around the reports.
@Suite struct EventTests {
    @Test func `an empty packet has no packet type`() {
        #expect(decode([]).error == DecodeError(.truncated, at: 0, in: "packet type"))
    }

    @Test(arguments: [0x00, 0x01, 0x02, 0x03, 0x05, 0x3E, 0xFF] as [UInt8])
    func `a packet of another type is no event`(type: UInt8) {
        #expect(decode([type, 0x3E, 0x00]).error == DecodeError(.invalid, at: 0, in: "packet type"))
    }

    @Test func `a header that is truncated names the field that is missing`() {
        #expect(decode([0x04]).error == DecodeError(.truncated, at: 1, in: "Event_Code"))
        #expect(decode([0x04, 0x3E]).error == DecodeError(.truncated, at: 2, in: "Parameter_Total_Length"))
        #expect(decode([0x04, 0x3E, 0x00]).error == DecodeError(.truncated, at: 3, in: "Subevent_Code"))
        #expect(decode([0x04, 0x3E, 0x01, 0x02]).error == DecodeError(.truncated, at: 4, in: "Num_Reports"))
        #expect(decode([0x04, 0x3E, 0x01, 0x0D]).error == DecodeError(.truncated, at: 4, in: "Num_Reports"))
    }

    @Test func `a Parameter_Total_Length beyond the packet is truncated`() {
        var packet = legacyEvent([legacyReport()])
        packet[2] += 1
        #expect(decode(packet).error == DecodeError(.truncated, at: 2, in: "Parameter_Total_Length"))
        packet[2] = 0xFF
        #expect(decode(packet).error == DecodeError(.truncated, at: 2, in: "Parameter_Total_Length"))
        #expect(decode(packet).reports.isEmpty)
    }

    @Test func `a Parameter_Total_Length short of the packet leaves trailing bytes`() {
        var packet = legacyEvent([legacyReport()])
        packet[2] -= 1
        #expect(decode(packet).error == DecodeError(.trailing, at: packet.count - 1, in: "Parameter_Total_Length"))
        packet[2] = 0
        #expect(decode(packet).error == DecodeError(.trailing, at: 3, in: "Parameter_Total_Length"))
        #expect(decode(packet).reports.isEmpty)
    }

    @Test func `an event without parameters is whole`() {
        // 0x04 event | 0x10 Hardware Error, its parameter left out | 0x00 length
        #expect(decode([0x04, 0x10, 0x00]).other == "unknown 16 nil")
    }

    @Test func `the longest event is read`() {
        let packet = event(0x05, [UInt8](repeating: 7, count: 255))
        #expect(packet.count == HCIEvent.maximumSize)
        #expect(decode(packet).other == "unknown 5 nil")
    }

    @Test func `an unknown event is a value`() {
        for code in UInt8.min...UInt8.max where ![EventCode.leMeta, EventCode.commandComplete, EventCode.commandStatus].contains(code) {
            #expect(decode(event(code, [0x02, 0x01, 0x00])).other == "unknown \(code) nil")
        }
    }

    @Test func `an unknown subevent of LE Meta is a value`() {
        for subevent in UInt8.min...UInt8.max
        where ![LESubevent.advertisingReport, LESubevent.extendedAdvertisingReport].contains(subevent) {
            #expect(decode(event(0x3E, [subevent])).other == "unknown 62 \(subevent)")
            #expect(decode(event(0x3E, [subevent, 1, 2, 3])).other == "unknown 62 \(subevent)")
        }
    }

    @Test(arguments: [0x02, 0x0D] as [UInt8])
    func `no reports at all are invalid`(subevent: UInt8) {
        // LE Meta | Subevent_Code | Num_Reports 0: the specification allows 1 and more.
        let decoded = decode(event(0x3E, [subevent, 0x00]))
        #expect(decoded.error == DecodeError(.invalid, at: 4, in: "Num_Reports"))
        #expect(decode(event(0x3E, [subevent, 0x00, 1, 2, 3])).error == DecodeError(.invalid, at: 4, in: "Num_Reports"))
    }

    @Test func `7.7 numbers the events and 7.7.65 the subevents`() {
        #expect(HCIEvent.packetType == 0x04)
        #expect(HCIEvent.maximumSize == 258)
        #expect(EventCode.commandComplete == 0x0E)
        #expect(EventCode.commandStatus == 0x0F)
        #expect(EventCode.leMeta == 0x3E)
        #expect(LESubevent.advertisingReport == 0x02)
        #expect(LESubevent.extendedAdvertisingReport == 0x0D)
    }
}
