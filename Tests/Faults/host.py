"""Rows 50 to 53 and 55: clocks, suspension, a log that nobody reads, full disks, watchdogs."""

import contextlib
import os
import re
import select
import signal
import socket
import stat
import subprocess
import threading
import time

import criteria
from lab import Process, equal, expect, wait_for
from rows import LONG, TLS, CannotRun, row

YEAR = 365 * 86400


def shift_clock(seconds):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


@contextlib.contextmanager
def own_clock():
    """Whatever the block does to the clock, afterwards it is right again."""
    before = time.time() - time.monotonic()
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, before + time.monotonic())


@row("50", "the clock jumps a year ahead and two back, also while reconnecting", 120, alone=True)
def clock(site):
    if TLS:
        raise CannotRun("the suite's certificates are of today; row 50-tls has both")
    site.start_broker(front=False)
    peer = site.peer()
    daemon = site.daemon(mqtt__client__keep_alive=5)
    site.flows()

    def timed_out():
        """Debian 13's Mosquitto measures the keep alive time by the clock that is set, and closes every connection when that jumps ahead."""
        return len(re.findall("Client blemqttd-.* has exceeded timeout", site.broker.own_log()))
    with own_clock():
        for jump, name in ((YEAR, "+1 y"), (-2 * YEAR, "-1 y")):
            with site.fault():
                shift_clock(jump)
                time.sleep(1)
            site.recovers()
            newest = site.subscriber.newest()
            equal(f"year of the messages at {name}", newest[:4], time.strftime("%Y", time.gmtime()))
            time.sleep(8)   # more than the keep alive time
            expect(daemon.statistics_now()["connects"] - timed_out() in (1, 2), "the clock has cost a connection")
            with site.fault():
                peer.behaviour = lambda connection: None
                peer.close_all()
                wait_for("a failure", lambda: peer.connections[-1].closed_at and len(peer.connections) > 1)
                shift_clock(600)
                time.sleep(2)
                peer.behaviour = peer.forward
            site.recovers()
    return f"no connection lost by a jump but {timed_out()} that the broker closed, pauses as ever, messages carry the new time"


@row("51", "stopped for 90 s (SIGSTOP) and continued" if LONG else "stopped for 15 s (SIGSTOP) at keep_alive 5 s, and continued", 200)
def suspended(site):
    site.start_broker()
    keep_alive = 30 if LONG else 5
    daemon = site.daemon(mqtt__client__keep_alive=keep_alive)
    site.flows()
    told = len(site.status_messages())
    begin = time.monotonic()
    with site.fault():
        daemon.send_signal(signal.SIGSTOP)
        time.sleep(90 if LONG else 15)
        site.await_status("offline", 10, told)
        daemon.send_signal(signal.SIGCONT)
    site.frozen.append((begin, time.monotonic() + 0.5))
    took = site.recovers(backoff=min(4, keep_alive))
    site.await_status("online", 3, told + 1)
    return f"the broker had given it up; back after {took:.1f} s"


# Ends a suspension after some seconds (the kernel's basic-pm-debugging.rst). At the level "freezer" drivers are told and all programs
# stand still, but devices keep their power: the guest's root, 9p over virtio, does not come back from that, and a timer does not wake it.
PM_TEST = "/sys/power/pm_test"


@row("51-suspend", "the machine is suspended for 20 s, up to the devices' power, and resumes", 120, alone=True)
def suspend(site):
    if not os.path.exists(PM_TEST):
        raise CannotRun("the kernel has no CONFIG_PM_DEBUG")
    site.start_broker()
    site.daemon(mqtt__client__keep_alive=10)
    site.flows()
    begin = time.monotonic()
    with site.fault():
        _set("/sys/module/suspend/parameters/pm_test_delay", "20")
        _set(PM_TEST, "freezer")
        try:
            _set("/sys/power/state", "freeze")   # returns when all is awake again
        finally:
            _set(PM_TEST, "none")
    expect(time.monotonic() - begin > 19, "the machine was not suspended")
    site.frozen.append((begin, time.monotonic() + 0.5))
    took = site.recovers(backoff=10)
    return f"the stream was back {took:.1f} s after"


def _set(path, value):
    with open(path, "w") as file:
        file.write(value)


@row("52-journal", "the journal stops reading (SIGSTOP) for 15 s", 90, alone=True)
def journal(site):
    site.start_broker()
    journald = Process(site, "journald", ["/lib/systemd/systemd-journald"])
    path = "/run/systemd/journal/stdout"
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wait_for("journal running", lambda: os.path.exists(path) and stream.connect_ex(path) == 0)
    stream.sendall(b"faults\n\n6\n0\n0\n0\n0\n")
    status = os.fstat(stream.fileno())
    daemon = site.daemon(options=["--log-level", "debug"], rate=200,
                         streams={"stderr": stream.fileno(), "environment": {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}})
    daemon.is_mute = True   # its statistics are in the journal
    site.flows()
    with site.fault():
        journald.send_signal(signal.SIGSTOP)
        time.sleep(15)
        # Logging must hold up neither the scanner nor what it hears.
        took = site.flows("the stream while nobody reads the journal", 15)
        journald.send_signal(signal.SIGCONT)
    site.recovers()
    stream.close()
    lines = subprocess.run(["/usr/bin/journalctl", "-o", "cat", "--no-pager", "_COMM=blemqttd"], capture_output=True, text=True).stdout
    gaps = [float(gap) for gap in re.findall(r"scanner_gap_ms=([\d.]+)", lines)]
    expect(not gaps or max(gaps) < criteria.GAP, f"P3: the scanner did not look for {max(gaps, default=0):.0f} ms")
    return f"the stream went on ({took:.1f} s), worst gap {max(gaps, default=0):.0f} ms"


@row("52-pipe", "standard error is a pipe that nobody reads", 120)
def full_pipe(site):
    site.start_broker()
    reading, writing = os.pipe()
    daemon = site.daemon(options=["--log-level", "debug"], rate=200, streams={"stderr": writing})
    daemon.is_mute = True
    site.flows()
    with site.fault():
        # By the page, so that lines do not fill it to the last byte.
        wait_for("a full pipe", lambda: not select.select([], [writing], [], 0)[1], 60)
        time.sleep(5)
        took = site.flows("the stream while nobody reads the log", 15)
        said = os.read(reading, 1 << 20)
    site.recovers()
    daemon.may_end()
    daemon.send_signal(signal.SIGTERM)
    os.set_blocking(reading, False)
    code = daemon.child.wait(5)
    equal("exit code", code, 0)
    os.close(reading)
    os.close(writing)
    return f"{len(said)} bytes unread, the stream went on ({took:.1f} s)"


@row("52-disk", "the log's disk is full", 60)
def full_disk(site):
    site.start_broker()
    disk = f"{site.directory}/disk"
    os.makedirs(disk)
    site.run("mount", "-t", "tmpfs", "-o", "size=16k", "none", disk)
    try:
        with open(f"{disk}/log", "ab") as log:
            daemon = site.daemon(streams={"stderr": log})
        daemon.is_mute = True
        with site.fault():
            site.flows()
            wait_for("a full disk", lambda: os.path.getsize(f"{disk}/log") >= 12288, 40)
            time.sleep(3)
        site.recovers()
        daemon.may_end()
        daemon.send_signal(signal.SIGTERM)
        equal("exit code", daemon.child.wait(5), 0)
    finally:
        site.run("umount", "-l", disk)
        os.rmdir(disk)
    return "the stream went on"


@row("53", "the directory of the metrics file is full, then read-only", 90)
def full_directory(site):
    site.start_broker()
    directory = f"{site.directory}/textfile"
    os.makedirs(directory)
    site.run("mount", "-t", "tmpfs", "-o", "size=64k", "none", directory)
    path = f"{directory}/blemqttd.prom"
    try:
        daemon = site.daemon(metrics__textfile=path)
        site.flows()
        wait_for("metrics", lambda: os.path.exists(path), 15)
        whole = open(path).read()
        with site.fault():
            with open(f"{directory}/filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(4096))
            since = time.monotonic()
            wait_for("word of it", lambda: daemon.spoken("metrics|textfile|prom", since), 30)
            expect(len(open(path).read().splitlines()) >= len(whole.splitlines()) - 5, "half a file in place of a whole one")
            os.remove(f"{directory}/filler")
        site.recovers()
        with site.fault():
            site.run("mount", "-o", "remount,ro", directory)
            time.sleep(3)
            site.run("mount", "-o", "remount,rw", directory)
        site.recovers()
        before = os.stat(path).st_mtime
        wait_for("metrics again", lambda: os.stat(path).st_mtime > before, 20)
        daemon.stop()
    finally:
        site.run("umount", "-l", directory)
        os.rmdir(directory)
    return "the file stays whole, is told, and is written again"


@row("53-planted", "the metrics file's temporary name, and its own, are a link or a FIFO that somebody has planted", 60)
def planted(site):
    site.start_broker()
    directory = f"{site.directory}/textfile"
    os.makedirs(directory)
    precious, path, known = f"{site.directory}/precious", f"{directory}/blemqttd.prom", f"{directory}/.blemqttd.prom.new"
    with open(precious, "w") as file:
        file.write("not yours")

    def written():
        """A regular file that is being written, with our figures in it."""
        status = os.lstat(path)
        return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_mtime > since and "blemqttd_" in open(path).read()
    daemon = site.daemon(metrics__textfile=path)
    site.flows()
    wait_for("metrics", lambda: os.path.exists(path), 15)
    plants = [("a hard link", lambda at: os.link(precious, at)), ("a link", lambda at: os.symlink(precious, at)), ("a FIFO", os.mkfifo)]
    with site.fault():
        for name, plant in plants:
            for place in (known, path):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(place)
                # In between the daemon may have put its file in this place again.
                plant(place + ".planted")
                os.rename(place + ".planted", place)
                since = time.time()
                wait_for(f"metrics in spite of {name} at {os.path.basename(place)}", written, 10)
                with open(precious) as file:
                    equal(f"what {name} leads to", file.read(), "not yours")
            os.remove(known)
    site.recovers()
    # What is there from the start, under the name that is known, as after a crash.
    daemon.stop()
    os.mkfifo(known)
    since = time.time()
    site.daemon(metrics__textfile=path)
    wait_for("metrics of the next one", written, 20)
    return "the file is replaced each time, nothing else is written to"


class Manager:
    """systemd's side of sd_notify: a socket that notes what it is told, and when."""

    def __init__(self, site):
        self.path, self.told = f"/run/notify-{site.number}", []   # not where files are kept from
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            data = self.socket.recv(4096).decode()
            self.told += [(time.monotonic(), line) for line in data.splitlines()]

    def heard(self, line, since=0.0):
        return [at for at, told in list(self.told) if told == line and at >= since]


@row("55", "watchdog: the daemon is stopped (SIGSTOP) and ended, as systemd does", 90)
def watchdog(site):
    site.start_broker()
    manager = Manager(site)
    period = 6.0
    environment = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": str(int(period * 1e6))}
    daemon = site.daemon(streams={"environment": environment})
    wait_for("READY=1", lambda: manager.heard("READY=1"), 20)
    site.flows()
    wait_for("WATCHDOG=1", lambda: len(manager.heard("WATCHDOG=1")) >= 3, 20)
    beats = manager.heard("WATCHDOG=1")
    longest = max(after - before for before, after in zip(beats, beats[1:]))
    expect(longest <= period / 2 + 1, f"{longest:.1f} s between two WATCHDOG=1, expected {period / 2:.0f}")
    begin = time.monotonic()
    daemon.may_end()
    daemon.exit_code = -signal.SIGABRT
    with site.fault():
        daemon.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        since = time.monotonic()
        time.sleep(period)
        equal("WATCHDOG=1 of a daemon that stands still", len(manager.heard("WATCHDOG=1", since)), 0)
        daemon.send_signal(signal.SIGABRT)
        daemon.send_signal(signal.SIGCONT)
        daemon.child.wait(10)
        daemon.ended = time.monotonic()
        site.frozen.append((begin, daemon.ended))
        site.daemon(streams={"environment": environment})
    site.recovers(backoff=period)
    site.daemons[-1].stop()
    expect(manager.heard("STOPPING=1"), "no STOPPING=1 at the end")
    return f"WATCHDOG=1 every {longest:.1f} s at most, none while it stands still"
