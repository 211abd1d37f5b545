"""When the machine did not keep time: a process that sleeps on each processor notes each time that it was woken late. What it could not
do, a scanner could not do either, and no more could whoever judges it.

  with standstill.watched(): …            in the process that runs a suite
  standstill.within(begin, end)           in any process of that time: seconds of CLOCK_MONOTONIC that were lost
  standstill.py                           the sleepers"""

import bisect
import contextlib
import glob
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

FILES = "/run/standstill"   # a file for each processor, of lines `begin end`, s of CLOCK_MONOTONIC
NAP, LATE = 0.02, 0.06      # s
SECOND_TRY = 1              # s of standing still in which a test may fail for that, and gets a second try


class _Stalls:
    """Those of one processor: (begin, end), in order."""

    def __init__(self, path):
        self.path, self.times, self._read, self._lock = path, [], 0, threading.Lock()

    def within(self, begin, end):
        with self._lock, open(self.path, "rb") as file:
            file.seek(self._read)
            new = file.read()
            whole = new.rfind(b"\n") + 1
            self._read += whole
            self.times += [tuple(map(float, line.split())) for line in new[:whole].decode().splitlines()]
        first = max(0, bisect.bisect(self.times, (begin,)) - 1)
        for since, over in itertools.islice(self.times, first, None):
            if since >= end:
                return
            if over > begin:
                yield max(begin, since), min(end, over)


_stalls = {}   # by file


def within(begin, end):
    """Seconds within that time in which a processor of the machine did not keep time."""
    for path in glob.glob(f"{FILES}.*"):
        _stalls.setdefault(path, _Stalls(path))
    lost, reached = 0.0, begin
    for since, over in sorted(time for stalls in _stalls.values() for time in stalls.within(begin, end)):
        lost += max(0.0, over - max(since, reached))
        reached = max(reached, over)
    return lost


@contextlib.contextmanager
def watched():
    """For as long as it is entered the sleepers sleep."""
    sleepers = subprocess.Popen([sys.executable, os.path.abspath(__file__)], start_new_session=True)
    try:
        yield
    finally:
        os.killpg(sleepers.pid, signal.SIGKILL)
        sleepers.wait()


def _sleep_on(processor):
    os.sched_setaffinity(0, {processor})
    with open(f"{FILES}.{processor}", "w", buffering=1) as file:
        before = time.monotonic()
        while True:
            time.sleep(NAP)
            now = time.monotonic()
            if now - before > NAP + LATE:
                file.write(f"{before + NAP} {now}\n")
            before = now


if __name__ == "__main__":
    *others, last = sorted(os.sched_getaffinity(0))
    for other in others:
        if os.fork() == 0:
            _sleep_on(other)
    _sleep_on(last)
