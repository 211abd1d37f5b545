import Foundation
import Synchronization

/// A text file that another process appends to, read line by line as it grows.
final class FileLines: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        /// Bytes read so far.
        var offset = 0
        var lines: [String] = []
        /// The last line, as long as its end is missing.
        var partial: [UInt8] = []
    }

    let path: String
    private let isSized: Bool
    private let state = Mutex(State())

    /// - Parameter isSized: false for the kernel's own files, which say that they are empty.
    init(_ path: String, isSized: Bool = true) {
        self.path = path
        self.isSized = isSized
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
        // Not until the end: a writer that is faster than this reader would never let it get there.
        var status = stat()
        guard fstat(state.descriptor, &status) == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isSized || state.offset < Int(status.st_size) {
            let count = read(state.descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            state.offset += count
            buffer.withUnsafeBytes { take($0[..<count], &state) }
        }
    }

    private func take(_ bytes: Slice<UnsafeRawBufferPointer>, _ state: inout State) {
        var rest = UnsafeRawBufferPointer(rebasing: bytes)
        while let base = rest.baseAddress, let end = memchr(base, Int32(UInt8(ascii: "\n")), rest.count) {
            let length = UnsafeRawPointer(end) - base
            let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
            if state.partial.isEmpty {
                state.lines.append(String(decoding: line, as: UTF8.self))
            } else {
                state.lines.append(String(decoding: state.partial + line, as: UTF8.self))
                state.partial.removeAll()
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
        state.partial += rest
    }
}
