import Bluetooth
import Bytes

/// What a table of recent devices knows one by.
struct RecentKey: BitwiseCopyable, Equatable {
    /// An address and its type, or the number of an identity.
    var device: UInt64
    /// What distinguishes several entries of one device.
    var detail: UInt16 = 0

    /// A device by its address on air.
    init(_ address: DeviceAddress, _ type: AddressType) {
        device = address.value | UInt64(type.rawValue) << 48
    }

    /// A known device, whatever address it uses.
    init(identity: UInt8) {
        device = UInt64(identity) | 1 << 56
    }
}

/// A map of a fixed size from keys to values in which the least recently used make room for new ones.
///
/// Buckets hold chains of entries; a second chain through all entries goes from the most to the least recently used. Links are
/// an entry's number plus one, 0 where a chain ends. All memory is allocated and touched at the start.
struct RecentTable<Value: BitwiseCopyable>: ~Copyable {
    private struct Entry: BitwiseCopyable {
        var key: RecentKey
        var value: Value
        /// In the bucket's chain.
        var next: UInt32 = 0
        var newer: UInt32 = 0
        var older: UInt32 = 0
    }

    private let entries: UnsafeMutableBufferPointer<Entry>
    private let buckets: UnsafeMutableBufferPointer<UInt32>
    private let seed: UInt64
    private var newest: UInt32 = 0
    private var oldest: UInt32 = 0
    private(set) var count = 0

    /// - Parameters:
    ///   - capacity: entries, at least 1.
    ///   - seed: of the hash, so that an attacker cannot choose addresses that fall into one bucket.
    ///   - placeholder: a value for memory that holds nothing yet.
    init(capacity: Int, seed: UInt64, placeholder: Value) {
        precondition(capacity > 0 && capacity < Int(UInt32.max) / 2)
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(key: RecentKey(identity: 0), value: placeholder))
        buckets = .allocate(capacity: 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount))
        buckets.initialize(repeating: 0)
        self.seed = seed
    }

    deinit {
        entries.deallocate()
        buckets.deallocate()
    }

    var capacity: Int { entries.count }

    /// The number of the key's entry, which becomes the most recently used; nil if none.
    mutating func find(_ key: RecentKey) -> Int? {
        var link = buckets[bucket(of: key)]
        while link != 0 {
            let index = Int(link - 1)
            if entries[index].key == key {
                if link != newest {
                    unlink(index)
                    linkAsNewest(index)
                }
                return index
            }
            link = entries[index].next
        }
        return nil
    }

    /// The value of the entry with a number that `find` has just returned.
    subscript(index: Int) -> Value {
        get { entries[index].value }
        nonmutating set { entries[index].value = newValue }
    }

    /// Adds a key that is not there; in a full table the least recently used goes for it.
    mutating func insert(_ key: RecentKey, _ value: Value) {
        let index: Int
        if count < entries.count {
            index = count
            count += 1
        } else {
            index = Int(oldest - 1)
            unlink(index)
            unchain(index)
        }
        let bucket = bucket(of: key)
        entries[index] = Entry(key: key, value: value, next: buckets[bucket])
        buckets[bucket] = UInt32(index + 1)
        linkAsNewest(index)
    }

    mutating func removeAll() {
        buckets.update(repeating: 0)
        newest = 0
        oldest = 0
        count = 0
    }

    private func bucket(of key: RecentKey) -> Int {
        let hash = SplitMix64.mix(SplitMix64.mix(key.device ^ seed) &+ UInt64(key.detail) &+ 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: hash & UInt64(buckets.count - 1))
    }

    private mutating func linkAsNewest(_ index: Int) {
        let link = UInt32(index + 1)
        entries[index].newer = 0
        entries[index].older = newest
        if newest == 0 { oldest = link } else { entries[Int(newest - 1)].newer = link }
        newest = link
    }

    private mutating func unlink(_ index: Int) {
        let (newer, older) = (entries[index].newer, entries[index].older)
        if newer == 0 { newest = older } else { entries[Int(newer - 1)].older = older }
        if older == 0 { oldest = newer } else { entries[Int(older - 1)].newer = newer }
    }

    /// Takes an entry out of its bucket.
    private func unchain(_ index: Int) {
        let bucket = bucket(of: entries[index].key)
        if buckets[bucket] == UInt32(index + 1) {
            buckets[bucket] = entries[index].next
            return
        }
        var previous = Int(buckets[bucket] - 1)
        while entries[previous].next != UInt32(index + 1) { previous = Int(entries[previous].next - 1) }
        entries[previous].next = entries[index].next
    }
}
