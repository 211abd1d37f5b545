"""What scenarios are written with: the virtual controller, the broker, a subscriber, the daemon, and waiting."""

import collections
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import adapters
import standstill

RESULTS = "/results"
DAEMON = "/run/blemqttd"
VCTL = "/run/vctl"
# How controllers are attached, unless a scenario says otherwise: vhci, or uart, a serial line.
TRANSPORT = os.environ.get("LAB_TRANSPORT") or ("vhci" if os.path.exists("/dev/vhci") else "uart")
BUS = {"vhci": "virtual", "uart": "uart"}   # as the daemon calls what the kernel says of them

# How much slower this guest is than the one whose times scenarios name, and up to what rate it makes no difference.
SCALE = float(os.environ.get("LAB_SCALE") or 1)
EASY = 200   # advertisements a second

SCAN_OPCODES = ("2005", "200B", "200C", "2041", "2042")


class Failed(Exception):
    """What a scenario expected did not come about."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def equal(what, actual, expected):
    expect(actual == expected, f"{what}: {actual!r}, expected {expected!r}")


def allowed(seconds):
    """A time limit, as it is in this guest."""
    return seconds * SCALE


def rate(wanted):
    """Advertisements a second, as many as this guest bears."""
    return max(min(wanted, EASY), round(wanted / SCALE))


_must_live = []   # daemons that nobody has asked to stop


def wait_for(what, condition, seconds=10):
    """Polls until the condition gives something true, and returns that. Time in which the machine stood still is not counted."""
    begin, seconds = time.monotonic(), allowed(seconds)
    while True:
        value = condition()
        if value:
            return value
        for daemon in _must_live:
            expect(daemon.child.poll() is None, f"{what}: the daemon ended with {daemon.child.returncode}")
        now = time.monotonic()
        expect(now - begin < seconds or now - begin - standstill.within(begin, now) < seconds, f"{what}: not within {seconds:g} s")
        time.sleep(0.03)


def _seconds(stamp):
    """The time of a payload or a log line, as time.time() has it."""
    return datetime.datetime.fromisoformat(stamp.rstrip("Z") + "+00:00").timestamp()


class Process:
    """A child whose output goes to a file; ended with its scenario."""

    def __init__(self, bench, name, arguments, stdin=subprocess.DEVNULL, stdout=None, stderr=None, environment=None):
        self.log_path = f"{bench.directory}/{name}.log"
        with open(self.log_path, "ab") as log:
            self.log_before = log.tell()   # bytes of earlier processes of the same name
            self.child = subprocess.Popen(arguments, stdin=stdin, stdout=stdout or log, stderr=stderr or log,
                                          env={**os.environ, **(environment or {})})
        bench.processes.append(self)

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def own_log(self):
        """Without what earlier processes of the same name wrote."""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_before)
            return log.read().decode(errors="replace")

    def log_lines(self):
        """The lines that have come to their end: the last one may still be written."""
        return self.log().rpartition("\n")[0].splitlines()

    def send_signal(self, number):
        self.child.send_signal(number)

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.terminate()
            try:
                self.child.wait(2)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Controller(Process):
    """vctl, driven by lines; `plug` makes its adapter appear."""

    def __init__(self, bench, kind="--legacy", address="00:AA:01:00:00:01", accept_list=16, transport=TRANSPORT):
        self.address, self.transport = address, transport
        self.dialect = "legacy" if kind == "--legacy" else "extended"
        self.truth_path = f"{bench.directory}/{address.replace(':', '')}.truth"
        super().__init__(bench, "vctl", [VCTL, kind, "--address", address, "--accept-list", str(accept_list),
                                        "--truth", self.truth_path, "--transport", transport],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.index = self.await_adapter()

    def ask(self, line):
        line = re.sub(r"\brate (\d+)", lambda found: f"rate {rate(int(found[1]))}", line)
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().decode().strip()

    def do(self, line):
        equal(f"vctl {line}", self.ask(line), "ok")

    def stats(self):
        return json.loads(self.ask("stats"))

    def await_adapter(self):
        """The kernel has asked the controller everything, and its index is known."""
        found = wait_for("adapter registered", lambda: (adapters.find(self.address) or 0) + 1
                         if adapters.find(self.address) is not None else None)
        return found - 1

    def await_scanning(self, seconds=10):
        return wait_for("scan enabled at the controller", lambda: (lambda s: s if s["scanning"] else None)(self.stats()), seconds)

    def send(self, traffic, seconds=120):
        """Starts traffic and waits for its end; returns the counts then."""
        self.do(traffic)
        return wait_for(f"end of {traffic}", lambda: (lambda s: None if s["busy"] else s)(self.stats()), seconds)

    def commands(self, since=0.0, opcodes=()):
        """The last Resets and commands that concern scanning and connecting; `at` and `since` are time.monotonic()."""
        return [c for c in json.loads(self.ask("commands")) if c["at"] >= since and (not opcodes or c["opcode"] in opcodes)]

    def scan_commands(self, since=0.0):
        """Opcode, parameters and status of those that set up, start and end scans."""
        return [(c["opcode"], c["parameters"], c["status"]) for c in self.commands(since, SCAN_OPCODES)]

    def reports(self):
        """How many advertisements it has reported so far."""
        return self.stats()["adverts"]

    def truth(self):
        with open(self.truth_path) as lines:
            return [json.loads(line) for line in lines]


class Broker(Process):
    def __init__(self, bench):
        path = f"{bench.directory}/mosquitto.conf"
        with open(path, "w") as configuration:
            configuration.write(self.configuration())
        super().__init__(bench, "mosquitto", [*bench.inside, "/usr/sbin/mosquitto", "-c", path])
        wait_for("broker running", lambda: " running" in self.own_log(), 30)

    def configuration(self):
        # Nothing that the broker itself might drop between the daemon and the subscriber.
        return ("listener 1883 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                "max_inflight_messages 0\nlog_dest stderr\nlog_type all\nuser root\n")


Message = collections.namedtuple("Message", "topic payload")


class Subscriber(Process):
    def __init__(self, bench, topic="ble/raw/#", name="subscriber"):
        super().__init__(bench, name, [*bench.inside, "/usr/bin/mosquitto_sub", *bench.reach, "-q", "1", "-t", topic, "-F", "%t %p", "-i", name])
        wait_for("subscription", lambda: f"{name} 1 {topic}" in bench.broker.log())

    def count(self):
        with open(self.log_path, "rb") as log:
            return log.read().count(b"\n")

    def newest(self, adapter=None):
        """When the last message, of that adapter, was received by the kernel: text that sorts by time, empty where there is none."""
        with open(self.log_path, "rb") as log:
            log.seek(max(0, os.path.getsize(self.log_path) - 20000))
            lines = log.read().decode(errors="replace").splitlines()
        for line in reversed(lines):
            found = re.search(r'"timestamp":"([^"]*)Z".*"adapter":"([^"]*)"', line)
            if found and adapter in (None, found.group(2)):
                return found.group(1)
        return ""

    def heard(self, since, adapter=None):
        """When the kernel received each message, of that adapter, from `since` on; times are those of time.time()."""
        found = re.findall(r'"timestamp":"([^"]*)".*"adapter":"([^"]*)"', self.log())
        return sorted(t for t in (_seconds(stamp) for stamp, name in found if adapter in (None, name)) if t >= since)

    def messages(self):
        pairs = [line.partition(" ") for line in self.log_lines()]
        return [Message(topic, json.loads(payload)) for topic, _, payload in pairs]

    def from_adapter(self, name):
        return [message for message in self.messages() if message.payload["adapter"] == name]

    def await_count(self, count, seconds=20):
        try:
            wait_for("messages", lambda: self.count() >= count, seconds)
        except Failed:
            raise Failed(f"{self.count()} messages after {allowed(seconds):.0f} s, expected {count}") from None


class Daemon(Process):
    """The release binary."""

    def __init__(self, bench, settings, **streams):
        number = len(bench.daemons) + 1
        self.path = f"{bench.directory}/config.yaml" if number == 1 else f"{bench.directory}/config-{number}.yaml"
        values = {"scanner_id": "lab", "mqtt.broker.host": "127.0.0.1", "mqtt.client.qos": 1, "stats.interval": 5}
        values.update({key.replace("__", "."): value for key, value in settings.items()})
        # There may be a key in it: nobody else may read it.
        with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as configuration:
            configuration.write(_yaml(values))
        self.online_before = _online_count(bench)
        super().__init__(bench, "daemon" if number == 1 else f"daemon-{number}", bench.daemon_command(self), **streams)
        bench.daemons.append(self)
        _must_live.append(self)

    def await_online(self, bench):
        """It has told its status, as it does once the broker has accepted it."""
        wait_for("online", lambda: _online_count(bench) > self.online_before)

    def memory(self):
        """Resident memory, what of it is the daemon's own, and the most that it ever was, kB.

        The first two are counted by the page: until Linux 6.2 VmRSS and RssAnon of proc(5) lack what each thread has not yet reported, here up to
        4 MB. VmHWM lacks the same, and so is no less than what is resident now."""
        with open(f"/proc/{self.child.pid}/smaps_rollup") as rollup:
            fields = dict(line.split(":", 1) for line in rollup.readlines()[1:])
        with open(f"/proc/{self.child.pid}/status") as status:
            fields |= dict(line.split(":", 1) for line in status)
        resident, own, highest = (int(fields[key].split()[0]) for key in ("Rss", "Anonymous", "VmHWM"))
        return {"resident": resident, "own": own, "highest": max(highest, resident)}

    def await_log(self, pattern, seconds=10, since=0):
        """`since` is a length that the log had."""
        return wait_for(f"log line /{pattern}/", lambda: re.search(pattern, self.log()[since:], re.IGNORECASE), seconds)

    def said_at(self, pattern, since=0, seconds=20):
        """Waits for a line; returns its own time, which unlike ours knows nothing of polls, as time.time() has it."""
        self.await_log(pattern, seconds, since)
        return _seconds(self.lines(pattern, since)[0].split()[0])

    def lines(self, pattern, since=0):
        """The log's lines that match."""
        return [line for line in self.log()[since:].splitlines() if re.search(pattern, line, re.IGNORECASE)]

    def statistics_by_adapter(self):
        """Every statistics line so far, as a dictionary, and the adapters' lines that follow it, by name."""
        groups = []
        for line in self.log_lines():
            _, found, pairs = line.partition(" stats ")
            if not found:
                continue
            values = dict(pair.split("=", 1) for pair in pairs.split())
            adapter = values.pop("adapter", None)
            numbers = {key: float(value) for key, value in values.items() if _is_number(value)}
            if adapter is None:
                groups.append((numbers, {}))
            else:
                groups[-1][1][adapter] = numbers
        return groups

    def statistics(self):
        """Every statistics line of totals so far, as a dictionary each."""
        return [totals for totals, _ in self.statistics_by_adapter()]

    def statistics_now(self):
        before = len(self.statistics())
        self.send_signal(signal.SIGUSR1)
        return wait_for("statistics after SIGUSR1", lambda: self.statistics()[before:])[-1]

    def stop(self, seconds=5):
        """SIGTERM; returns the final statistics."""
        self.may_end()
        self.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(allowed(seconds))
        except subprocess.TimeoutExpired:
            raise Failed(f"SIGTERM: still running after {allowed(seconds):.0f} s") from None
        equal("exit code after SIGTERM", code, 0)
        lines = self.statistics()
        expect(lines, "no statistics at exit")
        return lines[-1]

    def may_end(self):
        """It need not live any longer."""
        if self in _must_live:
            _must_live.remove(self)

    def check_identities(self):
        """The accounting law on every line, and the adapters' lines sum to the totals that they follow."""
        groups = self.statistics_by_adapter()
        for number, (totals, adapters) in enumerate(groups, 1):
            _check_law(f"statistics line {number}", totals)
            for name, s in adapters.items():
                _check_law(f"statistics line {number}, {name}", s)
            # Who was killed may have been so within its last words.
            if adapters and (number < len(groups) or self.child.poll() == 0):
                for key in next(iter(adapters.values())):
                    equal(f"statistics line {number}: {key} of all adapters", sum(s[key] for s in adapters.values()), totals[key])


def _check_law(what, s):
    equal(f"{what}: dropped", s["dropped"], sum(value for key, value in s.items() if key.startswith("dropped_")))
    equal(f"{what}: received", s["received"],
          s["published"] + s["filtered"] + s["thinned"] + s["dropped"] + s["queued"] + s["in_flight"])


def _online_count(bench):
    return len(re.findall(r"Received PUBLISH from .*'ble/status/", bench.broker.log())) if bench.broker else 0


def _is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def _yaml(values):
    tree = {}
    for key, value in values.items():
        node = tree
        *parents, leaf = key.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value
    return "".join(_yaml_lines(tree, ""))


def _yaml_lines(tree, indent):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:\n"
            yield from _yaml_lines(value, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value)}\n"


class Insistent:
    """Calls a function again and again from a thread of its own, until the block ends."""

    def __init__(self, seconds, function):
        self.seconds, self.function, self.count = seconds, function, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.over.wait(self.seconds):
            try:
                self.function()
                self.count += 1
            except OSError:   # the adapter is down or gone for the moment
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Bench:
    """One scenario's directory and processes."""

    inside = []   # words before a broker's and a subscriber's command
    reach = []    # a subscriber's options for finding the broker

    def __init__(self, slug):
        self.slug = slug
        self.directory = f"/tmp/{slug}"
        self.processes, self.daemons = [], []
        self.broker = self.subscriber = self.status_listener = None
        shutil.rmtree(self.directory, ignore_errors=True)   # of a first try that could not be cleared away
        os.makedirs(self.directory)

    def controller(self, kind="--legacy", **options):
        return Controller(self, kind, **options)

    def listen(self, streams=None, **settings):
        """A daemon, and before the first one a broker and a subscriber; returns subscriber and daemon.

        Settings are keys of the configuration with two underscores for a full stop.
        """
        if not self.broker:
            self.broker = Broker(self)
            self.subscriber = Subscriber(self)
        return self.subscriber, Daemon(self, settings, **(streams or {}))

    def daemon_command(self, daemon):
        return [DAEMON, "--config", daemon.path]

    def last_words(self):
        """The ends of the logs that tell most of what went wrong."""
        neighbours = [process for process in self.processes if os.path.basename(process.log_path).startswith("bluetooth")]
        return [f"{os.path.basename(process.log_path)}: {line}"
                for process in self.daemons[-1:] + neighbours for line in process.own_log().splitlines()[-5:]]

    def await_ready(self, controller, seconds=10):
        """The controller scans and the daemon is online: from now on nothing is lost."""
        controller.await_scanning(seconds)
        self.daemons[-1].await_online(self)

    def status(self):
        """What the daemon last told under its status topic; retained, so that late listeners know it too."""
        if not self.status_listener:
            self.status_listener = Subscriber(self, "ble/status/#", "status")
            wait_for("a status", lambda: self.status_listener.count() > 0)
        return self.status_listener.messages()[-1].payload

    def statuses(self):
        """All that was told under the status topic since somebody asked first."""
        self.status()
        return [message.payload for message in self.status_listener.messages()]

    def await_status(self, pattern, told=0, seconds=10):
        """A status, after those `told`, that says so; in it the reason, or where there is none the status itself."""
        def matching():
            return [s for s in self.statuses()[told:] if re.search(pattern, s.get("reason", s["status"]))]
        return wait_for(f"a status /{pattern}/", matching, seconds)[0]

    def await_stream(self, what, seconds, adapter=None, since=None):
        """Something that the kernel received after `since` (now) has been published; returns how long after that it was received.

        Needs traffic. Times are those of time.time(); what the way to the subscriber takes does not count, nor do polls.
        """
        since = time.time() if since is None else since
        stamp = datetime.datetime.fromtimestamp(since, datetime.timezone.utc).isoformat(timespec="milliseconds")[:23]
        wait_for(what, lambda: self.subscriber.newest(adapter) > stamp, seconds)
        return self.subscriber.heard(since, adapter)[0] - since

    def longest_gap(self, since, adapter=None):
        """The longest time, since then, in which the kernel received nothing that was published."""
        times = [since] + self.subscriber.heard(since, adapter)
        return max(b - a for a, b in zip(times, times[1:]))

    def hears(self, controller, serial=1, seconds=10):
        """A few advertisements from there reach the subscriber."""
        before = self.subscriber.count()
        self.await_ready(controller, seconds)
        controller.send(f"burst 5 rate 100 from {serial}")
        self.subscriber.await_count(before + 5)

    def adapters_gone(self):
        wait_for("adapters gone", lambda: not adapters.indices())

    def close(self, keep_all):
        _must_live.clear()
        for process in reversed(self.processes):
            process.end()
        self.adapters_gone()
        target = f"{RESULTS}/{self.slug}"
        os.makedirs(target, exist_ok=True)   # a second try
        for name in os.listdir(self.directory):
            if keep_all or name.startswith(("daemon", "config")):
                shutil.copyfile(f"{self.directory}/{name}", f"{target}/{name}")
        shutil.rmtree(self.directory)
