import Bytes
import Testing

@testable import Bluetooth

/// Core specification Vol 3 Part C 11: | 1 Length | 1 AD Type | Length − 1 AD Data |.
@Suite struct ADStructureTests {
    /// Type and data of every structure, and the error that ended the walk.
    private func walk(_ bytes: [UInt8], _ range: Range<Int>? = nil) -> (found: [[UInt8]], error: DecodeError?) {
        var structures = ADStructures(range ?? 0..<bytes.count)
        var found: [[UInt8]] = []
        var error: DecodeError?
        do throws(DecodeError) {
            while let structure = try structures.next(in: bytes.span.bytes) {
                found.append([structure.type.rawValue] + bytes[structure.data])
            }
        } catch let thrown {
            error = thrown
        }
        #expect((try? structures.next(in: bytes.span.bytes)) == .some(nil), "something comes after the end")
        return (found, error)
    }

    /// A thermometer: flags, two services, service data, a name.
    private let advertisement: [UInt8] = [
        0x02, 0x01, 0x06,  // Flags: LE General Discoverable, BR/EDR not supported
        0x05, 0x03, 0x0F, 0x18, 0x1A, 0x18,  // Complete List of 16-bit Service UUIDs: 180F, 181A
        0x05, 0x16, 0x0F, 0x18, 0x5F, 0x01,  // Service Data, 180F
        0x05, 0x09, 0x41, 0x74, 0x74, 0x63,  // Complete Local Name "Attc"
    ]
    /// Where a structure begins.
    private let boundaries = [0, 3, 9, 15, 21]

    @Test func `structures come in order with their types and data`() {
        let (found, error) = walk(advertisement)
        #expect(
            found == [[0x01, 0x06], [0x03, 0x0F, 0x18, 0x1A, 0x18], [0x16, 0x0F, 0x18, 0x5F, 0x01], [0x09, 0x41, 0x74, 0x74, 0x63]])
        #expect(error == nil)
    }

    @Test func `the data is given as a range of the bytes that were walked`() throws {
        var structures = ADStructures(3..<21)
        #expect(try structures.next(in: advertisement.span.bytes) == ADStructure(type: .completeUUIDs16, data: 5..<9))
        #expect(try structures.next(in: advertisement.span.bytes) == ADStructure(type: .serviceData16, data: 11..<15))
    }

    @Test func `no payload holds no structure`() {
        #expect(walk([]).found.isEmpty)
        #expect(walk([]).error == nil)
        #expect(walk(advertisement, 9..<9).found.isEmpty)
    }

    @Test func `a structure may have no data`() {
        #expect(walk([0x01, 0x09, 0x01, 0xFF]).found == [[0x09], [0xFF]])
    }

    @Test func `a structure of 255 bytes is the longest`() {
        let data = (0..<254).map { UInt8($0) }
        #expect(walk([0xFF, 0xFF] + data + [0x02, 0x0A, 0x04]).found == [[0xFF] + data, [0x0A, 0x04]])
    }

    @Test func `a zero length may be the last byte, or the only one`() {
        #expect(walk([0x02, 0x01, 0x06, 0x00]).found == [[0x01, 0x06]])
        #expect(walk([0x02, 0x01, 0x06, 0x00]).error == nil)
        #expect(walk([0x00]).found.isEmpty)
        #expect(walk([0x00]).error == nil)
    }

    @Test func `zero padding to the end of the payload is no damage`() {
        let (found, error) = walk(advertisement + [UInt8](repeating: 0, count: 10))
        #expect(found.count == 4)
        #expect(error == nil)
    }

    @Test func `zeros in the middle are passed over, and what stands behind them is read`() {
        // Flags | two zero lengths | TX power level.
        let (found, error) = walk([0x02, 0x01, 0x06, 0x00, 0x00, 0x02, 0x0A, 0x04])
        #expect(found == [[0x01, 0x06], [0x0A, 0x04]])
        #expect(error == nil)
        #expect(walk([0x00, 0x02, 0x0A, 0x04, 0x00, 0x01, 0x09, 0x00]).found == [[0x0A, 0x04], [0x09]])
    }

    @Test func `what reaches past the end behind zeros is malformed, and its place is reported`() {
        // Flags | two zero lengths | Length 7, with nothing behind it.
        let (found, error) = walk([0x02, 0x01, 0x06, 0x00, 0x00, 0x07])
        #expect(found == [[0x01, 0x06]])
        #expect(error == DecodeError(.truncated, at: 5, in: "Length"))
        #expect(walk([0x00, 0x01]).error == DecodeError(.truncated, at: 1, in: "Length"))
    }

    @Test func `an overrun by one keeps what came before`() {
        // Flags | Length 4, but type and two bytes of data only.
        let (found, error) = walk([0x02, 0x01, 0x06, 0x04, 0x09, 0x41, 0x42])
        #expect(found == [[0x01, 0x06]])
        #expect(error == DecodeError(.truncated, at: 3, in: "Length"))
    }

    @Test func `a length with nothing behind it is truncated`() {
        #expect(walk([0x01]).error == DecodeError(.truncated, at: 0, in: "Length"))
        #expect(walk([0xFF]).error == DecodeError(.truncated, at: 0, in: "Length"))
        #expect(walk([0x02, 0x01, 0x06, 0x01]).error == DecodeError(.truncated, at: 3, in: "Length"))
    }

    @Test func `a structure does not borrow from the bytes behind its payload`() {
        // The payload is cut; the bytes go on.
        #expect(walk(advertisement, 0..<20).found.count == 3)
        #expect(walk(advertisement, 0..<20).error == DecodeError(.truncated, at: 15, in: "Length"))
    }

    @Test func `cut at every byte, the whole structures before the cut stand`() {
        let whole = walk(advertisement).found
        for cut in 0...advertisement.count {
            let (found, error) = walk(Array(advertisement[..<cut]))
            let complete = boundaries.lastIndex { $0 <= cut }!
            #expect(found == Array(whole[..<complete]), "cut at \(cut)")
            #expect(
                error == (boundaries.contains(cut) ? nil : DecodeError(.truncated, at: boundaries[complete], in: "Length")), "cut at \(cut)"
            )
        }
    }

    @Test func `the types are those of the Assigned Numbers`() {
        let types: [ADType] = [
            .flags, .incompleteUUIDs16, .completeUUIDs16, .incompleteUUIDs32, .completeUUIDs32, .incompleteUUIDs128, .completeUUIDs128,
            .shortenedLocalName, .completeLocalName, .txPowerLevel,
        ]
        #expect(types.map(\.rawValue) == Array(1...10))
        let others: [ADType] = [.serviceData16, .appearance, .serviceData32, .serviceData128, .manufacturerData]
        #expect(others.map(\.rawValue) == [0x16, 0x19, 0x20, 0x21, 0xFF])
    }
}
