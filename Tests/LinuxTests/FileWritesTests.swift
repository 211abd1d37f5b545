import Glibc
import Synchronization
import Testing

@testable import Linux

/// A disk that writes when the test wants it to.
@Suite(.timeLimit(.minutes(1))) struct FileWritesTests {
    /// Files that block until they are let go, by path.
    private final class SlowDisk: Sendable {
        private let done = Mutex<[String]>([])
        private let gates: [String: Wakeup]

        init(_ paths: [String]) throws {
            var gates: [String: Wakeup] = [:]
            for path in paths { gates[path] = try Wakeup() }
            self.gates = gates
        }

        /// What has been written, `path=text`, in its order.
        var written: [String] { done.withLock { $0 } }

        func write(_ path: String, _ bytes: [UInt8]?) throws(SystemError) {
            gates[path]?.wait()
            if path == "/bad" { throw SystemError("write", ENOSPC) }
            done.withLock { $0.append("\(path)=\(bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nil")") }
        }

        /// Lets one write go.
        func open(_ path: String) { gates[path]!.signal() }
    }

    private let wakeup: Wakeup
    private let disk: SlowDisk
    private let files: FileWrites
    private static let stuck = (0..<FileWrites.limit + 1).map { "/stuck\($0)" }

    init() throws {
        wakeup = try Wakeup()
        let disk = try SlowDisk(Self.stuck)
        self.disk = disk
        files = FileWrites(wakeup: wakeup) { (path, bytes) throws(SystemError) in try disk.write(path, bytes) }
    }

    private func put(_ text: String?, _ path: String) { #expect(files.put(text.map { Array($0.utf8) }, to: path).isEmpty) }

    /// Waits for the next file that comes to its end.
    private func ended() -> [String] {
        while true {
            wakeup.wait()
            let ended = files.takeEnded()
            if !ended.isEmpty { return ended.map { "\($0.path) \($0.error.map { "\($0)" } ?? "written")" } }
        }
    }

    @Test func `one stuck file stops no other`() {
        put("1", "/stuck0")
        put("2", "/free")
        #expect(ended() == ["/free written"])
        put(nil, "/free")
        #expect(ended() == ["/free written"])
        #expect(disk.written == ["/free=2", "/free=nil"] && !files.isIdle)
        disk.open("/stuck0")
        #expect(ended() == ["/stuck0 written"])
        #expect(files.isIdle)
    }

    @Test func `of several contents for a stuck file the first and the last are written, in that order`() {
        for text in ["1", "2", "3", "4"] { put(text, "/stuck0") }
        disk.open("/stuck0")
        #expect(ended() == ["/stuck0 written"])
        #expect(!files.isIdle)
        disk.open("/stuck0")
        #expect(ended() == ["/stuck0 written"])
        #expect(disk.written == ["/stuck0=1", "/stuck0=4"] && files.isIdle)
    }

    @Test func `no more files than the limit are on their way, and the next goes when one has arrived`() {
        for path in Self.stuck { put("1", path) }
        put("1", "/free")
        disk.open("/stuck\(FileWrites.limit)")
        disk.open("/stuck3")
        #expect(ended() == ["/stuck3 written"])
        #expect(ended() == ["/stuck\(FileWrites.limit) written"])
        #expect(ended() == ["/free written"])
        for path in Self.stuck { disk.open(path) }
        while !files.isIdle { _ = ended() }
    }

    @Test func `a file that cannot be written is reported with its error, and may be tried again`() {
        put("1", "/bad")
        #expect(ended() == ["/bad write: No space left on device"])
        #expect(files.isIdle)
    }
}
