"""Plays the same scenes to each gateway, and prints what came out: the guest's side of `run`."""

import json
import os
import re
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../Tests/Lab/guest")

import adapters  # noqa: E402
import lab  # noqa: E402
from bluez import Bluetoothctl, Bluetoothd  # noqa: E402
from lab import Process, wait_for  # noqa: E402

DEVICES = 20
SECONDS = 40         # of a measured stream; more than three of TheengsGateway's scans and pauses
PATIENCE = 60        # for a stream that ought to come back
TICKS = os.sysconf("SC_CLK_TCK")


class Blemqttd:
    name = "blemqttd"
    topic = "ble/raw/#"

    def start(self, bench, controller):
        daemon = lab.Daemon(bench, {"mqtt.client.qos": 0, "scanner.adapter": controller.address})
        daemon.may_end()
        return [daemon]


class Theengs:
    """Publishes every advertisement, decoded or not (its default); everything else as it comes."""

    name = "TheengsGateway 1.8.0"
    topic = "home/TheengsGateway/BTtoMQTT/#"
    settings = {}

    def start(self, bench, controller):
        path = f"{bench.directory}/theengs.json"
        with open(path, "w") as file:
            json.dump({"host": "127.0.0.1", "port": 1883, "adapter": f"hci{controller.index}", "discovery": 0, **self.settings}, file)
        program = f"{HERE}/../../.build/peers-venv/bin/TheengsGateway"
        return [Process(bench, "theengs", [program, "-c", path], environment={"HOME": bench.directory}), bench.bluetoothd]


class TheengsWithoutPauses(Theengs):
    """The best that its settings offer: no pause between scans."""

    name = "TheengsGateway 1.8.0, ble_time_between_scans 0"
    settings = {"ble_time_between_scans": 0, "ble_scan_time": 3600}


class Scene:
    """A gateway at work: its processes, a broker, a subscriber to what it publishes."""

    def __init__(self, subject, slug):
        self.subject, self.bench = subject, lab.Bench(slug)

    def begin(self):
        bench, subject = self.bench, self.subject
        self.controller = bench.controller()
        bench.bluetoothd = Bluetoothd(bench)
        bench.bluetoothd.await_usable(self.controller)
        bench.broker = lab.Broker(bench)
        self.subscriber = bench.subscriber = lab.Subscriber(bench, subject.topic)
        self.processes = subject.start(bench, self.controller)
        self.controller.await_scanning(60)
        self.traffic(20)
        self.flows(60)

    def traffic(self, rate):
        self.controller.do("hush")
        self.controller.do(f"burst 40000000 rate {rate} addresses {DEVICES}")

    def flows(self, seconds):
        """Seconds until something new comes out; nil where that takes longer."""
        start, before = time.monotonic(), self.subscriber.count()
        while time.monotonic() < start + seconds:
            if self.subscriber.count() > before:
                return time.monotonic() - start
            time.sleep(0.02)
        return None

    def cpu(self):
        total = 0
        for process in self.processes:
            with open(f"/proc/{process.child.pid}/stat") as stat:
                total += sum(int(field) for field in stat.read().rpartition(")")[2].split()[11:13])
        return total / TICKS

    def memory(self):
        """kB by process, the gateway's first."""
        found = []
        for process in self.processes:
            with open(f"/proc/{process.child.pid}/status") as status:
                found.append(int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)))
        return found


def stream(rate):
    def measure(scene):
        scene.traffic(rate)
        time.sleep(5)
        out, cpu, start = scene.subscriber.count(), scene.cpu(), time.monotonic()
        time.sleep(SECONDS)
        out, cpu = scene.subscriber.count() - out, scene.cpu() - cpu
        # What the controller itself leaves out, asked to filter duplicates, was on the air all the same.
        air = round(rate * (time.monotonic() - start))
        memory = " + ".join(f"{kb / 1024:.1f}" for kb in scene.memory())
        return f"{out} of {air} published ({100 * out / air:.0f} %); {1000 * cpu / max(1, out):.1f} ms of processor time each; {memory} MB resident"
    measure.__doc__ = f"{DEVICES} devices, {rate} advertisements a second for {SECONDS} s"
    return measure


def searched(scene):
    """another program searches for 5 s (bluetoothctl scan on, scan off)"""
    ctl = Bluetoothctl(scene.bench)
    ctl.do("scan on", "Discovery started")
    time.sleep(5)
    ctl.do("scan off", "Discovery stopped")
    return back(scene)


def down(scene):
    """the adapter is taken down for 5 s (HCIDEVDOWN), and up again"""
    adapters.down(scene.controller.index)
    time.sleep(5)
    adapters.up(scene.controller.index)
    return back(scene)


def replugged(scene):
    """the adapter is unplugged for 5 s"""
    scene.controller.do("unplug")
    time.sleep(5)
    scene.controller.do("replug")
    scene.traffic(20)
    return back(scene)


def broker_restarted(scene):
    """the broker is killed and started again after 10 s"""
    scene.bench.broker.child.kill()
    scene.bench.broker.child.wait()
    time.sleep(10)
    scene.bench.broker = lab.Broker(scene.bench)
    wait_for("subscriber", lambda: "subscriber 1 " in scene.bench.broker.own_log(), 30)
    return back(scene)


def back(scene):
    """Whether the stream is back, and whether it lasts."""
    took = scene.flows(PATIENCE)
    ended = [process.child.returncode for process in scene.processes[:1] if process.child.poll() is not None]
    if took is None:
        return f"no stream within {PATIENCE} s" + (f"; the gateway has ended with {ended[0]}" if ended else "")
    lasting = scene.flows(20)
    return f"stream back after {took:.1f} s" + ("" if lasting is not None else ", and gone again")


STREAMS = [stream(20), stream(200)]
MISHAPS = [searched, down, replugged, broker_restarted]
# Pauses between scans would only blur how fast a stream comes back.
PLAN = [(subject, scene) for scene in STREAMS for subject in (Blemqttd(), TheengsWithoutPauses(), Theengs())] + [
    (subject, scene) for scene in MISHAPS for subject in (Blemqttd(), TheengsWithoutPauses())]


def main(words):
    for program in ("blemqttd", "vctl"):
        shutil.copy(f"{lab.RESULTS}/{program}", f"/run/{program}")
        os.chmod(f"/run/{program}", 0o755)
    rows = []
    for number, (subject, measure) in enumerate(PLAN):
        what = measure.__doc__.strip()
        if words and not any(word in f"{subject.name} {what}" for word in words):
            continue
        scene = Scene(subject, f"peers-{number}")
        try:
            scene.begin()
            result = measure(scene)
        except (lab.Failed, OSError) as failure:   # a process that has ended has no /proc
            result = f"not measured: {failure}"
        scene.bench.close(keep_all=True)
        rows.append((what, subject.name, result))
        print(*rows[-1], sep=" | ", flush=True)
    print("\nscene | gateway | result\n------|---------|-------")
    for row in rows:
        print(*row, sep=" | ")
    return 0


with open(f"{lab.RESULTS}/wanted") as wanted_words:
    sys.exit(main(wanted_words.read().splitlines()))
