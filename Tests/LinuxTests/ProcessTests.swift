import Foundation
import Synchronization
import Testing

@testable import Linux

/// Files, signals and what the kernel knows about this process.
@Suite(.timeLimit(.minutes(1))) struct ProcessTests {
    @Test func `a file is read from where it stands, and closed with its owner`() throws {
        var number: Int32 = -1
        do {
            let file = try FileDescriptor.openForReading("/proc/self/status")
            number = file.rawValue
            let first = try file.readSome()
            try file.seek(to: 0)
            let again = try file.readSome()
            #expect(first.starts(with: Array("Name:".utf8)) && again.starts(with: Array("Name:".utf8)))
            let isDirectory = file.isDirectory
            #expect(!isDirectory && fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            try file.seek(to: 5)
            let rest = try file.readSome()
            #expect(Array(rest.prefix(20)) == Array(again[5..<25]))
        }
        #expect(number >= 0)
    }

    @Test func `a directory is known for one, and cannot be read`() throws {
        let directory = try FileDescriptor.openForReading("/")
        let isDirectory = directory.isDirectory
        #expect(isDirectory)
        #expect(throws: SystemError("read", EISDIR)) {
            try FileDescriptor.openForReading("/").readSome()
        }
    }

    @Test func `what is not there cannot be opened, and a pipe has no place to go back to`() throws {
        #expect(throws: SystemError("open", ENOENT)) { _ = try FileDescriptor.openForReading("/no/such/file") }
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let reading = FileDescriptor(ends[0])
        let writing = FileDescriptor(ends[1])
        _ = writing.rawValue
        var error: SystemError?
        do throws(SystemError) { try reading.seek(to: 0) } catch let failure { error = failure }
        #expect(error == SystemError("lseek", ESPIPE))
    }

    // MARK: A FIFO

    /// A FIFO in a directory of its own.
    private func withFIFO(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fifo-\(ThisProcess.random)").path
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        try body(path)
    }

    @Test func `a FIFO that nobody writes to is opened without waiting, and a wakeup ends the wait for its bytes`() throws {
        try withFIFO { path in
            let file = try FileDescriptor.openForReading(path)
            let isRegularFile = file.isRegularFile
            let wakeup = try Wakeup()
            wakeup.signal()
            let hasData = try file.waitForData(or: wakeup)
            #expect(!hasData && !isRegularFile)
            // It was taken: the next wait is not ended by it.
            #expect(!wakeup.wait(nanoseconds: 0))
        }
    }

    @Test func `a FIFO has data when somebody has written, and its end when all writers have gone`() throws {
        try withFIFO { path in
            let file = try FileDescriptor.openForReading(path)
            let wakeup = try Wakeup()
            do {
                let writer = FileDescriptor(open(path, O_WRONLY | O_CLOEXEC))
                // Nothing yet: it does not wait, but returns that.
                var error: SystemError?
                do { _ = try file.readSome() } catch let failure as SystemError { error = failure }
                #expect(error?.isNotYet == true)
                #expect(write(writer.rawValue, [7] as [UInt8], 1) == 1)
                let hasData = try file.waitForData(or: wakeup)
                let bytes = try file.readSome()
                #expect(hasData && bytes == [7])
            }
            let hasEnd = try file.waitForData(or: wakeup)
            let end = try file.readSome()
            #expect(hasEnd && end == [])
        }
    }

    @Test func `a file has always something to read, its end if nothing else`() throws {
        let file = try FileDescriptor.openForReading("/proc/self/exe")
        let isRegularFile = file.isRegularFile
        let wakeup = try Wakeup()
        let hasData = try file.waitForData(or: wakeup)
        #expect(isRegularFile && hasData)
    }

    @Test func `an owner that goes closes its descriptor`() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let reading = FileDescriptor(ends[0])
        do {
            let writing = FileDescriptor(ends[1])
            #expect(write(writing.rawValue, [1] as [UInt8], 1) == 1)
        }
        // The end of the pipe comes only when nobody holds the other end.
        let first = try reading.readSome()
        let end = try reading.readSome()
        #expect(first == [1] && end == [])
    }

    @Test func `resident memory is that of a process of this size`() {
        let resident = ThisProcess.residentKiB
        #expect(resident > 1_000 && resident < 100_000_000)
    }

    @Test func `pages that were let go of come back when they are used`() {
        ThisProcess.releaseFilePages()
        #expect(SystemError.text(ENOENT) == "No such file or directory" && ThisProcess.residentKiB > 0)
    }

    @Test func `a machine's identity is 32 hexadecimal digits, or the machine's name where there are none`() throws {
        let name = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(ThisProcess.hostName == name)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("machine-id-\(ThisProcess.random)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(ThisProcess.machineID(file: file) == name)
        // What systemd leaves in an image whose first boot is yet to come.
        for (text, id) in [("0123456789abcdef0123456789abcdef\n", "0123456789abcdef0123456789abcdef"), ("uninitialized\n", name), ("", name)] {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(ThisProcess.machineID(file: file) == id)
        }
    }

    @Test func `chance does not repeat itself`() {
        #expect(Set((0..<100).map { _ in ThisProcess.random }).count == 100)
    }

    @Test func `signals are read one after the other, and nothing where there is none`() throws {
        // On a thread of its own: the signals stay blocked there and nowhere else, and only it gets them.
        let seen = Mutex<[String]>([])
        let thread = try Thread(name: "signals") {
            guard let signals = try? Signals([.user1, .hangUp]) else { return }
            var names = [signals.next()?.name ?? "none"]
            raise(SIGUSR1)
            names.append(signals.next()?.name ?? "none")
            raise(SIGHUP)
            names.append(signals.next()?.name ?? "none")
            names.append(signals.next()?.name ?? "none")
            if fcntl(signals.fd, F_GETFL) & O_NONBLOCK != 0 { names.append("non-blocking") }
            seen.withLock { $0 = names }
        }
        thread.join()
        #expect(seen.withLock { $0 } == ["none", "SIGUSR1", "SIGHUP", "none", "non-blocking"])
    }

    @Test func `every signal has its number and its name`() {
        #expect(Signals.Signal.allCases.map(\.number) == [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        #expect(Signals.Signal.allCases.map(\.name) == ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
    }
}
