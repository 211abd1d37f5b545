"""What ends a scan without an error, and how soon the daemon hears again.

Traffic runs all the time: what counts is how long nothing reaches the subscriber.
"""

import contextlib
import signal
import time

import adapters
from lab import equal, expect, wait_for

NOTICED, HEARD = 1.0, 2.0   # seconds: word of a cause in the log, and advertisements again after its end
GRACE = 0.7                 # the emulated machine, the poll and the way to the subscriber
PARAMETERS = {"legacy": (0x200B, bytes.fromhex("00120012000000")), "extended": (0x2041, bytes.fromhex("0000010012001200"))}


@contextlib.contextmanager
def _traffic(*controllers, rate=50):
    """Every controller hears advertisements all the while, by another device each time."""
    for controller in controllers:
        controller.do(f"burst 1000000 rate {rate} addresses 20")
    yield
    for controller in controllers:
        controller.do("hush")


def _word(daemon, since, pattern, seconds=NOTICED):
    """The log says so in time."""
    start = time.monotonic()
    daemon.await_log(pattern, seconds + GRACE, since)
    return time.monotonic() - start


def _hears_again(bench, what, seconds=HEARD):
    took = bench.await_stream(f"{what}: advertisements again", seconds + GRACE)
    print(f"     {what}: heard again after {took:.2f} s", flush=True)
    return took


def _interval(bench, controller):
    """Advertisements reach the subscriber."""
    bench.await_stream(f"stream from hci{controller.index}", 10)


def taken_down(bench):
    """An adapter that another program takes down is reported, brought up and heard again"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        _, daemon = bench.listen(scanner__adapter=controller.address)
        bench.await_ready(controller)
        with _traffic(controller):
            _interval(bench, controller)
            said = len(daemon.log())
            adapters.down(controller.index)
            took = _word(daemon, said, rf"error .*hci{controller.index}.*down")
            print(f"     {kind[2:]}: said after {took:.2f} s")
            _hears_again(bench, kind[2:])
            expect(adapters.is_up(controller.index), "the adapter is not up")
        daemon.stop()


def reset_by_another(bench):
    """A controller that another program resets is heard again"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        _, daemon = bench.listen(scanner__adapter=controller.address)
        bench.await_ready(controller)
        with _traffic(controller):
            for name, reset in (("HCI Reset", lambda: adapters.command(controller.index, 0x0C03, b"")),
                                ("HCIDEVRESET", lambda: adapters.reset(controller.index))):
                _interval(bench, controller)
                reset()
                time.sleep(0.1)
                _hears_again(bench, f"{kind[2:]}, {name}")
                equal("duplicates filtered", controller.stats()["filter_duplicates"], 0)
        daemon.stop()


def blocked(bench):
    """Blocked by rfkill an adapter is reported as blocked and left alone, and heard again once it is not"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    with _traffic(controller):
        _interval(bench, controller)
        said = len(daemon.log())
        adapters.block(controller.index, True)
        took = _word(daemon, said, r"error .*hci0.*rfkill")
        print(f"     said after {took:.2f} s")
        commands = controller.stats()["commands"]
        time.sleep(5)
        equal("commands while blocked", controller.stats()["commands"], commands)
        expect(adapters.is_blocked(controller.index), "it was unblocked without permission")
        expect(len(daemon.lines(r" (error|warning) ", said)) <= 2, f"said too often: {daemon.lines(' error ', said)}")
        adapters.block(controller.index, False)
        _hears_again(bench, "unblocked")
    daemon.stop()


def unblocks(bench):
    """With rfkill_unblock an adapter that is blocked is unblocked and heard again"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__recovery__rfkill_unblock=True)
    bench.await_ready(controller)
    with _traffic(controller):
        _interval(bench, controller)
        said = len(daemon.log())
        adapters.block(controller.index, True)
        _word(daemon, said, r"rfkill")
        _hears_again(bench, "unblocked by itself", NOTICED + HEARD)
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
    with _traffic(controller):
        adapters.block(controller.index, False)
        _hears_again(bench, "unblocked")
    daemon.stop()


def replugged(bench):
    """Unplugged and plugged in again, with the same index or another, an adapter is heard again"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.await_ready(controller)
    bench.hears(controller)
    for turn, name in enumerate(("same index", "another index")):
        said = len(daemon.log())
        controller.do("unplug")
        took = _word(daemon, said, rf"error .*(hci|{controller.address})")
        print(f"     {name}: said after {took:.2f} s")
        wait_for("adapter gone", lambda: adapters.find(controller.address) is None)
        if turn:
            bench.controller(address="00:AA:01:00:00:99")
        controller.do("replug")
        index = controller.await_adapter()
        equal("the index is the old one", index == controller.index, turn == 0)
        with _traffic(controller):
            _hears_again(bench, name)
        equal("payload's adapter", bench.subscriber.messages()[-1].payload["adapter"], f"hci{index}")
    daemon.stop()


def late_adapter(bench):
    """An adapter that appears ten seconds after the daemon's start is heard at once"""
    _, daemon = bench.listen()
    daemon.await_log(r"no such adapter|no adapter|waiting for")
    daemon.await_online(bench)
    time.sleep(10)
    expect(len(daemon.lines(r" error ")) <= 2, f"said too often: {daemon.lines(' error ')}")
    controller = bench.controller()
    with _traffic(controller):
        _hears_again(bench, "plugged in")
    daemon.stop()


def hangs_while_scanning(bench):
    """A controller that hangs goes through every step, is reported as beyond repair, and heard once it answers"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=5, scanner__watchdog__check=1)
    bench.await_ready(controller)
    with _traffic(controller):
        _interval(bench, controller)
        said, start = len(daemon.log()), time.monotonic()
        controller.do("hang")
        # Five seconds of silence, then a command that must be answered within three.
        daemon.await_log(r"no answer to .* within", 5 + 1 + 3 + GRACE, said)
        print(f"     said after {time.monotonic() - start:.1f} s")
        daemon.await_log(r"setting the scan up again", 5, said)
        daemon.await_log(r"off and on", 10, said)
        daemon.await_log(r" error .*needs a power cycle", 40, said)
        print(f"     beyond repair after {time.monotonic() - start:.1f} s")
        expect("power" in str(bench.status()) or "repair" in str(bench.status()), f"the status does not say so: {bench.status()}")
        controller.do("resume")
        # The kernel itself needs a few seconds with a controller that did not answer when it was brought up.
        _hears_again(bench, "answers again", 15)
    final = daemon.stop()
    expect(final["recoveries"] >= 2, f"{final['recoveries']} recoveries counted")


def _refusal(bench, kind, opcode, status):
    controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.await_ready(controller)
    with _traffic(controller):
        _interval(bench, controller)
        said = len(daemon.log())
        # The refusal is met when the scan must be set up again, here because another program has set it up.
        controller.do(f"refuse {opcode} {status}")
        adapters.command(controller.index, *PARAMETERS[controller.dialect])
        took = _word(daemon, said, r" (error|warning) .*(refused|0x|unknown|disallowed)", NOTICED + HEARD)
        print(f"     {opcode} refused with 0x{status}: said after {took:.2f} s")
        wait_for("further attempts", lambda: len([c for c in controller.commands() if c["opcode"] == opcode and c["status"]]) >= 2, 10)
        controller.do("accept")
        _hears_again(bench, f"{opcode} accepted")
    daemon.stop()


def refused_parameters(bench):
    """Scan parameters that are refused are tried again until they are accepted"""
    _refusal(bench, "--legacy", "200B", "0C")
    _refusal(bench, "--extended", "2041", "12")


def refused_enable(bench):
    """A scan that is refused is tried again until it is accepted"""
    _refusal(bench, "--legacy", "200C", "0C")
    _refusal(bench, "--extended", "2042", "12")


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
    return len([c for c in controller.commands(since, ("200C",)) if c["parameters"].startswith("01")])


def _steps(bench, controller, daemon, what, traffic):
    """A silence of its own kind: how often the scan was set up, and what the log made of it."""
    said, start = len(daemon.log()), time.monotonic()
    controller.do(traffic)
    time.sleep(5.5 * 4)   # four periods: the watchdog looks each second, five seconds after the last arming
    steps = _arms(controller, start)
    print(f"     {what}: {steps} steps in {time.monotonic() - start:.0f} s")
    expect(3 <= steps <= 4, f"{what}: {steps} recovery steps in four periods")
    first = daemon.lines(r"setting the scan up again", said)
    expect(first and " info " in first[0], f"{what}: the first quiet spell is told as {first[:1]}")
    return steps


def silence(bench):
    """Silence, and then only empty advertisements, lead to one recovery step for each period of the watchdog"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=5, scanner__watchdog__check=1)
    bench.hears(controller)
    _steps(bench, controller, daemon, "silence", "hush")
    with _traffic(controller):
        _hears_again(bench, "after silence")
        time.sleep(6)   # it has got over it
    _steps(bench, controller, daemon, "empty advertisements", "advertise C0:00:00:00:00:01 random - rate 10")
    with _traffic(controller):
        _interval(bench, controller)
    daemon.stop()


def no_false_alarm(bench):
    """A slow stream of advertisements is no silence"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__watchdog__silence=5, scanner__watchdog__check=1)
    bench.await_ready(controller)
    start = time.monotonic()
    controller.do("burst 12 rate 1")   # not faster than the watchdog's check
    time.sleep(14)
    equal("scans set up", _arms(controller, start), 0)
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
