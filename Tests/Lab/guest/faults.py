"""What goes wrong with an adapter, and how the daemon gets over it."""

import adapters
from lab import expect, wait_for


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
    wait_for("online in spite of it", lambda: "ble/status" in bench.broker.log() or "CONNACK" in bench.broker.log())
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
        bench.hears(controller, 100 + turn, 30)
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
    bench.hears(controller, 100, 30)
    expect(not other.stats()["scanning"], "the other adapter was made to scan")
    daemon.stop()
