import Glibc
import Testing

@testable import Linux

/// Files that root may read and the service's user perhaps not.
@Suite struct FileAccessTests {
    /// User 990, whose groups are 980 and 981.
    private let access = FileAccess(Account(name: "blemqttd", id: 990, group: "blemqttd", groups: [980, 981]), home: "/etc/blemqttd")

    private func directory(_ path: String, owner: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o755) -> PathStatus {
        PathStatus(path: path, owner: owner, group: group, mode: mode, isDirectory: true)
    }

    private func file(owner: UInt32 = 0, group: UInt32 = 0, mode: UInt32) -> [PathStatus] {
        [directory("/"), directory("/etc"), PathStatus(path: "/etc/key", owner: owner, group: group, mode: mode, isDirectory: false)]
    }

    @Test(arguments: [
        (0, 0, 0o644), (0, 980, 0o640), (0, 981, 0o440), (990, 0, 0o400), (990, 980, 0o600), (0, 0, 0o004),
    ] as [(UInt32, UInt32, UInt32)])
    func `what owner, group or others may read is read`(owner: UInt32, group: UInt32, mode: UInt32) {
        #expect(access.problem(file(owner: owner, group: group, mode: mode), isSecret: true) == nil)
    }

    @Test(arguments: [
        (0, 0, 0o600, "chgrp blemqttd /etc/key && chmod g+r /etc/key"), (0, 0, 0o640, "chgrp blemqttd /etc/key"),
        (0, 980, 0o600, "chmod g+r /etc/key"), (990, 980, 0o040, "chmod u+r /etc/key"), (0, 981, 0o604, "chmod g+r /etc/key"),
    ] as [(UInt32, UInt32, UInt32, String)])
    func `a secret that the service's user cannot read comes with the command to run`(
        owner: UInt32, group: UInt32, mode: UInt32, command: String
    ) {
        let digits = String(mode, radix: 8)
        #expect(
            access.problem(file(owner: owner, group: group, mode: mode), isSecret: true)
                == "the service's user blemqttd cannot read it (owner \(owner), group \(group), mode \(digits)); run  \(command)")
    }

    @Test func `a certificate, which is no secret, is opened to all`() {
        #expect(access.problem(file(mode: 0o600), isSecret: false)?.hasSuffix("; run  chmod a+r /etc/key") == true)
    }

    @Test func `a directory on the way that cannot be entered is named`() {
        let way = [directory("/"), directory("/etc/a b", mode: 0o700), PathStatus(path: "/etc/a b/key", owner: 0, group: 980, mode: 0o640, isDirectory: false)]
        #expect(
            access.problem(way, isSecret: true)
                == "the service's user blemqttd cannot enter the directory /etc/a b above it (owner 0, group 0, mode 700); run  chgrp blemqttd '/etc/a b' && chmod g+x '/etc/a b'"
        )
    }

    @Test func `of a directory whose files are looked up, to enter it is not enough`() {
        let way = [directory("/"), directory("/etc/config.d", mode: 0o711)]
        #expect(access.problem(way, isSecret: false) == nil)
        #expect(
            access.problem(way, isSecret: false, isListed: true)
                == "the service's user blemqttd cannot read and enter it (owner 0, group 0, mode 711); run  chgrp blemqttd /etc/config.d && chmod g+rx /etc/config.d"
        )
    }

    @Test(arguments: ["/home", "/root", "/run/user", "/tmp", "/var/tmp"])
    func `what the unit hides from the service is no place for a file`(root: String) {
        let way = [directory("/"), directory(root), PathStatus(path: root + "/key", owner: 0, group: 0, mode: 0o644, isDirectory: false)]
        #expect(access.problem(way, isSecret: true)?.hasPrefix("the unit hides \(root) from the service") == true)
    }

    @Test func `what errno says of a file is said with what to do`() {
        let content = PlainFile.Content("password", limit: 8192, question: "is it a password?")
        #expect(PlainFile.refusal(EACCES, "/p", content).hasPrefix("permission denied for user id \(geteuid()); "))
        #expect(PlainFile.refusal(EIO, "/p", content) == "cannot be read: Input/output error")
    }
}
