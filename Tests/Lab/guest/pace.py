"""How fast the guest is, for LAB_SCALE: the least processor time, s, that some work takes, of the kinds that scenarios wait for.

  LAB_SUITE=Lab/guest/pace.py Tests/Lab/run       beside ARCH=arm64 LAB_SUITE=Lab/guest/pace.py Tests/Lab/run"""

import hashlib
import json
import resource
import subprocess

TRIES = 3
DAEMON = "/results/blemqttd"
CONFIGURATION = "/lab/config.yaml.example"


def interpret():
    text = ""
    for number in range(20_000):
        text = json.dumps({"number": number, "before": text[:40]})
    return json.loads(text)


def run(*words):
    subprocess.run(words, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


WORK = {
    "Python": interpret,
    "a hash of 20 MB": lambda: hashlib.sha256(bytes(20_000_000)).digest(),
    "20 processes": lambda: [run("/bin/true") for _ in range(20)],
    "5 starts of the daemon": lambda: [run(DAEMON, "--config", CONFIGURATION, "--print-config") for _ in range(5)],
}


def spent(work):
    """Processor time of this process and its children, s."""
    usage = lambda: sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    before = usage()
    work()
    return usage() - before


for name, work in WORK.items():
    print(f"{name}: {min(spent(work) for _ in range(TRIES)):.3f} s", flush=True)
