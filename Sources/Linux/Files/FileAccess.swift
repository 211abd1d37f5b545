import Bytes

/// Whether a user may read a file, by owner, group and mode as the kernel goes by them (path_resolution(7), inode(7)). Pure: who has
/// asked the system brings the facts. Access control lists are not looked at.
public struct FileAccess: Sendable {
    /// Who is to read.
    private let user: Account
    /// Where files belong that are elsewhere out of the user's sight.
    private let home: String

    /// - Parameter home: the directory where files belong that are in one that a service does not see.
    public init(_ user: Account, home: String) {
        self.user = user
        self.home = home
    }

    /// Why the user cannot read what is at the end of the way, and the command to run; nil if it can.
    /// - Parameters:
    ///   - way: every directory from the root on, then the file, or the directory whose files are read.
    ///   - isSecret: others than the user's group must not read it.
    ///   - isListed: it is a directory, and what is in it is looked up, not known by name.
    public func problem(_ way: [PathStatus], isSecret: Bool, isListed: Bool = false) -> String? {
        if let root = Self.hidden.first(where: { root in way.contains { $0.path.hasPrefix(root + "/") } }) {
            return "the unit hides \(root) from the service (ProtectHome=, PrivateTmp=); move the file, such as to \(home)"
        }
        for (index, node) in way.enumerated() {
            // To enter a directory takes x, to read a file r; of a directory whose files are read by their names, x is enough.
            let isLast = index == way.count - 1
            let wanted: UInt32 = !node.isDirectory ? 4 : isLast && isListed ? 5 : 1
            guard !isAllowed(wanted, node) else { continue }
            let verb = wanted == 1 ? "enter" : wanted == 4 ? "read" : "read and enter"
            let name = isLast ? "it" : "the directory \(PrintableText.line(node.path)) above it"
            return "the service's user \(user.name) cannot \(verb) \(name) (owner \(node.owner), group \(node.group), "
                + "mode \(String(node.mode & 0o777, radix: 8))); run  \(command(wanted, node, isSecret: isSecret))"
        }
        return nil
    }

    /// What a unit with ProtectHome= and PrivateTmp= keeps from its service.
    private static let hidden = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"]

    /// The first of owner, group and others that fits decides, even where the next would allow more.
    private func isAllowed(_ bits: UInt32, _ node: PathStatus) -> Bool {
        if user.id == 0 { return true }
        if node.owner == user.id { return node.mode >> 6 & bits == bits }
        if user.groups.contains(node.group) { return node.mode >> 3 & bits == bits }
        return node.mode & bits == bits
    }

    private func command(_ bits: UInt32, _ node: PathStatus, isSecret: Bool) -> String {
        let letter = bits == 1 ? "x" : bits == 4 ? "r" : "rx"
        let path = PrintableText.shellWord(node.path)
        if node.owner == user.id { return "chmod u+\(letter) \(path)" }
        if user.groups.contains(node.group) { return "chmod g+\(letter) \(path)" }
        if !isSecret, !node.isDirectory { return "chmod a+\(letter) \(path)" }
        let chgrp = "chgrp \(PrintableText.shellWord(user.group)) \(path)"
        return node.mode >> 3 & bits == bits ? chgrp : "\(chgrp) && chmod g+\(letter) \(path)"
    }
}
