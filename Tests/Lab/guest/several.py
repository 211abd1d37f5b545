"""Several adapters at once."""

import time

import adapters
from lab import equal, expect, wait_for

FIRST, SECOND, THIRD = "00:AA:01:00:00:01", "00:AA:01:00:00:02", "00:AA:01:00:00:03"


def _two(bench, **settings):
    """A legacy and an extended controller, both heard."""
    first, second = bench.controller("--legacy", address=FIRST), bench.controller("--extended", address=SECOND)
    settings.setdefault("adapters", [{"adapter": FIRST}, {"adapter": SECOND}])
    subscriber, daemon = bench.listen(**settings)
    bench.await_ready(first)
    second.await_scanning()
    return first, second, subscriber, daemon


def _serials(messages):
    return sorted(int(m.payload["manufacturer_data"]["ffff"][:8], 16) for m in messages)


def _name(controller):
    return f"hci{controller.index}"


def every_report(bench):
    """Two controllers with 500 reports a second each: every report of both is published and accounted for"""
    first, second, subscriber, daemon = _two(bench, stats__interval=2)
    count = 5000
    first.do(f"burst {count} rate 500 per-event 4 from 1")
    second.do(f"burst {count} rate 500 per-event 4 kind mixed from 100001")
    subscriber.await_count(2 * count, 60)
    truths = {_name(c): c.stats() for c in (first, second)}
    final = daemon.stop()
    for controller, serial in ((first, 1), (second, 100001)):
        equal(f"serials of {_name(controller)}", _serials(subscriber.from_adapter(_name(controller))), list(range(serial, serial + count)))
    parts = daemon.statistics_by_adapter()[-1][1]
    equal("adapters with a statistics line", set(parts), set(truths))
    for name, truth in truths.items():
        equal(f"{name}: advertisements unheard", truth["unheard"], 0)
        for key in ("received", "published"):
            equal(f"{name}: {key}", parts[name][key], truth["adverts"])
        for key in ("filtered", "thinned", "dropped", "queued", "in_flight", "kernel_dropped"):
            equal(f"{name}: {key}", parts[name][key], 0)
    equal("published", final["published"], 2 * count)
    latency = max(s.get("latency_p99_ms", 0) for s in daemon.statistics())
    print(f"     latency p99 of the worst two seconds {latency} ms, resident {final['rss_kb']:.0f} kB")


def all_adapters(bench):
    """With "all" every adapter is scanned with, also one that is plugged in later"""
    first, second, subscriber, daemon = _two(bench, adapters=[{"adapter": "all"}])
    third = bench.controller("--legacy", address=THIRD)
    third.await_scanning(3)
    for number, controller in enumerate((first, second, third)):
        controller.do(f"burst 50 rate 100 from {number * 1000}")
    subscriber.await_count(150)
    for controller in (first, second, third):
        equal(f"messages of {_name(controller)}", len(subscriber.from_adapter(_name(controller))), 50)
    equal("adapters with a statistics line", (daemon.stop() and set(daemon.statistics_by_adapter()[-1][1])), {"hci0", "hci1", "hci2"})


def settings_of_their_own(bench):
    """Each adapter gets its own settings"""
    first, second, _, daemon = _two(bench, scanner__interval_ms=200, scanner__window_ms=100, adapters=[
        {"adapter": FIRST}, {"adapter": SECOND, "mode": "active", "interval_ms": 60, "window_ms": 30}])
    expect(("200B", "004001a0000000", 0) in first.scan_commands(), f"first: {first.scan_commands()}")
    expect(("2041", "0000010160003000", 0) in second.scan_commands(), f"second: {second.scan_commands()}")
    daemon.stop()


def one_unplugged(bench):
    """While one adapter is unplugged the other goes on undisturbed"""
    first, second, subscriber, daemon = _two(bench)
    before = len(second.scan_commands())
    second.do("burst 2000 rate 200 from 100001")
    first.do("burst 200 rate 200")
    time.sleep(2)
    first.do("unplug")
    daemon.await_log(r"error .*(hci0|00:AA:01:00:00:01)", 2)
    time.sleep(3)
    first.do("replug")
    first.await_scanning(3)
    truth = wait_for("end of traffic", lambda: (lambda s: None if s["busy"] else s)(second.stats()), 30)
    subscriber.await_count(2200)
    equal("unheard by the second", truth["unheard"], 0)
    equal("serials of the second", _serials(subscriber.from_adapter(_name(second))), list(range(100001, 102001)))
    equal("scan commands to the second", len(second.scan_commands()), before)
    daemon.stop()


def swapped(bench):
    """Unplugged and plugged in again in another order, each adapter is found by its address and keeps its settings"""
    first, second, subscriber, daemon = _two(bench, adapters=[{"adapter": FIRST}, {"adapter": SECOND, "mode": "active"}])
    equal("indices", (first.index, second.index), (0, 1))
    for controller in (first, second):
        controller.do("unplug")
    wait_for("adapters gone", lambda: not adapters.indices())
    time.sleep(0.5)
    for controller in (second, first):
        controller.do("replug")
        controller.index = controller.await_adapter()
        controller.await_scanning(3)
    equal("indices", (first.index, second.index), (1, 0))
    equal("active", (first.stats()["active"], second.stats()["active"]), (False, True))
    for controller, serial in ((first, 1000), (second, 2000)):
        before = len(subscriber.from_adapter(_name(controller)))
        controller.send(f"burst 20 rate 100 from {serial}")
        wait_for("messages", lambda: len(subscriber.from_adapter(_name(controller))) == before + 20)
        equal("serials", _serials(subscriber.from_adapter(_name(controller))[before:]), list(range(serial, serial + 20)))
    daemon.stop()


def a_name_that_another_had(bench):
    """An adapter that returns under the name of one that is gone is told of as itself"""
    first, second, _, daemon = _two(bench)
    first.do("unplug")
    daemon.await_log(r"error .*hci0: has been unplugged")
    second.do("unplug")
    daemon.await_log(r"error .*hci1: has been unplugged")
    wait_for("adapters gone", lambda: not adapters.indices())
    second.do("replug")
    second.index = second.await_adapter()
    equal("index", second.index, 0)
    second.await_scanning(3)
    said = len(daemon.log())
    adapters.down(0)
    daemon.await_log(r"error .*hci0: is down", 3, said)
    second.await_scanning(3)
    said = len(daemon.log())
    second.do("unplug")
    daemon.await_log(r"error .*hci0: has been unplugged", 3, said)
    for controller in (second, first):
        controller.do("replug")
        controller.index = controller.await_adapter()
        controller.await_scanning(3)
    daemon.stop()


def one_missing(bench):
    """An adapter that is not there does not keep the others from being heard"""
    first = bench.controller("--legacy", address=FIRST)
    _, daemon = bench.listen(adapters=[{"adapter": FIRST}, {"adapter": SECOND}])
    bench.hears(first)
    daemon.await_log(SECOND)
    second = bench.controller("--extended", address=SECOND)
    second.await_scanning(3)
    bench.hears(second, 1000)
    daemon.stop()
