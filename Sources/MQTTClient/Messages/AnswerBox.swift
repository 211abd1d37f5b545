#if Tools
import Synchronization

/// What consumers say of the messages that they were given, on its way to the event loop: from any thread, and one wake-up for many.
final class AnswerBox: Sendable {
    struct Answer: Sendable {
        var number: UInt64
        /// False: it is let go without acknowledgement.
        var isAcknowledged: Bool
    }

    private let answers = Mutex<[Answer]>([])
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called when the first answer is there since `takeAll`.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func post(_ number: UInt64, isAcknowledged: Bool) {
        let isFirst = answers.withLock { answers in
            answers.append(Answer(number: number, isAcknowledged: isAcknowledged))
            return answers.count == 1
        }
        if isFirst { wake() }
    }

    func takeAll() -> [Answer] {
        answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}

/// What is owed to the broker for one message: an answer, once, by whoever has the message; or by all who have it.
final class Obligation: Sendable {
    private struct State {
        var open: Int
        var isRefused = false
    }

    private let number: UInt64
    private let box: AnswerBox
    private let state: Mutex<State>

    /// - Parameter shares: how many subscriptions were given the message.
    init(_ number: UInt64, _ box: AnswerBox, shares: Int) {
        self.number = number
        self.box = box
        state = Mutex(State(open: shares))
    }

    func settle(isAcknowledged: Bool) {
        let result: Bool? = state.withLock { state in
            state.open -= 1
            if !isAcknowledged { state.isRefused = true }
            return state.open == 0 ? !state.isRefused : nil
        }
        if let result { box.post(number, isAcknowledged: result) }
    }
}
#endif
