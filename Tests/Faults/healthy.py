"""Row 0: no fault. What the others are measured by."""

import json
import os
import time

import criteria
from certificates import Authority
from lab import equal, expect, wait_for
from rows import TLS, row


def _healthy(site):
    """A daemon that has published for some seconds."""
    daemon = site.daemon()
    site.flows()
    time.sleep(3)
    return daemon


def _most(daemon):
    """The most that it had of its own, kB."""
    return max(own for _, own in daemon.own)


@row("0", "nothing: the reference", 90)
def reference(site):
    site.without_recovery = "-"
    site.start_broker()
    daemon = _healthy(site)
    before, start = daemon.cpu(), time.monotonic()
    time.sleep(5)
    share = (daemon.cpu() - before) / (time.monotonic() - start)
    final = daemon.stop()
    wait_for("all messages", lambda: site.subscriber.count() >= final["published"])
    equal("messages", site.subscriber.count(), final["published"])
    for key in ("dropped_ring_full", "kernel_dropped", "bad_events", "unexpected_pubacks"):
        equal(key, final[key], 0)
    equal("connects", final["connects"], 1)
    expect(len(site.attempts_of(daemon)) == 1, "more than one attempt was seen on the link, or none")
    base = encrypted = _most(daemon)
    if not TLS:
        certificate, key = (authority := Authority(site.directory)).sign("good", f"IP:{site.far}")
        site.broker.end()
        site.encrypt(certificate, key, authority.path)
        site.start_broker()
        encrypted = _most(_healthy(site))
    with open(criteria.BASE + ".new", "w") as file:
        json.dump({"plain": base, "tls": encrypted}, file)
    os.replace(criteria.BASE + ".new", criteria.BASE)
    return f"own memory {base} kB, with TLS {encrypted} kB; CPU {100 * share:.0f} % at 20/s"
