import Foundation

/// A schema of docs/, held against what was published, by Debian's python3-jsonschema.
enum JSONSchema: String {
    case payload = "payload.schema.json"
    case status = "status.schema.json"

    /// Fails with the first text that the schema does not allow, and where in it.
    func validate(_ texts: [String], _ scene: Scene) async throws {
        if texts.isEmpty { return }
        let path = scene.path("\(rawValue).lines")
        try texts.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        _ = try await scene.run("/usr/bin/python3", ["-c", Self.program, "\(checkout)/docs/\(rawValue)", path])
    }

    private static let program = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for line in open(sys.argv[2], newline="\\n"):
            for error in validator.iter_errors(json.loads(line)):
                sys.exit(f"{line.strip()}\\n{error.json_path}: {error.message}")
        """
}
