"""Which adapter is used, and with which commands it is made to scan."""

import time

import adapters
from lab import allowed, equal, expect, wait_for

SCAN_OFF = {"legacy": ("200C", "0000", 0), "extended": ("2042", "000000000000", 0)}
SCAN_ON = {"legacy": ("200C", "0100", 0), "extended": ("2042", "010000000000", 0)}


def stops_scanning(bench):
    """SIGTERM ends the daemon within five seconds, and the scan with it"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        _, daemon = bench.listen(scanner__adapter=controller.address)
        bench.hears(controller)
        start = time.monotonic()
        daemon.stop(5)
        print(f"     {kind[2:]}: ended after {time.monotonic() - start:.2f} s")
        stats = controller.stats()
        equal("last scan command", controller.scan_commands()[-1], SCAN_OFF[kind[2:]])
        equal("scanning", stats["scanning"], False)


def _settings_reach(bench, kind, settings, expected):
    """The scan commands from the first to the enabling one: off, parameters, on; nothing refused on the way."""
    controller = bench.controller(kind)
    _, daemon = bench.listen(**settings)
    bench.hears(controller)
    dialect = "legacy" if kind == "--legacy" else "extended"
    equal("scan commands", controller.scan_commands(), [SCAN_OFF[dialect], *expected, SCAN_ON[dialect]])
    daemon.stop()
    return controller


def default_settings_legacy(bench):
    """A controller without extended scanning gets legacy commands: off, parameters, on"""
    _settings_reach(bench, "--legacy", {}, [("200B", "00a000a0000000", 0)])


def default_settings_extended(bench):
    """A controller with extended scanning gets extended commands for 1M"""
    _settings_reach(bench, "--extended", {}, [("2041", "00000100a000a000", 0)])


def default_settings_coded(bench):
    """A controller with the Coded PHY scans on it too"""
    _settings_reach(bench, "--coded", {}, [("2041", "00000500a000a00000a000a000", 0)])


def coded_refused(bench):
    """A controller that will not scan on both PHYs at once scans on 1M"""
    controller = bench.controller("--coded")
    controller.do("refuse 2041 11 1")
    _, daemon = bench.listen()
    bench.hears(controller)
    equal("PHYs", controller.stats()["phys"], 1)
    daemon.stop()


def own_settings_legacy(bench):
    """Mode, interval and window reach a legacy controller as configured"""
    _settings_reach(bench, "--legacy", {"scanner.mode": "active", "scanner.interval_ms": 60, "scanner.window_ms": 30},
                    [("200B", "01600030000000", 0)])


def own_settings_extended(bench):
    """Mode, interval and window reach an extended controller as configured"""
    _settings_reach(bench, "--extended", {"scanner.mode": "active", "scanner.interval_ms": 2.5, "scanner.window_ms": 2.5},
                    [("2041", "0000010104000400", 0)])


def mixed_mode(bench):
    """In mixed mode the scan is active for a second in each period, and learns names then"""
    controller = bench.controller()
    subscriber, daemon = bench.listen(scanner__mode="mixed", scanner__mixed__period=5, scanner__mixed__active=1)
    bench.await_ready(controller)
    # ADV_IND with flags only, and all the while the SCAN_RSP that has the name, which an active scan alone hears.
    controller.do("advertise C0:00:00:00:00:01 random 020106 rate 20")
    controller.do("advertise C0:00:00:00:00:01 random 060948656c6c6f rate 20 pdu 4")
    time.sleep(16)
    sets = [c for c in controller.commands(opcodes=("200B",))]
    equal("active, passive and so on", [c["parameters"][:2] for c in sets][:7], ["01", "00", "01", "00", "01", "00", "01"])
    turns = [b["at"] - a["at"] for a, b in zip(sets, sets[1:])][:6]
    expect(all(abs(turn - (1, 4)[i % 2]) < allowed(0.3) for i, turn in enumerate(turns)), f"turns: {turns}")
    final = daemon.stop()
    heard = [m.payload for m in subscriber.messages()]
    names = [p for p in heard if p["event_type"] == "SCAN_RSP"]
    equal("names", {p["local_name"] for p in names}, {"Hello"})
    plain = len(heard) - len(names)
    print(f"     {plain} advertisements in 16 s, {len(names)} scan responses")
    expect(plain >= 0.9 * 16 * 20, f"{plain} advertisements")
    expect(0.15 * plain <= len(names) <= 0.35 * plain, f"{len(names)} scan responses beside {plain} advertisements")
    equal("recoveries and interferences", (final["recoveries"], final["interferences"]), (0, 0))


def random_own_address(bench):
    """A random own address is set before it is used"""
    for kind, opcode, parameters in (("--legacy", "200B", "00a000a0000100"), ("--extended", "2041", "01000100a000a000")):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        settings = {"scanner__adapter": controller.address, "scanner__own_address_type": "random", "scanner__mode": "passive"}
        _, daemon = bench.listen(**settings)
        bench.hears(controller)
        commands = controller.scan_commands()
        expect((opcode, parameters, 0) in commands, f"no {opcode} with {parameters} in {commands}")
        address = next((c for c in commands if c[0] == "2005"), None)
        expect(address, f"no random address was set: {commands}")
        kind = bytes.fromhex(address[1])[5] >> 6
        expect(kind in (0, 3), f"{address[1]} is neither a static nor a non-resolvable private address")
        expect(all(status == 0 for _, _, status in commands), f"refused: {commands}")
        daemon.stop()


def chosen_by_name(bench):
    """The adapter is chosen by its name"""
    first, second = bench.controller(), bench.controller(address="00:AA:01:00:00:02")
    subscriber, daemon = bench.listen(scanner__adapter=f"hci{second.index}")
    bench.hears(second)
    equal("payload's adapter", {m.payload["adapter"] for m in subscriber.messages()}, {f"hci{second.index}"})
    expect(not first.stats()["scanning"], "the other adapter was made to scan")
    daemon.stop()


def chosen_by_address(bench):
    """The adapter is chosen by its address"""
    first, second = bench.controller(), bench.controller(address="00:AA:01:00:0A:BC")
    subscriber, daemon = bench.listen(scanner__adapter=second.address)
    bench.hears(second)
    expect(not first.stats()["scanning"], "the other adapter was made to scan")
    daemon.stop()


def brought_up(bench):
    """An adapter that is down is brought up, and one that is up is used as it is"""
    controller = bench.controller()
    adapters.up(controller.index)
    adapters.down(controller.index)
    expect(not adapters.is_up(controller.index), "the adapter is not down")
    subscriber, daemon = bench.listen()
    bench.hears(controller)
    expect(adapters.is_up(controller.index), "the adapter is not up")
    daemon.stop()

    resets = controller.stats()["resets"]
    adapters.up(controller.index)
    _, daemon = bench.listen()
    bench.hears(controller)
    daemon.stop()
    equal("resets", controller.stats()["resets"], resets)


def left_scanning(bench):
    """A controller that another program left scanning is set up anew, with nothing refused"""
    controller = bench.controller()
    adapters.up(controller.index)
    adapters.command(controller.index, 0x200B, bytes.fromhex("01120012000000"))
    adapters.command(controller.index, 0x200C, bytes.fromhex("0101"))
    controller.await_scanning()
    subscriber, daemon = bench.listen()
    wait_for("scan of our own", lambda: SCAN_ON["legacy"] in controller.scan_commands())
    bench.hears(controller)
    expect(all(status == 0 for _, _, status in controller.scan_commands()), f"refused: {controller.scan_commands()}")
    equal("duplicates filtered", controller.stats()["filter_duplicates"], 0)
    daemon.stop()
