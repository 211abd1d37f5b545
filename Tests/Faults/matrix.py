"""Runs the rows of the fault matrix, several at a time, each in a process of its own, and prints the table.

  matrix.py [long] [tls] [ROW…]      in the guest; what /results/wanted says, without words
  matrix.py --list                   anywhere: the rows"""

import concurrent.futures
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../Lab/guest")
sys.path.insert(0, HERE)

import lab  # noqa: E402
import rows  # noqa: E402
import standstill  # noqa: E402
import wire  # noqa: E402
from site_of_row import Network, Site  # noqa: E402

lab.DAEMON = os.environ.get("BLEMQTTD", lab.DAEMON)
lab.RESULTS = os.environ.get("FAULTS_RESULTS", lab.RESULTS)
MODULES = ["healthy", "reaching", "talking", "pacing", "network", "names", "encrypted", "costs", "stopping", "host", "limits"]
SIDE_BY_SIDE = int(os.environ.get("FAULTS_LANES", "5"))
OUT = "/tmp/faults-rows"
networks = []    # laid, and used by no row yet


def collect():
    for module in MODULES:
        importlib.import_module(module)
    return sorted(rows.ROWS, key=lambda row: (int(re.match(r"\d+", row.number)[0]), row.number))


# MARK: One row

def out_of_time(*_):
    raise lab.Failed("not finished in time")


def play(row, network):
    """Runs it and leaves its result in a file."""
    outcome = {"passed": False, "told": "", "figures": {}}
    site, problem = None, None
    start = time.monotonic()
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(round(lab.allowed(row.seconds)))
    try:
        site = Site(row.number, network)
        outcome["told"] = row.function(site) or ""
        outcome["figures"] = site.finish()
        # At each change all rows' daemons reconnect immediately.
        lab.expect(row.alone or not site.changes.seen,
                   "the network changed beside other rows: " + ", ".join(f"{data.hex()} at {at:.1f}" for at, data in site.changes.seen))
        outcome["told"] = "; ".join([outcome["told"]] * bool(outcome["told"]) + site.remarks)
    except lab.Failed as failure:
        problem = str(failure)
    except rows.CannotRun as reason:
        outcome["cannot"] = str(reason)
    except Exception:   # a row's own fault fails it and no other
        problem = traceback.format_exc()
    finally:
        signal.alarm(0)
    if problem and site:
        problem += "".join(f"\n{line}" for daemon in site.daemons[-2:] for line in
                           [text for text in daemon.log().splitlines() if " stats " not in text][-8:])
    try:
        if site:
            site.close(keep_all=problem is not None)
    except lab.Failed as failure:
        problem = problem or str(failure)
    outcome.update(passed=problem is None, problem=problem, seconds=time.monotonic() - start)
    with open(f"{OUT}/{network}.json", "w") as file:
        json.dump(outcome, file)


# MARK: All of them

def attend(row, again):
    """Runs it in a process of its own; its result, or None where it failed and is to be tried again, for the reason that `again` gives."""
    start = time.monotonic()
    outcome = attempt(row)
    reason = again(standstill.within(start, time.monotonic()))
    if not outcome["passed"] and not outcome.get("cannot") and reason and networks:
        print(f"     {row.number}: again, {reason}: {outcome['problem'].strip().splitlines()[0]}", flush=True)
        return None
    print(f"{'none' if outcome.get('cannot') else 'ok  ' if outcome['passed'] else 'FAIL'} {row.number:4} {row.injected} "
          f"({outcome['seconds']:.0f} s)", flush=True)
    if not outcome["passed"] and not outcome.get("cannot"):
        print("\n".join("     " + line for line in outcome["problem"].strip().splitlines()), flush=True)
    return outcome


def attend_beside_others(row):
    return attend(row, lambda stood: "alone")


def attend_alone(row):
    """A second time where it fails while the machine stood still."""
    stood_still = lambda stood: f"for the machine stood still for {stood:.0f} s" if stood >= standstill.SECOND_TRY else None
    return attend(row, stood_still) or attend(row, lambda stood: None)


def attempt(row):
    network = str(networks.pop().number)   # no two rows have the same one
    with open(f"{OUT}/{network}.err", "wb") as errors:
        child = subprocess.Popen([sys.executable, f"{HERE}/matrix.py", "--row", row.number, network], stdout=errors, stderr=errors)
        try:
            child.wait(lab.allowed(row.seconds + 60))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    try:
        with open(f"{OUT}/{network}.json") as file:
            return json.load(file)
    except (OSError, ValueError):
        with open(f"{OUT}/{network}.err", errors="replace") as errors:
            return {"passed": False, "told": "", "figures": {}, "seconds": 0, "problem": f"no result: {errors.read()[-2000:]}"}


def figures_text(figures):
    if not figures:
        return ""
    number = lambda value, form: "-" if value is None else format(value, form)
    recovered = f"{figures['recovered']:.1f} s" if figures["recovered"] is not None else figures["without_recovery"]
    return (f"RSS {figures['rss_kb']} kB, {figures['lines']} accounts exact, gap {number(figures['gap_ms'], '.0f')} ms"
            + (f" ({figures['excused']} excused)" if figures["excused"] else "")
            + f", {figures['log']} lines, recovered {recovered}, {figures['attempts']} attempts"
            + (f" {figures['shortest']:.2f} s apart at least" if figures["shortest"] is not None else ""))


def table(wanted, outcomes):
    print("\nrow  | injected | result\n-----|----------|-------")
    for row in wanted:
        outcome = outcomes[row.number]
        if outcome.get("cannot"):
            print(f"{row.number:4} | {row.injected} | cannot run here: {outcome['cannot']}")
            continue
        result = outcome["told"] if outcome["passed"] else outcome["problem"].strip().splitlines()[0]
        figures = figures_text(outcome["figures"])
        print(f"{row.number:4} | {row.injected} | {'passed' if outcome['passed'] else 'FAILED'}: {result}{' — ' if figures else ''}{figures}")


def settle(changes):
    """Until the kernel has done with what was laid: an address of a link's own comes seconds after the link."""
    limit = time.monotonic() + lab.allowed(30)
    while not changes.seen or time.monotonic() - changes.seen[-1][0] < 3:
        lab.expect(time.monotonic() < limit, "the networks do not come to rest")
        time.sleep(0.1)


def main(words):
    numbers = [word for word in words if word not in ("long", "tls")]
    # For the rows' processes, and for this one's own look at them.
    for word in ("long", "tls"):
        os.environ[f"FAULTS_{word.upper()}"] = "1" if word in words else ""
    rows.LONG, rows.TLS = "long" in words, "tls" in words
    os.makedirs(OUT, exist_ok=True)
    os.makedirs("/run/netns", exist_ok=True)
    if os.path.exists(f"{lab.RESULTS}/blemqttd"):   # else on a machine without Bluetooth, while rows are written
        for program in ("blemqttd", "vctl"):
            shutil.copy(f"{lab.RESULTS}/{program}", f"/run/{program}")
            os.chmod(f"/run/{program}", 0o755)
        subprocess.run(["modprobe", "-a", "veth", "nf_tables", "sch_netem", "sch_tbf"], check=True)
    everything = collect()
    wanted = [row for row in everything if not numbers or row.number in numbers or re.match(r"\d+", row.number)[0] in numbers]
    if not wanted:
        print("no such row:", *numbers)
        return 1
    with standstill.watched():
        return judge(wanted, everything)


def judge(wanted, everything):
    """Plays them, and prints how it went; the exit status."""
    begin = time.monotonic()
    changes = wire.NetworkChanges()
    laid = [Network(number) for number in range(1, len(wanted) + 14)]
    for network in laid:
        network.lay()
    networks.extend(reversed(laid))
    settle(changes)
    changes.close()   # from here on each row has its own
    # The reference first, which the others are measured by.
    reference = next(row for row in everything if row.number == "0")
    outcomes = {"0": attend_alone(reference)}
    rest = sorted((row for row in wanted if row is not reference), key=lambda row: -row.seconds)
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as lanes:
        outcomes |= dict(zip((row.number for row in rest if not row.alone), lanes.map(attend_beside_others, [row for row in rest if not row.alone])))
    # What takes too long beside others on a machine that is slow must do alone.
    outcomes |= {row.number: attend_alone(row) for row in rest if not outcomes.get(row.number)}
    for network in laid:
        network.clear()
    wanted = [reference] + [row for row in wanted if row is not reference]
    table(wanted, outcomes)
    print(f"\n{time.monotonic() - begin:.0f} s, of which the machine stood still for {standstill.within(0, time.monotonic()):.1f} s; "
          f"most memory {max((o['figures'].get('rss_kb', 0) for o in outcomes.values()), default=0)} kB")
    judged = [outcome["passed"] for outcome in outcomes.values() if not outcome.get("cannot")]
    print(f"{sum(judged)} passed, {len(judged) - sum(judged)} failed", flush=True)
    return 0 if all(judged) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--row"]:
        collected = collect()
        play(next(row for row in collected if row.number == sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--list"]:
        for row in collect():
            print(f"{row.number:<13} {row.injected}")
    elif sys.argv[1:]:
        sys.exit(main(sys.argv[1:]))
    else:
        with open(f"{lab.RESULTS}/wanted") as wanted_words:
            sys.exit(main(wanted_words.read().split()))
