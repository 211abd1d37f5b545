import CTLS

/// AES-128 with one key, a block at a time (ECB), by OpenSSL.
///
/// The key is prepared once; a block costs no system call and no allocation. One thread at a time may use it.
public final class BlockCipher: Sendable {
    /// OpenSSL has no AES for us: its configuration provides none, or there is no memory.
    public struct Unavailable: Error, CustomStringConvertible {
        /// In the library's words.
        let reason: String

        /// For people.
        public var description: String { "OpenSSL has no AES-128-ECB: \(reason)" }
    }

    /// The corresponding C type is `EVP_CIPHER_CTX`.
    private nonisolated(unsafe) let context: OpaquePointer

    /// - Parameter key: 16 bytes, most significant first. The library has a copy; this program does not.
    public init(key: [UInt8]) throws(Unavailable) {
        precondition(key.count == 16)
        ERR_clear_error()
        guard let context = EVP_CIPHER_CTX_new() else { throw Unavailable(reason: TLSFailure.text(ERR_get_error())) }
        self.context = context
        guard EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1 else {
            throw Unavailable(reason: TLSFailure.text(ERR_get_error()))
        }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// The cipher of a block, both as numbers whose most significant byte is a block's first. Nil if the library fails.
    public func encrypt(_ block: UInt128) -> UInt128? {
        var bytes = block.bigEndian
        let size = Int32(MemoryLayout<UInt128>.size)
        var written: Int32 = 0
        let isDone = withUnsafeMutableBytes(of: &bytes) { memory in
            let place = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
            return EVP_EncryptUpdate(context, place, &written, place, size) == 1 && written == size
        }
        return isDone ? UInt128(bigEndian: bytes) : nil
    }
}
