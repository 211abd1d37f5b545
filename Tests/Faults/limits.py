"""Rows 54 and 56: too little of everything, and a configuration that cannot be."""

import os
import time

from lab import equal, expect, wait_for
from rows import row

GROUPS = "/sys/fs/cgroup"


def confine(site, name, **limits):
    """From now on the row's daemons start in a control group with these limits, and are free once `freed` is called."""
    with open(f"{GROUPS}/cgroup.subtree_control", "w") as control:
        control.write("+memory +cpu")
    group = f"{GROUPS}/{name}"
    os.makedirs(group, exist_ok=True)
    for key, value in limits.items():
        with open(f"{group}/{key.replace('_', '.')}", "w") as file:
            file.write(str(value))
    site.prefix = ["sh", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "sh"]
    return group


@row("54-files", "at most 16 open files; then at most 96, of which the first limit is 16", 60)
def few_files(site):
    site.start_broker(front=False)
    peer = site.peer()
    site.prefix = ["prlimit", "--nofile=16"]
    refused = site.daemon()
    equal("exit code", refused.child.wait(10), 71)
    refused.exit_code = 71
    refused.may_end()
    wait_for("the reason", lambda: refused.spoken("at most 16 files may be open, and 96 are needed: raise LimitNOFILE="), 2)
    site.prefix = ["prlimit", "--nofile=16:96"]
    daemon = site.daemon()
    site.flows()
    with site.fault():
        peer.close_all()
    site.recovers()
    return f"refused with the reason; works with {max(count for _, count in daemon.files)} open files at most"


@row("54-memory", "at most 32 MB of memory, in a control group", 60)
def little_memory(site):
    site.start_broker(front=False)
    peer = site.peer()
    group = confine(site, f"faults-{site.number}", memory_max=32 << 20)
    site.daemon(rate=500)
    site.flows()
    with site.fault():
        peer.close_all()
        time.sleep(3)
    site.recovers()
    with open(f"{group}/memory.events") as events:
        killed = dict(line.split() for line in events)["oom_kill"]
    equal("times that the kernel ended it for memory", killed, "0")
    with open(f"{group}/memory.peak" if os.path.exists(f"{group}/memory.peak") else f"{group}/memory.current") as file:
        return f"{int(file.read()) // 1024} kB charged to the group"


@row("54-cpu", "5 % of a processor, in a control group", 90)
def little_processor(site):
    site.start_broker()
    group = confine(site, f"faults-{site.number}")
    daemon = site.daemon(rate=20)
    site.flows()
    before = daemon.statistics_now()
    begin = time.monotonic()
    with site.fault():
        with open(f"{group}/cpu.max", "w") as limit:
            limit.write("5000 100000")
        time.sleep(20)
        after = daemon.statistics()[-1]
        with open(f"{group}/cpu.max", "w") as limit:
            limit.write("max 100000")
    site.frozen.append((begin, time.monotonic() + 1))   # no thread keeps time with 5 ms of every 100
    site.recovers()
    with open(f"{group}/cpu.stat") as stat:
        throttled = dict(line.split() for line in stat)["nr_throttled"]
    equal("connects", daemon.statistics_now()["connects"], 1)
    return (f"{after['published'] - before['published']:.0f} of {after['received'] - before['received']:.0f} published in 20 s, "
            f"{after['dropped'] - before['dropped']:.0f} dropped and {after['kernel_dropped'] - before['kernel_dropped']:.0f} "
            f"lost in the kernel, counted; held back {throttled} times")


@row("56", "a configuration with errors at the start", 30)
def wrong_configuration(site):
    site.without_recovery = "systemd must not try again (RestartPreventExitStatus=78)"
    site.adapter(0)
    daemon = site.daemon(mqtt__broker__port=123456)
    daemon.may_end()
    daemon.exit_code = 78
    start = time.monotonic()
    equal("exit code", daemon.child.wait(5), 78)
    took = time.monotonic() - start
    expect(daemon.lines(r"mqtt\.broker\.port.*123456"), "the log does not name the key and the value")
    unit = [line.strip() for line in _unit() if line.startswith(("Restart", "StartLimit"))]
    return f"78 after {took:.1f} s{'; unit: ' + ', '.join(unit) if unit else ''}"


def _unit():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/blemqttd.service")
    if not os.path.exists(path):
        return []
    with open(path) as unit:
        return unit.readlines()
