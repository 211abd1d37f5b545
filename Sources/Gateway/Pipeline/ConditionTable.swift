/// The different values that a filter's rules ask for, and which of them an advertisement holds: found in one walk through the
/// advertisement, so that its cost does not grow with structures times rules.
struct ConditionTable<Value: Comparable & Sendable>: Sendable {
    /// Sorted, each once.
    private let values: [Value]
    /// The round in which a value was seen last.
    private var seen: [UInt64]
    private var round: UInt64 = 0

    init(_ values: some Sequence<Value>) {
        var distinct: [Value] = []
        for value in values.sorted() where distinct.last != value { distinct.append(value) }
        self.values = distinct
        seen = [UInt64](repeating: 0, count: distinct.count)
    }

    var isEmpty: Bool { values.isEmpty }

    /// The number of a value that is asked for; nil for any other.
    func index(of value: Value) -> Int? {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < values.count && values[low] == value ? low : nil
    }

    /// Begins another advertisement, which holds none of the values yet.
    mutating func begin() { round += 1 }

    /// The advertisement holds this value, whether it is asked for or not.
    mutating func mark(_ value: Value) {
        if let index = index(of: value) { seen[index] = round }
    }

    /// Whether the advertisement holds the value of this number.
    func isMarked(_ index: Int) -> Bool { seen[index] == round }
}
