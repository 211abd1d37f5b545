"""Rows 21 and 22: names that cannot be looked up, or lead to the wrong place or to too many."""

import socket
import struct
import threading
import time

import wire
from lab import expect, wait_for
from rows import row

NAME = "broker.faults.test"
A, AAAA = 1, 28


class Responder:
    """A name server that answers as it is told: `addresses` for every name, nothing at all, or that there is no such name."""

    def __init__(self, site):
        self.addresses, self.mute, self.unknown = [], False, False
        self.asked = []

        def listen():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((site.far, 53))
            return sock
        self.sock = wire.inside(site.namespace, listen)
        threading.Thread(target=self._serve, daemon=True).start()
        path = f"{site.directory}/resolv.conf"
        with open(path, "w") as file:
            file.write(f"nameserver {site.far}\n")
        # In the daemon's own view of the file system; the process stays the same one.
        site.prefix = ["unshare", "--mount", "sh", "-c", f'mount --bind {path} /etc/resolv.conf && exec "$@"', "sh"]

    def _serve(self):
        while True:
            query, client = self.sock.recvfrom(512)
            end = query.index(b"\0", 12) + 1
            kind = struct.unpack_from(">H", query, end)[0]
            self.asked.append((time.monotonic(), kind))
            if self.mute:
                continue
            records = []
            for address in [] if self.unknown else self.addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                if (kind == AAAA) == (family == socket.AF_INET6):
                    data = socket.inet_pton(family, address)
                    records.append(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data)
            # | id | flags: answer, recursion, code | 1 question | answers | 0 | 0 | question | answers |
            head = query[:2] + struct.pack(">HHHHH", 0x8180 | (3 if self.unknown else 0), 1, len(records), 0, 0)
            self.sock.sendto(head + query[12:end + 4] + b"".join(records), client)


def _named(site, *addresses):
    """A daemon that looks its broker up by name, online."""
    responder = Responder(site)
    responder.addresses = list(addresses) or [site.far]
    site.start_broker(front=False)
    peer = site.peer()
    daemon = site.daemon(mqtt__broker__host=NAME)
    return responder, peer, daemon


@row("21-mute", "a name server that does not answer", 120)
def mute(site):
    responder, peer, daemon = _named(site)
    site.flows()
    begin = time.monotonic()
    with site.fault():
        responder.mute = True
        peer.close_all()
        wait_for("a look-up that is given up", lambda: daemon.spoken("no connection to broker", begin), 40)
        took = daemon.spoken("no connection to broker", begin)[0][0] - daemon.spoken("lost broker", begin)[0][0]
        time.sleep(10)
        responder.mute = False
    site.unseen.append((begin, site.faults[0][1]))
    site.recovers()
    return f"given up {took:.1f} s after the loss"


@row("21-nxdomain", "the broker's name is not known", 90)
def unknown(site):
    responder, peer, daemon = _named(site)
    site.flows()
    begin = time.monotonic()
    with site.fault():
        responder.unknown = True
        peer.close_all()
        time.sleep(15)
        expect(daemon.spoken("cannot be looked up", begin), "the log does not say what is wrong")
        asked = [at for at, kind in responder.asked if at > begin and kind == A]
        expect(len(asked) >= 3, f"looked up {len(asked)} times in 15 s")
        responder.unknown = False
    site.unseen.append((begin, site.faults[0][1]))
    site.recovers()
    return f"looked up {len(asked)} times in 15 s"


def _first_dead(site, dead, alive):
    """Two addresses, of which the first answers nothing."""
    site.ip(f"addr add {dead}/{'64 dev far nodad' if ':' in dead else '24 dev far'}\n", there=True)
    site.addresses.append(dead)
    site.filter(f"input iifname far ip{'6' if ':' in dead else ''} daddr {dead} drop")
    _, peer, _ = _named(site, dead, alive)
    with site.fault():
        site.flows(seconds=30)
    # It lasts; a connection that is lost comes back all the same.
    begin = time.monotonic()
    peer.close_all()
    site.recovers()
    tried = [(at, destination) for at, destination in site.attempts.seen if at > begin]
    expect(any(destination == alive for _, destination in tried), "the address that answers was not tried")
    return "tried " + ", ".join(f"{destination} after {at - tried[0][0]:.2f} s" for at, destination in tried[:3])


@row("21-dead-a", "two A records, the first of them dead", 120)
def dead_a(site):
    return _first_dead(site, f"10.99.{site.number}.3", site.far)


@row("21-dead-aaaa", "an AAAA record that is dead beside an A record that is not", 120)
def dead_aaaa(site):
    return _first_dead(site, f"fd99:{site.number:x}::3", site.far)


@row("21-hundred", "100 addresses under the broker's name, of which the 90th alone answers", 90)
def hundred(site):
    there = [f"10.97.{site.number}.{host}" for host in range(1, 101)]
    alive = there[89]
    site.ip(f"route add local 10.97.{site.number}.0/24 dev lo\n", there=True)
    site.addresses += there
    responder = Responder(site)
    responder.addresses = there
    site.start_broker(front=False)
    peer = site.peer(address=alive)
    begin = time.monotonic()
    daemon = site.daemon(mqtt__broker__host=NAME, mqtt__reconnect__max_delay=1)
    with site.fault():
        wait_for("a connection", lambda: peer.connections, 40)
        took = time.monotonic() - begin
        site.flows()
    tried = [destination for _, destination in site.attempts.seen]
    expect(len(set(tried)) >= 81, f"{len(set(tried))} addresses were tried before")
    # The next attempt begins where one has answered.
    before, own = len(tried), daemon.own_memory()
    with site.fault():
        peer.close_all()
    site.recovers(backoff=1)
    again = len(site.attempts.seen) - before
    expect(again <= 16, f"{again} addresses were tried to come back")
    return f"connected after {took:.1f} s, {len(set(tried))} addresses tried, then {again}; {daemon.growth(own):+d} kB by that"


@row("22", "the broker moves to another address while it is down", 90)
def moved(site):
    other = f"10.99.{site.number}.3"
    site.ip(f"addr add {other}/24 dev far\n", there=True)
    site.addresses.append(other)
    responder, peer, daemon = _named(site)
    site.flows()
    with site.fault():
        peer.close()
        time.sleep(4)
        responder.addresses = [other]
        site.peer(address=other)
    site.recovers()
    expect(site.attempts.seen[-1][1] == other, "the new address was not tried")
    return "looked up at each attempt"
