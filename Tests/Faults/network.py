"""Rows 19, 20 and 23: networks that lose, delay, swallow and change."""

import time

from lab import equal, expect, wait_for
from rows import row


def _endured(site, seconds, shape, good):
    """Through so many seconds of a bad line without a new connection; what was published and dropped in them."""
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    before = daemon.statistics_now()
    with site.fault():
        site.shape(*shape.split())
        time.sleep(seconds)
        after = daemon.statistics_now()
        site.shape(*good.split(), change=True)
    site.recovers(backlog=20)
    equal("connections", daemon.statistics_now()["connects"], 1)
    rate = (after["published"] - before["published"]) / seconds
    return (f"{rate:.0f} a second got through, {after['dropped'] - before['dropped']:.0f} dropped, "
            f"ring {after['queue_high_water_bytes']:.0f} B")


@row("19-loss", "200 ms delay and 20 % loss either way", 120)
def loss(site):
    # Gilbert's model: a packet is lost with 25 %, the one after a lost one never, so 20 % are. With losses independent of each other
    # one run in some twenty has 12 s without an acknowledgement, which is a lost connection, and rightly: row 6.
    return _endured(site, 25, "netem delay 200ms loss gemodel 25% 100%", "netem delay 0ms loss 0%")


@row("19-jitter", "1 s delay with 1 s jitter either way", 120)
def jitter(site):
    return _endured(site, 25, "netem delay 1000ms 1000ms", "netem delay 0ms 0ms")


@row("19-narrow", "8 kbit/s", 150)
def narrow(site):
    return _endured(site, 40, "tbf rate 8kbit burst 2kb limit 8kb", "tbf rate 1gbit burst 100kb limit 1mb")


@row("20", "packets of more than 1,000 bytes vanish", 150)
def black_hole(site):
    site.start_broker()
    daemon = site.daemon(rate=0)
    site.traffic(100, words="per-event 20")   # many messages in one write
    site.flows()
    begin = time.monotonic()
    with site.fault():
        site.filter("input iifname far meta length > 1000 drop")
        lost = wait_for("the stall", lambda: daemon.spoken("lost broker", begin), 40)
        time.sleep(20)
        site.filter()
    # A segment that has been sent again a few times by then is sent again after 8 s, which is TCP's own pause.
    site.recovers(backoff=8)
    took = lost[0][0] - begin
    expect(took <= 22, f"stall seen after {took:.1f} s")
    return f"stall seen after {took:.1f} s, {daemon.figure('connects'):.0f} connections"


@row("23-link", "the link goes down for 20 s and comes up", 120, alone=True)
def link(site):
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    begin = time.monotonic()
    with site.fault():
        site.ip(f"link set {site.link} down\n")
        wait_for("loss of the broker", lambda: daemon.spoken("lost broker", begin), 25)
        site.ip(f"link set {site.link} up\naddr replace {site.near6}/64 dev {site.link} nodad\n")
    site.unseen.append((begin, site.faults[0][1]))
    site.prompts.append(site.faults[0][1])
    took = site.recovers()
    return f"lost after {daemon.spoken('lost broker', begin)[0][0] - begin:.1f} s, back {took:.1f} s after the link"


@row("23-address", "our address changes", 120, alone=True)
def address(site):
    site.start_broker()
    site.daemon()
    site.flows()
    begin = time.monotonic()
    with site.fault():
        site.ip(f"addr del {site.near}/24 dev {site.link}\naddr add 10.99.{site.number}.9/24 dev {site.link}\n")
    site.prompts.append(begin)
    site.unseen.append((begin, begin + 40))
    # A connection from the old address is noticed as any half-open one is: within 15 s.
    took = site.recovers(backoff=4 + 15)
    return f"back after {took:.1f} s"


@row("23-route", "no route to the broker for 15 s", 120, alone=True)
def route(site):
    far = f"10.98.{site.number}.2"
    site.addresses.append(far)
    site.ip(f"addr add {far}/32 dev lo\n", there=True)
    site.ip(f"route add {far}/32 via {site.far}\n")
    site.start_broker(lines=f"listener {site.port} {far}\n{site.listener_lines}")
    daemon = site.daemon(**{"mqtt.broker.host": far}, mqtt__client__keep_alive=10)
    site.flows()
    begin = time.monotonic()
    with site.fault():
        site.ip(f"route replace unreachable {far}/32\n")
        time.sleep(15)
        site.ip(f"route del unreachable {far}/32\nroute add {far}/32 via {site.far}\n")
    site.unseen.append((begin, site.faults[0][1]))
    site.prompts.append(site.faults[0][1])
    took = site.recovers()
    expect(daemon.spoken("lost broker", begin), "nothing was noticed")
    return f"back {took:.1f} s after the route"
