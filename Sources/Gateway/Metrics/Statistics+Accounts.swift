import Bytes
import MQTTWire

extension Statistics {
    /// Where the advertisements are that were received, each in one place, by adapter.
    struct Accounts: Sendable {
        let received: Tally
        let published: Tally
        let filtered: Tally
        let thinned: Tally
        let offline: Tally
        let ringFull: Tally
        let connectionLost: Tally
        let unconfirmed: Tally
        let oversize: Tally
        let refused: Tally
        let shutdown: Tally
        let queued: Tally
        let inFlight: Tally

        init(_ intake: IntakeCounters, _ publisher: borrowing Publisher, _ account: PublishSession.Account) {
            let session = account.counters
            received = intake.received
            published = session.published
            filtered = intake.filtered
            thinned = intake.thinned
            offline = intake.droppedOffline + publisher.counters.droppedOffline
            ringFull = intake.droppedRingFull
            connectionLost = session.connectionLost
            unconfirmed = session.unconfirmed
            oversize = publisher.counters.droppedOversize
            refused = session.refused
            shutdown = publisher.counters.droppedShutdown
            queued = intake.queued + publisher.held
            inFlight = account.inFlight
        }

        /// Why advertisements were dropped, in the documented order.
        var reasons: [(key: StaticString, tally: Tally)] {
            [
                ("dropped_offline", offline),
                ("dropped_ring_full", ringFull),
                ("dropped_connection_lost", connectionLost),
                ("dropped_unconfirmed", unconfirmed),
                ("dropped_oversize", oversize),
                ("dropped_refused", refused),
                ("dropped_shutdown", shutdown),
            ]
        }

        /// Each adapter's advertisements are all in some place.
        var isBalanced: Bool {
            let places = [published, filtered, thinned, queued, inFlight] + reasons.map(\.tally)
            return places.reduce(Tally(), +) == received
        }

        /// In the documented order.
        /// - Parameter count: takes an adapter's count, or the total.
        func fields(_ count: (Tally) -> UInt64) -> Fields {
            let reasons = reasons
            var fields: Fields = [
                ("received", .count(count(received))),
                ("published", .count(count(published))),
                ("filtered", .count(count(filtered))),
                ("thinned", .count(count(thinned))),
                ("dropped", .count(reasons.reduce(0) { $0 + count($1.tally) })),
            ]
            fields += reasons.map { ($0.key, .count(count($0.tally))) }
            fields += [
                ("queued", .count(count(queued))),
                ("in_flight", .count(count(inFlight))),
            ]
            return fields
        }
    }
}
