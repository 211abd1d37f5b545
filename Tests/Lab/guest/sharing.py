"""Beside other Bluetooth programs: bluetoothd and a person at bluetoothctl."""

import time

import adapters
from bluez import Bluetoothctl, Bluetoothd
from lab import SCAN_OPCODES, allowed, equal, expect, wait_for
from scanning import SCAN_ON

RESUMES = allowed(1.0)   # seconds from another program's first command to our scan, and the longest gap in our stream
PATIENCE = 20   # for what is measured by the controller's and the kernel's times
# Opcode, and the parameters of a passive and of an active scan.
OURS = {"legacy": ("200B", "00a000a0000000", "01a000a0000000"), "extended": ("2041", "00000100a000a000", "00000101a000a000")}
CREATE_CONNECTION = {"legacy": "200D", "extended": "2043"}
NAME = "48656c6c6f"   # Hello


def _neighbours(bench, kind, **settings):
    controller = bench.controller(kind)
    bluetoothd = Bluetoothd(bench)
    bluetoothd.await_usable(controller)
    ctl = Bluetoothctl(bench)
    _, daemon = bench.listen(**settings)
    bench.await_ready(controller)
    controller.do("burst 1000000 rate 50 addresses 5")
    bench.await_stream("stream before anything happens", 5)
    return controller, ctl, daemon, bluetoothd


def _still_ours(bench, controller, what, deed, active=False):
    """Has another program do something; our stream goes on within a second, by our own parameters."""
    start, began = time.monotonic(), time.time()
    deed()
    time.sleep(0.1)   # the other program's commands have reached the controller

    def ours():
        s = controller.stats()
        return s["scanning"] and not s["filter_duplicates"] and not s["filter_policy"] and s["active"] == active
    wait_for(f"{what}: a scan of ours", ours, PATIENCE)
    bench.await_stream(f"{what}: our stream", PATIENCE)
    opcode, passive, by_active = OURS[controller.dialect]
    parameters = [c for c in controller.scan_commands() if c[0] == opcode][-1]
    equal(f"{what}: the last scan parameters", parameters, (opcode, by_active if active else passive, 0))
    took, changed = 0, None
    for c in controller.commands(start, SCAN_OPCODES):
        changed = changed or c["at"]
        if (c["opcode"], c["parameters"], c["status"]) == SCAN_ON[controller.dialect]:
            took, changed = max(took, c["at"] - changed), None
    gap = bench.longest_gap(began)
    print(f"     {controller.dialect}, {what}: our scan {took:.2f} s after the other's first command; longest gap {gap:.2f} s", flush=True)
    expect(took <= RESUMES, f"{what}: our scan after {took:.2f} s")
    expect(gap <= RESUMES, f"{what}: nothing heard for {gap:.2f} s")


def _finds_new_device(controller, ctl, number, seconds=15):
    """A device that is new comes into reach, and bluetoothctl's discovery finds it, in 0.2 s or, on a busy machine, much later."""
    address, since = f"AA:BB:CC:00:00:{number:02X}", len(ctl.shown)
    controller.do(f"advertise {address} public 0201060609{NAME} rate 10 count {10 * seconds} pdu 3")
    ctl.expects(f"NEW.*Device {address}", since, seconds)


def _at_the_prompt(bench, kind, mode):
    """Another program's discovery makes our scan active: the kernel tells its clients of no advertisement while the last scan
    parameters that passed through it say passive, whoever sent them."""
    active = mode == "active"
    controller, ctl, daemon, _ = _neighbours(bench, kind, scanner__access="raw", scanner__mode=mode)
    # There bluetoothd ends what it takes for a search, waits for 5 s, and begins its own; our scan is passive meanwhile, and after it.
    waits = active and _is_taken_for_search(daemon)
    if waits:
        print("     this kernel takes an active scan for a search", flush=True)
        active = False
    for turn in range(2):
        _still_ours(bench, controller, "scan on", lambda: ctl.do("scan on", "Discovery started", allowed(10)), active=True)
        _finds_new_device(controller, ctl, turn + 1)
        _still_ours(bench, controller, "scan off", lambda: ctl.do("scan off", "Discovery stopped"), active=active)
    ctl.never_showed("InProgress")
    said = len(daemon.log())
    _still_ours(bench, controller, "power off", lambda: ctl.do("power off", "Powered: no|Changing power off succeeded"), active)
    expect(adapters.is_up(controller.index), "the adapter is not up again")
    daemon.await_log(r"down", 1, said)
    _still_ours(bench, controller, "power on", lambda: ctl.do("power on", "Powered: yes|Changing power on succeeded"), active)
    _still_ours(bench, controller, "scan on after the power was off", lambda: ctl.do("scan on", "Discovery started"), active=True)
    ctl.do("scan off", "Discovery stopped")
    ctl.never_showed("InProgress")
    final = daemon.stop()
    expect(final["interferences"] > 0, "no interference counted")
    # Nothing of ours is left that the kernel would take for a search.
    ctl.do("scan on", "Discovery started")
    ctl.do("scan off", "Discovery stopped")


def _is_taken_for_search(daemon):
    """Whether this kernel takes our active scan for a search, as Linux 6.12 does; it is judged 0.15 s after the scan is on."""
    time.sleep(allowed(0.5))
    return bool(daemon.lines("takes an active scan for a search"))


def passive_legacy(bench):
    """Beside bluetoothctl's scan and power commands our passive scan resumes, and its discovery works (legacy controller)"""
    _at_the_prompt(bench, "--legacy", "passive")


def passive_extended(bench):
    """Beside bluetoothctl's scan and power commands our passive scan resumes, and its discovery works (extended controller)"""
    _at_the_prompt(bench, "--extended", "passive")


def active_legacy(bench):
    """Beside bluetoothctl's scan and power commands our active scan resumes, and its discovery works (legacy controller)"""
    _at_the_prompt(bench, "--legacy", "active")


def active_extended(bench):
    """Beside bluetoothctl's scan and power commands our active scan resumes, and its discovery works (extended controller)"""
    _at_the_prompt(bench, "--extended", "active")


def search_without_end(bench):
    """A search that nobody ends, for bluetoothd was killed, is over after the time it is meant to last, and the next one begins"""
    controller, ctl, daemon, bluetoothd = _neighbours(bench, "--extended")
    _still_ours(bench, controller, "scan on", lambda: ctl.do("scan on", "Discovery started"), active=True)
    bluetoothd.child.kill()
    bluetoothd.child.wait()
    wait_for("our scan passive again", lambda: not controller.stats()["active"], 12)
    again = Bluetoothd(bench)
    again.await_usable(controller)
    ctl = Bluetoothctl(bench)
    ctl.do("scan on", "Discovery started")
    ctl.never_showed("InProgress")
    _finds_new_device(controller, ctl, 1)
    daemon.stop()


def search_before_us(bench):
    """A search that was going on before the daemon started goes on finding devices, and ends when it is to"""
    controller = bench.controller("--extended")
    bluetoothd = Bluetoothd(bench)
    bluetoothd.await_usable(controller)
    ctl = Bluetoothctl(bench)
    ctl.do("scan on", "Discovery started")
    _, daemon = bench.listen()
    bench.await_ready(controller)
    # bluetoothd begins it anew some seconds after it was ended, and sees to it that the next one begins, too.
    wait_for("our scan active", lambda: controller.stats()["active"], PATIENCE)
    _finds_new_device(controller, ctl, 1)
    _still_ours(bench, controller, "scan off", lambda: ctl.do("scan off", "Discovery stopped"))
    ctl.never_showed("InProgress")
    daemon.stop()


def between_active_windows(bench):
    """In mixed mode a search of another program begins between the active windows, whatever the kernel takes these for"""
    controller, ctl, daemon, _ = _neighbours(bench, "--legacy", scanner__mode="mixed", scanner__mixed__period=30, scanner__mixed__active=1)
    for turn in range(2):
        # After a search there is none for ten minutes where the kernel would take it for another.
        if turn == 0 or not daemon.lines("takes an active scan for a search"):
            wait_for("an active window", lambda: controller.stats()["active"], 40)
            wait_for("our scan passive again", lambda: not controller.stats()["active"], 10)
        bench.await_stream("our stream", 5)
        _still_ours(bench, controller, "scan on", lambda: ctl.do("scan on", "Discovery started"), active=True)
        _finds_new_device(controller, ctl, turn + 1)
        _still_ours(bench, controller, "scan off", lambda: ctl.do("scan off", "Discovery stopped"))
    ctl.never_showed("InProgress")
    daemon.stop()


def _connection(bench, kind):
    controller, ctl, daemon, bluetoothd = _neighbours(bench, kind)
    ctl.do("scan on", "Discovery started")
    since = len(ctl.shown)
    controller.do(f"advertise AA:BB:CC:00:00:02 public 0201060609{NAME} rate 10")
    ctl.expects("Device AA:BB:CC:00:00:02", since, PATIENCE)
    ctl.do("scan off", "Discovery stopped")

    def connect():
        start = time.monotonic()
        ctl.type("connect AA:BB:CC:00:00:02")
        wait_for("a connection attempt", lambda: controller.commands(start, (CREATE_CONNECTION[controller.dialect],)), 10)
        print(f"     the kernel asked for a connection after {time.monotonic() - start:.2f} s")

    def kill():
        bluetoothd.child.kill()
        bluetoothd.child.wait()
    _still_ours(bench, controller, "connect", connect)
    # Kernel 6.1.192 breaks when a connection attempt ends by itself; bluetoothd goes first.
    _still_ours(bench, controller, "bluetoothd killed", kill)
    daemon.stop()


def connection_legacy(bench):
    """Beside a connection attempt of bluetoothctl our scan goes on (legacy controller)"""
    _connection(bench, "--legacy")


def connection_extended(bench):
    """Beside a connection attempt of bluetoothctl our scan goes on (extended controller)"""
    _connection(bench, "--extended")


def _every_report(bench, controller, what, deed):
    """Has another program do something; the stream resumes in time, and is not thinned by the controller's duplicate filter:
    50 a second are on air."""
    began = time.time()
    deed()
    time.sleep(0.1)
    bench.await_stream(f"{what}: our stream", PATIENCE)
    gap = bench.longest_gap(began)
    before, begin = bench.subscriber.count(), time.monotonic()
    time.sleep(2)
    rate = (bench.subscriber.count() - before) / (time.monotonic() - begin)
    s = controller.stats()
    print(f"     {controller.dialect}, {what}: longest gap {gap:.2f} s, then {rate:.0f} a second; the scan is "
          f"{'active' if s['active'] else 'passive'}", flush=True)
    equal(f"{what}: duplicates filtered", s["filter_duplicates"], 0)
    expect(gap <= RESUMES, f"{what}: nothing heard for {gap:.2f} s")
    expect(rate > 40, f"{what}: {rate:.0f} a second of 50")


def _by_management(bench, kind):
    controller, ctl, daemon, _ = _neighbours(bench, kind, scanner__access="mgmt")
    for turn in range(2):
        for line, answer in (("scan on", "Discovery started"), ("scan off", "Discovery stopped")):
            _every_report(bench, controller, line, lambda: ctl.do(line, answer))
            if line == "scan on":
                _finds_new_device(controller, ctl, turn + 1)
    ctl.never_showed("InProgress")
    _every_report(bench, controller, "power off", lambda: ctl.do("power off", "Powered: no|Changing power off succeeded"))
    daemon.stop()
    # What the kernel did for us ends with us.
    wait_for("the kernel's scan off", lambda: not controller.stats()["scanning"], 5)


def by_management_legacy(bench):
    """With access mgmt the kernel scans for us, and bluetoothctl's discovery works (legacy controller)"""
    _by_management(bench, "--legacy")


def by_management_extended(bench):
    """With access mgmt the kernel scans for us, and bluetoothctl's discovery works (extended controller)"""
    _by_management(bench, "--extended")


def exclusive(bench):
    """With access exclusive the adapter is taken from bluetoothd, and given back at the end"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        bluetoothd = Bluetoothd(bench)
        bluetoothd.await_usable(controller)
        ctl = Bluetoothctl(bench)
        ctl.do("list", f"Controller {controller.address}")
        subscriber, daemon = bench.listen(scanner__adapter=controller.address, scanner__access="exclusive")
        daemon.await_log(r"exclusive use", 5)
        bench.await_ready(controller)
        counts = controller.send("burst 200 rate 100")
        subscriber.await_count(200)
        equal("unheard", counts["unheard"], 0)
        since = ctl.type("scan on")
        time.sleep(1)
        expect("Discovery started" not in ctl.shown[since:], "bluetoothd scans with an adapter that is ours alone")
        equal("a scan of ours", controller.stats()["filter_duplicates"], 0)
        daemon.stop()
        wait_for("adapter known to bluetoothd again", lambda: adapters.find(controller.address) is not None, 5)
        since = len(ctl.shown)
        wait_for("power on", lambda: (ctl.type("power on"), time.sleep(0.3), adapters.is_up(controller.index))[-1], 10)
        ctl.do("scan on", "Discovery started")
        controller.await_scanning()
        ctl.do("scan off", "Discovery stopped")
        for process in (ctl, bluetoothd):
            process.end()
        controller.do("unplug")
