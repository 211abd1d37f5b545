import Bytes
import Testing

@testable import Runtime

/// The lifecycle by itself, with numbers for configurations.
struct LifecycleTests {
    typealias Part = Lifecycle<Int>.Part

    /// What a lifecycle makes of its parts.
    private struct Parts {
        var lifecycle = Lifecycle<Int>()
        /// The configuration that each part works by; nil if it has stopped.
        var working: [Part: Int] = [.session: 0, .source: 0]
        var stopping: Set<Part> = []
        var active = 0
        var order: [String] = []

        mutating func carryOut(_ actions: [Lifecycle<Int>.Action]) {
            for action in actions {
                switch action {
                case .stop(let part):
                    order.append("stop \(part)")
                    stopping.insert(part)
                case .finish(let part, _):
                    order.append("finish \(part)")
                    stopping.insert(part)
                case .stopWaiting(let part): order.append("stop waiting for \(part)")
                case .apply(let target, let restarting):
                    order.append("apply \(target)")
                    active = target
                    for part in restarting {
                        precondition(working[part] == nil)
                        order.append("start \(part)")
                    }
                    for part in restarting { working[part] = target }
                case .end: order.append("end")
                }
            }
        }

        mutating func reload(_ target: Int, _ changed: Set<Part>) { carryOut(lifecycle.reload(target, changed: changed)) }

        mutating func stopped(_ part: Part) {
            stopping.remove(part)
            working[part] = nil
        }

        mutating func advance(at now: UInt64 = 0) { carryOut(lifecycle.advance(at: now) { working[$0] == nil }) }
    }

    @Test func `parts are stopped in the reverse order of their start`() {
        var parts = Parts()
        parts.reload(1, [.session, .source])
        parts.advance()
        #expect(parts.order == ["stop source", "stop session"])
        parts.stopped(.session)
        parts.advance()
        #expect(parts.order.count == 2 && parts.lifecycle.target == 1)
        parts.stopped(.source)
        parts.advance()
        #expect(parts.order.suffix(3) == ["apply 1", "start session", "start source"])
        #expect(parts.lifecycle.target == nil)
    }

    @Test func `a part that stops for a configuration is started again though a later one takes the change back`() {
        var parts = Parts()
        parts.reload(1, [.session])
        parts.advance()
        // Compared with what it works by nothing has changed.
        parts.reload(0, [])
        parts.advance()
        parts.stopped(.session)
        parts.advance()
        #expect(parts.order == ["stop session", "apply 0", "start session"])
    }

    @Test func `a stop goes through the source, then the session, then the end`() {
        var parts = Parts()
        parts.carryOut(parts.lifecycle.stop(drainTime: 5, at: 10))
        parts.advance(at: 10)
        #expect(parts.order == ["finish source"] && !parts.lifecycle.isRunning)
        parts.stopped(.source)
        parts.advance(at: 11)
        parts.stopped(.session)
        parts.advance(at: 12)
        #expect(parts.order == ["finish source", "finish session", "end"] && parts.lifecycle.isStopped)
        parts.reload(3, [.session])
        parts.carryOut(parts.lifecycle.stop(drainTime: 5, at: 13))
        parts.carryOut(parts.lifecycle.stopWaiting(at: 13))
        parts.advance(at: 14)
        #expect(parts.order.count == 3)
    }

    @Test func `a second signal leaves the source behind, and stops waiting for the session`() {
        var parts = Parts()
        parts.carryOut(parts.lifecycle.stop(drainTime: 5_000_000_000, at: 0))
        parts.carryOut(parts.lifecycle.stopWaiting(at: 1))
        parts.advance(at: 1)
        #expect(parts.order == ["finish source", "stop waiting for source", "finish session", "stop waiting for session"])
        parts.carryOut(parts.lifecycle.stopWaiting(at: 2))
        #expect(parts.order.count == 4)
        // Nothing is waited for for ever.
        parts.advance(at: 1 + Lifecycle<Int>.sessionPatience)
        #expect(parts.lifecycle.isStopped)
    }

    @Test func `parts that never stop do not keep the program from ending`() {
        var parts = Parts()
        parts.carryOut(parts.lifecycle.stop(drainTime: 5, at: 0))
        parts.advance(at: Lifecycle<Int>.sourcePatience - 1)
        #expect(parts.order == ["finish source"])
        parts.advance(at: Lifecycle<Int>.sourcePatience)
        parts.advance(at: 5 + Lifecycle<Int>.sessionPatience)
        #expect(parts.order == ["finish source", "finish session", "end"])
    }

    @Test func `any sequence of reloads and stops of parts ends with all parts running by the last configuration`() {
        for seed in UInt64(0)..<5000 {
            var chance = SplitMix64(seed: seed)
            var parts = Parts()
            var last = 0
            for step in 1..<40 {
                switch UInt8.random(in: 0..<4, using: &chance) {
                case 0:
                    last = Bool.random(using: &chance) ? step : 0
                    // Which parts a configuration changes is a matter of the configuration and what is running.
                    let changed = Set(Part.allCases.filter { _ in last != parts.active && Bool.random(using: &chance) })
                    parts.reload(last, changed)
                case 1: if let part = parts.stopping.randomElement(using: &chance) { parts.stopped(part) }
                default: parts.advance()
                }
            }
            for part in parts.stopping { parts.stopped(part) }
            parts.advance()
            parts.advance()
            #expect(parts.active == last && parts.working.count == 2, "seed \(seed)")
            guard case .running = parts.lifecycle.state else {
                Issue.record("seed \(seed): \(parts.lifecycle.state)")
                return
            }
        }
    }
}
