import Agent
import Bytes
import Config
import Linux

/// Log lines, to the journal with structured fields or to standard error with time and level. Main thread only.
///
/// Nobody who reads the log can hold up the daemon: a line for which there is no room is lost, and how many were is said once there is.
final class Log {
    typealias Fields = [(name: String, value: String)]

    var level: LogLevel
    private var usesJournal: Bool
    private let journal = Journal()
    private var lost = 0
    private var clock = UTCTimeText()

    init(level: LogLevel, target: LogTarget) {
        self.level = level
        usesJournal = Self.usesJournal(target)
    }

    func setTarget(_ target: LogTarget) { usesJournal = Self.usesJournal(target) }

    private static func usesJournal(_ target: LogTarget) -> Bool {
        switch target {
        case .auto: Journal.isStandardError
        case .journal: true
        case .stderr: false
        }
    }

    var isDebug: Bool { level == .debug }

    func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.debug, message, fields) }
    func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.info, message, fields) }
    func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.warning, message, fields) }
    func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = []) { write(.error, message, fields) }

    private func write(_ level: LogLevel, _ message: () -> String, _ fields: () -> Fields) {
        guard level >= self.level else { return }
        if lost > 0, put(.warning, "\(lost) log lines lost: nobody read the log", []) { lost = 0 }
        if lost > 0 || !put(level, message(), fields()) { lost += 1 }
    }

    /// False where there is no room for it.
    private func put(_ level: LogLevel, _ message: String, _ fields: Fields) -> Bool {
        if usesJournal, let isTaken = journal.send(level.priority, message, fields: fields) { return isTaken }
        let name = level.rawValue
        return StandardStream.error.offer(
            "\(timestamp(Clock.realtime / 1000)) \(name)\(String(repeating: " ", count: 7 - name.utf8.count)) \(message)\n")
    }

    /// RFC 3339, UTC, milliseconds.
    func timestamp(_ unixMicroseconds: Int64) -> String {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            clock.write(unixMicroseconds: unixMicroseconds, to: &writer)
            return String(decoding: memory, as: UTF8.self)
        }
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
