import Foundation
import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct LoadTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/blemqttd-config-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// The message of a file that must be refused.
    private func refusal(_ path: String) -> String {
        do throws(ConfigurationErrors) {
            _ = try Configuration.read(path: path)
            return "accepted"
        } catch {
            return error.description
        }
    }

    private func write(_ text: String, _ name: String) throws -> String {
        let path = directory + "/" + name
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private func clean() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func `a file is read`() throws {
        defer { clean() }
        let path = try write("scanner_id: attic\n" + String(repeating: "# comment\n", count: 2000), "a.yaml")
        #expect(try Configuration.read(path: path).configuration == Configuration(scannerID: "attic"))
    }

    @Test func `mistakes name the path`() throws {
        defer { clean() }
        let path = try write("scanner_id: a b\n", "a.yaml")
        #expect(refusal(path).hasPrefix("\(path):1:13: scanner_id: a b is not allowed ("))
    }

    @Test func `a missing file says how to make one`() {
        defer { clean() }
        let path = directory + "/none.yaml"
        #expect(
            refusal(path)
                == "\(path): no such file; make one with  blemqttd --example-config > \(path)  and edit it, or name another with --config")
        #expect(refusal(directory + "/none/none.yaml").contains("no such file"))
    }

    @Test func `a directory asks for the file in it`() {
        defer { clean() }
        #expect(refusal(directory) == "\(directory): is a directory; name the file in it, such as \(directory)/config.yaml")
        #expect(refusal(directory + "/").hasSuffix("such as \(directory)/config.yaml"))
    }

    @Test func `a FIFO is refused without waiting for its writer`() {
        defer { clean() }
        let path = directory + "/fifo"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(refusal(path) == "\(path): is a FIFO (named pipe); write the configuration into a regular file")
    }

    @Test func `a device is refused`() {
        defer { clean() }
        #expect(refusal("/dev/zero") == "/dev/zero: is a device; write the configuration into a regular file")
    }

    @Test func `a socket is refused`() throws {
        defer { clean() }
        let path = directory + "/socket"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        #expect(refusal(path) == "\(path): is not a regular file; write the configuration into one")
    }

    @Test func `a file without permission says who may not read it`() throws {
        defer { clean() }
        let path = try write("scanner_id: a\n", "secret.yaml")
        #expect(chmod(path, 0) == 0)
        // The super-user reads everything; the words are checked all the same.
        if geteuid() != 0 {
            #expect(refusal(path).hasPrefix("\(path): permission denied for user id \(geteuid()); "))
        }
    }

    @Test func `links in a circle are refused`() {
        defer { clean() }
        let path = directory + "/loop"
        #expect(symlink(path, path) == 0)
        #expect(refusal(path) == "\(path): cannot be read: Too many levels of symbolic links")
    }

    @Test func `ten megabytes are refused unread`() throws {
        defer { clean() }
        let path = directory + "/big.yaml"
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        #expect(ftruncate(descriptor, 10 << 20) == 0)
        close(descriptor)
        #expect(
            refusal(path)
                == "\(path): the file has 10485760 bytes, at most 262144 are allowed; is it a configuration of blemqttd?")
    }

    @Test func `a file that says it is empty is read to its end`() {
        // Files of /proc have size 0 and content.
        #expect(refusal("/proc/self/status").hasPrefix("/proc/self/status:1:1: "))
        #expect(!refusal("/proc/self/status").contains("cannot be read"))
        #expect(
            refusal("/proc/kallsyms").hasPrefix("/proc/kallsyms: the file has more than 262144 bytes")
                || access("/proc/kallsyms", R_OK) != 0)
    }

    @Test func `exactly the largest size is accepted`() throws {
        defer { clean() }
        let head = "scanner_id: a\n#"
        let filler = String(repeating: "x", count: Configuration.maximumFileBytes - head.utf8.count)
        #expect(try Configuration.read(path: write(head + filler, "a.yaml")).configuration == Configuration(scannerID: "a"))
        #expect(try refusal(write(head + filler + "x", "b.yaml")).contains("the file has 262145 bytes"))
    }
}
