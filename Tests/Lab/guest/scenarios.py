"""Runs the scenarios whose names contain one of the words given or whose module is one, without words the short ones.

Ends with the count of those that passed.

  scenarios.py                  in the guest: what /results/wanted says
  scenarios.py --list [WORD…]   anywhere: their names, by module"""

import importlib
import os
import re
import shutil
import signal
import sys
import time
import traceback

import lab
import standstill

MODULES = ["publishing", "scanning", "faults", "logs", "listing", "uart", "recovery", "hanging", "several", "screening", "sharing"]
LONG = ["insistence", "endurance"]   # run with the word "all", or when one of them is meant
LIMIT = 120   # seconds for one scenario, unless its function has a `limit` of its own


def out_of_time(*_):
    raise lab.Failed("not finished in time")


def scenarios(modules):
    for name in modules:
        for function in vars(importlib.import_module(name)).values():
            if callable(function) and getattr(function, "__module__", "") == name and function.__doc__ \
                    and not function.__name__.startswith("_"):
                yield function


def run(function):
    """True when it passed, at the second try where the machine stood still in the first."""
    start = time.monotonic()
    if play(function):
        return True
    stood = standstill.within(start, time.monotonic())
    if stood < standstill.SECOND_TRY:
        return False
    print(f"     again, for the machine stood still for {stood:.0f} s", flush=True)
    return play(function)


def play(function):
    """True when it passed. A scenario's sentence is its documentation's first line."""
    sentence = function.__doc__.strip().splitlines()[0]
    bench = lab.Bench(re.sub("[^a-z0-9]+", "-", sentence.lower()).strip("-")[:100])
    start = time.monotonic()
    problem = None
    signal.alarm(round(lab.allowed(getattr(function, "limit", LIMIT))))
    try:
        function(bench)
        for daemon in bench.daemons:
            daemon.check_identities()
    except lab.Failed as failure:
        problem = str(failure)
    except Exception:   # a scenario's own fault fails it and no other
        problem = traceback.format_exc()
    finally:
        signal.alarm(0)
    last_words = bench.last_words()
    try:
        bench.close(keep_all=problem is not None)
    except lab.Failed as failure:
        problem = problem or str(failure)
    print(f"{'ok  ' if problem is None else 'FAIL'} {sentence} ({time.monotonic() - start:.1f} s)", flush=True)
    if problem is not None:
        lines = problem.strip().splitlines() + last_words
        print("\n".join("     " + line for line in lines), flush=True)
    return problem is None


def chosen(words):
    """The scenarios that the words mean."""
    if words == ["all"]:
        words = [""]
    return [f for f in scenarios(MODULES + LONG if words else MODULES)
            if not words or any(word.lower() in f.__doc__.lower() or word == f.__module__ for word in words)]


def list_them(words):
    wanted = chosen(words or ["all"])
    module = None
    for function in wanted:
        if function.__module__ != module:
            module = function.__module__
            print(f"{module}{' (only with the word all, or when meant)' if module in LONG else ''}")
        print(f"  {function.__doc__.strip().splitlines()[0]}")
    return 0 if wanted else 1


def main(words):
    signal.signal(signal.SIGALRM, out_of_time)
    for program in ("blemqttd", "vctl"):
        shutil.copy(f"{lab.RESULTS}/{program}", f"/run/{program}")
        os.chmod(f"/run/{program}", 0o755)
    wanted = chosen(words)
    if lab.SCALE != 1:
        print(f"time limits are {lab.SCALE:g} times what they are elsewhere, rates above {lab.EASY} a second so many times lower", flush=True)
    with standstill.watched():
        passed = sum([run(function) for function in wanted])
    if not wanted:
        print("no scenario's name contains any of", words)
    print(f"{passed} passed, {len(wanted) - passed} failed", flush=True)
    return 0 if wanted and passed == len(wanted) else 1


if sys.argv[1:2] == ["--list"]:
    sys.exit(list_them(sys.argv[2:]))
with open(f"{lab.RESULTS}/wanted") as wanted_words:
    sys.exit(main(wanted_words.read().splitlines()))
