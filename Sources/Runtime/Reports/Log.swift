import Bytes
import Gateway
import Linux
import Settings
import YAMLSchema

/// Log lines, to the journal with structured fields or to standard error with time and level. Main thread only.
///
/// Whatever names are in it, a message is one line of printable text: see `PrintableText`. A slow reader of the log cannot block
/// the daemon: a line for which there is no room is lost, and the number of lost lines is logged once there is.
package final class Log {
    package typealias Fields = [(name: String, value: String)]

    var level: LogLevel
    private let sink: any LogSink
    private let realtime: () -> Int64
    private var lost = 0
    private var clock = UTCTimeText()

    /// - Parameter realtime: CLOCK_REALTIME since 1970-01-01 UTC, ns.
    package init(level: LogLevel, to sink: any LogSink, realtime: @escaping () -> Int64) {
        self.level = level
        self.sink = sink
        self.realtime = realtime
    }

    func setTarget(_ target: LogTarget) { sink.setTarget(target) }

    var isDebug: Bool { level == .debug }

    func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.debug, message, fields) }
    func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.info, message, fields) }
    func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.warning, message, fields) }
    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.error, message, fields) }

    /// What is wrong in the configuration, with the lines that it quotes.
    func error(_ error: Diagnostic) { write(.error, printable: { PrintableText.lines("\(error)") }, { [] }) }

    /// What is valid in it and probably not meant, likewise.
    package func warn(of warnings: [Diagnostic]) {
        for found in warnings { write(.warning, printable: { PrintableText.lines("\(found)") }, { [] }) }
    }

    private func write(_ level: LogLevel, _ message: () -> String, _ fields: () -> Fields) {
        write(level, printable: { PrintableText.line(message()) }, fields)
    }

    private func write(_ level: LogLevel, printable message: () -> String, _ fields: () -> Fields) {
        guard level >= self.level else { return }
        if lost > 0, put(.warning, "\(lost) log lines lost: the log was not read", []) { lost = 0 }
        if lost > 0 || !put(level, message(), fields().map { ($0.name, PrintableText.line($0.value)) }) { lost += 1 }
    }

    private func put(_ level: LogLevel, _ message: String, _ fields: Fields) -> Bool { sink.put(level, message, fields, at: self) }

    /// The present time.
    var timestamp: String { timestamp(realtime() / 1000) }

    /// RFC 3339, UTC, milliseconds.
    func timestamp(_ unixMicroseconds: Int64) -> String {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            clock.write(unixMicroseconds: unixMicroseconds, to: &writer)
            return String(decoding: memory, as: UTF8.self)
        }
    }
}

/// The journal, or standard error.
package final class SystemLog: LogSink {
    private var usesJournal: Bool
    private let journal = Journal(program: programName)

    package init(_ target: LogTarget) { usesJournal = Self.usesJournal(target) }

    package func setTarget(_ target: LogTarget) { usesJournal = Self.usesJournal(target) }

    private static func usesJournal(_ target: LogTarget) -> Bool {
        switch target {
        case .auto: Journal.isStandardError
        case .journal: true
        case .stderr: false
        }
    }

    package func put(_ level: LogLevel, _ message: String, _ fields: Log.Fields, at log: Log) -> Bool {
        if usesJournal, let isTaken = journal.send(level.priority, message, fields: fields) { return isTaken }
        let name = level.rawValue
        return StandardStream.error.offer(
            "\(log.timestamp) \(name)\(String(repeating: " ", count: 7 - name.utf8.count)) \(message)\n")
    }
}

extension LogLevel {
    fileprivate var priority: Journal.Priority {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
