import Bytes

/// Who may do what with a file that holds a secret, and what can be done about it: what stat and statfs say, and who asks.
struct FilePermissions: Equatable {
    /// As the configuration names it.
    var path: String
    /// Permission bits.
    var mode: UInt32
    var owner: UInt32
    /// The user we run as.
    var user: UInt32
    /// The mount does not let anybody change it.
    var isReadOnly = false
    /// It is on a tmpfs or ramfs.
    var isInMemory = false

    /// What a container's engine has put there: the modes and owners are its own, and no command would fix them.
    private func isProvided(for reader: UInt32) -> Bool {
        isReadOnly || Self.isBelowSecrets(path) || (isInMemory && owner != reader && !Self.isEverybodys(path))
    }

    /// What is wrong and what to do; `nil` where the file is nobody's business but its owner's, its group's and ours, and where others
    /// than people answer for that.
    /// - Parameters:
    ///   - secret: the key that makes it a secret.
    ///   - reader: the user who is to read it; nil for the one we run as.
    func problem(_ secret: String, for reader: UInt32? = nil) -> String? {
        let reader = reader ?? user
        guard !isProvided(for: reader) else { return nil }
        if mode & 0o007 != 0 {
            let digits = String(mode, radix: 8)
            return
                "every user of this machine may read or change it (mode \(digits)), and \(secret) is a secret in it; run  chmod o-rwx \(PrintableText.shellWord(path))"
        }
        if owner != 0, owner != reader {
            let whose = reader == user ? "we run as" : "of the service"
            return
                "belongs to user id \(owner), neither root nor the user id \(reader) \(whose), and \(secret) is a secret in it; run  chown root \(PrintableText.shellWord(path))"
        }
        return nil
    }

    /// In a place for everybody's files, which is in memory on many machines.
    private static func isEverybodys(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return [["tmp"], ["var", "tmp"], ["dev", "shm"]].contains { parts.starts(with: $0) } || parts.contains("..") || !path.hasPrefix("/")
    }

    /// Below the directory of container secrets, without a way out of it.
    private static func isBelowSecrets(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !parts.contains("..") else { return false }
        let below = parts.first == "var" ? parts.dropFirst() : parts[...]
        return below.count > 2 && below.starts(with: ["run", "secrets"])
    }
}
