import Bytes
import MQTTWire

extension Metric {
    /// All of them, in the order in which they are reported.
    public static let table: [Metric] = [
        Metric("interval_s", .seconds, .window, .measure(\.interval), "Time since the interval began", prometheus: .rate),
        Metric("uptime_s", .seconds, .now, .measure(\.uptime), "Time since the start", prometheus: .family("uptime_seconds"), entity: "Uptime"),
        total("reports", \.intake.reports, "Advertising reports in HCI events", prometheus: "reports_total"),

        // Where the advertisements are, each in one place.
        Metric(
            "received", .advertisements, .total, .byAdapter(\.intake.received), "Advertisements received",
            ": reports, those counted once that were joined from fragments", prometheus: .family("advertisements_received_total")),
        Metric(
            "published", .advertisements, .total, .byAdapter(\.session.published), "Advertisements published",
            ". QoS 0: sent by this machine's kernel, which the broker may not have read yet: see [a broker that is slow](connecting.md#a-slow-broker); QoS 1: acknowledged by the broker",
            prometheus: .family("advertisements_published_total")),
        Metric(
            "filtered", .advertisements, .total, .byAdapter(\.intake.filtered), "Advertisements denied by a filter",
            prometheus: .family("advertisements_filtered_total")),
        Metric(
            "thinned", .advertisements, .total, .byAdapter(\.intake.thinned), "Advertisements suppressed by rate limiting",
            " (`thinning`): the device was published shortly before", prometheus: .family("advertisements_thinned_total")),
        Metric(
            "dropped", .advertisements, .total, .byAdapter(\.dropped), "Advertisements dropped, by reason", ": the sum of the reasons that follow",
            prometheus: .familyByReason("advertisements_dropped_total"), entity: "Dropped"),
        drop("dropped_offline", \.droppedOffline, "There was no connection to the broker"),
        drop("dropped_ring_full", \.intake.droppedRingFull, "More was received than the broker accepted: the ring was full, and the oldest were dropped", isLoss: true),
        drop(
            "dropped_connection_lost", \.session.connectionLost,
            "The connection ended before the message was written whole or, at QoS 0, was known to be sent"),
        drop(
            "dropped_unconfirmed", \.session.unconfirmed, "QoS 1: written, but the connection ended before the PUBACK",
            "; the broker may have it. With `clean_session: false` only at a stop or a new configuration: a reconnect sends it again, and until then it is `in_flight`"),
        drop("dropped_oversize", \.publisher.droppedOversize, "Larger than the outbox (128 KiB)", isLoss: true),
        drop(
            "dropped_refused", \.session.refused, "The broker closes the connection on such messages, or on this one",
            ": see [large or refused messages](topics-and-payload.md#large-or-refused-messages)", isLoss: true),
        drop("dropped_shutdown", \.publisher.droppedShutdown, "Still in the ring when the daemon stopped"),
        Metric("queued", .advertisements, .now, .byAdapter(\.queued), "Advertisements in the ring", prometheus: .family("advertisements_queued")),
        Metric(
            "in_flight", .advertisements, .now, .byAdapter(\.inFlight), "Advertisements handed to the session and not published yet",
            "; with `clean_session: false` also what waits to be sent again", prometheus: .family("advertisements_in_flight")),

        Metric(
            "received_per_s", .advertisementsPerSecond, .window, .measure(\.receivedRate), "Advertisements received a second", prometheus: .rate,
            entity: "Received rate"),
        Metric(
            "published_per_s", .advertisementsPerSecond, .window, .measure(\.publishedRate), "Advertisements published a second", prometheus: .rate,
            entity: "Published rate"),
        Metric(
            "queue_high_water_bytes", .bytes, .interval, .count(\.intake.highWater), "Highest fill of the ring in the interval",
            prometheus: .family("queue_high_water_bytes")),
        Metric(
            "latency_p50_ms", .milliseconds, .interval, .measure(\.medianLatency), "From receive stamp to write, median of the interval",
            "; `ring.gather` is in it. At QoS 0 with a broker that is slow, to when it was sent",
            prometheus: .family("publish_latency_median_seconds")),
        Metric(
            "latency_p99_ms", .milliseconds, .interval, .measure(\.latency99), "From receive stamp to write, 99th percentile of the interval",
            prometheus: .family("publish_latency_p99_seconds")),
        Metric(
            "scanner_gap_ms", .milliseconds, .interval, .measure(\.scannerGap),
            "Longest delay of the scanner thread's event loop in the interval",
            ", in waking up or by the work of an iteration, without the delay of `ring.gather`. In a replay, of the thread that plays it, where it waits for an event's time",
            prometheus: .family("scanner_gap_seconds")),
        Metric(
            "devices", .count, .interval, .count(\.devices), "Different addresses in the interval, an estimate", " (±2 %)",
            prometheus: .family("devices")),

        total(
            "fragments_joined", \.intake.fragmentsJoined, "Fragments that were joined to a later report of the same advertisement",
            prometheus: "fragments_joined_total"),
        Metric(
            "fragments_open", .count, .now, .count(\.intake.fragmentsOpen), "Fragments that wait for the rest of their advertisement",
            prometheus: .family("fragments_open")),
        Metric(
            "fragments_truncated", .advertisements, .total, .count(\.intake.fragmentsTruncated), "Advertisements whose data is incomplete",
            prometheus: .family("fragments_truncated_total")),
        Metric(
            "resolved", .advertisements, .total, .count(\.intake.resolved.total), "Advertisements of known identities",
            ", recognised by their address", prometheus: .family("advertisements_resolved_total")),
        Metric(
            "unresolved", .advertisements, .total, .count(\.intake.unresolved.total), "Advertisements whose private address was not checked against all identities",
            ": see [known devices](security.md#known-devices)", prometheus: .family("advertisements_unresolved_total")),
        total("events", \.intake.events, "HCI events read", prometheus: "hci_events_total"),
        total(
            "bad_events", \.intake.badEvents, "Malformed HCI events", "; the reports before the malformed part are published",
            prometheus: "hci_events_damaged_total"),
        total(
            "unknown_events", \.intake.unknownEvents, "HCI events without advertising reports", ", and LE subevents",
            prometheus: "hci_events_unknown_total"),
        Metric(
            "malformed", .advertisements, .total, .count(\.publisher.malformed), "Advertisements with malformed data, published as far as it could be decoded",
            prometheus: .family("advertisements_malformed_total")),
        Metric(
            "kernel_dropped", .count, .total, .byAdapter(\.context.kernelDropped), "HCI events that the kernel dropped",
            " because the daemon did not read in time", prometheus: .family("kernel_dropped_events_total"), isLoss: true),
        total("recoveries", \.context.recoveries, "Steps of recovery of adapters", prometheus: "recoveries_total"),
        total(
            "interferences", \.context.interferences, "Times that another program changed or stopped the scan",
            prometheus: "interferences_total"),

        total("connects", \.session.connects, "Connections that the broker accepted", prometheus: "broker_connects_total"),
        total(
            "disconnects", \.session.disconnects.total, "Connections, and attempts at one, that ended unexpectedly",
            ": the sum of the kinds that follow", prometheus: "broker_disconnects_total"),
        disconnects("disconnects_network", .network, "The network, the resolver or TLS failed, or the broker's machine does not answer any more"),
        disconnects("disconnects_broker", .broker, "The broker closed or reset the connection"),
        disconnects("disconnects_refused", .refused, "CONNACK with a return code other than 0"),
        disconnects(
            "disconnects_timeout", .timeout,
            "No connection, no CONNACK, no PINGRESP, or no progress for 60 s (for five minutes where a backlog moves)"),
        disconnects("disconnects_violation", .violation, "The broker sent what MQTT 3.1.1 forbids, or what was not requested, or floods"),
        total(
            "redelivered", \.session.redelivered, "Messages sent again with DUP", ", each time (`clean_session: false`, QoS 1)",
            prometheus: "redelivered_total"),
        total(
            "unexpected_pubacks", \.session.unexpectedAcknowledgements, "PUBACKs for no message in flight",
            prometheus: "unexpected_pubacks_total"),
        total(
            "unexpected_pingresps", \.session.unexpectedPingResponses, "PINGRESPs without a PINGREQ",
            ". More than 100 of both within 10 s on one connection are a flood, and end it", prometheus: "unexpected_pingresps_total"),
        Metric("rss_kb", .kibibytes, .now, .count(\.context.residentKiB), "Resident memory", prometheus: .family("resident_memory_bytes")),
    ]

    private static func total(
        _ key: StaticString, _ path: KeyPath<Statistics, UInt64> & Sendable, _ help: StaticString, _ detail: StaticString = "",
        prometheus family: StaticString
    ) -> Metric {
        Metric(key, .count, .total, .count(path), help, detail, prometheus: .family(family))
    }

    private static func drop(
        _ key: StaticString, _ path: KeyPath<Statistics, Tally> & Sendable, _ help: StaticString, _ detail: StaticString = "", isLoss: Bool = false
    ) -> Metric {
        Metric(key, .advertisements, .total, .byAdapter(path), help, detail, prometheus: .reason, isLoss: isLoss)
    }

    private static func disconnects(_ key: StaticString, _ kind: CloseReason.Kind, _ help: StaticString) -> Metric {
        Metric(key, .count, .total, .count(\.session.disconnects[kind.rawValue]), help, prometheus: .part)
    }

    /// Why advertisements were dropped.
    static let reasons = table.filter { $0.reason != nil }
    /// What makes the scanner degraded while it grows.
    static let losses = table.filter(\.isLoss)
}
