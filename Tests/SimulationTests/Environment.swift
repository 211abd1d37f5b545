import Glibc

/// What a run of the tests is told from outside.
enum Environment {
    static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
