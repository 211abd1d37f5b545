import Glibc

/// A system call failed.
public struct SystemError: Error, Equatable, Sendable {
    /// The call, or what it was for.
    public let call: StaticString
    /// errno(3)
    public let number: Int32

    public init(_ call: StaticString, _ number: Int32 = errno) {
        self.call = call
        self.number = number
    }

    public static func == (left: SystemError, right: SystemError) -> Bool {
        left.number == right.number && left.call.description == right.call.description
    }

    /// EEXIST
    public var isAlreadyThere: Bool { number == EEXIST }
    /// EPERM or EACCES
    public var isDenied: Bool { number == EPERM || number == EACCES }
    /// ERFKILL: a switch keeps the radio off.
    public var isRadioBlocked: Bool { number == ERFKILL }
    /// EBUSY or EUSERS: another program has it.
    public var isBusy: Bool { number == EBUSY || number == EUSERS }
    /// ENODEV: it is not there (any more).
    public var isGone: Bool { number == ENODEV }
    /// ECONNRESET or EPIPE: the peer has closed, and perhaps has not received what was still being sent.
    public var isClosedByPeer: Bool { number == ECONNRESET || number == EPIPE }
    /// EAGAIN: there is nothing at present.
    public var isNotYet: Bool { number == EAGAIN }
    /// ECONNREFUSED: no program listens there.
    public var isRefused: Bool { number == ECONNREFUSED }
    /// EAFNOSUPPORT: the kernel has no Bluetooth.
    public var isUnsupported: Bool { number == EAFNOSUPPORT }

    /// What the error number means. The corresponding C function is `strerror_r`.
    public static func text(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard strerror_r(number, buffer.baseAddress!, buffer.count) == 0 else { return "error \(number)" }
            return String(cString: buffer.baseAddress!)
        }
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(call): \(Self.text(number))" }
}

/// The result of a call on a descriptor that does not block; nil if it would. A signal that interrupts it means nothing: at the edge
/// (EPOLLET) there would be no second event for it.
func nilIfBlocked<Result: BinaryInteger>(_ name: StaticString, _ call: () -> Result) throws(SystemError) -> Result? {
    do throws(SystemError) {
        return try retrying(name, call)
    } catch {
        if error.number == EAGAIN || error.number == EWOULDBLOCK { return nil }
        throw error
    }
}

/// Stops the program for a call that fails only where the program itself is wrong: a descriptor that is none, memory that is not ours.
func ownFault(_ error: SystemError) -> Never { preconditionFailure("\(error)") }

/// The result of a call that answers −1 with errno; again where a signal interrupted it.
func retrying<Result: BinaryInteger>(_ name: StaticString, _ call: () -> Result) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let number = errno
        if number != EINTR { throw SystemError(name, number) }
    }
}

/// Memory for the time of a call, on the stack where it is small. The corresponding function of Swift is `withUnsafeTemporaryAllocation`,
/// which in Swift 6.2 does not pass on the type of what `body` throws.
public func withTemporaryMemory<Value, Failure: Error>(
    byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Value
) throws(Failure) -> Value {
    let result = withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { memory in
        do throws(Failure) {
            return Result<Value, Failure>.success(try body(memory))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}
