"""One row's surroundings: an adapter with traffic, a link to a network of its own where the brokers are, and the daemons under
watch. Everything of a row has a name or an address of its own, so that rows can run side by side."""

import contextlib
import datetime
import os
import re
import subprocess
import threading
import time

import criteria
import lab
import rows
import standstill
import wire
from certificates import Authority, context
from lab import Failed, expect, wait_for

CAPTURE = os.environ.get("FAULTS_CAPTURE")   # without Bluetooth: played in place of an adapter, while rows are written


class Agent(lab.Daemon):
    """The daemon under watch: its log with the time of each line, its memory and its open files."""

    def __init__(self, site, settings, options=(), **streams):
        self.site, self.options = site, list(options)
        self.begun, self.ended = time.monotonic(), None
        # Resident memory that is not pages of files (which come and go), and open files.
        self.said, self.own, self.files = [], [], []
        self.highest = 0       # resident memory ever, kB: what no sample may have seen
        self.targets = site.addresses
        self.exit_code = 0     # when it ends
        self.is_mute = False   # its log goes elsewhere
        self.settings = settings
        self._read = 0
        super().__init__(site, settings, **streams)

    def sample(self):
        now = time.monotonic()
        try:
            with open(self.log_path, "rb") as log:
                log.seek(self._read)
                new = log.read()
        except FileNotFoundError:
            return
        whole = new.rfind(b"\n") + 1
        self._read += whole
        self.said += [(self._when(line, now), line) for line in new[:whole].decode(errors="replace").splitlines()]
        if self.child.poll() is not None:
            self.ended = self.ended or now
            return
        try:
            if os.readlink(f"/proc/{self.child.pid}/exe").split()[0].endswith("blemqttd"):
                memory = self.memory()
                self.highest = max(self.highest, memory["highest"])
                self.own.append((now, memory["own"]))
                self.files.append((now, self.open_files()))
        except (OSError, KeyError):   # it has just ended
            pass

    @staticmethod
    def _when(line, now):
        """A line's own time as CLOCK_MONOTONIC, unless the clock was changed meanwhile: then when it was read."""
        try:
            wall = datetime.datetime.fromisoformat(line[:23] + "+00:00").timestamp()
        except ValueError:
            return now
        at = now - (time.time() - wall)
        return at if now - 60 < at <= now else now

    def stop(self, seconds=5):
        final = super().stop(seconds)
        self.ended = time.monotonic()
        return final

    def spoken(self, pattern, begin=0.0, end=float("inf")):
        """(CLOCK_MONOTONIC, line) of those that match."""
        return [(at, line) for at, line in list(self.said) if begin <= at <= end and re.search(pattern, line, re.IGNORECASE)]

    @property
    def ring_kib(self):
        size = self.settings.get("ring.size", "1 MiB").split()
        return int(size[0]) * {"KiB": 1, "MiB": 1024}[size[1]]

    def open_files(self):
        """How many are open; of this moment, not of a sample."""
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))

    def figure(self, key):
        """Of its last statistics line."""
        lines = self.statistics()
        return lines[-1].get(key, 0) if lines else 0

    def own_memory(self):
        """When, and its own memory in kB: of this moment, where the last sample may be of its start, before it had any."""
        return time.monotonic(), self.memory()["own"]

    def growth(self, since):
        """By how much its own memory has exceeded at most what it was then, as `own_memory` has told; kB."""
        begin, before = since
        return max([self.own_memory()[1]] + [kb for at, kb in self.own if at >= begin]) - before

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.child.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class MovableBroker(lab.Broker):
    """A Mosquitto of the row's network, on its own side of the link and, for subscribers and proxies, on loopback."""

    def __init__(self, site, front, lines):
        self.site, self.front, self.lines = site, front, lines
        super().__init__(site)

    def configuration(self):
        outer = f"listener {self.site.port} {self.site.far}" if self.front else "listener 1885 127.0.0.1"   # for proxies to TLS
        return (f"max_queued_messages 0\nmax_inflight_messages 0\nlog_dest stderr\nlog_type all\nuser root\nallow_anonymous true\n"
                f"{self.lines}listener 1884 127.0.0.1\n{outer}\n{self.site.listener_lines}")


def run(*words, text=None, check=True):
    """A command, by default one that must succeed."""
    done = subprocess.run(words, input=text, text=True, capture_output=True)
    expect(not check or done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """One row's link to a network namespace of its own, where the brokers are."""

    def __init__(self, number):
        self.number = number
        self.near, self.far = f"10.99.{number}.1", f"10.99.{number}.2"
        self.near6, self.far6 = f"fd99:{number:x}::1", f"fd99:{number:x}::2"
        self.namespace, self.link = f"f{number}", f"f{number}a"

    def lay(self):
        """Before any row begins: a daemon that waits tries again at once where an address or a link comes or goes."""
        run("ip", "-batch", "-", text=f"netns add {self.namespace}\nlink add {self.link} type veth peer name far netns {self.namespace}\n"
            f"addr add {self.near}/24 dev {self.link}\naddr add {self.near6}/64 dev {self.link} nodad\nlink set {self.link} up\n")
        run("ip", "-n", self.namespace, "-batch", "-", text=f"link set lo up\naddr add {self.far}/24 dev far\n"
            f"addr add {self.far6}/64 dev far nodad\nlink set far up\n")
        run("ip", "route", "add", f"10.97.{self.number}.0/24", "via", self.far)   # for rows that need many addresses

    def clear(self):
        run("ip", "netns", "del", self.namespace, check=False)
        run("ip", "link", "del", self.link, check=False)


class Site(lab.Bench):
    port = 1883
    run = staticmethod(run)

    def __init__(self, row, number):
        super().__init__(f"faults-{row}".replace(" ", "-"))
        self.row = row
        vars(self).update(vars(Network(number)))
        self.addresses = [self.far, self.far6]
        self.inside = ["ip", "netns", "exec", self.namespace]
        self.reach = ["-h", "127.0.0.1", "-p", "1884"]
        self.controllers, self.peers, self.prefix = [], [], []
        self.faults, self.prompts, self.unseen, self.frozen = [], [], [], []
        self.recoveries, self.remarks = [], []
        self.without_recovery = None    # why there is nothing to recover
        self.loud = None                # why the log may say more than P4 allows
        self.late_words = 0             # s that the line of a loss may come after the loss, on a machine that is busy
        self.settings, self.listener_lines = {}, ""   # of every daemon, of the broker's side of the link
        self.context = None   # of scripted brokers and proxies, where all rows speak TLS
        self._over = threading.Event()
        if rows.TLS:
            certificate, key = (authority := Authority(self.directory, "suite-ca")).sign("suite", ",".join(
                [f"IP:{self.far}", f"IP:{self.far6}", f"IP:10.99.{number}.3", f"IP:10.98.{number}.2", f"IP:fd99:{number:x}::3",
                 "DNS:broker.faults.test"]))
            self.encrypt(certificate, key, authority.path)
            self.context = context(certificate, key)
        self.attempts = wire.Attempts(self.link)
        self.changes = wire.NetworkChanges()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self):
        while not self._over.wait(0.1):
            for daemon in list(self.daemons):
                daemon.sample()

    # MARK: The network

    def ip(self, lines, there=False):
        """`ip` on this side of the link or on the brokers'."""
        self.run("ip", *(["-n", self.namespace] if there else []), "-batch", "-", text=lines)

    def filter(self, *rules):
        """nft rules on the brokers' side, in place of those before."""
        text = "flush ruleset\n" + "".join(
            "table inet faults {\n"
            + "".join(f"chain {hook} {{ type filter hook {hook} priority 0;\n"
                      + "".join(f"{rule.partition(' ')[2]}\n" for rule in rules if rule.startswith(hook)) + "}\n"
                      for hook in ("input", "output")) + "}\n" for _ in rules[:1])
        self.run(*self.inside, "nft", "-f", "-", text=text)

    def shape(self, *words, change=False):
        """A queueing discipline on what the daemon sends and on what it is sent. Changed, and not taken away, it loses nothing
        that is in its queue."""
        for place, device in (([], self.link), (self.inside, "far")):
            self.run(*place, "tc", "qdisc", "change" if change else "add", "dev", device, "root", *words)

    def peer(self, behaviour=None, **options):
        """A scripted broker where the daemon looks for its own; without a behaviour a proxy."""
        options.setdefault("tls", self.context)
        peer = wire.Peer(self.namespace, options.pop("address", self.far), options.pop("port", self.port), behaviour, **options)
        self.peers.append(peer)
        return peer

    def encrypt(self, certificate, key, authority):
        """From now on brokers and daemons of the row speak TLS."""
        self.port = 8883
        self.listener_lines = f"certfile {certificate}\nkeyfile {key}\n"
        self.settings |= {"mqtt.broker.tls.enabled": True, "mqtt.broker.tls.ca_file": authority}

    # MARK: Who takes part

    def start_broker(self, front=True, lines="", subscribes=True):
        """A Mosquitto; `front` without a proxy before it. The first time with subscribers to advertisements and status."""
        self.broker = MovableBroker(self, front, lines)
        if subscribes and not self.subscriber:
            self.subscriber = lab.Subscriber(self)
            self.status_listener = lab.Subscriber(self, "ble/status/#", "status")
        return self.broker

    def adapter(self, rate=20, kind="--legacy"):
        """An adapter of the row's own that hears so many advertisements a second."""
        if CAPTURE:
            return None
        address = f"00:AA:01:00:{self.number:02X}:{len(self.controllers):02X}"
        controller = lab.Controller(self, kind, address=address)
        self.controllers.append(controller)
        if rate:
            self.traffic(rate, controller)
        return controller

    def traffic(self, rate, controller=None, words=""):
        """From now on so many advertisements a second; none for 0."""
        if CAPTURE:
            return
        controller = controller or self.controllers[0]
        controller.do("hush")
        if rate:
            controller.do(f"burst 40000000 rate {rate} {words}".strip())

    def daemon(self, rate=20, options=(), streams=None, kind="--legacy", adapter=None, **settings):
        """A daemon, and before the first one an adapter with traffic."""
        if not adapter and not self.controllers:
            self.adapter(rate, kind)
        values = {"mqtt.broker.host": self.far, "mqtt.broker.port": self.port, "scanner_id": f"row-{self.row}".replace(" ", "-"),
                  "mqtt.reconnect.max_delay": 4, "stats.interval": 1}
        if not CAPTURE:
            values["scanner.adapter"] = (adapter or self.controllers[0]).address
        values.update(self.settings)
        values.update({key.replace("__", "."): value for key, value in settings.items()})
        values = {key: value for key, value in values.items() if value != "default"}
        return Agent(self, values, options, **(streams or {}))

    def daemon_command(self, daemon):
        replay = ["--replay", CAPTURE, "--replay-loop", "--replay-now"] if CAPTURE else []
        return self.prefix + super().daemon_command(daemon) + daemon.options + replay

    # MARK: What happens

    def flows(self, what="the stream", seconds=20):
        """What the kernel receives from now on reaches the subscriber; returns how long that took."""
        return self.await_stream(what, seconds)

    @contextlib.contextmanager
    def fault(self, until=None):
        """Within it the fault lasts: P4 holds for what is logged, and it ends where the block does."""
        begin = time.monotonic()
        self.faults.append([begin, float("inf")])
        yield
        self.faults[-1][1] = time.monotonic()

    def recovers(self, backoff=None, backlog=0):
        """P5: the stream is back within the longest pause and 5 s of the fault's end, with the daemons that there were. Where
        it never stopped, it is back when what the ring has kept has gone out, which may take `backlog` seconds more."""
        daemon = self.daemons[-1]
        if backoff is None:
            backoff = float(daemon.settings.get("mqtt.reconnect.max_delay", 60))
        ended = self.faults[-1][1]
        limit = backoff + lab.allowed(5) + backlog
        late = time.monotonic() - ended
        try:
            took = late + self.await_stream("recovery", limit + 20)
        except Failed:
            raise Failed(f"P5: no stream {limit + 20:.0f} s after the fault's end") from None
        expect(took <= limit + standstill.within(ended, ended + took), f"P5: recovered {took:.1f} s after the fault's end, allowed {limit:.1f}")
        self.recoveries.append(took)
        return took

    def status_messages(self):
        return [message.payload for message in self.status_listener.messages()]

    def await_status(self, wanted, seconds, since=0):
        """A status with that state, after the first `since`; returns how long it took."""
        start = time.monotonic()
        wait_for(f"status {wanted}", lambda: any(p.get("status", p.get("state")) == wanted for p in self.status_messages()[since:]), seconds)
        return time.monotonic() - start

    def attempts_of(self, daemon, begin=0.0, end=float("inf")):
        """When that daemon began each attempt; addresses that were tried within one attempt count as one."""
        begin, end = max(begin, daemon.begun), min(end, daemon.ended or float("inf"))
        found, tried, last = [], set(), 0.0
        for at, destination in list(self.attempts.seen):
            if not begin <= at <= end or destination not in daemon.targets:
                continue
            if not found or destination in tried or at - last > 6:
                found.append(at)
                tried = set()
            tried.add(destination)
            last = at
        return found

    # MARK: The end

    def finish(self):
        """Stops what still runs and judges P1 to P6; returns their figures."""
        for daemon in [d for d in self.daemons if d.child.poll() is None]:
            if daemon.is_mute:
                daemon.may_end()
                daemon.send_signal(15)
                daemon.child.wait(8)
            else:
                daemon.stop(8)
        self._over.set()
        self._watcher.join()
        for daemon in self.daemons:   # their last lines
            daemon.sample()
        return criteria.judge(self)

    def adapters_gone(self):
        if not CAPTURE:
            addresses = {controller.address for controller in self.controllers}
            wait_for("adapters gone", lambda: all(lab.adapters.find(address) is None for address in addresses))

    def close(self, keep_all):
        self._over.set()
        for peer in self.peers:
            peer.close()
        super().close(keep_all)
        self.attempts.close()
        self.changes.close()
