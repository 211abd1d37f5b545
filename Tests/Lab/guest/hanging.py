"""Controllers that hang just when something else is wanted of them."""

import os
import signal
import threading
import time

import adapters
from lab import allowed, expect
from recovery import heard, hears_again, told_at, traffic

# The kernel itself may wait ten seconds for a controller that did not answer when it was brought up.
AGAIN = 15.0   # s


def _rewrite(daemon, old, new):
    """Has it read another configuration."""
    with open(daemon.path) as file:
        text = file.read()
    expect(old in text, f"no {old} in the configuration")
    with open(daemon.path + ".new", "w") as file:
        file.write(text.replace(old, new))
    os.chmod(daemon.path + ".new", 0o600)
    os.replace(daemon.path + ".new", daemon.path)
    daemon.send_signal(signal.SIGHUP)


def reload_taken_back(bench):
    """A reload, and one that takes it back while the controller hangs, end at work once it answers, and not online before"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=5, scanner__watchdog__check=1)
    bench.await_ready(controller)
    with traffic(controller):
        for pause in (0.05, 0.9):
            heard(bench, controller)
            told = len(bench.statuses())
            controller.do("hang")
            _rewrite(daemon, "silence: 5", "silence: 6")
            time.sleep(pause)
            _rewrite(daemon, "silence: 6", "silence: 5")
            # That it is started anew may count as online, until the first command has been waited for.
            bench.await_status("recovering .*no answer", told, 20)
            since = time.time()
            controller.do("resume")
            hears_again(bench, f"taken back after {pause} s", since, AGAIN)
            expect(controller.stats()["scanning"], "told online without a scan")
            statuses = bench.statuses()[told:]
            first = next(number for number, s in enumerate(statuses) if "no answer" in s.get("reason", ""))
            early = [s for s in statuses[first:] if s["status"] == "online" and told_at(s) < since]
            expect(not early, f"told online before it answered, at {since:.2f}: "
                   + ", ".join(f"{told_at(s):.2f} {s['status']} {s.get('reason', '')}" for s in statuses))
    daemon.stop()


def taken_over(bench):
    """Taking over a controller that hangs holds up neither statistics nor metrics nor a stop, and it is heard once it answers"""
    controller = bench.controller()
    adapters.up(controller.index)
    controller.do("hang")
    path = f"{bench.directory}/metrics.prom"
    settings = {"scanner__access": "exclusive", "stats__interval": 1, "metrics__textfile": path}
    _, daemon = bench.listen(**settings)
    daemon.await_online(bench)
    seen, begin = set(), time.monotonic()
    lines = len(daemon.statistics())
    while time.monotonic() < begin + 8:
        if os.path.exists(path):
            seen.add(os.stat(path).st_mtime_ns)
        time.sleep(0.05)
    intervals = [s["interval_s"] for s in daemon.statistics()[lines:]]
    start = time.monotonic()
    daemon.stop(6)
    took = time.monotonic() - start
    print(f"     statistics each {max(intervals, default=0):.1f} s at most, metrics {len(seen)} times in 8 s, SIGTERM {took:.1f} s", flush=True)
    expect(len(intervals) >= 5 and max(intervals) <= allowed(2), f"statistics after {intervals} s")
    expect(len(seen) >= 5, f"the metrics file was written {len(seen)} times")
    _, daemon = bench.listen(**settings)
    daemon.await_online(bench)
    time.sleep(1)
    with traffic(controller):
        since = time.time()
        controller.do("resume")
        hears_again(bench, "answers again", since, AGAIN)
    daemon.stop()


def down_while_a_monitor_is_added(bench):
    """With access mgmt an adapter that goes down while the kernel is asked to scan, and answers after that, is heard again"""
    controller = bench.controller()
    for power_cycle in (True, False):
        _, daemon = bench.listen(scanner__access="mgmt", scanner__recovery__power_cycle=power_cycle, scanner__watchdog__silence=5)
        bench.await_ready(controller)
        with traffic(controller):
            for old, new in ((5, 6), (6, 5)):
                heard(bench, controller)
                controller.do("hang")
                # The kernel waits for the controller before it is down; meanwhile the monitor is taken away and added again.
                down = threading.Thread(target=adapters.down, args=(controller.index,))
                down.start()
                time.sleep(0.2)
                _rewrite(daemon, f"silence: {old}", f"silence: {new}")
                time.sleep(0.3)
                controller.do("resume")
                down.join()
                hears_again(bench, f"power_cycle {power_cycle}", time.time(), AGAIN)
        daemon.stop()
