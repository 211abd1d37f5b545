"""P1 to P6, judged for every row from what was sampled while it ran."""

import json
import re

import lab
import standstill
from lab import Failed, expect

BASE = "/run/faults-base"
ALLOWANCE = 4096        # P1: kB beyond base and ring
LIMIT = 10 * 1024       # kB, the promise of DESIGN, TLS on
GAP = lab.allowed(250)  # P3: ms
GOOD = 30               # s: a connection that lasted so long starts the pauses over
TIMEOUT = 10            # s: an attempt takes no longer
LATE = 0.35 if lab.SCALE > 1 else 0   # s that a slow guest takes from a decision to the line that tells of it


def base(is_encrypted):
    """The most that row 0's daemon had of its own, kB."""
    with open(BASE) as file:
        return json.load(file)["tls" if is_encrypted else "plain"]


def memory(site):
    """P1; the most that was ever resident. Pages of files come and go with what else the machine does: beyond the base only what is its own counts."""
    most = 0
    for daemon in site.daemons:
        if not daemon.own:
            continue
        start = base(daemon.settings.get("mqtt.broker.tls.enabled", False))
        allowed = start + daemon.ring_kib + ALLOWANCE
        at, peak = max(daemon.own, key=lambda sample: sample[1])
        expect(peak <= allowed, f"P1: {peak} kB of its own after {at - daemon.begun:.1f} s, allowed {allowed} (base {start})")
        most = max(most, daemon.highest)
        expect(daemon.highest < LIMIT, f"P1: {daemon.highest} kB at some time, promised less than {LIMIT}")
    return most


def accounting(site):
    """P2; how many lines held."""
    count = 0
    for daemon in site.daemons:
        daemon.check_identities()
        count += len(daemon.statistics())
    return count


def gaps(site):
    """P3: (worst, how many lines are excused because the machine stood still); None where nothing was told."""
    worst, excused = None, 0
    for daemon in site.daemons:
        for at, line in daemon.said:
            if " stats " not in line:
                continue
            found = re.search(r"\bscanner_gap_ms=([\d.]+)", line)
            expect(found, "P3: a statistics line without scanner_gap_ms")
            gap = float(found[1])
            interval = float(re.search(r"\binterval_s=([\d.]+)", line)[1])
            begin, end = at - max(interval, gap / 1000) - 0.5, at
            lost = standstill.within(begin, end) + sum(1e9 for since, over in site.frozen if since < end and over > begin)
            if gap >= GAP and lost > 0.05 and gap - 1000 * lost < GAP:
                excused += 1
                continue
            worst = max(worst or 0, gap)
            expect(gap < GAP, f"P3: the scanner did not look for {gap:.0f} ms ({at - daemon.begun:.1f} s after the start; "
                              f"the machine itself stood still for {1000 * lost:.0f} ms of that interval)")
    return worst, excused


_OWN = re.compile(r" stats |\bstarted: |\bstopping: |\bstopped: |\bdisconnected from|going deaf")


def _blank(line):
    return re.sub(r"[\d.]+", "#", line.split(None, 1)[1]) if " " in line else line


def quiet(site):
    """P4: while failing, one line for each thing that it has to say, and one every 10 s. Returns the most in a fault."""
    most = 0
    for begin, end in site.faults:
        for daemon in site.daemons:
            over = min(end, daemon.ended or end)
            lines = [(at, line) for at, line in daemon.said if begin <= at <= over and not _OWN.search(line)]
            if not lines:
                continue
            kinds = len({_blank(line) for _, line in lines})
            connects = sum(1 for _, line in lines if "connected to broker" in line)
            allowed = kinds + 2 * connects + (over - begin) / 10
            most = max(most, len(lines))
            expect(site.loud or len(lines) <= allowed, "P4: %d lines in %.1f s of failing, allowed %.0f:\n%s" % (
                len(lines), over - begin, allowed, "\n".join(line for _, line in lines[:30])))
    return most


def spacing(site):
    """P6; how many attempts, and the shortest pause between two."""
    shortest, count = float("inf"), 0
    for daemon in site.daemons:
        times = site.attempts_of(daemon)
        count += len(times)
        initial = float(daemon.settings.get("mqtt.reconnect.initial_delay", 1))
        longest = float(daemon.settings.get("mqtt.reconnect.max_delay", 60))
        grows = daemon.settings.get("mqtt.reconnect.exponential_backoff", True)
        jitter = float(daemon.settings.get("mqtt.reconnect.jitter", 0.5))
        turn = 0   # None: not known, where an attempt was prompted or could not be seen
        for before, after in zip(times, times[1:]):
            gap = after - before
            shortest = min(shortest, gap)
            expect(gap >= 0.47, f"P6: two attempts within {gap:.2f} s")
            words = {at: line for at, line in daemon.said if before <= at <= after and "lost broker" in line}
            lost = list(words)
            if lost and lost[-1] - before >= GOOD:
                turn = 0
            if any(before < at <= after + 0.3 for at in site.prompts) or any(since < after and over > before for since, over in site.unseen):
                turn = None
                continue
            least = initial if turn is None else min(initial * 2 ** turn if grows else initial, longest)
            most = longest if turn is None else least
            slack = lab.allowed(1.5) + standstill.within(before, after)
            pause = after - lost[-1] if lost else gap
            if lost:
                said = re.search(r"next attempt in ([\d.]+) s", words[lost[-1]])
                expect(not said or float(said[1]) >= max(0.5, least * (1 - jitter)) - 0.05,
                       f"P6: {said and said[1]} s decided before attempt {times.index(after) + 1}, expected {least * (1 - jitter):.2f} to {most:.2f}")
            # The line that tells of the loss is stamped as it is written, after the decision; by how much depends on the machine.
            late = lab.allowed(max(site.late_words, LATE)) + standstill.within(lost[-1] - 1, lost[-1]) if lost else 0
            expect(pause >= max(0.5, least * (1 - jitter)) - 0.05 - late,
                   f"P6: {pause:.2f} s before attempt {times.index(after) + 1}, expected {least * (1 - jitter):.2f} to {most:.2f}")
            expect(pause <= most + (0 if lost else TIMEOUT) + slack,
                   f"P6: {pause:.2f} s before attempt {times.index(after) + 1}, expected {least * (1 - jitter):.2f} to {most:.2f}")
            turn = None if turn is None else turn + 1
    return count, shortest


def alive(site):
    """P4: nobody ended whom nobody has asked to."""
    for daemon in site.daemons:
        expect(daemon.child.returncode in (daemon.exit_code, None), f"P4: the daemon ended with {daemon.child.returncode}")


def judge(site):
    """All six; raises with every one that does not hold, else their figures in a line."""
    problems, figures = [], {}
    for criterion in (alive, memory, accounting, gaps, quiet, spacing):
        try:
            figures[criterion.__name__] = criterion(site)
        except Failed as failure:
            problems.append(str(failure))
    if not site.recoveries and not site.without_recovery:
        problems.append("P5: the row shows no recovery and gives no reason")
    if problems:
        raise Failed("\n".join(problems))
    worst, excused = figures["gaps"]
    attempts, shortest = figures["spacing"]
    return {
        "rss_kb": figures["memory"], "lines": figures["accounting"], "gap_ms": worst, "excused": excused,
        "log": figures["quiet"], "attempts": attempts, "shortest": shortest if shortest < float("inf") else None,
        "recovered": max(site.recoveries, default=None), "without_recovery": site.without_recovery,
    }
