"""Sleeps on each processor and notes each time that the machine woke it late: `begin end` of CLOCK_MONOTONIC, s, in a file for each
processor. What it could not do, a scanner could not do either."""

import os
import sys
import time

NAP, LATE = 0.02, 0.06


def sleep_on(processor):
    os.sched_setaffinity(0, {processor})
    with open(f"{sys.argv[1]}.{processor}", "w", buffering=1) as file:
        before = time.monotonic()
        while True:
            time.sleep(NAP)
            now = time.monotonic()
            if now - before > NAP + LATE:
                file.write(f"{before + NAP} {now}\n")
            before = now


*others, last = sorted(os.sched_getaffinity(0))
for other in others:
    if os.fork() == 0:
        sleep_on(other)
sleep_on(last)
