"""What --list-adapters tells of the adapters."""

import ctypes
import json
import os
import shutil
import socket
import struct
import subprocess
import time

import adapters
from lab import BUS, DAEMON, Process, allowed, equal, expect, wait_for

_HCI_CHANNEL_USER = 1
_NOBODY = 65534


def _run(*options, user=None):
    """Standard output and standard error of a list that ends well."""
    done = subprocess.run([DAEMON, "--list-adapters", *options], capture_output=True, text=True, timeout=20,
                          user=user, group=user, extra_groups=None if user is None else [])
    equal(f"exit code, {done.stderr}", done.returncode, 0)
    return done.stdout, done.stderr


def _list(user=None):
    """The table's cells, row by row, without the headings; where each column starts is the same in all rows."""
    lines = _run(user=user)[0].splitlines()
    equal("headings", lines[0].split("  ")[0], "ADAPTER")
    starts = [lines[0].index(name) for name in ("ADAPTER", "ADDRESS", "BUS", "STATE", "LE", "EXTENDED", "HELD BY")]
    for line in lines:
        expect(all(line[start - 1] == " " != line[start] for start in starts[1:]), f"not in columns: {lines}")
        equal("blanks at the end", line, line.rstrip())
    return [[line[a:b].strip() for a, b in zip(starts, starts[1:] + [None])] for line in lines[1:]]


def _json(user=None):
    return json.loads(_run("--json", user=user)[0])


def _row(controller, state, extended, held_by="-", le="yes"):
    return [f"hci{controller.index}", controller.address, BUS[controller.transport], state, le, extended, held_by]


def two_adapters(bench):
    """The list has every adapter, up or down, and is the same for a user without privileges"""
    legacy, extended = bench.controller("--legacy"), bench.controller("--extended", address="00:AA:01:00:0A:BC")
    adapters.up(legacy.index)
    adapters.up(extended.index)
    adapters.down(extended.index)
    for user in (None, _NOBODY):
        equal("list", _list(user), [_row(legacy, "up", "no"), _row(extended, "down", "unknown")])
        equal("JSON", _json(user), [
            {"adapter": f"hci{legacy.index}", "index": legacy.index, "address": legacy.address, "bus": BUS[legacy.transport], "state": "up",
             "le": True, "extended": False, "held_by": None},
            {"adapter": f"hci{extended.index}", "index": extended.index, "address": extended.address, "bus": BUS[extended.transport], "state": "down",
             "le": True, "extended": None, "held_by": None}])
    equal("what is said beside it", _run()[1], "")
    adapters.up(extended.index)
    equal("list", _list(), [_row(legacy, "up", "no"), _row(extended, "up", "yes")])
    print("\n".join("     " + line for line in _run()[0].splitlines()))


def no_adapters(bench):
    """Without an adapter the list is a sentence, and in JSON empty"""
    equal("list", _run(), ("no Bluetooth adapters\n", ""))
    equal("JSON", _run("--json"), ("[]\n", ""))


def blocked(bench):
    """An adapter that rfkill blocks is listed as blocked, not as down"""
    controller = bench.controller()
    adapters.up(controller.index)
    directory = f"/sys/class/bluetooth/hci{controller.index}"
    switch = next(name for name in os.listdir(directory) if name.startswith("rfkill"))
    for value, state, json_state in (("1", "blocked (soft)", "soft_blocked"), ("0", "down", "down")):
        with open(f"{directory}/{switch}/soft", "w") as soft:
            soft.write(value)
        equal("list", _list(), [_row(controller, state, "unknown")])
        equal("state in JSON", _json()[0]["state"], json_state)


def _take(index):
    """The user channel of an adapter that is down: it is ours alone until the socket is closed."""
    channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)
    address = struct.pack("<HHH", socket.AF_BLUETOOTH, index, _HCI_CHANNEL_USER)
    libc = ctypes.CDLL(None, use_errno=True)
    # While the kernel still sets a new adapter up, it is busy.
    wait_for("user channel", lambda: libc.bind(channel.fileno(), address, len(address)) == 0)
    return channel


def held(bench):
    """An adapter that a program has to itself is listed as held, and asked nothing"""
    controller = bench.controller("--extended")
    other = bench.controller(address="00:AA:01:00:00:02")
    adapters.up(controller.index)
    adapters.down(controller.index)
    adapters.up(other.index)
    channel = _take(controller.index)
    channel.settimeout(0.5)
    for user in (None, _NOBODY):
        equal("list", _list(user), [_row(controller, "up", "unknown", "exclusive"), _row(other, "up", "no")])
        equal("holder in JSON", [adapter["held_by"] for adapter in _json(user)], ["exclusive", None])
    try:
        expect(False, f"the controller was asked: {channel.recv(300)}")
    except TimeoutError:
        pass
    channel.close()
    adapters.up(controller.index)
    equal("list", _list()[0], _row(controller, "up", "yes"))


def shared(bench):
    """Where bluetoothd runs, it is listed as the holder of what nobody has to himself"""
    controller = bench.controller()
    adapters.up(controller.index)
    stand_in = f"{bench.directory}/bluetoothd"
    shutil.copy("/usr/bin/sleep", stand_in)
    daemon = Process(bench, "stand-in", [stand_in, "60"])
    wait_for("bluetoothd listed", lambda: _list() == [_row(controller, "up", "no", "bluetoothd")])
    equal("holder in JSON", _json()[0]["held_by"], "bluetoothd")
    daemon.end()
    equal("list", _list(), [_row(controller, "up", "no")])


def silent(bench):
    """A controller that answers nothing delays the list by a second, and the reason is said"""
    controller = bench.controller()
    adapters.up(controller.index)
    controller.do("hang")
    start = time.monotonic()
    output, note = _run()
    expect(1 <= time.monotonic() - start < 1 + allowed(1), f"{time.monotonic() - start:.1f} s")
    expect("unknown" in output and f"hci{controller.index}" in note and "does not answer" in note, output + note)
    controller.do("resume")
