import Foundation

/// What a process costs by its own doing, and not by what else happens on the machine.
///
/// The resident set is no measure for a budget: of a file, the kernel maps what it has read ahead along with what was asked for, as much as
/// happens to be cached, and takes it away again as others need memory. So a budget counts
/// - what is anonymous, all that is resident of it: heap, stacks, and what was written in pages of files (RssAnon of proc(5), whole), and
/// - of the pages of program and libraries those that the work touched: the ones that the kernel has marked as referenced since
///   `forgetReferences`.
struct OwnMemory {
    private let child: Child
    private var looks = 0
    /// The most that was anonymous, kB.
    private(set) var anonymous = 0
    /// The most that was touched of files since the first look, kB; nil if the kernel does not keep account of that.
    private(set) var files: Int?

    init(of child: Child) { self.child = child }

    /// The budget's measure: the sum of the two, kB. Without the kernel's account of what is touched it is the first alone.
    var most: Int { anonymous + (files ?? 0) }

    /// The first look begins the reckoning: then the process is to have done what only starting needs. To be called often: the account of
    /// files is long, and read only now and then.
    mutating func look(isLast: Bool = false) {
        guard let now = child.anonymousKB else { return }
        anonymous = max(anonymous, now)
        if looks == 0 {
            if child.forgetReferences() { files = 0 }
        } else if let before = files, isLast || looks % 5 == 1, let now = child.referencedFilesKB {
            files = max(before, now)
        }
        looks += 1
    }
}

extension Child {
    /// Begins a new reckoning of the pages of files; false where the kernel does not keep one, or the process has ended.
    func forgetReferences() -> Bool {
        let descriptor = open("/proc/\(pid)/clear_refs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // 3: those of mapped files only.
        return write(descriptor, "3", 1) == 1
    }

    /// Resident anonymous memory, kB; nil once it has ended.
    var anonymousKB: Int? { statusKB("RssAnon") }

    /// Pages of files that were referenced since `forgetReferences` and are not anonymous, kB; nil once it has ended.
    var referencedFilesKB: Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/smaps", encoding: .utf8), !text.isEmpty else { return nil }
        return Self.referencedFiles(smaps: text)
    }

    /// The sum over the mappings of `/proc/PID/smaps`, kB.
    static func referencedFiles(smaps text: String) -> Int {
        var sum = 0
        var isFile = false
        var referenced = 0
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields[0].hasSuffix(":") {
                guard isFile, fields.count > 1, let number = Int(fields[1]) else { continue }
                if fields[0] == "Referenced:" { referenced = number }
                // Behind it: what was written in private is counted as anonymous already.
                if fields[0] == "Anonymous:" { sum += max(0, referenced - number) }
            } else {
                // 7f1c0a000000-7f1c0a026000 r-xp 00026000 fe:00 393731   /usr/lib/x86_64-linux-gnu/libc.so.6
                isFile = fields.count > 5 && fields[4] != "0"
            }
        }
        return sum
    }
}
