"""The neighbours: the message bus, bluetoothd, and a person at bluetoothctl."""

import os
import pty
import re
import shutil
import threading

import adapters
from lab import Process, expect, wait_for

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x01\x02\r]")


class Bluetoothd(Process):
    """Debian's, with its debug log, on a message bus of its own. `usable`: it has powered the adapters on."""

    def __init__(self, bench, *arguments):
        shutil.rmtree("/var/lib/bluetooth", ignore_errors=True)
        os.makedirs("/run/dbus", exist_ok=True)
        if os.path.exists("/run/dbus/system_bus_socket"):
            os.unlink("/run/dbus/system_bus_socket")
        Process(bench, "dbus", ["/usr/bin/dbus-daemon", "--system", "--nofork", "--nopidfile"])
        wait_for("message bus", lambda: os.path.exists("/run/dbus/system_bus_socket"))
        super().__init__(bench, "bluetoothd", ["/usr/libexec/bluetooth/bluetoothd", "-n", "-d", *arguments])
        wait_for("bluetoothd running", lambda: "management interface" in self.own_log(), 20)

    def await_usable(self, *controllers):
        for controller in controllers:
            known = f"adapter_register() Adapter /org/bluez/hci{controller.index} registered"
            wait_for("adapter known to bluetoothd", lambda: known in self.own_log(), 20)
            wait_for("adapter powered on", lambda: adapters.is_up(controller.index), 20)


class Bluetoothctl(Process):
    """Commands are typed; what it shows is kept."""

    def __init__(self, bench):
        self.master, terminal = pty.openpty()
        self.shown = ""
        super().__init__(bench, "bluetoothctl", ["/usr/bin/bluetoothctl"], stdin=terminal, stdout=terminal, stderr=terminal,
                         environment={"TERM": "dumb"})
        os.close(terminal)
        threading.Thread(target=self._read, daemon=True).start()
        self.expects("Agent registered", seconds=20)

    def _read(self):
        while True:
            try:
                octets = os.read(self.master, 4096)
            except OSError:
                return
            if not octets:
                return
            text = _ESCAPES.sub("", octets.decode(errors="replace"))
            self.shown += text
            with open(self.log_path, "a") as log:
                log.write(text)

    def type(self, line):
        """Returns how much had been shown before."""
        before = len(self.shown)
        os.write(self.master, line.encode() + b"\n")
        return before

    def expects(self, pattern, since=0, seconds=10):
        return wait_for(f"bluetoothctl shows /{pattern}/", lambda: re.search(pattern, self.shown[since:]), seconds)

    def do(self, line, pattern, seconds=10):
        """Types a command and waits for what it is answered with."""
        since = self.type(line)
        self.expects(pattern, since, seconds)
        return since

    def never_showed(self, pattern):
        found = re.search(pattern, self.shown)
        expect(not found, f"bluetoothctl showed {found and found.group()!r}")
