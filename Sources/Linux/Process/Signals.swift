import CLinux
import Glibc

/// Signals as something to read, in the order of a loop, instead of something that interrupts. The corresponding C function is `signalfd`.
public struct Signals: ~Copyable {
    /// The signals a daemon lives by.
    public enum Signal: Sendable, CaseIterable {
        case terminate, interrupt, hangUp, user1

        public var name: String {
            switch self {
            case .terminate: "SIGTERM"
            case .interrupt: "SIGINT"
            case .hangUp: "SIGHUP"
            case .user1: "SIGUSR1"
            }
        }

        var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .hangUp: SIGHUP
            case .user1: SIGUSR1
            }
        }
    }

    private let descriptor: FileDescriptor

    /// Blocks `signals` in this thread and all it starts later, and ignores SIGPIPE, for a broker that goes away must not end the
    /// program, and SIGUSR2, which means nothing here and would end it.
    /// - Throws: `SystemError`
    public init(_ signals: [Signal]) throws(SystemError) {
        Glibc.signal(SIGPIPE, SIG_IGN)
        Glibc.signal(SIGUSR2, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal.number) }
        let error = pthread_sigmask(SIG_BLOCK, &set, nil)
        guard error == 0 else { throw SystemError("pthread_sigmask", error) }
        descriptor = FileDescriptor(try retrying("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)) })
    }

    public var fd: Int32 { descriptor.rawValue }

    /// The next signal that came, nil if none.
    public func next() -> Signal? {
        var info = signalfd_siginfo()
        do throws(SystemError) {
            let count = try nilIfBlocked("read signal") { read(descriptor.rawValue, &info, MemoryLayout<signalfd_siginfo>.size) }
            return count == nil ? nil : Signal.allCases.first { $0.number == Int32(info.ssi_signo) }
        } catch {
            ownFault(error)
        }
    }
}
