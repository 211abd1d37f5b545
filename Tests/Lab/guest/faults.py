"""What goes wrong with an adapter, and how the daemon gets over it."""

import adapters
from lab import equal, expect, wait_for


def _refusal(bench, kind, opcode, status):
    controller = bench.controller(kind)
    controller.do(f"refuse {opcode} {status}")
    _, daemon = bench.listen()
    wait_for("the refusal", lambda: any(c[0] == opcode for c in controller.scan_commands()))
    daemon.await_log(r"\b(error|warning)\b.*(refused|disallowed|status|0x)")
    wait_for("another attempt", lambda: sum(c[0] == opcode for c in controller.scan_commands()) >= 2, 15)
    expect(not controller.stats()["scanning"], "scanning in spite of the refusal")
    controller.do("accept")
    bench.hears(controller, 1, 30)
    daemon.stop()


def parameters_disallowed(bench):
    """Refused scan parameters are an error in the log and tried again until accepted"""
    _refusal(bench, "--legacy", "200B", "0C")


def extended_parameters_invalid(bench):
    """Refused extended scan parameters are an error in the log and tried again until accepted"""
    _refusal(bench, "--extended", "2041", "12")


def enable_unspecified(bench):
    """A scan that cannot be enabled is an error in the log and tried again until it can"""
    _refusal(bench, "--extended", "2042", "1F")


def no_adapter_at_first(bench):
    """Without an adapter at its start the daemon waits for one"""
    _, daemon = bench.listen()
    daemon.await_log(r"hci0")
    daemon.await_online(bench)
    expect(daemon.child.poll() is None, "the daemon ended")
    controller = bench.controller()
    bench.hears(controller, 1, 30)
    daemon.stop()


def unplugged(bench):
    """Unplugged and plugged in again, the adapter is heard again"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.hears(controller, 1)
    for turn in range(2):
        said = len(daemon.log())
        controller.do("unplug")
        # Chosen by name, it can only be found under the same one: the daemon must have let go of it before it returns.
        wait_for("word of the loss", lambda: "hci0" in daemon.log()[said:])
        controller.do("replug")
        controller.await_scanning(2.5)
        bench.hears(controller, 100 + turn)
    daemon.stop()


def other_index(bench):
    """Plugged in again under another index, an adapter chosen by address is found"""
    controller = bench.controller()
    _, daemon = bench.listen(scanner__adapter=controller.address)
    bench.hears(controller, 1)
    controller.do("unplug")
    wait_for("adapter gone", lambda: adapters.find(controller.address) is None)
    other = bench.controller(address="00:AA:01:00:00:99")
    controller.do("replug")
    index = controller.await_adapter()
    expect(index != controller.index, "the index is the old one, which the other adapter should have taken")
    controller.await_scanning(2.5)
    bench.hears(controller, 100)
    expect(not other.stats()["scanning"], "the other adapter was made to scan")
    daemon.stop()


def hangs_at_start(bench):
    """A controller that answers nothing is reported, and used once it answers"""
    controller = bench.controller()
    adapters.up(controller.index)
    controller.do("hang")
    _, daemon = bench.listen()
    daemon.await_log(r"error .*no answer")
    controller.do("resume")
    bench.hears(controller, 1, 20)
    daemon.stop()


def hangs_at_end(bench):
    """A controller that hangs does not hold up the end"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.hears(controller)
    controller.do("hang")
    daemon.stop(5)


def damaged_events(bench):
    """Damaged events are counted, and what stands before the damage is published"""
    controller = bench.controller()
    subscriber, daemon = bench.listen()
    bench.await_ready(controller)
    good = "0001" + "0100000000c0" + "03" + "020106" + "c4"   # ADV_IND, random, C0:00:00:00:00:01, flags, -60 dBm
    cut = "0001" + "0200000000c0" + "1f" + "020106" + "c4"    # says 31 octets of data and has three
    odd = "0001" + "0300000000c0" + "06" + "020106" + "1fff4c" + "c4"   # its second structure says more than there is

    def event(parameters, length=None):
        return f"raw 043e{len(parameters) // 2 if length is None else length:02x}{parameters}"

    # On a line the length in the header is the packet's end, whatever it says: nothing can be shorter than that.
    too_short = [event("0201" + good, 200)] if controller.transport == "vhci" else []
    damaged = [event("0201" + cut), event("0202" + good + cut), event("0201" + odd), event("0203" + good), event("0d01" + good),
               *too_short, event("02"), event(""), event("7f00"), event("0200")]
    for line in damaged:
        controller.do(line)
    controller.send("burst 3 from 7")
    subscriber.await_count(3 + 3, 5)
    final = daemon.stop()
    heard = [m.payload for m in subscriber.messages()]
    equal("addresses", [p["mac_address"][-2:] for p in heard[:3]], ["01", "03", "01"])
    equal("malformed", [p.get("malformed") for p in heard[:3]], [None, True, None])
    equal("flags before the damage", heard[1]["flags"], 6)
    equal("events", final["events"], len(damaged) + 3)
    equal("unknown_events", final["unknown_events"], 1)
    equal("malformed", final["malformed"], 1)
    equal("bad_events", final["bad_events"], len(damaged) - 2)   # an event of no reports is one, too: the specification asks for one at least
