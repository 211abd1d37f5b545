import Foundation
import Testing

@testable import Runtime
@testable import documents

/// What is made from the tables of options, signals and exit codes.
@Suite struct ProgramDocumentTests {
    @Test func `the manual page has an item for every option, signal and exit code`() {
        let page = GeneratedDocument.programManual.renewed("")
        #expect(page.hasPrefix(".TH \"blemqttd\" 8 \"\" \"blemqttd \(version)\" \"\"\n"))
        for option in Options.table {
            for name in option.names { #expect(page.contains(name.replacing("-", with: "\\-")), "\(name)") }
        }
        for signal in Options.signals { #expect(page.contains("\n\\fB\(signal.names)\\fR\n")) }
        for code in ExitCode.allCases { #expect(page.contains("\n\\fB\(code.rawValue)\\fR\n")) }
    }

    @Test(arguments: [GeneratedDocument.programManual, .configurationManual])
    func `nothing in a manual page is a request by accident`(document: GeneratedDocument) {
        let requests = [".TH", ".SH", ".SS", ".PP", ".TP", ".EX", ".EE", ".in"]
        for line in document.renewed("").split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains { line.hasPrefix($0) }, "\(line)")
        }
    }

    @Test func `text of a manual page is escaped`() {
        var page = Roff(title: "a", section: 8, version: "1")
        page.paragraph(".so /etc/passwd\n'x \\fB-1 `-c`")
        page.section("a \"b\"")
        page.paragraph("c")
        #expect(page.text.hasSuffix("\n.PP\n\\&.so /etc/passwd\n\\&'x \\efB\\-1 \\fB\\-c\\fR\n.SH \"a \\(dqb\\(dq\"\nc\n"))
    }

    @Test func `every option is in the completion for every shell`() {
        for option in Options.table {
            let name = option.names[0]
            #expect(Completion.bash.contains(name))
            #expect(Completion.zsh.contains("'\(name)["))
            #expect(Completion.fish.contains(" -l \(name.dropFirst(2)) "))
        }
    }

    /// What bash offers for words of a command line, the last of which is being typed.
    private func offered(_ words: String...) throws -> [String] {
        let bash = Process()
        let output = Pipe()
        bash.executableURL = URL(filePath: "/bin/bash")
        bash.arguments = [
            "-euc", "eval \"$1\"; COMP_WORDS=(blemqttd \"${@:2}\"); COMP_CWORD=$(($# - 1)); _blemqttd; printf '%s\\n' \"${COMPREPLY[@]}\"", "bash",
            Completion.bash,
        ] + words
        bash.standardOutput = output
        try bash.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        bash.waitUntilExit()
        #expect(bash.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `bash completes options, words and files`() throws {
        #expect(try offered("") == Options.table.map { $0.names[0] })
        #expect(try offered("--config", "/x", "--replay-") == ["--replay-speed", "--replay-loop", "--replay-now"])
        #expect(try offered("-l", "") == ["debug", "info", "warning", "error"])
        #expect(try offered("--replay-speed", "m") == ["max"])
        #expect(try offered("-c", "/etc/host").contains("/etc/hosts"))
        #expect(try offered("--none").isEmpty)
    }
}
