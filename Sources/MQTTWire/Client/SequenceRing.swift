/// Elements by consecutive numbers, of which any may be gone: what is oldest is found at once, and so is each by its number.
struct SequenceRing<Element> {
    private var slots: [Element?] = []
    /// The number of the oldest element that is there; `next` if none is.
    private(set) var oldest: UInt64
    /// The number that the next element gets.
    private(set) var next: UInt64
    /// Elements that are there.
    private(set) var count = 0

    init(from number: UInt64 = 0) {
        oldest = number
        next = number
    }

    var isEmpty: Bool { count == 0 }
    /// From the oldest to the newest, gaps included.
    var span: Int { Int(next - oldest) }

    private func place(_ number: UInt64) -> Int { Int(truncatingIfNeeded: number) & (slots.count - 1) }

    subscript(number: UInt64) -> Element? {
        get { number >= oldest && number < next ? slots[place(number)] : nil }
        _modify {
            precondition(number >= oldest && number < next)
            yield &slots[place(number)]
        }
    }

    /// Adds an element; its number.
    mutating func append(_ element: Element) -> UInt64 {
        if span == slots.count { grow() }
        slots[place(next)] = element
        next += 1
        count += 1
        return next - 1
    }

    /// Adds an element with a number that is not below `next`.
    mutating func append(_ element: Element, as number: UInt64) {
        precondition(number >= next)
        if isEmpty { oldest = number }
        next = max(next, oldest)
        while next < number {
            if span == slots.count { grow() }
            slots[place(next)] = nil
            next += 1
        }
        _ = append(element)
    }

    @discardableResult
    mutating func remove(_ number: UInt64) -> Element? {
        guard number >= oldest, number < next, let element = slots[place(number)].take() else { return nil }
        count -= 1
        while oldest < next, slots[place(oldest)] == nil { oldest += 1 }
        return element
    }

    /// Removes all; numbers go on.
    mutating func removeAll() {
        slots = []
        oldest = next
        count = 0
    }

    /// Those that are there, oldest first.
    var numbers: some Sequence<UInt64> { (oldest..<next).lazy.filter { slots[place($0)] != nil } }

    private mutating func grow() {
        var larger = [Element?](repeating: nil, count: max(16, 2 * slots.count))
        for number in oldest..<next { larger[Int(truncatingIfNeeded: number) & (larger.count - 1)] = slots[place(number)] }
        slots = larger
    }
}

extension SequenceRing: Sendable where Element: Sendable {}
