import Foundation

/// An authority of a test's own: its certificates are made by `openssl`, as a person would make them.
final class Authority: Sendable {
    /// A certificate and its private key.
    struct Identity: Sendable {
        let certificate: String
        let key: String
    }

    private let scene: Scene
    private let directory: String
    private let name: String
    /// The authority's own certificate, in PEM form.
    let certificate: String
    private let key: String

    /// Times are those of ASN.1: 20 digits and Z in `YYYYMMDDHHMMSSZ`.
    static let past = ("20200101000000Z", "20260102030405Z")
    static let present = ("20200101000000Z", "20990101000000Z")
    static let future = ("20980101000000Z", "20990101000000Z")

    init(_ scene: Scene, name: String = "Test Authority") async throws {
        self.scene = scene
        self.name = name
        directory = scene.path("authority")
        certificate = "\(directory)/ca.pem"
        key = "\(directory)/ca.key"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
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
        database = \(directory)/index.txt
        new_certs_dir = \(directory)
        certificate = \(certificate)
        private_key = \(key)
        rand_serial = yes
        default_md = sha256
        unique_subject = no
        policy = any
        [any]
        commonName = supplied

        """.write(toFile: "\(directory)/ca.cnf", atomically: true, encoding: .utf8)
        try "".write(toFile: "\(directory)/index.txt", atomically: true, encoding: .utf8)
        try await openssl(
            ["req", "-x509", "-config", "\(directory)/ca.cnf", "-subj", "/CN=\(name)", "-days", "30", "-out", certificate] + Self.newKey(key))
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
            ["req", "-config", "\(directory)/ca.cnf", "-subj", "/CN=\(commonName)", "-out", "\(base).csr"] + Self.newKey("\(base).key"))
        var extensions = ["[leaf]", "basicConstraints = CA:FALSE"]
        if !names.isEmpty { extensions.append("subjectAltName = \(names.joined(separator: ","))") }
        try (extensions.joined(separator: "\n") + "\n").write(toFile: "\(base).cnf", atomically: true, encoding: .utf8)
        try await openssl([
            "ca", "-batch", "-notext", "-config", "\(directory)/ca.cnf", "-in", "\(base).csr", "-out", "\(base).pem", "-extfile", "\(base).cnf",
            "-extensions", "leaf", "-startdate", valid.0, "-enddate", valid.1,
        ])
        return Identity(certificate: "\(base).pem", key: "\(base).key")
    }

    /// A certificate of this authority with so many alternative names that are empty, which `openssl` does not make: RFC 5280 section 4.1, in DER.
    func issue(emptyNames count: Int) async throws -> Identity {
        let base = scene.path("issued")
        try await openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "\(base).key"])
        try await openssl(["pkey", "-in", "\(base).key", "-pubout", "-outform", "DER", "-out", "\(base).pub"])
        func file(_ ending: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(base).\(ending)"))) }
        // 1.2.840.10045.4.3.2: ecdsa-with-SHA256
        let algorithm = DER.sequence([[0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]])
        let names = DER.sequence([[UInt8]](repeating: [0x82, 0], count: count))
        let certificate = try DER.sequence([
            // [0] version 3, serial number 1
            [0xA0, 3, 0x02, 1, 2], [0x02, 1, 1], algorithm, DER.commonName(name),
            DER.sequence([DER.element(0x18, Array(Self.present.0.utf8)), DER.element(0x18, Array(Self.present.1.utf8))]),
            DER.commonName("localhost"), file("pub"),
            // [3] extensions: 2.5.29.17, subjectAltName
            DER.element(0xA3, DER.sequence([DER.sequence([[0x06, 3, 0x55, 0x1D, 0x11], DER.element(0x04, names)])])),
        ])
        try Data(certificate).write(to: URL(fileURLWithPath: "\(base).tbs"))
        try await openssl(["dgst", "-sha256", "-sign", key, "-out", "\(base).sig", "\(base).tbs"])
        // A BIT STRING begins with the number of its unused bits.
        let whole = try DER.sequence([certificate, algorithm, DER.element(0x03, [0] + file("sig"))])
        let text = Data(whole).base64EncodedString(options: .lineLength64Characters)
        try "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n".write(toFile: "\(base).pem", atomically: true, encoding: .utf8)
        return Identity(certificate: "\(base).pem", key: "\(base).key")
    }

    /// A certificate that nobody but itself stands behind.
    func selfSigned() async throws -> Identity {
        let base = scene.path("selfsigned")
        try await openssl(
            [
                "req", "-x509", "-config", "\(directory)/ca.cnf", "-subj", "/CN=localhost", "-extensions", "own", "-days", "30", "-out", "\(base).pem",
            ] + Self.newKey("\(base).key"))
        return Identity(certificate: "\(base).pem", key: "\(base).key")
    }

    /// A directory with this authority's certificate under its hash.
    func hashedDirectory() async throws -> String {
        let path = scene.path("hashed")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: certificate, toPath: "\(path)/ca.pem")
        try await openssl(["rehash", path])
        return path
    }
}

/// | 1 tag | 1–4 length | n value |
private enum DER {
    static func element(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = value.count
        while rest > 0 {
            length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag] + (value.count < 0x80 ? [UInt8(value.count)] : [0x80 + UInt8(length.count)] + length) + value
    }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { element(0x30, Array(parts.joined())) }

    /// A distinguished name of 2.5.4.3 alone, in UTF-8.
    static func commonName(_ name: String) -> [UInt8] {
        sequence([element(0x31, sequence([[0x06, 3, 0x55, 0x04, 0x03], element(0x0C, Array(name.utf8))]))])
    }
}
