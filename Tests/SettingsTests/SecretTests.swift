import Foundation
import Linux
import Testing

@testable import Settings
@testable import YAMLSchema

/// Files that hold a secret: who may read them, and what is read from them.
@Suite struct SecretTests {
    private let directory: String

    init() throws {
        var template = Array("/var/tmp/blemqttd-secret-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private static let open = "scanner_id: a\nmqtt: {broker: {username: me}}\n"
    private static let secret = "scanner_id: a\nmqtt: {broker: {username: me, password: hunter2}}\n"

    private func write(_ bytes: some Collection<UInt8>, _ name: String, mode: mode_t = 0o600) throws -> String {
        let path = directory + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        try #require(chmod(path, mode) == 0)
        return path
    }

    private func load(_ path: String, credentials: String? = nil) throws(ConfigurationErrors) -> Configuration {
        try Configuration.read(path: path, credentials: credentials).configuration
    }

    private func refusal(_ path: String, credentials: String? = nil) -> String {
        do throws(ConfigurationErrors) {
            _ = try load(path, credentials: credentials)
            return "accepted"
        } catch {
            return error.description
        }
    }

    /// A configuration with a password file of these bytes.
    private func configuration(passwordFile bytes: some Collection<UInt8>, mode: mode_t = 0o600) throws -> (path: String, file: String) {
        let file = try write(bytes, "password", mode: mode)
        return (try write("scanner_id: a\nmqtt: {broker: {username: me, password_file: \(file)}}\n".utf8, "a.yaml", mode: 0o644), file)
    }

    private func clean() { try? FileManager.default.removeItem(atPath: directory) }

    // MARK: Who may read it

    @Test(arguments: [0o600, 0o640, 0o660, 0o400, 0o440] as [mode_t])
    func `a configuration with a password may be its owner's and a group's`(mode: mode_t) throws {
        defer { clean() }
        #expect(try load(write(Self.secret.utf8, "a.yaml", mode: mode)).broker.passwordBytes == Array("hunter2".utf8))
    }

    @Test(arguments: [0o644, 0o604, 0o602, 0o601, 0o666, 0o777] as [mode_t])
    func `one that others may do anything with is refused, with the command to run`(mode: mode_t) throws {
        defer { clean() }
        let path = try write(Self.secret.utf8, "a.yaml", mode: mode)
        #expect(
            refusal(path)
                == "\(path): every user of this machine may read or change it (mode \(String(mode, radix: 8))), and mqtt.broker.password is a secret in it; run  chmod o-rwx \(path)"
        )
    }

    @Test func `the command that is said is one that helps`() throws {
        defer { clean() }
        let path = try write(Self.secret.utf8, "it's mine.yaml", mode: 0o644)
        let command = try #require(refusal(path).components(separatedBy: "run  ").last)
        #expect(command.hasPrefix("chmod o-rwx '"))
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", command]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0 && refusal(path) == "accepted")
    }

    @Test func `a configuration without a secret is everybody's`() throws {
        defer { clean() }
        #expect(try refusal(write(Self.open.utf8, "a.yaml", mode: 0o666)) == "accepted")
    }

    @Test func `the key of a known device is a secret as well`() throws {
        defer { clean() }
        let yaml = Self.secret + "identities:\n  - {name: keys, address: \"AA:BB:CC:DD:EE:FF\", irk: \"\(String(repeating: "0123456789abcdef", count: 2))\"}\n"
        let path = try write(yaml.utf8, "a.yaml", mode: 0o644)
        #expect(refusal(path).contains("mqtt.broker.password, identities[].irk is a secret"))
    }

    @Test(.enabled(if: geteuid() == 0, "only the super-user can give a file away"))
    func `a file of a third user's is refused, with the command to run`() throws {
        defer { clean() }
        let path = try write(Self.secret.utf8, "a.yaml")
        #expect(chown(path, 12345, 12345) == 0)
        #expect(
            refusal(path)
                == "\(path): belongs to user id 12345, neither root nor the user id 0 we run as, and mqtt.broker.password is a secret in it; run  chown root \(path)"
        )
        let open = try write(Self.open.utf8, "b.yaml")
        #expect(chown(open, 12345, 12345) == 0 && refusal(open) == "accepted")
    }

    @Test func `a link counts as what it leads to`() throws {
        defer { clean() }
        let path = try write(Self.secret.utf8, "a.yaml", mode: 0o644)
        let link = directory + "/link.yaml"
        #expect(symlink(path, link) == 0)
        #expect(refusal(link).contains("run  chmod o-rwx \(link)"))
        #expect(chmod(path, 0o600) == 0 && refusal(link) == "accepted")
    }

    @Test func `a mistake is told before the permissions, without the secret`() throws {
        defer { clean() }
        let path = try write((Self.secret + "x: 1\n").utf8, "a.yaml", mode: 0o644)
        #expect(refusal(path).hasPrefix("\(path):3:1: x: unknown key") && !refusal(path).contains("hunter2"))
    }

    // MARK: The password file

    @Test(
        arguments: [
            ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("hunter2\nremark\n", "hunter2"), (" a b \n", " a b "),
            ("Zoë\n", "Zoë"),
        ] as [(String, String)])
    func `its first line is the password`(text: String, password: String) throws {
        defer { clean() }
        let configuration = try load(configuration(passwordFile: text.utf8).path)
        #expect(configuration.broker.passwordBytes == Array(password.utf8) && configuration.broker.password == nil)
        #expect(!"\(configuration)".contains(password) && !String(reflecting: configuration.broker).contains(password))
    }

    @Test func `a byte order mark before the password is not part of it`() throws {
        defer { clean() }
        // EF BB BF: U+FEFF in UTF-8.
        let configuration = try load(configuration(passwordFile: [0xEF, 0xBB, 0xBF] + Array("hunter2\r\n".utf8)).path)
        #expect(configuration.broker.passwordBytes == Array("hunter2".utf8))
        let credentials = directory + "/credentials"
        try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: false)
        _ = try write([0xEF, 0xBB, 0xBF] + Array("hunter3\n".utf8), "credentials/mqtt-password")
        #expect(
            try load(write(Self.open.utf8, "b.yaml"), credentials: credentials).broker.passwordBytes == Array("hunter3".utf8))
    }

    @Test(arguments: [[0xEF, 0xBB, 0xBF], [0xEF, 0xBB, 0xBF, 0x0A]] as [[UInt8]])
    func `a byte order mark alone is no password`(bytes: [UInt8]) throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: bytes)
        #expect(refusal(path) == "\(file): the first line is empty; write the password into it")
    }

    @Test func `a password file in UTF-16 says so`() throws {
        defer { clean() }
        // FF FE: byte order mark of UTF-16, least significant byte first; 61 00: "a".
        let (path, file) = try configuration(passwordFile: [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00])
        #expect(refusal(path) == "\(file): the file is UTF-16; save it as UTF-8")
    }

    @Test func `a password need not be text`() throws {
        defer { clean() }
        #expect(try load(configuration(passwordFile: [0xFF, 0x80, 0x0A]).path).broker.passwordBytes == [0xFF, 0x80])
    }

    @Test func `it has at most 4096 bytes`() throws {
        defer { clean() }
        let longest = [UInt8](repeating: 0x61, count: 4096)
        #expect(try load(configuration(passwordFile: longest).path).broker.passwordBytes == longest)
        let (path, file) = try configuration(passwordFile: longest + [0x61, 0x0A])
        #expect(refusal(path) == "\(file): the first line has 4097 bytes, a password at most 4096")
    }

    @Test(arguments: ["", "\n", "\r\n", "\nhunter2\n"])
    func `an empty first line is none`(text: String) throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: text.utf8)
        #expect(refusal(path) == "\(file): the first line is empty; write the password into it")
    }

    @Test func `a NUL byte is refused`() throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: [0x61, 0, 0x62])
        #expect(refusal(path) == "\(file): a NUL byte stands in the first line; a password is text")
    }

    @Test func `others must not read it`() throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: "hunter2".utf8, mode: 0o644)
        #expect(
            refusal(path)
                == "\(file): every user of this machine may read or change it (mode 644), and mqtt.broker.password_file is a secret in it; run  chmod o-rwx \(file)"
        )
    }

    @Test func `what is no file of a password's size is refused`() throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: "x".utf8)
        unlink(file)
        #expect(refusal(path) == "\(file): no such file; write the password into it, or name another")
        #expect(mkfifo(file, 0o600) == 0)
        #expect(refusal(path) == "\(file): is a FIFO (named pipe); write the password into a regular file")
        unlink(file)
        #expect(mkdir(file, 0o700) == 0)
        #expect(refusal(path) == "\(file): is a directory; name the file in it")
        rmdir(file)
        #expect(symlink("/dev/zero", file) == 0)
        #expect(refusal(path) == "\(file): is a device; write the password into a regular file")
        unlink(file)
        _ = try write([UInt8](repeating: 0x61, count: 8193), "password")
        #expect(refusal(path) == "\(file): the file has 8193 bytes, at most 8192 are allowed; is it a password?")
    }

    // MARK: systemd's credentials

    @Test func `the credential is the password where the configuration names none`() throws {
        defer { clean() }
        _ = try write("from systemd\n".utf8, "mqtt-password", mode: 0o444)
        let path = try write(Self.open.utf8, "a.yaml")
        #expect(try load(path, credentials: directory).broker.passwordBytes == Array("from systemd".utf8))
        #expect(try load(path, credentials: nil).broker.passwordBytes == nil)
        #expect(try load(path, credentials: directory + "/none").broker.passwordBytes == nil)
    }

    @Test func `what the configuration names goes before the credential`() throws {
        defer { clean() }
        _ = try write("from systemd\n".utf8, "mqtt-password")
        #expect(try load(write(Self.secret.utf8, "a.yaml"), credentials: directory).broker.passwordBytes == Array("hunter2".utf8))
        #expect(try load(configuration(passwordFile: "file".utf8).path, credentials: directory).broker.passwordBytes == Array("file".utf8))
    }

    @Test func `a password file among the credentials is systemd's affair`() throws {
        defer { clean() }
        let (path, _) = try configuration(passwordFile: "file".utf8, mode: 0o444)
        #expect(try load(path, credentials: directory).broker.passwordBytes == Array("file".utf8))
        #expect(refusal(path, credentials: directory + "/pass").contains("chmod"))
    }

    @Test func `a credential without a user name is a mistake`() throws {
        defer { clean() }
        let credential = try write("x".utf8, "mqtt-password")
        let path = try write("scanner_id: a\n".utf8, "a.yaml")
        #expect(
            refusal(path, credentials: directory)
                == "\(credential): a password needs a user name (MQTT 3.1.1 has none without); set mqtt.broker.username in \(path)")
    }

    // MARK: Reload

    @Test func `another password in the same file is a change`() throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: "one".utf8)
        let old = try load(path)
        #expect(try load(path).changes(from: old).isEmpty)
        _ = try write("two".utf8, "password")
        let new = try load(path)
        #expect(new.changes(from: old).paths == ["mqtt.broker.password_file"])
        #expect(old.broker != new.broker && new.printed().contains("    password_file: \"\(file)\"\n"))
    }

    @Test func `a password file is read again; one that is refused by then leaves the password as it was`() throws {
        defer { clean() }
        let (path, file) = try configuration(passwordFile: "first\n".utf8)
        var configuration = try load(path)
        #expect(try !configuration.readPasswordAgain(credentials: nil))
        try #require(chmod(file, 0o604) == 0)
        #expect(throws: FileProblem.self) { _ = try configuration.readPasswordAgain(credentials: nil) }
        try #require(unlink(file) == 0)
        #expect(throws: FileProblem.self) { _ = try configuration.readPasswordAgain(credentials: nil) }
        #expect(configuration.broker.passwordBytes == Array("first".utf8))
        _ = try write("second\n".utf8, "password")
        #expect(try configuration.readPasswordAgain(credentials: nil))
        #expect(configuration.broker.passwordBytes == Array("second".utf8))
    }

    @Test func `what the configuration itself has is not read again, and a credential that has gone is not missed`() throws {
        defer { clean() }
        _ = try write("credential\n".utf8, "mqtt-password")
        var own = try load(write(Self.secret.utf8, "a.yaml"))
        #expect(try !own.readPasswordAgain(credentials: directory) && own.broker.passwordBytes == Array("hunter2".utf8))
        var lent = try load(write(Self.open.utf8, "b.yaml"), credentials: directory)
        try #require(unlink(directory + "/mqtt-password") == 0)
        #expect(try !lent.readPasswordAgain(credentials: directory) && lent.broker.passwordBytes == Array("credential".utf8))
    }

    @Test func `another credential is a change`() throws {
        defer { clean() }
        let path = try write(Self.open.utf8, "a.yaml")
        let old = try load(path, credentials: directory)
        _ = try write("two".utf8, "mqtt-password")
        #expect(try load(path, credentials: directory).changes(from: old).paths == ["credential mqtt-password"])
    }

    // MARK: Other files

    @Test func `every file that a key names is looked at, and credentials are not`() throws {
        let configuration = try parse(
            """
            scanner_id: a
            mqtt:
              broker:
                username: me
                password_file: /run/credentials/x/password
                tls: {enabled: true, ca_file: /ca.pem, ca_path: /cas, certificate: /c.pem, key: /k.pem}
            """)
        let files = configuration.namedFiles(credentials: "/run/credentials/x")
        #expect(files.map(\.key) == ["ca_file", "ca_path", "certificate", "key"].map { "mqtt.broker.tls." + $0 })
        #expect(files.map(\.isSecret) == [false, false, false, true])
        #expect(configuration.namedFiles(credentials: nil).first == .init(key: "mqtt.broker.password_file", path: "/run/credentials/x/password", isSecret: true))
    }
}
