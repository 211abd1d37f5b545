import Testing

@testable import Linux

@Suite struct BlockCipherTests {
    /// FIPS 197 appendix B and C.1, and Core specification Vol 3 Part H D.7.
    static let vectors: [(key: UInt128, block: UInt128, cipher: UInt128)] = [
        (0x2B7E_1516_28AE_D2A6_ABF7_1588_09CF_4F3C, 0x3243_F6A8_885A_308D_3131_98A2_E037_0734, 0x3925_841D_02DC_09FB_DC11_8597_196A_0B32),
        (0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F, 0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF, 0x69C4_E0D8_6A7B_0430_D8CD_B780_70B4_C55A),
        (0xEC02_34A3_57C8_AD05_3410_10A6_0A39_7D9B, 0x70_8194, 0x159D_5FB7_2EBE_2311_A48C_1BDC_C40D_FBAA),
    ]

    static func bytes(_ number: UInt128) -> [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: number >> UInt128(120 - 8 * $0)) } }

    @Test(arguments: vectors)
    func `blocks are enciphered as the standards print it, again and again`(key: UInt128, block: UInt128, cipher: UInt128) throws {
        let aes = try BlockCipher(key: Self.bytes(key))
        for _ in 0..<100 { #expect(aes.encrypt(block) == cipher) }
        // Another cipher in between changes nothing.
        let other = try BlockCipher(key: Self.bytes(key ^ 1))
        #expect(other.encrypt(block) != cipher)
        #expect(aes.encrypt(block) == cipher)
    }

    @Test func `thousands of ciphers come and go`() throws {
        for number in 0..<5_000 {
            let aes = try BlockCipher(key: Self.bytes(UInt128(number)))
            guard aes.encrypt(0) != nil else {
                Issue.record("cipher \(number) failed")
                return
            }
        }
    }
}
