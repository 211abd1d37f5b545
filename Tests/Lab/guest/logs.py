"""What the daemon tells the journal."""

import json
import os
import socket
import subprocess

from lab import Process, equal, expect, wait_for


def _journal_stream(bench):
    """A journal of its own, and a stream to it of the kind that systemd gives a service as its standard error."""
    Process(bench, "journald", ["/lib/systemd/systemd-journald"])
    path = "/run/systemd/journal/stdout"
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wait_for("journal running", lambda: os.path.exists(path) and stream.connect_ex(path) == 0)
    stream.sendall(b"lab\n\n6\n0\n0\n0\n0\n")   # identifier, unit, level, prefixed levels, forward to syslog, kmsg, console
    status = os.fstat(stream.fileno())
    return stream, f"{status.st_dev}:{status.st_ino}"


def _entries():
    lines = subprocess.run(["/usr/bin/journalctl", "-o", "json", "--no-pager", "_COMM=blemqttd"], capture_output=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def journal(bench):
    """In the journal every message is an entry of its own with its level"""
    controller = bench.controller()
    stream, identity = _journal_stream(bench)
    _, daemon = bench.listen({"stderr": stream.fileno(), "environment": {"JOURNAL_STREAM": identity}}, stats__interval=1)
    bench.hears(controller)
    find = lambda text: [e for e in _entries() if text in e["MESSAGE"]]
    wait_for("statistics in the journal", lambda: find("stats "))
    controller.do("unplug")
    wait_for("a warning or an error in the journal", lambda: any(e["PRIORITY"] in "34" for e in _entries()))
    entries = _entries()
    equal("transports", {e["_TRANSPORT"] for e in entries}, {"journal"})
    equal("identifiers", {e["SYSLOG_IDENTIFIER"] for e in entries}, {"blemqttd"})
    equal("level of statistics", {e["PRIORITY"] for e in find("stats ")}, {"6"})
    for e in find("stats "):
        counters = dict(pair.split("=") for pair in e["MESSAGE"].split()[1:])
        equal("counters as fields", {key: e.get(f"BLEMQTTD_{key.upper()}") for key in counters}, counters)
        equal("adapter as a field", e.get("BLEMQTTD_ADAPTER"), "hci0")
    expect(all(e["MESSAGE"].startswith("stats ") for e in find("stats ")), "a time or level in front of a journal message")
    stream.close()
