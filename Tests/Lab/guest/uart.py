"""Controllers on a serial line, as a Raspberry Pi's own is: what differs from the others is what can go wrong on the way."""

import time

import adapters
from lab import equal, wait_for
from publishing import equals_controller, once_each, overflows
from recovery import hears_again, traffic


def long_line(bench):
    """On serial lines every report of two controllers reaches the subscriber once"""
    first = bench.controller(transport="uart")
    second = bench.controller("--extended", address="00:AA:01:00:00:02", transport="uart")
    subscriber, daemon = bench.listen(adapters=[{"adapter": first.address}, {"adapter": second.address}])
    bench.await_ready(first)
    second.await_scanning()
    first.do("burst 2000 rate 250 per-event 25")
    long = second.send("burst 2000 rate 250 per-event 6 kind mixed from 5001")
    short = wait_for("end of traffic", lambda: (lambda s: None if s["busy"] else s)(first.stats()), 60)
    subscriber.await_count(4000)
    once_each(subscriber.from_adapter(f"hci{first.index}"), range(1, 2001))
    once_each(subscriber.from_adapter(f"hci{second.index}"), range(5001, 7001))
    equals_controller(daemon.stop(), {key: long[key] + short[key] for key in ("events", "reports", "adverts", "fragments", "truncated")})


def full_line(bench):
    """What comes faster than a serial line takes it is counted to the last report"""
    overflows(bench, bench.controller(transport="uart"))


def taken_off(bench):
    """A controller that is taken off its serial line and put on it again is heard again"""
    controller = bench.controller(transport="uart")
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.hears(controller)
    said = len(daemon.log())
    controller.do("unplug")
    daemon.await_log(r"error .*hci0: has been unplugged", 10, said)
    wait_for("adapter gone", lambda: adapters.find(controller.address) is None)
    with traffic(controller):
        since = time.time()
        controller.do("replug")
        hears_again(bench, "on the line again", since)
    equal("index", controller.await_adapter(), controller.index)
    daemon.stop()
