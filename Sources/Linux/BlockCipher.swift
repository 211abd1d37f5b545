import CLinux
import Glibc

/// AES-128 with one key, a block at a time (ECB), by the kernel.
///
/// A block costs two system calls and no allocation. The descriptor is the cipher's alone, but the two calls belong together:
/// one thread at a time may use it.
public final class BlockCipher: Sendable {
    private let operation: FileDescriptor

    /// - Parameter key: 16 bytes, most significant first. The kernel keeps it; this program does not.
    /// - Throws: `SystemError`: EAFNOSUPPORT where the kernel has no AF_ALG or may not be asked for it, ENOENT where it has no
    ///   `ecb(aes)`. The corresponding C calls are socket(AF_ALG), bind, setsockopt(ALG_SET_KEY), accept, sendmsg, read.
    public init(key: [UInt8]) throws(SystemError) {
        precondition(key.count == 16)
        let cipher = FileDescriptor(try retrying("AES cipher") { clinux_cipher_open("ecb(aes)") })
        _ = try retrying("AES key") { clinux_cipher_set_key(cipher.rawValue, key, UInt32(key.count)) }
        // The operation holds on to the cipher and its key; the cipher's own descriptor is not needed any more.
        operation = FileDescriptor(try retrying("AES operation") { clinux_cipher_accept(cipher.rawValue) })
    }

    /// The cipher of a block, both as numbers whose most significant byte is a block's first. Nil where the kernel fails.
    public func encrypt(_ block: UInt128) -> UInt128? {
        var bytes = block.bigEndian
        let size = MemoryLayout<UInt128>.size
        let isDone = withUnsafeMutableBytes(of: &bytes) { memory in
            clinux_cipher_encrypt(operation.rawValue, memory.baseAddress, size) == size
                && read(operation.rawValue, memory.baseAddress, size) == size
        }
        return isDone ? UInt128(bigEndian: bytes) : nil
    }
}
