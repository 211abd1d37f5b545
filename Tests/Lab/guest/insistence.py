"""Programs that undo what the daemon does, again and again: answered at first, then ever more rarely."""

import time

import adapters
from lab import Insistent, expect, wait_for

OURS = "a000a0000000"   # the parameters of LE Set Scan Parameters by default, behind LE_Scan_Type


def taken_down_again_and_again(bench):
    """An adapter that is taken down again and again is brought up ever more rarely"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    resets = controller.stats()["resets"]

    def take_down():
        if adapters.is_up(controller.index):
            adapters.down(controller.index)
    with Insistent(0.1, take_down):
        time.sleep(30)
        soon = controller.stats()["resets"] - resets
        time.sleep(30)
        late = controller.stats()["resets"] - resets - soon
    print(f"     brought up {soon} times in 30 s, then {late} times in 30 s")
    expect(5 <= soon <= 31, f"brought up {soon} times in the first 30 s")
    expect(late < soon / 2 and late <= 5, f"brought up {late} times in the second half minute, {soon} times in the first")
    daemon.await_log(r"another program")
    # One for each time, another where patience ends, and one for the end that the adapter is left in.
    errors = daemon.lines(r" error ")
    expect(len(errors) <= soon + late + 2, f"{len(errors)} errors")
    daemon.stop()


def insistent_program(bench):
    """Against a program that changes the scan three times a second the daemon answers once a second, then ever more rarely"""
    controller = bench.controller()
    _, daemon = bench.listen()
    bench.await_ready(controller)
    controller.do("burst 1000000 rate 50 addresses 20")
    start = time.monotonic()

    def change():
        adapters.command(controller.index, 0x200C, bytes.fromhex("0000"))
        adapters.command(controller.index, 0x200B, bytes.fromhex("01120012000000"))
        adapters.command(controller.index, 0x200C, bytes.fromhex("0101"))

    def arms(since, until):
        # The other's scan is active: a kernel that takes it for a search has ours follow it.
        return len([c for c in controller.commands(since, ("200B",)) if c["parameters"][2:] == OURS and c["at"] < until])
    with Insistent(0.3, change) as insistent:
        rates = []
        for _ in range(4):
            begin = time.monotonic()
            time.sleep(15)
            rates.append(arms(begin, begin + 15))
    print(f"     {insistent.count} changes; scans set up again in each 15 s: {rates}")
    # No two within 0.8 s.
    expect(8 <= rates[0] <= 19, f"about one a second at first: {rates}")
    expect(rates[-1] <= 3, f"ever more rarely: {rates}")
    daemon.await_log(r" (error|warning) .*another program")
    expect(len(daemon.lines(r" (error|warning) ")) <= 10, "a warning for every time")
    # Alone again, it returns to its own scan.
    wait_for("a scan of our own", lambda: controller.stats()["filter_duplicates"] == 0, 30)
    bench.await_stream("stream", 5)
    daemon.stop()
