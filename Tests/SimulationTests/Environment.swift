import Glibc

/// Environment variables of a test run.
enum Environment {
    static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
