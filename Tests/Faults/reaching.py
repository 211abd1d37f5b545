"""Rows 1 to 8: a broker that cannot be reached, goes, or stands still."""

import re
import signal
import time

from lab import allowed, equal, expect, wait_for
from rows import LONG, TLS, row


def share_of_a_core(daemon, seconds):
    before, start = daemon.cpu(), time.monotonic()
    time.sleep(seconds)
    return (daemon.cpu() - before) / (time.monotonic() - start)


@row("1", "broker not started: connection refused", 120)
def refused(site):
    site.start_broker(front=False)
    daemon = site.daemon(mqtt__reconnect__max_delay="default")
    with site.fault():
        wait_for("five attempts", lambda: len(site.attempts_of(daemon)) >= 5, 40)
        site.traffic(0)
        share = share_of_a_core(daemon, 4)
        expect(share < allowed(0.1), f"{100 * share:.1f} % of an emulated core while there is nothing to do but wait")
        expect(daemon.statistics_now()["dropped_offline"] > 0, "nothing was counted as dropped_offline")
        site.broker.end()
        site.traffic(20)
        site.start_broker()
    site.recovers(backoff=16)
    return f"CPU {100 * share:.1f} % while waiting"


@row("2", "broker killed (SIGKILL), started again after 1 s")
def killed(site):
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    births = len(site.status_messages())
    with site.fault():
        site.broker.send_signal(signal.SIGKILL)
        site.broker.child.wait()
        time.sleep(1)
        site.start_broker()
    failed = len(site.attempts_of(daemon, *site.faults[-1]))
    took = site.recovers()
    expect(took <= 2 ** failed + allowed(1), f"back after {took:.1f} s, with {failed} attempts in vain expected within {2 ** failed} s and a second for the first message")
    site.await_status("online", 5, births)
    return "birth told again"


@row("3", "broker stopped for 5 s (SIGSTOP)")
def paused(site):
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    before = daemon.statistics_now()["dropped"]   # until it was connected
    with site.fault():
        site.broker.send_signal(signal.SIGSTOP)
        time.sleep(5)
        site.broker.send_signal(signal.SIGCONT)
    site.recovers()
    final = daemon.stop()
    equal("connects", final["connects"], 1)
    equal("dropped", final["dropped"] - before, 0)
    return f"no reconnect, nothing dropped, ring {final['queue_high_water_bytes']:.0f} B at most"


@row("4", "broker stopped for 10 min (SIGSTOP)" if LONG else "broker stopped for 75 s (SIGSTOP)", 780 if LONG else 180)
def stopped(site):
    site.start_broker()
    keep_alive = {} if LONG else {"mqtt__client__keep_alive": 20}
    daemon = site.daemon(**keep_alive)
    site.flows()
    begin, own = time.monotonic(), daemon.own_memory()
    with site.fault():
        site.broker.send_signal(signal.SIGSTOP)
        found = wait_for("loss of the broker", lambda: daemon.spoken("lost broker", begin), 45)
        after = found[0][0] - begin
        time.sleep(max(0.0, begin + (600 if LONG else 75) - time.monotonic()))
        # The kernel still accepts connections for it; over TLS it is the handshake that comes to nothing.
        expect(daemon.spoken("the TLS handshake was not complete within" if TLS else "no CONNACK within", begin), "no attempt ended for want of an answer")
        site.broker.send_signal(signal.SIGCONT)
    site.recovers()
    grown = daemon.growth(own)
    expect(grown <= daemon.ring_kib + 512, f"memory grew by {grown} kB")
    return f"stall seen after {after:.1f} s, memory +{grown} kB"


SYN = "input iifname far tcp flags & (syn|ack) == syn drop"


@row("5", "SYN dropped by a firewall", 120)
def mute_port(site):
    site.start_broker()
    site.filter(SYN)
    daemon = site.daemon()
    with site.fault():
        times = wait_for("two attempts", lambda: (lambda found: found if len(found) >= 3 else None)(site.attempts_of(daemon)), 45)
        given_up = [at for at, _ in daemon.spoken("no connection within|timed out")]
        expect(given_up and given_up[0] - times[0] <= 20, f"the first attempt of {times[0]:.1f} was given up at {given_up}")
        expect(times[1] - times[0] <= 13, f"{times[1] - times[0]:.1f} s between the first two attempts")
        site.filter()
    site.recovers()
    daemon.stop()
    site.filter(SYN)
    other = site.daemon()
    wait_for("an attempt", lambda: site.attempts_of(other))
    start = time.monotonic()
    other.stop(2)
    return f"given up after {given_up[0] - times[0]:.1f} s; SIGTERM within an attempt took {time.monotonic() - start:.1f} s"


BOTH_WAYS = ("input iifname far drop", "output oifname far drop")


@row("6", "half-open: nothing passes either way any more", 120)
def half_open(site):
    site.start_broker()
    daemon = site.daemon(mqtt__client__keep_alive=10)
    site.flows()
    told = len(site.status_messages())
    begin = time.monotonic()
    with site.fault():
        site.filter(*BOTH_WAYS)
        found = wait_for("loss of the broker", lambda: daemon.spoken("lost broker", begin), 25)
        noticed = found[0][0] - begin
        expect(noticed <= 16, f"noticed after {noticed:.1f} s, expected within 15")
        site.await_status("offline", 30, told)
        will = time.monotonic() - begin
        expect(will <= 22, f"the will came after {will:.1f} s, expected after 1.5 keep_alive and the broker's own 5 s")
        site.filter()
    site.recovers()
    return f"noticed after {noticed:.1f} s, will after {will:.1f} s"


@row("6-idle", "half-open while there is nothing to say, at the default keep_alive", 120)
def half_open_idle(site):
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    site.traffic(0)
    time.sleep(1)
    begin = time.monotonic()
    with site.fault():
        site.filter(*BOTH_WAYS)
        found = wait_for("loss of the broker", lambda: daemon.spoken("lost broker", begin), 45)
        noticed = found[0][0] - begin
        expect(noticed <= 16.5, f"noticed after {noticed:.1f} s, expected within 15")
        site.filter()
        site.traffic(20)
    site.recovers()
    return f"noticed after {noticed:.1f} s"


@row("7", "RST in mid-stream, three times")
def reset(site):
    site.start_broker(front=False)
    peer = site.peer()
    daemon = site.daemon()
    site.flows()
    for _ in range(3):
        with site.fault():
            peer.reset_all()
        site.recovers()
    final = daemon.stop()
    equal("connects", final["connects"], 4)
    lost = final["dropped_connection_lost"] + final.get("dropped_unconfirmed", 0)
    equal("what was dropped", final["dropped"], lost + final["dropped_offline"])
    return f"{lost:.0f} in flight counted, {final['dropped_offline']:.0f} offline"


@row("8", "FIN within a CONNACK", 60)
def half_a_connack(site):
    site.start_broker(front=False)

    def behaviour(connection):
        connection.read()
        connection.send(b"\x20\x02")
    peer = site.peer(behaviour)
    daemon = site.daemon()
    with site.fault():
        wait_for("four attempts", lambda: len(peer.connections) >= 4, 20)
        peer.behaviour = peer.forward
    site.recovers()
    expect(not re.search(r"connected to broker", "\n".join(line for _, line in daemon.spoken("", end=site.faults[0][1]))),
           "it took half a CONNACK for one")
    return f"{len(peer.connections)} connections"
