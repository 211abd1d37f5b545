import Foundation

/// A network of its own for the daemon and what it talks to: only the super-user can have one.
struct Sandbox: Sendable {
    /// Why there is none here; nil if there is.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "only the super-user can make network namespaces" }
        let probe = Process()
        probe.executableURL = URL(filePath: "/bin/sh")
        probe.arguments = ["-c", "exec unshare -mn ip link add blemqttd0 type veth peer name blemqttd1 >/dev/null 2>&1"]
        do { try probe.run() } catch { return "no shell" }
        probe.waitUntilExit()
        return probe.terminationStatus == 0 ? nil : "unshare and ip cannot make a network of their own here"
    }()

    private let scene: Scene
    private let holder: Child

    /// The networks of a process that sleeps until the scene ends.
    init(_ scene: Scene) async throws {
        self.scene = scene
        holder = try scene.start("unshare", ["-mn", "sh", "-c", "echo ready; exec sleep 600"], label: "sandbox")
        let output = holder.output
        try await until("a network of its own") { output.count > 0 }
        try await run("ip link set lo up")
    }

    /// Put before a command, it runs in here.
    var wrapper: [String] { ["nsenter", "-t", String(holder.pid), "-m", "-n"] }

    /// Runs a line of shell in here.
    func run(_ line: String) async throws {
        _ = try await scene.run("nsenter", Array(wrapper.dropFirst()) + ["sh", "-ec", line])
    }

    /// A Mosquitto in here, on every address.
    func broker(port: Int, _ more: Sandbox? = nil) throws -> Child {
        let path = scene.path("mosquitto.conf")
        let user = "user root\n"
        try "listener \(port) 0.0.0.0\nallow_anonymous true\n\(user)".write(toFile: path, atomically: true, encoding: .utf8)
        return try scene.start("nsenter", Array(wrapper.dropFirst()) + ["mosquitto", "-c", path], label: "mosquitto")
    }

    /// Connects with another by a pair of virtual interfaces, `near` here and `far` there.
    func connect(near: String, far: String, _ other: Sandbox) async throws {
        try await run("ip link add uplink type veth peer name uplink netns \(other.holder.pid)")
        try await run("ip addr add \(near)/24 dev uplink; ip link set uplink up")
        try await other.run("ip addr add \(far)/24 dev uplink; ip link set uplink up")
    }
}
