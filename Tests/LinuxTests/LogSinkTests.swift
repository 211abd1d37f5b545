import Foundation
import Glibc
import Testing

@testable import Linux

/// Where the log and the words to the service manager go: nobody there can hold up the daemon.
@Suite(.timeLimit(.minutes(1))) struct LogSinkTests {
    /// A datagram socket that is bound to `path`, or to an abstract name (`@…`), and that nobody reads unless the test does.
    private final class Receiver {
        let path: String
        private let socket: FileDescriptor

        init(abstract: Bool = false) throws {
            let name = "blemqttd-\(UInt64.random(in: 0...(.max)))"
            path = abstract ? "@\(name)" : "\(NSTemporaryDirectory())/\(name)"
            socket = FileDescriptor(Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0))
            let address = try #require(SocketAddress(unixPath: path))
            try #require(address.withSockaddr { bind(socket.rawValue, $0, $1) } == 0)
        }

        deinit { unlink(path) }

        /// The next datagram; nil if none waits.
        func next() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket.rawValue, &buffer, buffer.count, 0)
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    @Test func `an entry is NAME=value and a line feed for each field`() {
        #expect(Journal.entry([("MESSAGE", "a=b"), ("PRIORITY", "6")]) == Array("MESSAGE=a=b\nPRIORITY=6\n".utf8))
    }

    @Test func `a value with line feeds has its length in front, 64 bits little-endian`() {
        // MESSAGE LF, 3 as eight bytes, a LF b, LF
        #expect(Journal.entry([("MESSAGE", "a\nb")]) == Array("MESSAGE\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("a\nb\n".utf8))
    }

    @Test func `the journal gets message, level and fields`() throws {
        let receiver = try Receiver()
        #expect(Journal(program: "test", path: receiver.path).send(.warning, "it rains", fields: [("BLEMQTTD_DROPS", "7")]) == true)
        #expect(
            receiver.next().map { String(decoding: $0, as: UTF8.self) }
                == "MESSAGE=it rains\nPRIORITY=4\nSYSLOG_IDENTIFIER=test\nBLEMQTTD_DROPS=7\n")
    }

    @Test func `a journal that does not read takes no more, and is not waited for`() throws {
        let receiver = try Receiver()
        let journal = Journal(program: "test", path: receiver.path)
        // net.unix.max_dgram_qlen and the socket's buffer bound what waits there.
        let taken = (0..<100_000).prefix { journal.send(.info, "\($0)", fields: []) == true }.count
        #expect(taken > 0 && taken < 100_000)
        #expect(journal.send(.info, "more", fields: []) == false)
        while receiver.next() != nil {}
        #expect(journal.send(.info, "again", fields: []) == true)
    }

    @Test func `where there is no journal the result is nil`() {
        #expect(Journal(program: "test", path: "/no/such/socket").send(.info, "x", fields: []) == nil)
        #expect(Journal(program: "test", path: String(repeating: "x", count: 200)).send(.info, "x", fields: []) == nil)
    }

    @Test func `an abstract socket is found by its name`() throws {
        let receiver = try Receiver(abstract: true)
        let datagrams = try #require(UnixDatagrams(to: receiver.path, patience: 10))
        #expect(datagrams.send(Array("READY=1".utf8)) == .sent)
        #expect(receiver.next() == Array("READY=1".utf8))
    }

    @Test func `a manager that does not read is waited for no longer than allowed`() throws {
        let receiver = try Receiver()
        let datagrams = try #require(UnixDatagrams(to: receiver.path, patience: 10))
        let last = try #require((0..<100_000).lazy.map { _ in datagrams.send([1]) }.first { $0 != .sent })
        #expect(last == .full)
    }

    @Test func `a pipe that nobody reads takes what it has room for, and is not waited for`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let reading = FileDescriptor(ends[0])
        let writing = FileDescriptor(ends[1])
        let line = String(repeating: "x", count: 999) + "\n"
        let taken = (0..<1_000).prefix { _ in StandardStream.offer(line, to: writing.rawValue) }.count
        #expect(taken > 0 && taken < 1_000)
        // A long one is taken in part at most.
        #expect(!StandardStream.offer(String(repeating: line, count: 100), to: writing.rawValue))
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(reading.rawValue, &buffer, buffer.count) >= taken * 1_000)
        #expect(StandardStream.offer(line, to: writing.rawValue))
    }

    @Test func `a pipe whose reader has gone takes nothing`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        let writing = FileDescriptor(ends[1])
        signal(SIGPIPE, SIG_IGN)
        #expect(!StandardStream.offer("x\n", to: writing.rawValue))
    }

    @Test func `what a full or closed stream does not take is an error`() throws {
        let full = FileDescriptor(open("/dev/full", O_WRONLY | O_CLOEXEC))
        #expect(throws: SystemError("write", ENOSPC)) { try StandardStream.write("x\n", to: full.rawValue) }
        let null = FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC))
        #expect(throws: SystemError("write", EBADF)) { try StandardStream.write("x\n", to: null.rawValue) }
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let reading = FileDescriptor(ends[0])
        let writing = FileDescriptor(ends[1])
        try StandardStream.write("whole", to: writing.rawValue)
        let bytes = try reading.readSome()
        #expect(bytes == Array("whole".utf8))
    }

    @Test func `the number of files that may be open is raised as far as is asked, and not lowered`() {
        let before = ThisProcess.allowOpenFiles(1)
        #expect(before >= 1 && ThisProcess.allowOpenFiles(before) == before)
        #expect(ThisProcess.allowOpenFiles(before + 1) >= before)
    }
}
