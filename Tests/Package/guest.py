"""A machine with systemd: started, asked by scripts for bash, rebooted."""

import json
import math
import os
import re
import socket
import subprocess
import time

from machine import MACHINE


class Failed(Exception):
    """What a scenario expected did not come about."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def equal(what, actual, expected):
    expect(actual == expected, f"{what}: {actual!r}, expected {expected!r}")


class Guest:
    def __init__(self, image, directory):
        path = f"{directory}/agent.socket"
        self.number, self.pending, self.boot = 0, b"", None
        # What times are multiplied with that are named for the x86-64 machine.
        self.scale = float(os.environ.get("LAB_SCALE") or MACHINE.scale)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        self.machine = subprocess.Popen(
            MACHINE.command(image, f"{directory}/disk.qcow2", "qcow2", f"{directory}/console.log",
                            f"systemd.show_status=no test.agent={MACHINE.port}")
            + ["-virtfs", f"local,path={directory}/share,mount_tag=share,security_model=none,readonly=on"]
            + [word.replace("PATH", path) for word in MACHINE.wire],
            stdin=subprocess.DEVNULL)
        listener.settimeout(30)
        self.wire, _ = listener.accept()
        listener.close()
        self.await_boot(600)   # emulated, and perhaps on a busy machine

    def _line(self, deadline):
        while b"\n" not in self.pending:
            self.wire.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                octets = self.wire.recv(65536)
            except TimeoutError:
                raise Failed("the guest does not answer") from None
            expect(octets, "the guest has gone")
            self.pending += octets
        line, self.pending = self.pending.split(b"\n", 1)
        try:
            return json.loads(line)
        except ValueError:   # what the firmware writes to the port
            return {}

    def await_boot(self, seconds):
        deadline, last = time.monotonic() + seconds * self.scale, self.boot
        while True:
            said = self._line(deadline)
            if "boot" in said and said["boot"] != last:
                self.boot = said["boot"]
                break
        self.run("systemctl is-system-running --wait || true", seconds)

    def reboot(self):
        try:
            self.run("systemctl reboot", 10)
        except Failed:   # it may be gone before it has answered
            pass
        self.await_boot(240)

    def run(self, script, seconds=60):
        """Exit status and output, standard error in it."""
        self.number += 1
        seconds *= self.scale
        deadline = time.monotonic() + seconds + 10 * self.scale
        self.wire.settimeout(10)
        self.wire.sendall(json.dumps({"number": self.number, "script": script, "timeout": seconds}).encode() + b"\n")
        while True:
            said = self._line(deadline)
            if said.get("number") == self.number:
                return said["code"], said["output"]

    def do(self, script, seconds=60):
        """The output of what must succeed."""
        code, output = self.run(script, seconds)
        expect(code == 0, f"{script}: exit status {code}: {output}")
        return output

    def wait(self, what, script, seconds=20):
        """Until the script succeeds; its output."""
        seconds *= self.scale
        deadline = time.monotonic() + seconds
        while True:
            code, output = self.run(script)
            if code == 0:
                return output
            expect(time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s: {output}")
            time.sleep(0.3)

    def seconds(self, number):
        """So many of the x86-64 machine, for a script's own limits."""
        return math.ceil(number * self.scale)

    def sleep(self, seconds):
        time.sleep(seconds * self.scale)

    def show(self, name, unit="blemqttd"):
        """One property of a unit."""
        return self.do(f"systemctl show -P {name} {unit}").strip()

    def close(self):
        self.machine.terminate()
        self.machine.wait()


def found(pattern, text):
    return re.search(pattern, text, re.MULTILINE)
