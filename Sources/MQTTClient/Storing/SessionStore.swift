#if Tools
public import MQTTWire

/// Where what of a session must outlive the process is kept.
///
/// The client applies changes one batch after the other, and sends nothing that was decided with a change before `apply` has returned: it must be durable
/// then. What `load` gives is the sum of what was applied.
public protocol MQTTSessionStore: Sendable {
    /// What is stored; empty for a session that is new.
    func load() async throws -> MQTTStoredSession
    func apply(_ operations: [MQTTSessionOperation]) async throws
}
#endif
