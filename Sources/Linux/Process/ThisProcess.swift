import CLinux
@preconcurrency import Glibc

/// What the kernel knows about this process and this machine.
public enum ThisProcess {
    /// Resident memory in KiB: VmRSS of proc(5); 0 where /proc is missing.
    public static var residentKiB: UInt64 {
        // The second number of statm, in pages.
        let fields = SmallFile.text("/proc/self/statm").split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }

    /// Lets go of the pages of program and libraries, of which a step just done (the start, a handshake) needed more than what follows
    /// does: half of the resident memory of a small daemon.
    /// They are clean copies of files; whatever is used again is mapped again, at the price of a minor fault.
    /// The corresponding C functions are `dl_iterate_phdr` and `madvise(MADV_DONTNEED)`.
    public static func releaseFilePages() { clinux_release_file_pages() }

    /// The same, and the pages of the heap on which nothing lies any more: after a step that needed much of either (certificates read, a
    /// handshake, a connection's end). The corresponding C function is `malloc_trim`.
    public static func releaseUnused() {
        malloc_trim(0)
        releaseFilePages()
    }

    /// The machine's identity as machine-id(5) has it, 32 hexadecimal digits; its name where there is none, as in most containers.
    public static let machineID = machineID(file: "/etc/machine-id")

    static func machineID(file: String) -> String {
        let digits = SmallFile.text(file, limit: 64).prefix { $0.isHexDigit }
        guard digits.isEmpty else { return String(digits) }
        return hostName
    }

    /// The machine's host name as it is now, empty if it cannot be asked. The corresponding C function is `gethostname`.
    public static var hostName: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
            guard gethostname(name.baseAddress!, name.count - 1) == 0 else { return "" }
            name[name.count - 1] = 0
            return String(cString: name.baseAddress!)
        }
    }

    /// Sees to it that at least `count` files may be open at a time, as far as the hard limit allows it.
    /// - Returns: how many may be. The corresponding C functions are `getrlimit` and `setrlimit` with RLIMIT_NOFILE.
    public static func allowOpenFiles(_ count: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return count }
        if limit.rlim_cur < count {
            limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// The environment's variables whose names begin so. The corresponding C variable is `environ`.
    public static func environment(prefix: String) -> [(name: String, value: [UInt8])] {
        var variables: [(name: String, value: [UInt8])] = []
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let entry = next.pointee {
            let bytes = UnsafeBufferPointer(start: entry, count: strlen(entry)).map { UInt8(bitPattern: $0) }
            if bytes.starts(with: prefix.utf8), let sign = bytes.firstIndex(of: UInt8(ascii: "=")) {
                variables.append((String(decoding: bytes[..<sign], as: UTF8.self), Array(bytes[(sign + 1)...])))
            }
            next += 1
        }
        return variables
    }

    /// 64 bits of chance. The corresponding C function is `getrandom`.
    public static var random: UInt64 {
        var value: UInt64 = 0
        if getrandom(&value, MemoryLayout<UInt64>.size, 0) != MemoryLayout<UInt64>.size { value = Clock.monotonic }
        return value
    }
}

/// Ends the program. The corresponding C function is `exit`.
public func exitProcess(_ status: Int32) -> Never { exit(status) }
