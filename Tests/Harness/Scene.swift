import Foundation
import Synchronization

/// The directory of this project.
let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// What one test has running: a directory of its own and processes, all gone when it ends, however it ends.
final class Scene: Sendable {
    private struct State {
        var children: [Child] = []
        var servers: [ScriptedBroker] = []
        var subscribers: [Subscriber] = []
        var ends: [@Sendable () -> Void] = []
        var count = 0
    }

    let directory: String
    private let state = Mutex(State())

    fileprivate init() throws {
        var template = Array("\(NSTemporaryDirectory())blemqttd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Child.StartFailed(description: "mkdtemp: \(String(cString: strerror(errno)))") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A path within the scene's directory that nobody else has.
    func path(_ name: String) -> String {
        "\(directory)/\(number())-\(name)"
    }

    /// A script for sh that can be run. Foundation opens files without O_CLOEXEC, and what another test's child still has open for writing cannot be run
    /// ("Text file busy").
    func write(script: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o755)
        defer { close(file) }
        let text = Array("#!/bin/sh\n\(script)\n".utf8)
        guard file >= 0, Glibc.write(file, text, text.count) == text.count else { throw Child.StartFailed(description: "\(path) cannot be written") }
    }

    private func number() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    func start(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], label: String
    ) throws -> Child {
        let child = try Child(
            executable, arguments, environment: environment, directory: directory, label: "\(label)-\(number())")
        state.withLock { $0.children.append(child) }
        return child
    }

    /// Runs a program to its end.
    /// - Throws: `StartFailed` with its standard error where it does not exit 0.
    func run(_ executable: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 60) async throws -> Child {
        let child = try start(executable, arguments, environment: environment, label: executable.split(separator: "/").last.map(String.init) ?? "run")
        guard try await child.exit(within: seconds) == .status(0) else {
            throw Child.StartFailed(description: "\(executable) \(arguments.joined(separator: " ")): \(child.error.tail())")
        }
        return child
    }

    func keep(_ server: ScriptedBroker) {
        state.withLock { $0.servers.append(server) }
    }

    func keep(_ subscriber: Subscriber) {
        state.withLock { $0.subscribers.append(subscriber) }
    }

    /// Something to be done when the test ends.
    func atEnd(_ end: @escaping @Sendable () -> Void) {
        state.withLock { $0.ends.append(end) }
    }

    /// Whatever was published while a test ran is as the schemas of docs/ say: all of the statuses, and the first of the advertisements
    /// (`OracleTests` holds all of its own against theirs).
    fileprivate func validate() async throws {
        let heard = state.withLock { $0.subscribers }.flatMap(\.messages)
        // By the levels of the topic: a test's own marks, such as `ble/raw/end`, are at none of these.
        func payloads(_ prefix: String, levels: Int) -> [String] {
            heard.filter { $0.topic.hasPrefix(prefix) && $0.topic.count { $0 == "/" } == levels - 1 && !$0.payload.isEmpty }.map(\.payload)
        }
        try await JSONSchema.status.validate(payloads("ble/status/", levels: 3), self)
        try await JSONSchema.payload.validate(Array(payloads("ble/raw/", levels: 4).prefix(500)), self)
    }

    fileprivate func report() {
        for child in state.withLock({ $0.children }) where child.error.count > 0 {
            print("---- last words of \(child.name)\n\(child.error.tail())")
        }
    }

    fileprivate func strike() {
        let (children, servers, ends) = state.withLock { ($0.children, $0.servers, $0.ends) }
        for child in children.reversed() { child.kill() }
        for server in servers { server.stop() }
        for end in ends { end() }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// Runs a test's body with a scene and takes the scene down behind it.
func scene<Value>(_ body: (Scene) async throws -> Value) async throws -> Value {
    let scene = try Scene()
    defer { scene.strike() }
    do {
        let value = try await body(scene)
        try await scene.validate()
        return value
    } catch {
        scene.report()
        throw error
    }
}
