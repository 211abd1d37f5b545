import Foundation

/// Something that was waited for did not come about in time.
struct NotInTime: Error, CustomStringConvertible {
    let what: String
    let seconds: Double

    var description: String { "not within \(seconds) s: \(what)" }
}

private let clock = ContinuousClock()

/// How much slower than here the daemon is, where an emulator runs it: `TIME_SCALE`, measured by Tests/emulated. Limits of time are so many
/// times as long; what must take a time at least is not.
let timeScale = ProcessInfo.processInfo.environment["TIME_SCALE"].flatMap(Double.init) ?? 1

/// Asks for an observable condition again and again until it holds.
/// - Parameter seconds: generous where it only guards against hanging; exact where the time itself is the requirement.
/// - Returns: what the condition gave.
/// - Throws: `NotInTime` after the deadline, or what the condition throws.
@discardableResult
func until<Value>(_ what: @autoclosure () -> String, within seconds: Double = 20, _ condition: () throws -> Value?) async throws -> Value {
    let deadline = clock.now + .seconds(seconds * timeScale)
    while true {
        if let value = try condition() { return value }
        guard clock.now < deadline else { throw NotInTime(what: what(), seconds: seconds * timeScale) }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// The same for a plain yes or no.
func until(_ what: @autoclosure () -> String, within seconds: Double = 20, _ condition: () throws -> Bool) async throws {
    try await until(what(), within: seconds) { () -> Void? in try condition() ? () : nil }
}

/// Seconds that `body` takes.
func seconds(of body: () async throws -> Void) async rethrows -> Double {
    let duration = try await clock.measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}
