import Glibc
import Testing

@testable import Linux

@Suite struct SystemErrorTests {
    @Test func `an error names the call and what its number means`() {
        #expect(SystemError("connect", ECONNREFUSED).description == "connect: Connection refused")
        #expect(SystemError("open", ENOENT).description == "open: No such file or directory")
        #expect(SystemError.text(ENODEV) == "No such device")
        #expect(SystemError.text(12_345).contains("12345"))
    }

    @Test func `errno is taken where no number is given`() {
        errno = EXDEV
        let error = SystemError("link")
        #expect(error.number == EXDEV)
    }

    @Test func `errors are equal by call and number`() {
        #expect(SystemError("a", 1) == SystemError("a", 1))
        #expect(SystemError("a", 1) != SystemError("b", 1))
        #expect(SystemError("a", 1) != SystemError("a", 2))
    }

    @Test func `what the daemon asks of an error`() {
        func kinds(_ number: Int32) -> [Bool] {
            let error = SystemError("x", number)
            return [error.isAlreadyThere, error.isDenied, error.isRadioBlocked, error.isBusy, error.isGone, error.isUnsupported]
        }
        #expect(kinds(EEXIST) == [true, false, false, false, false, false])
        #expect(kinds(EPERM) == [false, true, false, false, false, false] && kinds(EACCES) == kinds(EPERM))
        #expect(kinds(ERFKILL) == [false, false, true, false, false, false])
        #expect(kinds(EBUSY) == [false, false, false, true, false, false] && kinds(EUSERS) == kinds(EBUSY))
        #expect(kinds(ENODEV) == [false, false, false, false, true, false])
        #expect(kinds(EAFNOSUPPORT) == [false, false, false, false, false, true])
        #expect(kinds(EIO) == [false, false, false, false, false, false])
    }

    @Test func `a call that a signal interrupted is made again`() throws {
        var calls = 0
        let result = try retrying("x") {
            calls += 1
            errno = EINTR
            return calls < 4 ? -1 : 7
        }
        #expect(calls == 4 && result == 7)
    }

    @Test func `any other failure is thrown at once`() {
        var calls = 0
        #expect(throws: SystemError("x", EIO)) {
            try retrying("x") {
                calls += 1
                errno = EIO
                return -1
            }
        }
        #expect(calls == 1)
    }

    @Test func `a signal in the middle of a call is not taken for a busy descriptor, which at the edge would not be reported again`() throws {
        var calls = 0
        let count = try nilIfBlocked("read") {
            calls += 1
            errno = EINTR
            return calls < 4 ? -1 : 7
        }
        #expect(count == 7 && calls == 4)
        let blocked = try nilIfBlocked("read") {
            errno = EAGAIN
            return -1
        }
        #expect(blocked == nil)
        #expect(throws: SystemError("read", EIO)) {
            try nilIfBlocked("read") {
                errno = EIO
                return -1
            }
        }
    }
}
