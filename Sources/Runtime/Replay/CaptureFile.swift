import Bluetooth
import Bytes
import Linux

/// Why a capture is not played, or not to its end.
package struct ReplayFailure: Error {
    package var code: ExitCode
    package var message: String
}

/// A file, or a pipe, that is read as a capture.
package struct CaptureFile: ~Copyable, Sendable {
    /// How the reading of a pipe is ended.
    struct Stop {
        /// Signalled when `isStopped` may have become true.
        let wakeup: Wakeup
        let isStopped: () -> Bool
    }

    let path: String
    private let descriptor: FileDescriptor
    var stream = CaptureStream()

    /// Opens it. What a file begins with is read, and must be a capture with something to play, as far as this part of it tells; of a
    /// pipe, that is found out as the bytes come: see `check`.
    /// - Throws: why there is nothing to play.
    static func open(_ options: Options.Replay) throws(ReplayFailure) -> CaptureFile {
        var file = CaptureFile(path: options.path, try descriptor(options))
        if !file.isPipe { _ = try file.check(nil) }
        return file
    }

    private init(path: String, _ descriptor: consuming FileDescriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    private static func descriptor(_ options: Options.Replay) throws(ReplayFailure) -> FileDescriptor {
        let path = options.path
        let descriptor: FileDescriptor
        do throws(SystemError) {
            descriptor = try FileDescriptor.openForReading(path)
        } catch {
            throw ReplayFailure(code: .noInput, message: "\(path): \(error)")
        }
        if descriptor.isDirectory { throw ReplayFailure(code: .noInput, message: "\(path) is a directory, not a capture") }
        if options.loops, !descriptor.isRegularFile {
            throw ReplayFailure(code: .noInput, message: "\(path) cannot be played again: --replay-loop needs a regular file")
        }
        return descriptor
    }

    /// Whether its bytes may take any time to come.
    var isPipe: Bool { !descriptor.isRegularFile }

    // MARK: Reading

    /// Reads until it is known to be a capture and, of a file, until an event is found or the memory is full. The next record is then
    /// the first.
    /// - Parameter stop: ends the waiting for a pipe.
    /// - Returns: whether it was found out; false after a stop.
    /// - Throws: what it is, where it is no capture.
    mutating func check(_ stop: Stop?) throws(ReplayFailure) -> Bool {
        while true {
            if try holdsEvent() { break }
            if stream.reader.format != nil, isPipe || stream.isFull { break }
            guard let count = try read(stop) else { return false }
            if count == 0 { try refuseEnd() }
        }
        if stream.reader.format == .pcap, let linkType = stream.reader.foreignLinkType { throw noEvents(linkType) }
        stream.rewind()
        return true
    }

    /// Reads more.
    /// - Parameter stop: ends the waiting for a pipe.
    /// - Returns: how many bytes; 0 at the end, nil after a stop.
    mutating func read(_ stop: Stop?) throws(ReplayFailure) -> Int? {
        do throws(SystemError) {
            while true {
                if isPipe, let stop {
                    var hasData = false
                    while !hasData, !stop.isStopped() { hasData = try descriptor.waitForData(or: stop.wakeup) }
                    guard !stop.isStopped() else { return nil }
                }
                do throws(SystemError) {
                    let count = try descriptor.read(into: stream.room())
                    stream.took(count)
                    return count
                } catch {
                    // Another reader of the pipe was faster.
                    guard error.isNotYet, isPipe else { throw error }
                }
            }
        } catch {
            throw ReplayFailure(code: .noInput, message: "\(path): \(error)")
        }
    }

    /// Goes back to its beginning.
    mutating func restart() throws(ReplayFailure) {
        do throws(SystemError) {
            try descriptor.seek(to: 0)
        } catch {
            throw ReplayFailure(code: .noInput, message: "\(path): \(error)")
        }
        stream.restart()
    }

    /// The next record, nil if more bytes must be read.
    mutating func next() throws(ReplayFailure) -> CaptureRecord? {
        do throws(DecodeError) {
            return try stream.next()
        } catch {
            guard stream.reader.format != nil else { throw refusal(error) }
            throw ReplayFailure(code: .data, message: "\(path) is malformed at byte \(error.offset): \(error.field) \(error.reason)")
        }
    }

    private mutating func holdsEvent() throws(ReplayFailure) -> Bool {
        while let record = try next() {
            if record.event != nil { return true }
        }
        return false
    }

    // MARK: What is wrong with it

    /// It has ended, and no event was found.
    private func refuseEnd() throws(ReplayFailure) {
        guard stream.reader.format != nil else {
            guard stream.bytes.count < CaptureFormat.magicSize, case .foreign(let foreign) = CaptureFormat.of(stream.bytes.bytes) else {
                throw cut
            }
            throw ReplayFailure(code: .data, message: foreign.explanation(path))
        }
        guard stream.mayEnd else { throw cut }
        throw noEvents(stream.reader.foreignLinkType)
    }

    /// It ends in the middle of something.
    var cut: ReplayFailure {
        ReplayFailure(code: .data, message: "\(path) ends in the middle of a record at byte \(stream.offset)")
    }

    /// - Parameter linkType: of packets that are in it and not read.
    func noEvents(_ linkType: UInt16?) -> ReplayFailure {
        var text = "\(path) holds no HCI events"
        if let linkType {
            text += ": its link type is \(linkType)\(Self.name(linkType)), and only the link types 187, 201 and 254 are Bluetooth HCI"
        }
        return ReplayFailure(code: .data, message: text)
    }

    private static func name(_ linkType: UInt16) -> String {
        switch linkType {
        case 1: " (Ethernet)"
        case 105, 127: " (Wi-Fi)"
        case 251, 256, 272: " (Bluetooth LE as a sniffer records it)"
        default: ""
        }
    }

    private func refusal(_ error: DecodeError) -> ReplayFailure {
        if case .foreign(let foreign) = CaptureFormat.of(stream.bytes.bytes) {
            return ReplayFailure(code: .data, message: foreign.explanation(path))
        }
        return ReplayFailure(
            code: .data, message: "\(path) is a capture of an unsupported kind: \(error.field) \(error.reason) at byte \(error.offset)")
    }
}

extension CaptureFormat.Foreign {
    /// What it is, and what to do.
    fileprivate func explanation(_ path: String) -> String {
        switch self {
        case .empty: "\(path) is empty"
        case .gzip: Self.compressed(path, "gzip", "gunzip -c")
        case .xz: Self.compressed(path, "xz", "xz -dc")
        case .zstd: Self.compressed(path, "zstd", "zstd -dc")
        case .bzip2: Self.compressed(path, "bzip2", "bzip2 -dc")
        case .lz4: Self.compressed(path, "lz4", "lz4 -dc")
        case .zip: "\(path) is a zip archive: unpack it, and name the capture in it (in an Android bug report, btsnoop_hci.log)"
        case .modifiedPcap: "\(path) is of a modified pcap format: convert it with  editcap -F pcapng OLD NEW"
        case .text:
            "\(path) is text, not a capture: of a hexdump, text2pcap makes one (-l 187); btmon writes one with -w"
        case .unknown: "\(path) is not a capture: neither btsnoop nor pcap nor pcapng"
        }
    }

    private static func compressed(_ path: String, _ name: String, _ command: String) -> String {
        "\(path) is compressed (\(name)): unpack it, or pipe it:  \(command) FILE | blemqttd --replay /dev/stdin"
    }
}
