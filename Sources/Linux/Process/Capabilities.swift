import CLinux
import Glibc

/// What a thread may do beside what its user may: capabilities(7).
public struct Capabilities: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    private init(number: Int32) { self.init(rawValue: 1 << UInt64(number)) }

    /// CAP_DAC_READ_SEARCH: reading files of others.
    public static let readFiles = Capabilities(number: CAP_DAC_READ_SEARCH)
    /// CAP_NET_ADMIN: adapters up and down, the user channel, a receive buffer beyond the system's limit.
    public static let netAdmin = Capabilities(number: CAP_NET_ADMIN)
    /// CAP_NET_RAW: advertisements, and LE commands.
    public static let netRaw = Capabilities(number: CAP_NET_RAW)

    /// Those in effect for the calling thread; none if the kernel does not report them. The corresponding C function is `capget`.
    public static var effective: Capabilities {
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        return clinux_capget(&effective, &permitted) == 0 ? Capabilities(rawValue: effective) : []
    }

    /// Gives up all others for the calling thread, the threads it starts later, and whatever they execute.
    /// The corresponding C functions are `capset` and `prctl(PR_CAPBSET_DROP)`.
    public static func keep(only kept: Capabilities) {
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        guard clinux_capget(&effective, &permitted) == 0 else { return }
        // Beyond the last one the kernel answers EINVAL; without CAP_SETPCAP, EPERM, and then there is nothing to gain by executing.
        for number in Int32(0)..<64 where kept.rawValue >> UInt64(number) & 1 == 0 { _ = clinux_drop_from_bounding_set(number) }
        _ = clinux_capset(effective & kept.rawValue, permitted & kept.rawValue)
    }
}
