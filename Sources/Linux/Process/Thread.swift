import CLinux
import Glibc

/// A thread of its own. The corresponding C function is `pthread_create`.
public struct Thread: ~Copyable {
    private let handle: pthread_t

    /// - Parameters:
    ///   - name: at most 15 bytes, as `ps -L` and debuggers show it.
    ///   - stack: bytes.
    ///   - capabilities: those that it keeps of its starter's: what reads external input needs none.
    /// - Throws: `SystemError`
    public init(
        name: String, stack: Int = 262_144, capabilities: Capabilities = [], _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stack)
        var handle = pthread_t()
        let context = Unmanaged.passRetained(Body(name, capabilities, body))
        let error = pthread_create(
            &handle, &attributes,
            { context in
                let body = Unmanaged<Body>.fromOpaque(context!).takeRetainedValue()
                _ = clinux_set_thread_name(body.name)
                Capabilities.keep(only: body.capabilities)
                body.run()
                return nil
            }, context.toOpaque())
        guard error == 0 else {
            context.release()
            throw SystemError("pthread_create", error)
        }
        self.handle = handle
    }

    /// Waits for the end. The corresponding C function is `pthread_join`.
    public consuming func join() { pthread_join(handle, nil) }

    /// Lets it end by itself. The corresponding C function is `pthread_detach`.
    public consuming func detach() { pthread_detach(handle) }

    private final class Body: Sendable {
        let name: String
        let capabilities: Capabilities
        let run: @Sendable () -> Void

        init(_ name: String, _ capabilities: Capabilities, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.capabilities = capabilities
            self.run = run
        }
    }
}
