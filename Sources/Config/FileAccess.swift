/// Whether a user may read a file, by owner, group and mode as the kernel goes by them (path_resolution(7), inode(7)). Pure: who has
/// asked the system brings the facts. Access control lists are not looked at.
public struct FileAccess: Sendable {
    /// Who is to read.
    public struct User: Sendable, Equatable {
        public let name: String
        public let id: UInt32
        /// The name of the primary group.
        public let group: String
        /// Of all groups, the primary one among them.
        public let groups: [UInt32]

        public init(name: String, id: UInt32, group: String, groups: [UInt32]) {
            self.name = name
            self.id = id
            self.group = group
            self.groups = groups
        }
    }

    /// A file, or a folder on the way to it.
    public struct Node: Sendable, Equatable {
        public let path: String
        public let owner: UInt32
        public let group: UInt32
        /// The nine bits of permissions.
        public let mode: UInt32
        public let isFolder: Bool

        public init(path: String, owner: UInt32, group: UInt32, mode: UInt32, isFolder: Bool) {
            self.path = path
            self.owner = owner
            self.group = group
            self.mode = mode
            self.isFolder = isFolder
        }
    }

    let user: User

    public init(_ user: User) { self.user = user }

    /// Why the user cannot read what is at the end of the way, and the command to run; nil where it can.
    /// - Parameters:
    ///   - way: every folder from the root on, then the file, or the folder whose files are read.
    ///   - isSecret: others than the user's group must not read it.
    ///   - isListed: it is a folder, and what is in it is looked up, not known by name.
    public func problem(_ way: [Node], isSecret: Bool, isListed: Bool = false) -> String? {
        if let root = Self.hidden.first(where: { root in way.contains { $0.path.hasPrefix(root + "/") } }) {
            return "the unit hides \(root) from the service (ProtectHome=, PrivateTmp=); move the file, such as to /etc/blemqttd"
        }
        for (index, node) in way.enumerated() {
            // To enter a folder takes x, to read a file r; of a folder whose files are read by their names, x is enough.
            let isLast = index == way.count - 1
            let wanted: UInt32 = !node.isFolder ? 4 : isLast && isListed ? 5 : 1
            guard !isAllowed(wanted, node) else { continue }
            let verb = wanted == 1 ? "enter" : wanted == 4 ? "read" : "read and enter"
            let name = isLast ? "it" : "the folder \(Printable.escaped(node.path)) above it"
            return "the service's user \(user.name) cannot \(verb) \(name) (owner \(node.owner), group \(node.group), "
                + "mode \(String(node.mode & 0o777, radix: 8))); run  \(command(wanted, node, isSecret: isSecret))"
        }
        return nil
    }

    /// What the shipped unit keeps from the service.
    private static let hidden = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"]

    /// The first of owner, group and others that fits decides, even where the next would allow more.
    private func isAllowed(_ bits: UInt32, _ node: Node) -> Bool {
        if user.id == 0 { return true }
        if node.owner == user.id { return node.mode >> 6 & bits == bits }
        if user.groups.contains(node.group) { return node.mode >> 3 & bits == bits }
        return node.mode & bits == bits
    }

    private func command(_ bits: UInt32, _ node: Node, isSecret: Bool) -> String {
        let letter = bits == 1 ? "x" : bits == 4 ? "r" : "rx"
        let path = Printable.shellWord(node.path)
        if node.owner == user.id { return "chmod u+\(letter) \(path)" }
        if user.groups.contains(node.group) { return "chmod g+\(letter) \(path)" }
        if !isSecret, !node.isFolder { return "chmod a+\(letter) \(path)" }
        let chgrp = "chgrp \(Printable.shellWord(user.group)) \(path)"
        return node.mode >> 3 & bits == bits ? chgrp : "\(chgrp) && chmod g+\(letter) \(path)"
    }
}

extension Configuration {
    /// A file, or a folder of files, that the daemon reads because a key names it.
    public struct NamedFile: Sendable, Equatable {
        /// Dotted path of the key.
        public let key: String
        public let path: String
        /// Only the daemon, its group and root may read it.
        public let isSecret: Bool
    }

    /// Every file that the configuration makes the daemon read, but for those that systemd hands it.
    /// - Parameter credentials: where systemd keeps the service's credentials, nil where it provides none.
    public func namedFiles(credentials: String? = credentialsDirectory) -> [NamedFile] {
        var files: [NamedFile] = []
        func add(_ key: String, _ path: String?, isSecret: Bool) {
            guard let path, credentials.map({ !path.hasPrefix($0 + "/") }) ?? true else { return }
            files.append(.init(key: "mqtt.broker." + key, path: path, isSecret: isSecret))
        }
        add("password_file", broker.passwordFile, isSecret: true)
        guard broker.tls.isEnabled else { return files }
        add("tls.ca_file", broker.tls.caFile, isSecret: false)
        add("tls.ca_path", broker.tls.caPath, isSecret: false)
        add("tls.certificate", broker.tls.certificate, isSecret: false)
        add("tls.key", broker.tls.key, isSecret: true)
        return files
    }
}
