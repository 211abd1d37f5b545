import Testing

@testable import Linux

@Suite struct FilePermissionsTests {
    private static let service: UInt32 = 990

    private func problem(
        _ path: String, mode: UInt32, owner: UInt32 = 0, user: UInt32 = service, isReadOnly: Bool = false, isInMemory: Bool = false
    ) -> String? {
        FilePermissions(path: path, mode: mode, owner: owner, user: user, isReadOnly: isReadOnly, isInMemory: isInMemory)
            .problem("mqtt.broker.password_file")
    }

    @Test(arguments: ["/run/secrets/mqtt-password", "/run/secrets/a/b", "/var/run/secrets/mqtt-password", "//run//secrets/x"])
    func `a secret of a container's engine is taken as it is`(path: String) {
        #expect(problem(path, mode: 0o444) == nil)
        #expect(problem(path, mode: 0o777, owner: 1000) == nil)
    }

    @Test(arguments: ["/run/secrets/../../home/x", "/run/secrets", "/run/secretsx/y", "/home/run/secrets/x", "run/secrets/x", "/var/secrets/x"])
    func `what only looks like one is not`(path: String) {
        #expect(problem(path, mode: 0o444)?.contains("chmod o-rwx") == true)
        #expect(problem(path, mode: 0o400, owner: 1000)?.contains("chown root") == true)
    }

    @Test func `a file that a read-only mount keeps as it is is taken, whoever owns it`() {
        #expect(problem("/etc/blemqttd/password", mode: 0o644, isReadOnly: true) == nil)
        #expect(problem("/etc/blemqttd/password", mode: 0o444, owner: 1000, isReadOnly: true) == nil)
        #expect(problem("/etc/blemqttd/password", mode: 0o444, owner: Self.service, isReadOnly: true) == nil)
        #expect(problem("/etc/blemqttd/password", mode: 0o644) != nil)
    }

    @Test func `a file in memory that is not ours is taken, but not from a directory that is everybody's`() {
        #expect(problem("/etc/secret/password", mode: 0o644, isInMemory: true) == nil)
        #expect(problem("/etc/secret/password", mode: 0o640, owner: 1000, isInMemory: true) == nil)
        #expect(problem("/run/blemqttd/password", mode: 0o644, owner: Self.service, isInMemory: true)?.contains("chmod o-rwx") == true)
        for directory in ["/tmp", "/var/tmp/x", "/dev/shm", "/secrets/../tmp"] {
            #expect(problem(directory + "/password", mode: 0o644, isInMemory: true)?.contains("chmod o-rwx") == true)
            #expect(problem(directory + "/password", mode: 0o600, owner: 1000, isInMemory: true)?.contains("chown root") == true)
        }
    }

    @Test func `anywhere else it is for root or us, and nobody else`() {
        #expect(problem("/etc/p", mode: 0o640) == nil && problem("/etc/p", mode: 0o600, owner: Self.service) == nil)
        #expect(problem("/etc/p", mode: 0o604) != nil && problem("/etc/p", mode: 0o600, owner: 1000) != nil)
    }

    @Test func `a file of the service's user is its own, and one of another user is not`() {
        func problem(owner: UInt32, for reader: UInt32?) -> String? {
            FilePermissions(path: "/etc/blemqttd/password", mode: 0o600, owner: owner, user: 0).problem("mqtt.broker.password_file", for: reader)
        }
        #expect(problem(owner: 990, for: 990) == nil && problem(owner: 0, for: 990) == nil)
        #expect(problem(owner: 990, for: nil)?.contains("nor the user id 0 we run as") == true)
        #expect(problem(owner: 1000, for: 990)?.contains("neither root nor the user id 990 of the service") == true)
    }
}
