import Foundation

/// An authority of a test's own: its certificates are made by `openssl`, as a person would make them.
final class Authority: Sendable {
    /// A certificate and its private key.
    struct Identity: Sendable {
        let certificate: String
        let key: String
    }

    private let scene: Scene
    private let folder: String
    /// The authority's own certificate, in PEM form.
    let certificate: String
    private let key: String

    /// Times are those of ASN.1: 20 digits and Z in `YYYYMMDDHHMMSSZ`.
    static let past = ("20200101000000Z", "20260102030405Z")
    static let present = ("20200101000000Z", "20990101000000Z")
    static let future = ("20980101000000Z", "20990101000000Z")

    init(_ scene: Scene, name: String = "Test Authority") async throws {
        self.scene = scene
        folder = scene.path("authority")
        certificate = "\(folder)/ca.pem"
        key = "\(folder)/ca.key"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try """
        [req]
        distinguished_name = name
        x509_extensions = authority
        [name]
        [authority]
        basicConstraints = critical,CA:TRUE
        keyUsage = critical,keyCertSign,cRLSign
        subjectKeyIdentifier = hash
        [own]
        basicConstraints = CA:FALSE
        subjectAltName = DNS:localhost
        [ca]
        default_ca = this
        [this]
        database = \(folder)/index.txt
        new_certs_dir = \(folder)
        certificate = \(certificate)
        private_key = \(key)
        rand_serial = yes
        default_md = sha256
        unique_subject = no
        policy = any
        [any]
        commonName = supplied

        """.write(toFile: "\(folder)/ca.cnf", atomically: true, encoding: .utf8)
        try "".write(toFile: "\(folder)/index.txt", atomically: true, encoding: .utf8)
        try await openssl(
            ["req", "-x509", "-config", "\(folder)/ca.cnf", "-subj", "/CN=\(name)", "-days", "30", "-out", certificate] + Self.newKey(key))
    }

    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]
    }

    private func openssl(_ arguments: [String]) async throws {
        _ = try await scene.run("openssl", arguments)
    }

    /// A certificate of this authority.
    /// - Parameter names: alternative names such as `DNS:localhost`; none for a certificate that has but a common name.
    func issue(
        _ names: [String] = ["DNS:localhost", "IP:127.0.0.1"], commonName: String = "localhost", valid: (String, String) = Authority.present
    ) async throws -> Identity {
        let base = scene.path("issued")
        try await openssl(
            ["req", "-config", "\(folder)/ca.cnf", "-subj", "/CN=\(commonName)", "-out", "\(base).csr"] + Self.newKey("\(base).key"))
        var extensions = ["[leaf]", "basicConstraints = CA:FALSE"]
        if !names.isEmpty { extensions.append("subjectAltName = \(names.joined(separator: ","))") }
        try (extensions.joined(separator: "\n") + "\n").write(toFile: "\(base).cnf", atomically: true, encoding: .utf8)
        try await openssl([
            "ca", "-batch", "-notext", "-config", "\(folder)/ca.cnf", "-in", "\(base).csr", "-out", "\(base).pem", "-extfile", "\(base).cnf",
            "-extensions", "leaf", "-startdate", valid.0, "-enddate", valid.1,
        ])
        return Identity(certificate: "\(base).pem", key: "\(base).key")
    }

    /// A certificate that nobody but itself stands behind.
    func selfSigned() async throws -> Identity {
        let base = scene.path("selfsigned")
        try await openssl(
            [
                "req", "-x509", "-config", "\(folder)/ca.cnf", "-subj", "/CN=localhost", "-extensions", "own", "-days", "30", "-out", "\(base).pem",
            ] + Self.newKey("\(base).key"))
        return Identity(certificate: "\(base).pem", key: "\(base).key")
    }

    /// A folder with this authority's certificate under its hash.
    func hashedFolder() async throws -> String {
        let path = scene.path("hashed")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: certificate, toPath: "\(path)/ca.pem")
        try await openssl(["rehash", path])
        return path
    }
}
