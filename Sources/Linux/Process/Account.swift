import Glibc

/// A user of this machine.
public struct Account: Sendable, Equatable {
    public let name: String
    public let id: UInt32
    /// The name of the primary group; its number where it has none.
    public let group: String
    /// Of all groups, the primary one first.
    public let groups: [UInt32]

    init(name: String, id: UInt32, group: String, groups: [UInt32]) {
        self.name = name
        self.id = id
        self.group = group
        self.groups = groups
    }

    /// Nil if there is no such user. The corresponding C functions are `getpwnam_r`, `getgrouplist` and `getgrgid_r`.
    public init?(named name: String) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var memory = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &memory, memory.count, &found) == 0, found != nil else { return nil }
        let primary = entry.pw_gid
        self.name = name
        id = entry.pw_uid
        var count: Int32 = 256
        var list = [gid_t](repeating: 0, count: Int(count))
        let isWhole = getgrouplist(name, primary, &list, &count) >= 0
        groups = isWhole ? Array(list.prefix(Int(count))) : [primary]
        group = Self.groupName(primary) ?? String(primary)
    }

    private static func groupName(_ id: gid_t) -> String? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var memory = [CChar](repeating: 0, count: 65_536)
        guard getgrgid_r(id, &entry, &memory, memory.count, &found) == 0, found != nil else { return nil }
        return String(cString: entry.gr_name)
    }

    /// Whether this process is the super-user's. The corresponding C function is `geteuid`.
    public static var isSuperUser: Bool { geteuid() == 0 }
}
