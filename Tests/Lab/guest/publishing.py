"""From the controller's events to the subscriber's messages."""

import signal
import time

from lab import allowed, equal, expect, wait_for

PHYS = {1: "1M", 2: "2M", 3: "Coded"}
ADDRESS_TYPES = {0: "public", 1: "random", 255: "anonymous"}


def _serial(message):
    """The serial number that the controller put into the first four octets of company 0xFFFF's data."""
    return int(message.payload["manufacturer_data"]["ffff"][:8], 16)


def once_each(messages, serials):
    seen = [_serial(message) for message in messages]
    twice = len(seen) - len(set(seen))
    missing = set(serials) - set(seen)
    expect(not twice and not missing, f"{twice} serials twice, {len(missing)} missing: {sorted(missing)[:10]}")
    equal("messages", len(seen), len(serials))
    equal("order", seen, sorted(seen))


def equals_controller(final, truth):
    # The daemon's statistics and the controller's own count are the same.
    for ours, theirs in (("events", "events"), ("reports", "reports"), ("received", "adverts"), ("published", "adverts"),
                         ("fragments_joined", "fragments"), ("fragments_truncated", "truncated")):
        equal(f"{ours} (controller: {theirs})", final[ours], truth[theirs])
    for none in ("kernel_dropped", "dropped", "bad_events", "unknown_events", "malformed", "filtered", "queued", "in_flight",
                 "fragments_open"):
        equal(none, final[none], 0)


def _ten_thousand(bench, kind, traffic):
    """At 500 a second, at QoS 1. Latency is judged where the controller itself kept time; a machine too busy for that gets
    two more tries."""
    controller = bench.controller(kind)
    for first in (1, 10001, 20001):
        # One interval over the whole run: its p99 is the run's. The lines in between come from SIGUSR1.
        subscriber, daemon = bench.listen(stats__interval=3600)
        bench.await_ready(controller)
        before = controller.stats()
        controller.do(f"burst 10000 rate 500 per-event 6 {traffic} from {first}")
        lines = 0
        while controller.stats()["busy"]:
            daemon.statistics_now()
            lines += 1
            time.sleep(0.5)
        subscriber.await_count(first + 9999, 60)
        final, memory = daemon.statistics_now(), daemon.memory()
        after = controller.stats()
        counts = {key: after[key] - before[key] for key in before if isinstance(before[key], int)}
        equal("advertisements not heard by the controller", counts["unheard"], 0)
        equals_controller(final, counts)
        equal("statistics at the end", daemon.stop()["published"], 10000)
        expect(lines >= 10, f"{lines} statistics lines during the traffic")
        print(f"     latency p50 {final['latency_p50_ms']} ms, p99 {final['latency_p99_ms']} ms, controller's lateness p99 "
              f"{after['late_p99_ms']} ms, {lines} statistics lines; memory, kB: {memory}", flush=True)
        if final["latency_p99_ms"] < allowed(100) or after["late_p99_ms"] < 10:
            break
    once_each(subscriber.messages(), range(1, first + 10000))
    expect(final["latency_p99_ms"] < allowed(100), f"latency p99 {final['latency_p99_ms']} ms, expected below {allowed(100):g}")


def legacy_ten_thousand(bench):
    """Ten thousand reports in legacy events reach the subscriber once each"""
    _ten_thousand(bench, "--legacy", "kind legacy")


legacy_ten_thousand.limit = 300


def extended_ten_thousand(bench):
    """Ten thousand reports in extended events reach the subscriber once each"""
    _ten_thousand(bench, "--extended", "kind mixed")


extended_ten_thousand.limit = 300


def events_of_both_kinds(bench):
    """Legacy and extended events in turn are read alike"""
    controller = bench.controller("--extended")
    subscriber, daemon = bench.listen()
    bench.await_ready(controller)
    truth = controller.send("burst 1000 rate 500 per-event 25 kind both")
    subscriber.await_count(1000)
    once_each(subscriber.messages(), range(1, 1001))
    equals_controller(daemon.stop(), truth)


def _agrees(message, truth):
    """Every header field and the data, as the controller sent them."""
    payload, address = message.payload, truth["address"]
    is_extended = truth["event"] == 0x0D
    expected = {
        "mac_address": address,
        "rssi": None if truth["rssi"] == 127 else truth["rssi"],
        "address_type": ADDRESS_TYPES[truth["address_type"]],
        "event_type": truth["pdu"],
        "raw": truth["data"] or None,
        "sid": truth["sid"] if truth["sid"] != 255 else None,
        "primary_phy": PHYS[truth["primary"]] if is_extended else None,
        "secondary_phy": PHYS.get(truth["secondary"]) if is_extended else None,
        "truncated": True if truth["truncated"] else None,
        "malformed": None,
    }
    actual = {key: payload.get(key) or (None if key == "raw" else payload.get(key)) for key in expected}
    equal(f"message for {address}", actual, expected)
    equal("topic", message.topic, f"ble/raw/lab/{address}")
    if "02" + "0a" not in truth["data"] and truth["tx_power"] != 127:
        equal(f"tx_power of {address}", payload.get("tx_power"), truth["tx_power"])


def _all_agree(bench, controller, subscriber, daemon, counts):
    subscriber.await_count(counts["adverts"])
    final = daemon.stop()
    messages, truths = subscriber.messages(), controller.truth()
    equal("messages", len(messages), len(truths))
    for message, truth in zip(messages, truths):
        _agrees(message, truth)
    for none in ("kernel_dropped", "dropped", "bad_events", "unknown_events", "malformed"):
        equal(none, final[none], 0)
    for ours, theirs in (("events", "events"), ("reports", "reports"), ("received", "adverts"), ("fragments_joined", "fragments")):
        equal(f"{ours} (controller: {theirs})", final[ours], counts[theirs])
    return final


def fragments(bench):
    """Fragments of long advertisements that alternate are joined, one message each"""
    controller = bench.controller("--extended")
    subscriber, daemon = bench.listen(payload__raw=True)
    bench.await_ready(controller)
    for size, piece in ((600, 229), (1650, 229), (64, 7), (229, 229), (230, 229)):
        counts = controller.send(f"fragments 5 rate 20 advertisers 4 size {size} piece {piece} from {size * 1000}")
    counts = controller.send("fragments 5 rate 20 advertisers 3 size 500 truncate 4 from 5000000")
    final = _all_agree(bench, controller, subscriber, daemon, counts)
    equal("fragments_truncated", final["fragments_truncated"], counts["truncated"])
    expect(counts["truncated"] > 0, "the controller truncated nothing")


def odd_advertisers(bench):
    """Anonymous advertisers, empty advertisements and those on the Coded PHY are published"""
    controller = bench.controller("--coded")
    subscriber, daemon = bench.listen(payload__raw=True)
    bench.await_ready(controller)
    for kind in ("anonymous", "empty", "coded"):
        counts = controller.send(f"burst 30 rate 100 per-event 3 kind {kind}")
    _all_agree(bench, controller, subscriber, daemon, counts)


def scene(bench):
    """A room of realistic devices is published as the controller sent it"""
    controller = bench.controller("--coded")
    subscriber, daemon = bench.listen(payload__raw=True, scanner__mode="active")
    bench.await_ready(controller)
    counts = controller.send("scene 10")
    _all_agree(bench, controller, subscriber, daemon, counts)
    messages = subscriber.messages()
    names = {message.payload["local_name"] for message in messages}
    expect({"Pulse Belt 7", "Café Größe ☕ 東京", "ATC_5B0E9D"} <= names, f"names heard: {names}")
    beacon = next(m.payload for m in messages if m.payload["mac_address"] == "D3:A1:F0:42:7B:10")
    equal("iBeacon", beacon["manufacturer_data"], {"4c00": "02155a4bcfce174e4baca814092e77f6b7e50007012cc5"})


def kernel_overflow(bench):
    """What the kernel loses while the daemon is stopped is counted to the last report"""
    overflows(bench, bench.controller("--legacy"))


def overflows(bench, controller):
    # As fast as it can be written, to a daemon that is stopped.
    subscriber, daemon = bench.listen(scanner__receive_buffer="1 MiB")
    bench.await_ready(controller)
    daemon.send_signal(signal.SIGSTOP)
    truth = controller.send("burst 20000 rate 0")
    daemon.send_signal(signal.SIGCONT)
    equal("advertisements not heard by the controller", truth["unheard"], 0)

    def settled():
        s = daemon.statistics_now()
        return s if s["queued"] == 0 and s["in_flight"] == 0 and s["kernel_dropped"] + s["reports"] >= 20000 else None
    s = wait_for("everything read", settled, 30)
    equal("kernel_dropped + reports", s["kernel_dropped"] + s["reports"], truth["reports"])
    expect(s["kernel_dropped"] > 0, "nothing was lost: the flood was too small for the buffer")
    expect(s["reports"] > 1000, "almost nothing was read")
    # One more after the flood: it still hears.
    controller.send("burst 1 from 900000")
    wait_for("a message after the flood", lambda: any(_serial(m) == 900000 for m in subscriber.messages()))
    final = daemon.stop()
    equal("messages", subscriber.count(), final["published"])
    print(f"     {int(s['reports'])} read, {int(s['kernel_dropped'])} lost in the kernel, "
          f"{int(final['dropped_ring_full'])} dropped by a full ring")
