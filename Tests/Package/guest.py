"""A machine with systemd: started, asked by scripts for bash, rebooted."""

import json
import os
import re
import socket
import subprocess
import time


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
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        # Emulation only: /dev/kvm may be there and still hang a guest.
        self.machine = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults",
             "-no-user-config", "-display", "none", "-kernel", f"{image}/vmlinuz", "-initrd", f"{image}/initramfs",
             "-append", "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off tsc=reliable reboot=t systemd.show_status=no",
             "-drive", f"file={directory}/disk.qcow2,if=virtio,format=qcow2,cache=unsafe",
             "-virtfs", f"local,path={directory}/share,mount_tag=share,security_model=none,readonly=on",
             "-serial", f"file:{directory}/console.log", "-serial", f"unix:{path}"],
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
        deadline, last = time.monotonic() + seconds, self.boot
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
        deadline = time.monotonic() + seconds + 10
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
        deadline = time.monotonic() + seconds
        while True:
            code, output = self.run(script)
            if code == 0:
                return output
            expect(time.monotonic() < deadline, f"{what}: not within {seconds} s: {output}")
            time.sleep(0.3)

    def show(self, name, unit="blemqttd"):
        """One property of a unit."""
        return self.do(f"systemctl show -P {name} {unit}").strip()

    def close(self):
        self.machine.terminate()
        self.machine.wait()


def found(pattern, text):
    return re.search(pattern, text, re.MULTILINE)
