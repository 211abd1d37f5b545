import Bluetooth
import Bytes

/// | 8 "btsnoop\0" | 4 version | 4 datalink |
func header(version: UInt32 = 1, datalink: UInt32) -> [UInt8] {
    Array("btsnoop\0".utf8) + big(version) + big(datalink)
}

/// | 4 original length | 4 included length | 4 flags | 4 cumulative drops | 8 time stamp | n data |
///
/// - Parameter included: where it is not the length of the data.
func record(original: Int? = nil, included: Int? = nil, flags: UInt32 = 0, time: UInt64 = 0x00DC_DDB3_0F2F_8000, data: [UInt8] = [])
    -> [UInt8]
{
    // The drops have a value that no other field has.
    let lengths = big(UInt32(original ?? data.count)) + big(UInt32(included ?? data.count))
    return lengths + big(flags) + [0xD0, 0xD1, 0xD2, 0xD3] + big(UInt32(truncatingIfNeeded: time >> 32))
        + big(UInt32(truncatingIfNeeded: time)) + data
}

private func big(_ value: UInt32) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
}

/// The header's datalink, or the error.
func readHeader(_ bytes: [UInt8]) -> Result<BTSnoop.Datalink, DecodeError> {
    do throws(DecodeError) { return .success(try BTSnoop.header(bytes.span.bytes)) } catch { return .failure(error) }
}

/// The record at `start`, or the error.
func readRecord(_ bytes: [UInt8], at start: Int = 0) -> Result<BTSnoop.Record?, DecodeError> {
    do throws(DecodeError) { return .success(try BTSnoop.record(bytes.span.bytes, at: start)) } catch { return .failure(error) }
}
