import Foundation
import Synchronization

/// A process that a test started. Its output goes to files, so that nobody has to read a pipe for it to go on.
final class Child: Sendable {
    /// How a process ended.
    enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    struct StartFailed: Error, CustomStringConvertible {
        let description: String
    }

    let pid: pid_t
    let name: String
    /// Standard output.
    let output: FileLines
    /// Standard error.
    let error: FileLines
    private let exit = Mutex<Exit?>(nil)

    /// - Parameters:
    ///   - executable: a path, or a name to be looked up in `PATH` and the administrator's directories.
    ///   - environment: added to the test's own.
    ///   - directory: where the two output files are made.
    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], directory: String, label: String) throws {
        guard let path = Self.find(executable) else {
            throw StartFailed(description: "\(executable) is not installed: apt-get install mosquitto mosquitto-clients tshark")
        }
        name = label
        output = FileLines("\(directory)/\(label).out")
        error = FileLines("\(directory)/\(label).err")

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)

        // The threads that run tests block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // SwiftNIO ignores SIGPIPE for the whole process, which a child would inherit too.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let merged = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BLEMQTTD_") }.merging(environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var started: pid_t = 0
        let code = posix_spawn(&started, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw StartFailed(description: "\(path): \(String(cString: strerror(code)))") }
        pid = started
    }

    /// The path of an executable, nil if it is not installed.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"])
            .map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Nil while it runs.
    var ended: Exit? {
        exit.withLock { exit in
            if exit == nil {
                var status: Int32 = 0
                if waitpid(pid, &status, WNOHANG) == pid {
                    exit = status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
                }
            }
            return exit
        }
    }

    func signal(_ number: Int32) {
        // Under the lock: a process that has been reaped has no number any more.
        exit.withLock { if $0 == nil { Glibc.kill(pid, number) } }
    }

    /// Ends it at once and waits for its end.
    func kill() {
        signal(SIGKILL)
        while ended == nil { usleep(500) }
    }

    /// - Throws: `NotInTime`.
    func exit(within seconds: Double) async throws -> Exit {
        try await until("\(name) ends", within: seconds) { ended }
    }

    /// A line `key: value` of `/proc/PID/status` in kB, nil once it has ended.
    func statusKB(_ key: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }

    /// Seconds of processor time, user and system, nil once it has ended.
    var cpuSeconds: Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let close = text.lastIndex(of: ")") else { return nil }
        // Fields 14 and 15 of proc(5); what follows the name starts with field 3.
        let fields = text[text.index(close, offsetBy: 2)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
