"""What ends a scan without an error, and how soon the daemon hears again.

Traffic runs all the time: what counts is when the kernel receives the first advertisement that is published, and when the log
says what. Both carry their own times, so that nothing is allowed for polls or for the way to the subscriber.
"""

import contextlib
import datetime
import signal
import time

import adapters
from lab import allowed, equal, expect, wait_for

NOTICED, HEARD = allowed(1.0), allowed(2.0)   # seconds: word of a cause in log and status, and advertisements again after its end
COMMAND = 3.0               # what a command of ours has to be answered within
QUIET = 2.0                 # so long, at most, a controller that hears nothing is not asked whether it is alive
PATIENCE = 20               # for what is measured by its own time
SILENCE, CHECK, POWER = 5, 1, allowed(1.5)   # the watchdog's times here, and what switching an adapter off and on takes
PARAMETERS = {"legacy": (0x200B, bytes.fromhex("00120012000000")), "extended": (0x2041, bytes.fromhex("0000010012001200"))}


@contextlib.contextmanager
def traffic(*controllers, rate=50):
    # Every controller hears advertisements all the while, by another device each time.
    for controller in controllers:
        controller.do(f"burst 1000000 rate {rate} addresses 20")
    yield
    for controller in controllers:
        controller.do("hush")


def _noticed(bench, daemon, what, cause, word, reason=None, seconds=NOTICED):
    """Has something happen, which log and status then tell in time; returns what the log held before."""
    said, told, start = len(daemon.log()), len(bench.statuses()), time.time()
    cause()
    took = daemon.said_at(word, said, PATIENCE) - start
    stated = None
    if reason:
        stated = told_at(bench.await_status(reason, told, PATIENCE)) - start
    print(f"     {what}: said after {took:.2f} s" + (f", in the status after {stated:.2f} s" if reason else ""), flush=True)
    expect(max(took, stated or 0) <= seconds, f"{what}: noticed after {max(took, stated or 0):.2f} s, expected {seconds} s")
    return said


def told_at(status):
    return datetime.datetime.fromisoformat(status["timestamp"].replace("Z", "+00:00")).timestamp()


def hears_again(bench, what, since, seconds=HEARD):
    # After `since`, of time.time(), advertisements are heard in time, and the status is what it was.
    took = bench.await_stream(f"{what}: advertisements again", PATIENCE, since=since)
    print(f"     {what}: heard again after {took:.2f} s", flush=True)
    expect(took <= seconds, f"{what}: heard again after {took:.2f} s, expected {seconds} s")
    wait_for(f"{what}: online again", lambda: bench.status()["status"] == "online", PATIENCE)
    return took


def heard(bench, controller):
    # Advertisements reach the subscriber.
    bench.await_stream(f"stream from hci{controller.index}", 10)


def taken_down(bench):
    """An adapter that another program takes down is reported, brought up and heard again"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        _, daemon = bench.listen(scanner__adapter=controller.address)
        bench.await_ready(controller)
        with traffic(controller):
            heard(bench, controller)
            for turn in ("taken down", "taken down again"):   # at once, so that the answer may wait, but not the word
                _noticed(bench, daemon, f"{kind[2:]}, {turn}", lambda: adapters.down(controller.index),
                         rf"error .*hci{controller.index}.*down", rf"hci{controller.index}: down")
                hears_again(bench, f"{kind[2:]}, {turn}", time.time())
            expect(adapters.is_up(controller.index), "the adapter is not up")
        daemon.stop()


def reset_by_another(bench):
    """A controller that another program resets is heard again"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        _, daemon = bench.listen(scanner__adapter=controller.address)
        bench.await_ready(controller)
        with traffic(controller):
            for name, reset in (("HCI Reset", lambda: adapters.command(controller.index, 0x0C03, b"")),
                                ("HCIDEVRESET", lambda: adapters.reset(controller.index))):
                heard(bench, controller)
                _noticed(bench, daemon, f"{kind[2:]}, {name}", reset, r"error .*reset the controller", "recovering")
                hears_again(bench, f"{kind[2:]}, {name}", time.time())
                equal("duplicates filtered", controller.stats()["filter_duplicates"], 0)
        daemon.stop()


def blocked(bench):
    """Blocked by rfkill an adapter is reported as blocked and left alone, and heard again once it is not"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    with traffic(controller):
        heard(bench, controller)
        said = _noticed(bench, daemon, "blocked", lambda: adapters.block(controller.index, True), r"error .*hci0.*rfkill", "rfkill")
        commands = controller.stats()["commands"]
        time.sleep(5)
        equal("commands while blocked", controller.stats()["commands"], commands)
        expect(adapters.is_blocked(controller.index), "it was unblocked without permission")
        expect(len(daemon.lines(r" (error|warning) ", said)) <= 2, f"said too often: {daemon.lines(' error ', said)}")
        since = time.time()
        adapters.block(controller.index, False)
        hears_again(bench, "unblocked", since)
    daemon.stop()


def unblocks(bench):
    """With rfkill_unblock an adapter that is blocked is unblocked and heard again"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__recovery__rfkill_unblock=True)
    bench.await_ready(controller)
    with traffic(controller):
        heard(bench, controller)
        _noticed(bench, daemon, "blocked", lambda: adapters.block(controller.index, True), r"error .*rfkill")
        hears_again(bench, "unblocked by itself", time.time())
        expect(not adapters.is_blocked(controller.index), "it is still blocked")
    daemon.stop()


def blocked_at_start(bench):
    """An adapter that is blocked when the daemon starts is heard once it is unblocked"""
    controller = bench.controller()
    adapters.up(controller.index)
    adapters.block(controller.index, True)
    _, daemon = bench.listen()
    daemon.await_log(r"hci0.*rfkill", 5)
    daemon.await_online(bench)
    with traffic(controller):
        bench.await_status("rfkill")
        since = time.time()
        adapters.block(controller.index, False)
        hears_again(bench, "unblocked", since)
    daemon.stop()


def replugged(bench):
    """Unplugged and plugged in again, with the same index or another, an adapter is heard again"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.await_ready(controller)
    bench.hears(controller)
    for turn, name in enumerate(("same index", "another index")):
        _noticed(bench, daemon, f"{name}, unplugged", lambda: controller.do("unplug"),
                 r"error .*hci0: has been unplugged", "hci0: absent")
        wait_for("adapter gone", lambda: adapters.find(controller.address) is None)
        if turn:
            bench.controller(address="00:AA:01:00:00:99")
        with traffic(controller):
            since = time.time()
            controller.do("replug")
            hears_again(bench, name, since)
        index = controller.await_adapter()
        equal("the index is the old one", index == controller.index, turn == 0)
        equal("payload's adapter", bench.subscriber.messages()[-1].payload["adapter"], f"hci{index}")
    daemon.stop()


def late_adapter(bench):
    """An adapter that appears thirty seconds after the daemon's start is heard at once"""
    _, daemon = bench.listen()
    took = daemon.said_at(r"error .*no such adapter; waiting for it") - daemon.said_at(r"blemqttd .* started")
    print(f"     missed after {took:.2f} s")
    expect(took <= NOTICED, f"missed after {took:.2f} s")
    daemon.await_online(bench)
    bench.await_status("hci0: absent")
    time.sleep(30)
    equal("errors", len(daemon.lines(r" error ")), 1)
    since = time.time()
    controller = bench.controller()
    with traffic(controller):
        hears_again(bench, "plugged in", since)
    daemon.stop()


def hangs_while_scanning(bench):
    """A controller that hangs goes through every step, is reported as beyond repair, and heard once it answers"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    with traffic(controller):
        heard(bench, controller)
        start = time.time()
        said = _noticed(bench, daemon, "hang", lambda: controller.do("hang"), r"error .*no answer to .* within 3 s; setting the scan up again",
                        "recovering .*no answer", QUIET + COMMAND + allowed(0.3))
        daemon.await_log(r"off and on", 10, said)
        took = daemon.said_at(r" error .*needs a power cycle", said, 40) - start
        print(f"     beyond repair after {took:.1f} s")
        bench.await_status("hci0: needs a power cycle")
        since = time.time()
        controller.do("resume")
        # The kernel itself may wait ten seconds for a controller that did not answer when it was brought up.
        hears_again(bench, "answers again", since, 12)
    final = daemon.stop()
    expect(final["recoveries"] >= 2, f"{final['recoveries']} recoveries counted")


def hangs_while_the_kernel_scans(bench):
    """With access mgmt a controller that hangs is noticed as soon"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__access="mgmt")
    bench.await_ready(controller)
    with traffic(controller):
        heard(bench, controller)
        said = _noticed(bench, daemon, "hang", lambda: controller.do("hang"), r"error .*no answer to .* within 3 s; setting the scan up again",
                        None, QUIET + COMMAND + allowed(0.3))
        daemon.await_log(r"off and on", 10, said)
        since = time.time()
        controller.do("resume")
        # The kernel itself may wait ten seconds for a controller that did not answer when it was brought up.
        hears_again(bench, "answers again", since, 12)
    daemon.stop()


def hangs_for_a_while(bench):
    """A controller that hangs for a few seconds is heard as soon as it answers again, and stays so"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    for seconds in (1, 3, 6):
        with traffic(controller):
            heard(bench, controller)
            controller.do("hang")
            time.sleep(seconds)
            since = time.time()
            controller.do("resume")
            hears_again(bench, f"hang of {seconds} s", since)
            time.sleep(5)   # what was begun on account of the hang comes to its end
            hears_again(bench, f"five seconds after a hang of {seconds} s", time.time())
    expect(not daemon.lines("needs a power cycle"), "beyond repair")
    daemon.stop()


def _refusal(bench, kind, opcode, status, repeats=False):
    controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.await_ready(controller)
    with traffic(controller):
        heard(bench, controller)
        # The refusal is met when the scan must be set up again, here because another program has set it up.
        controller.do(f"refuse {opcode} {status}")
        said = _noticed(bench, daemon, f"{opcode} refused with 0x{status}",
                        lambda: adapters.command(controller.index, *PARAMETERS[controller.dialect]),
                        rf" error .* refused: .*0x{status}", f"recovering .* refused: .*0x{status}")
        refusals = lambda: len([c for c in controller.commands() if c["opcode"] == opcode and c["status"]])
        wait_for("further attempts", lambda: refusals() >= 3, 10)
        if repeats:
            daemon.await_log(r"off and on", 20, said)
            daemon.await_log(r" error .*needs a power cycle", 20, said)
            bench.await_status(rf"hci{controller.index}: needs a power cycle")
        since = time.time()
        controller.do("accept")
        hears_again(bench, f"{opcode} accepted", since)
    daemon.stop()


def refused_parameters(bench):
    """Scan parameters that are refused are tried again until they are accepted"""
    _refusal(bench, "--legacy", "200B", "0C")
    _refusal(bench, "--legacy", "200B", "01")
    _refusal(bench, "--extended", "2041", "12")


def refused_enable(bench):
    """A scan that is refused is tried again until it is accepted"""
    _refusal(bench, "--legacy", "200C", "0C")
    _refusal(bench, "--extended", "2042", "12")


def refused_for_long(bench):
    """A scan that is refused whatever is done is reported as beyond repair, and heard once it is accepted"""
    _refusal(bench, "--legacy", "200C", "0C", repeats=True)


def unknown_commands(bench):
    """A controller that names the extended commands and does not know them is driven with legacy ones"""
    controller = bench.controller("--extended")
    controller.do("refuse 2042 01")
    _, daemon = bench.listen()
    daemon.await_log(r"scanning.*legacy")
    bench.hears(controller)
    equal("dialect", controller.stats()["dialect"], "legacy")
    daemon.stop()


def _arms(controller, since):
    """When the scan was switched on, since then; times of time.monotonic()."""
    return [c["at"] for c in controller.commands(since, ("200C",)) if c["parameters"].startswith("01")]


def _steps(bench, controller, daemon, what, traffic):
    """A silence of its own kind: how often the scan was set up, and what the log made of it."""
    said, start = len(daemon.log()), time.monotonic()
    before = daemon.statistics_now()["recoveries"]
    controller.do(traffic)
    # The watchdog looks each second, and five seconds after the last arming it acts; switching the adapter off and on takes another.
    arms = wait_for(f"{what}: four recovery steps", lambda: (lambda a: a if len(a) >= 4 else None)(_arms(controller, start)), 60)
    gaps = [b - a for a, b in zip([start] + arms, arms)]
    print(f"     {what}: the scan was set up again after {', '.join(f'{gap:.1f}' for gap in gaps)} s")
    expect(all(SILENCE - 0.1 <= gap <= SILENCE + CHECK + POWER for gap in gaps), f"{what}: not one step in each period: {gaps}")
    equal(f"{what}: steps counted", daemon.statistics_now()["recoveries"] - before, len(arms))
    first = daemon.lines(r"setting the scan up again", said)
    expect(first and " info " in first[0], f"{what}: the first quiet spell is told as {first[:1]}")
    bench.await_status("hci0: silent")


def silence(bench):
    """Silence, and then only empty advertisements, lead to one recovery step for each period of the watchdog"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=SILENCE, scanner__watchdog__check=CHECK)
    bench.hears(controller)
    _steps(bench, controller, daemon, "silence", "hush")
    since = time.time()
    with traffic(controller):
        hears_again(bench, "after silence", since)
    _steps(bench, controller, daemon, "empty advertisements", "advertise C0:00:00:00:00:01 random - rate 10")
    with traffic(controller):
        heard(bench, controller)
    daemon.stop()


def no_false_alarm(bench):
    """A slow stream of advertisements is no silence"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=5, scanner__watchdog__check=1)
    bench.await_ready(controller)
    start = time.monotonic()
    controller.do("burst 12 rate 1")   # not faster than the watchdog's check
    time.sleep(14)
    equal("scans set up", _arms(controller, start), [])
    expect(not daemon.lines("setting the scan up"), "a recovery step without a cause")
    daemon.stop()


def overflow(bench):
    """What the kernel loses of a burst is counted for each adapter, to the last event"""
    first, second = bench.controller(), bench.controller("--extended", address="00:AA:01:00:00:02")
    _, daemon = bench.listen(adapters=[{"adapter": first.address}, {"adapter": second.address, "receive_buffer": "256 KiB"}])
    bench.await_ready(first)
    second.await_scanning()
    daemon.send_signal(signal.SIGSTOP)
    truths = {f"hci{c.index}": c.send("burst 20000 rate 0") for c in (first, second)}
    daemon.send_signal(signal.SIGCONT)
    events = sum(t["events"] for t in truths.values())

    def settled():
        s = daemon.statistics_now()
        return s if s["queued"] == 0 and s["in_flight"] == 0 and s["kernel_dropped"] + s["events"] >= events else None
    s = wait_for("everything read", settled, 40)
    equal("kernel_dropped + events", s["kernel_dropped"] + s["events"], events)
    daemon.stop(20)
    _, parts = daemon.statistics_by_adapter()[-1]
    for name, truth in truths.items():
        lost = parts[name]["kernel_dropped"]
        print(f"     {name}: {truth['events']} events written, {lost:.0f} lost in the kernel")
        expect(lost > 0, f"{name}: nothing was lost")
        equal(f"{name}: lost and received", lost + parts[name]["received"], truth["events"])
    equal("kernel_dropped of both", sum(p["kernel_dropped"] for p in parts.values()), s["kernel_dropped"])
