"""Sleeps and notes each time that the machine woke it late: `begin end` of CLOCK_MONOTONIC, s. What a scanner could not do either."""

import sys
import time

NAP, LATE = 0.02, 0.06

with open(sys.argv[1], "w", buffering=1) as file:
    before = time.monotonic()
    while True:
        time.sleep(NAP)
        now = time.monotonic()
        if now - before > NAP + LATE:
            file.write(f"{before + NAP} {now}\n")
        before = now
