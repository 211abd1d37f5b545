import Linux
import Settings

/// The user that reads the files: `--check-config` is mostly run as root, which may read everything, and the unit runs as a user of its own.
package struct ServiceUser {
    /// `User=` of the unit.
    private static let name = "blemqttd"
    /// `ConfigurationDirectory=` of the unit: a configuration elsewhere is a draft, or not the service's.
    private static let directory = "/etc/blemqttd"

    private let account: Account

    /// Nil if we are not root, if there is no such user, or if the configuration is not the service's.
    package init?(configuration path: String) {
        guard Account.isSuperUser, path.hasPrefix(Self.directory + "/"), let account = Account(named: Self.name) else { return nil }
        self.account = account
    }

    /// The owner that a file with a secret may have, besides root.
    package var id: UInt32 { account.id }

    /// What the service could not read, each with the command to run.
    func problems(_ loaded: LoadedConfiguration) -> [String] {
        let access = FileAccess(account, home: Self.directory)
        let read = loaded.files.map { (path: $0.path, isSecret: $0.isSecret, isListed: false, reason: "") }
        let directory = [loaded.directory].compactMap(\.self).map { (path: $0, isSecret: false, isListed: true, reason: "") }
        let named = loaded.configuration.namedFiles().map { (path: $0.path, isSecret: $0.isSecret, isListed: false, reason: ", which \($0.key) names") }
        return (directory + read + named).compactMap { file in
            do throws(SystemError) {
                let way = try PathStatus.way(to: file.path)
                return access.problem(way, isSecret: file.isSecret, isListed: file.isListed).map { "\(file.path)\(file.reason): \($0)" }
            } catch {
                return "\(file.path)\(file.reason): \(error)"
            }
        }
    }
}
