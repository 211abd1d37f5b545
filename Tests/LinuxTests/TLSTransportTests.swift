import Glibc
import Testing

@testable import Linux

/// A stream that fails as it is written to, or as it is read.
private final class FailingStream: Transport {
    private let failure: SystemError

    init(_ failure: SystemError) { self.failure = failure }

    var fd: Int32 { -1 }
    func advance() -> Bool { true }
    func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int? { throw fail() }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int? {
        if failure.call.description == "write" { throw fail() }
        return bytes.count
    }
    func finishWriting() {}

    private func fail() -> TransportError {
        // As the call leaves it.
        errno = failure.number
        return .system(failure)
    }
}

@Suite struct TLSTransportTests {
    @Test(arguments: [
        (SystemError("read", ETIMEDOUT), nil), (SystemError("write", ETIMEDOUT), nil),
        (SystemError("read", ECONNRESET), TLSError.closed), (SystemError("write", ECONNRESET), TLSError.closed),
    ])
    func `what fails below TLS is reported as what it is`(failure: SystemError, expected: TLSError?) {
        var settings = TLSSettings()
        settings.isInsecure = true
        let transport = TLSTransport(over: FailingStream(failure), settings, host: "localhost")
        #expect(throws: expected.map(TransportError.tls) ?? .system(failure)) { try transport.advance() }
    }

    /// From OpenSSL 3.2 on "TLS: OpenSSL error 80000068" was logged where a broker had refused our certificate and closed: a write that failed puts
    /// errno into the queue.
    @Test func `an error of the operating system's in OpenSSL's queue is not the peer's`() {
        #expect(TLSFailure.error(0x8000_0000 | UInt(ECONNRESET), firstByte: 22, wantsCertificate: false) == nil)
    }
}
