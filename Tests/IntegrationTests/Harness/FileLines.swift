import Foundation
import Synchronization

/// A text file that another process appends to, read line by line as it grows.
final class FileLines: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var lines: [String] = []
        /// The last line, as long as its end is missing.
        var partial: [UInt8] = []
    }

    let path: String
    private let state = Mutex(State())

    init(_ path: String) {
        self.path = path
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    /// All complete lines so far. Bytes that are not UTF-8 become U+FFFD.
    var lines: [String] {
        state.withLock { state in
            grow(&state)
            return state.lines
        }
    }

    var count: Int {
        state.withLock { state in
            grow(&state)
            return state.lines.count
        }
    }

    /// The complete lines behind the first `start`.
    func lines(from start: Int) -> [String] {
        state.withLock { state in
            grow(&state)
            return Array(state.lines.dropFirst(start))
        }
    }

    /// The last lines, for a message about a failure.
    func tail(_ count: Int = 15) -> String {
        lines.suffix(count).joined(separator: "\n")
    }

    private func grow(_ state: inout State) {
        if state.descriptor < 0 {
            state.descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard state.descriptor >= 0 else { return }
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(state.descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            var rest = buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                state.partial += rest[..<end]
                state.lines.append(String(decoding: state.partial, as: UTF8.self))
                state.partial.removeAll(keepingCapacity: true)
                rest = rest[(end + 1)...]
            }
            state.partial += rest
        }
    }
}
