import Bluetooth
import Bytes

/// A queue of advertisements in memory of a fixed size, bounded in bytes: the oldest make room for the newest.
///
/// Records lie one behind the other, wrapped around the end: | advertisement | 2 length of data | n data |.
public struct AdvertisementRing: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    /// Offset of the oldest record.
    private var head = 0
    /// Bytes in use.
    public private(set) var used = 0
    /// Records in use.
    public private(set) var count = 0
    /// Records in use by adapter.
    public private(set) var tally = Tally()

    private static let headerSize = MemoryLayout<Advertisement>.stride
    private static let lengthSize = MemoryLayout<UInt16>.size
    /// Of the adapter in a record.
    private static let adapterOffset = MemoryLayout<Advertisement>.offset(of: \.adapter)!

    /// Bytes that a record takes.
    public static func size(ofData length: Int) -> Int { headerSize + lengthSize + length }

    /// - Parameter capacity: bytes; room for at least one record of the largest size.
    public init(capacity: Int) {
        precondition(capacity >= Self.size(ofData: AdvertisingData.maximumSize))
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    public var capacity: Int { memory.count }
    public var free: Int { memory.count - used }

    /// Appends a record.
    /// - Parameter dropped: grows by those of the oldest that had to go for it, each under its own adapter.
    public mutating func push(_ advertisement: Advertisement, _ data: RawSpan, dropped: inout Tally) {
        precondition(data.byteCount <= AdvertisingData.maximumSize)
        let size = Self.size(ofData: data.byteCount)
        while free < size { dropped.add(discardOldest()) }
        var position = (head + used) % memory.count
        withUnsafeTemporaryAllocation(byteCount: Self.headerSize, alignment: 16) { header in
            header.storeBytes(of: advertisement, as: Advertisement.self)
            copyIn(UnsafeRawBufferPointer(header), &position)
        }
        withUnsafeBytes(of: UInt16(data.byteCount)) { copyIn($0, &position) }
        data.withUnsafeBytes { copyIn($0, &position) }
        used += size
        count += 1
        tally.add(advertisement.adapter)
    }

    /// Takes the oldest record; its data is copied to the start of `data`. Nil if none.
    public mutating func pop(into data: UnsafeMutableRawBufferPointer) -> Record? {
        guard count > 0 else { return nil }
        var position = head
        let advertisement = withUnsafeTemporaryAllocation(byteCount: Self.headerSize, alignment: 16) { header in
            copyOut(header, &position)
            return header.load(as: Advertisement.self)
        }
        let length = length(at: &position)
        copyOut(UnsafeMutableRawBufferPointer(rebasing: data[..<length]), &position)
        release(Self.size(ofData: length), advertisement.adapter)
        return Record(advertisement: advertisement, length: length)
    }

    /// What `pop` takes out; the data lies where the caller wanted it.
    public struct Record: BitwiseCopyable, Sendable {
        public var advertisement: Advertisement
        /// Bytes of data.
        public var length: Int
    }

    /// Forgets all records; how many there were, by adapter.
    public mutating func removeAll() -> Tally {
        defer {
            head = 0
            used = 0
            count = 0
            tally = Tally()
        }
        return tally
    }

    /// Makes all records those of no known device.
    public mutating func forgetIdentities() {
        let identity = MemoryLayout<Advertisement>.offset(of: \.identity)!
        var start = head
        for _ in 0..<count {
            memory[(start + identity) % memory.count] = 0
            var position = (start + Self.headerSize) % memory.count
            start = (start + Self.size(ofData: length(at: &position))) % memory.count
        }
    }

    /// The adapter of the record that is no more.
    private mutating func discardOldest() -> UInt8 {
        let adapter = memory[(head + Self.adapterOffset) % memory.count]
        var position = (head + Self.headerSize) % memory.count
        release(Self.size(ofData: length(at: &position)), adapter)
        return adapter
    }

    private mutating func release(_ size: Int, _ adapter: UInt8) {
        tally.remove(adapter)
        head = (head + size) % memory.count
        used -= size
        count -= 1
    }

    private func length(at position: inout Int) -> Int {
        var length: UInt16 = 0
        withUnsafeMutableBytes(of: &length) { copyOut($0, &position) }
        return Int(length)
    }

    private func copyIn(_ source: UnsafeRawBufferPointer, _ position: inout Int) {
        guard source.count > 0 else { return }
        let first = min(source.count, memory.count - position)
        (memory.baseAddress! + position).copyMemory(from: source.baseAddress!, byteCount: first)
        if first < source.count { memory.baseAddress!.copyMemory(from: source.baseAddress! + first, byteCount: source.count - first) }
        position = (position + source.count) % memory.count
    }

    private func copyOut(_ target: UnsafeMutableRawBufferPointer, _ position: inout Int) {
        guard target.count > 0 else { return }
        let first = min(target.count, memory.count - position)
        target.baseAddress!.copyMemory(from: memory.baseAddress! + position, byteCount: first)
        if first < target.count { (target.baseAddress! + first).copyMemory(from: memory.baseAddress!, byteCount: target.count - first) }
        position = (position + target.count) % memory.count
    }
}
