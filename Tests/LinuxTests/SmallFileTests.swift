import Glibc
import Testing

@testable import Linux

@Suite struct SmallFileTests {
    @Test func `a file is read up to a limit, and what cannot be read is empty`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        tree.file("a/b", "12345\n")
        #expect(SmallFile.text("\(tree.path)/a/b") == "12345\n" && SmallFile.text("\(tree.path)/a/b", limit: 3) == "123")
        #expect(SmallFile.text("\(tree.path)/a") == "" && SmallFile.text("\(tree.path)/c") == "")
    }

    @Test(.timeLimit(.minutes(1))) func `a FIFO that nobody writes to is not waited for`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        #expect(mkfifo("\(tree.path)/fifo", 0o600) == 0)
        defer { unlink("\(tree.path)/fifo") }
        #expect(SmallFile.read("\(tree.path)/fifo", limit: 16) == "" && AtomicFile.read("\(tree.path)/fifo") == nil)
        #expect(SmallFile.read("\(tree.path)/none", limit: 16) == nil)
    }

    @Test func `a number is all of a file or nothing`() {
        for (text, number) in [("7\n", 7), ("0", 0), ("-3\n", -3), ("\n", nil), ("", nil), ("x1\n", nil), ("1x\n", nil)] as [(String, Int?)] {
            let tree = DirectoryTree()
            defer { tree.remove() }
            tree.file("n", text)
            #expect(SmallFile.number("\(tree.path)/n") == number)
        }
        #expect(SmallFile.number("/no/such/file") == nil)
    }

    @Test func `a directory's names are those of files, directories and links`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        tree.file("a/b", "")
        tree.file("c", "")
        tree.link("d", to: "nowhere")
        #expect(SmallFile.names(in: tree.path).sorted() == ["a", "c", "d"])
        #expect(SmallFile.names(in: "\(tree.path)/c") == [] && SmallFile.names(in: "/no/such/directory") == [])
    }
}
