import Testing

@testable import Linux

@Suite struct HandshakeBudgetTests {
    @Test func `a handshake reads no more bytes than it may, however they come`() {
        var budget = HandshakeBudget()
        #expect(budget.allows(bytes: 5) == 5)
        #expect(budget.allows(bytes: .max) == HandshakeBudget.bytes)
        for _ in 0..<HandshakeBudget.bytes - 1 { budget.take(bytes: 1) }
        #expect(budget.allows(bytes: 5) == 1 && budget.excess == nil)
        budget.take(bytes: 1)
        #expect(budget.allows(bytes: 5) == 0 && budget.excess == .bytes)
    }

    @Test func `processor time is counted over all steps, and no step pays back`() {
        var budget = HandshakeBudget()
        for _ in 0..<1_999 { budget.take(processorTime: 1_000_000) }
        #expect(budget.excess == nil)
        budget.take(processorTime: 999_999)
        #expect(budget.excess == nil)
        budget.take(processorTime: .max)
        #expect(budget.excess == .processorTime)
    }

    @Test func `what is refused names how much was too much`() {
        let reasons: [TLSError.Excess] = [.message, .bytes, .processorTime, .certificates, .names]
        let texts = reasons.map { TLSError.excessive($0).explanation }
        #expect(texts.allSatisfy { $0.hasPrefix("the broker's TLS handshake is refused: ") })
        for (text, word) in zip(texts, ["32 KiB", "96 KiB", "2 s", "16 certificates", "2000 alternative names"]) { #expect(text.contains(word)) }
    }
}
