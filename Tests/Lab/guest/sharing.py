"""Beside other Bluetooth programs: bluetoothd, a person at bluetoothctl, and a program that insists."""

import time

import adapters
from bluez import Bluetoothctl, Bluetoothd
from lab import Insistent, equal, expect, wait_for

RESUMES, GRACE = 1.0, 0.5   # seconds
OURS = {"legacy": ("200B", "00a000a0000000"), "extended": ("2041", "00000100a000a000")}
ACTIVELY = {"legacy": ("200B", "01a000a0000000"), "extended": ("2041", "00000101a000a000")}
ENABLE = {"legacy": "200C", "extended": "2042"}
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


def _still_ours(bench, controller, what, seconds=RESUMES, searching=False):
    """Our stream goes on within a second by our own parameters; while another program searches actively, or it would find nothing."""
    start = time.monotonic()
    time.sleep(0.1)   # the other program's commands have reached the controller

    def ours():
        s = controller.stats()
        return s["scanning"] and not s["filter_duplicates"] and not s["filter_policy"] and bool(s["active"]) == searching
    wait_for(f"{what}: a scan of ours", ours, seconds + GRACE)
    bench.await_stream(f"{what}: our stream", max(0.2, seconds + GRACE - (time.monotonic() - start)))
    took = time.monotonic() - start
    parameters = [c for c in controller.scan_commands() if c[0] == OURS[controller.dialect][0]][-1]
    equal(f"{what}: the last scan parameters", parameters, (*(ACTIVELY if searching else OURS)[controller.dialect], 0))
    print(f"     {controller.dialect}, {what}: our scan and stream after {took:.2f} s", flush=True)


def _at_the_prompt(bench, kind):
    controller, ctl, daemon, bluetoothd = _neighbours(bench, kind)
    for turn in range(2):
        ctl.do("scan on", "Discovery started")
        _still_ours(bench, controller, "scan on", searching=True)
        # Its own discovery goes on and finds a device that is new.
        address, since = f"AA:BB:CC:00:00:0{turn + 1}", len(ctl.shown)
        controller.do(f"advertise {address} public 0201060609{NAME} rate 10 count 50 pdu 3")
        ctl.expects(f"NEW.*Device {address}", since, 5)
        ctl.do("scan off", "Discovery stopped")
        _still_ours(bench, controller, "scan off")
    ctl.never_showed("InProgress")
    said = len(daemon.log())
    ctl.do("power off", "Powered: no|Changing power off succeeded")
    wait_for("the adapter up again", lambda: adapters.is_up(controller.index), 2 + GRACE)
    _still_ours(bench, controller, "power off", 2)
    daemon.await_log(r"down", 1, said)
    ctl.do("power on", "Powered: yes|Changing power on succeeded")
    _still_ours(bench, controller, "power on")
    ctl.do("scan on", "Discovery started")
    _still_ours(bench, controller, "scan on after the power was off", searching=True)
    ctl.do("scan off", "Discovery stopped")
    ctl.never_showed("InProgress")
    final = daemon.stop()
    expect(final["interferences"] > 0, "no interference counted")


def bluetoothctl_legacy(bench):
    """Beside bluetoothctl's scan and power commands our scan resumes, and its discovery works (legacy controller)"""
    _at_the_prompt(bench, "--legacy")


def bluetoothctl_extended(bench):
    """Beside bluetoothctl's scan and power commands our scan resumes, and its discovery works (extended controller)"""
    _at_the_prompt(bench, "--extended")


def _connection(bench, kind):
    controller, ctl, daemon, bluetoothd = _neighbours(bench, kind)
    ctl.do("scan on", "Discovery started")
    since = len(ctl.shown)
    controller.do(f"advertise AA:BB:CC:00:00:02 public 0201060609{NAME} rate 10")
    ctl.expects("Device AA:BB:CC:00:00:02", since, 5)
    ctl.do("scan off", "Discovery stopped")
    start = time.monotonic()
    ctl.type("connect AA:BB:CC:00:00:02")
    wait_for("a connection attempt", lambda: controller.commands(start, (CREATE_CONNECTION[controller.dialect],)), 10)
    print(f"     the kernel asked for a connection after {time.monotonic() - start:.2f} s")
    _still_ours(bench, controller, "connect")
    # Kernel 6.1.192 breaks when a connection attempt ends by itself; bluetoothd goes first.
    bluetoothd.child.kill()
    bluetoothd.child.wait()
    _still_ours(bench, controller, "bluetoothd killed")
    daemon.stop()


def connection_legacy(bench):
    """Beside a connection attempt of bluetoothctl our scan goes on (legacy controller)"""
    _connection(bench, "--legacy")


def connection_extended(bench):
    """Beside a connection attempt of bluetoothctl our scan goes on (extended controller)"""
    _connection(bench, "--extended")


def _by_management(bench, kind):
    controller, ctl, daemon, _ = _neighbours(bench, kind, scanner__access="mgmt")
    for turn in range(2):
        ctl.do("scan on", "Discovery started")
        bench.await_stream("scan on: our stream", RESUMES + GRACE)
        address, since = f"AA:BB:CC:00:00:0{turn + 1}", len(ctl.shown)
        controller.do(f"advertise {address} public 0201060609{NAME} rate 10 count 50 pdu 3")
        ctl.expects(f"NEW.*Device {address}", since, 5)
        ctl.do("scan off", "Discovery stopped")
        took = bench.await_stream("scan off: our stream", 10)
        s = controller.stats()
        print(f"     {kind[2:]}: our stream after scan off: {took:.2f} s; duplicates filtered: {s['filter_duplicates']}, active: {s['active']}",
              flush=True)
    ctl.never_showed("InProgress")
    ctl.do("power off", "Powered: no|Changing power off succeeded")
    took = bench.await_stream("power off: our stream", 5)
    print(f"     {kind[2:]}: our stream after power off: {took:.2f} s; opcodes {controller.stats()['opcodes']}")
    daemon.stop()


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
        daemon.await_log(r"taking it away|takes? .*away|exclusive", 5)
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


def insistent_program(bench):
    """Against a program that changes the scan three times a second the daemon answers once a second, then ever more rarely"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    controller.do("burst 1000000 rate 50 addresses 20")
    start = time.monotonic()

    def change():
        adapters.command(controller.index, 0x200C, bytes.fromhex("0000"))
        adapters.command(controller.index, 0x200B, bytes.fromhex("01120012000000"))
        adapters.command(controller.index, 0x200C, bytes.fromhex("0101"))

    def arms(since, until):
        return len([c for c in controller.commands(since, ("200B",)) if c["parameters"] == OURS["legacy"][1] and c["at"] < until])
    with Insistent(0.3, change) as insistent:
        rates = []
        for _ in range(4):
            begin = time.monotonic()
            time.sleep(15)
            rates.append(arms(begin, begin + 15))
    print(f"     {insistent.count} changes; scans set up again in each 15 s: {rates}")
    expect(8 <= rates[0] <= 16, f"about one a second at first: {rates}")
    expect(rates[-1] <= 3, f"ever more rarely: {rates}")
    daemon.await_log(r" (error|warning) .*another program")
    expect(len(daemon.lines(r" (error|warning) ")) <= 10, "a warning for every time")
    # Alone again, it returns to its own scan.
    wait_for("a scan of our own", lambda: controller.stats()["filter_duplicates"] == 0, 30)
    bench.await_stream("stream", 5)
    daemon.stop()
