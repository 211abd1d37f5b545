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

    private static let headerSize = MemoryLayout<Advertisement>.stride
    private static let lengthSize = MemoryLayout<UInt16>.size

    /// Bytes that a record takes.
    public static func size(ofData length: Int) -> Int { headerSize + lengthSize + length }

    /// - Parameter capacity: bytes; room for at least one record of the largest size.
    public init(capacity: Int) {
        precondition(capacity >= Self.size(ofData: Advertisement.maximumData))
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    public var capacity: Int { memory.count }
    public var free: Int { memory.count - used }

    /// Appends a record; how many of the oldest had to go for it.
    public mutating func push(_ advertisement: Advertisement, _ data: RawSpan) -> Int {
        precondition(data.byteCount <= Advertisement.maximumData)
        let size = Self.size(ofData: data.byteCount)
        var dropped = 0
        while free < size {
            discardOldest()
            dropped += 1
        }
        var position = (head + used) % memory.count
        withUnsafeTemporaryAllocation(byteCount: Self.headerSize, alignment: 16) { header in
            header.storeBytes(of: advertisement, as: Advertisement.self)
            copyIn(UnsafeRawBufferPointer(header), &position)
        }
        withUnsafeBytes(of: UInt16(data.byteCount)) { copyIn($0, &position) }
        data.withUnsafeBytes { copyIn($0, &position) }
        used += size
        count += 1
        return dropped
    }

    /// Takes the oldest record; its data is copied to the start of `data`. Nil where there is none.
    public mutating func pop(into data: UnsafeMutableRawBufferPointer) -> Record? {
        guard count > 0 else { return nil }
        var position = head
        let advertisement = withUnsafeTemporaryAllocation(byteCount: Self.headerSize, alignment: 16) { header in
            copyOut(header, &position)
            return header.load(as: Advertisement.self)
        }
        let length = length(at: &position)
        copyOut(UnsafeMutableRawBufferPointer(rebasing: data[..<length]), &position)
        release(Self.size(ofData: length))
        return Record(advertisement: advertisement, length: length)
    }

    /// What `pop` takes out; the data lies where the caller wanted it.
    public struct Record: BitwiseCopyable, Sendable {
        public var advertisement: Advertisement
        /// Bytes of data.
        public var length: Int
    }

    /// Forgets all records; how many there were.
    public mutating func removeAll() -> Int {
        defer {
            head = 0
            used = 0
            count = 0
        }
        return count
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

    private mutating func discardOldest() {
        var position = (head + Self.headerSize) % memory.count
        release(Self.size(ofData: length(at: &position)))
    }

    private mutating func release(_ size: Int) {
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
