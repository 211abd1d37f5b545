"""What 7, 29, 32 and 48 have of cost: certificates that are dear to read, and memory where a stream of TLS is cut, starved or begun again."""

import os
import time

import wire
from certificates import context
from encrypted import proxy, ready
from lab import allowed, equal, expect, wait_for
from pacing import keeps_its_interval
from rows import row
from stopping import rewrite
from talking import accept


def _empty_names(count):
    """An extension of so many empty DNS names, as DER in openssl's way of writing: 30 82 LLLL (82 00)…; four digits of length are enough."""
    return "DER:3082" + f"{2 * count:04x}" + "8200" * count


@row("29-names", "a certificate with 5,000, then one with 20,000 empty alternative names", 120)
def many_names(site):
    authority, _, _ = ready(site)
    contexts = [context(*authority.sign(f"names-{count}", _empty_names(count))) for count in (5000, 20_000)]
    peer = proxy(site, wire.polite, tls=contexts[0])
    daemon = site.daemon(mqtt__reconnect__max_delay=1)
    told = []
    with site.fault():
        for count, words, peer.tls in ((5000, "alternative names", contexts[0]), (20_000, "larger than", contexts[1])):
            since = time.monotonic()
            wait_for(f"{count} names: /{words}/ in the log", lambda: daemon.spoken(words, since), 15)
            site.traffic(0)
            before, tried, begin = daemon.cpu(), len(peer.connections), time.monotonic()
            wait_for("further attempts", lambda: len(peer.connections) >= tried + 5, 20)
            spent = (daemon.cpu() - before) / (len(peer.connections) - tried)
            longest = keeps_its_interval(daemon, begin)
            expect(spent <= allowed(0.3), f"{count} names: {spent:.2f} s of processor time for each attempt")
            told.append(f"{count}: {1000 * spent:.0f} ms of processor time for each attempt")
            site.traffic(20)
        expect(not any(connection.packets for connection in peer.connections), "MQTT was spoken all the same")
        peer.tls, peer.behaviour = None, peer.forward
    site.recovers(backoff=1)
    return "; ".join(told) + f"; statistics each {longest:.1f} s at most"


@row("48-tls", "ten reloads that begin another session, TLS", 120)
def reloads(site):
    ready(site, front=True)
    daemon = site.daemon(mqtt__client__keep_alive=60)
    site.flows()
    own = daemon.own_memory()
    with open(daemon.path) as file:
        text = file.read()
    time.sleep(0.6)   # no two attempts within half a second, whoever asks for them
    for number in range(10):
        with site.fault():
            since = time.monotonic()
            site.prompts.append(since)
            rewrite(daemon, text.replace("keep_alive: 60", f"keep_alive: {61 + number}"))
            wait_for("another session", lambda: daemon.spoken("connected to broker", since) and daemon.spoken("disconnected", since), 20)
            time.sleep(0.6)
    site.recovers()
    equal("sessions", daemon.statistics_now()["connects"], 11)
    return f"at most {daemon.highest} kB resident, {daemon.growth(own):+d} kB of its own"


@row("32-drip", "a broker that reads a byte a second, TLS (QoS 0, 200 a second)", 90)
def drip(site):
    _, certificate, key = ready(site)

    def behaviour(connection):
        accept(connection)
        while connection.closed_at is None:
            os.read(connection.sock.fileno(), 1)   # below TLS, which would read a whole record
            time.sleep(1)
    peer = proxy(site, behaviour, tls=context(certificate, key), receive_buffer=4096)
    site.late_words = 0.7
    daemon = site.daemon(rate=200, mqtt__client__qos=0)
    with site.fault():
        wait_for("a backlog", lambda: daemon.figure("queued") > 200, 30)
        time.sleep(15)
        peer.tls, peer.behaviour = None, peer.forward
        peer.close_all()
    site.recovers()
    return f"at most {daemon.highest} kB resident"


@row("7-tls", "RST in the middle of a TLS record, of the handshake and later, 16 times", 90)
def torn(site):
    ready(site)
    cuts = [(way, count) for count in (3, 90, 700, 1300, 1700, 2100, 2600, 3500) for way in ("from the broker", "from the daemon")]
    done = []

    def behaviour(connection):
        """A proxy that resets once so many bytes have passed that way; at most a second later."""
        if len(done) >= len(cuts):
            return peer.forward(connection)
        way, count = cuts[len(done)]
        done.append(way)
        server = wire.inside(site.namespace, lambda: wire.socket.create_connection(("127.0.0.1", peer.target), 5))
        passed, deadline = 0, time.monotonic() + 1.5
        with server:
            while passed < count and time.monotonic() < deadline:
                for ready_one in wire.select.select([connection.sock, server], [], [], 0.1)[0]:
                    counts = (ready_one is server) == (way == "from the broker")
                    data = ready_one.recv(count - passed if counts else 65536)
                    if not data:
                        return
                    (connection.sock if ready_one is server else server).sendall(data)
                    passed += len(data) if counts else 0
                    if passed >= count:
                        break
            connection.reset()
    peer = proxy(site, behaviour)
    site.late_words = 0.7
    daemon = site.daemon(mqtt__reconnect__max_delay=1)
    with site.fault():
        wait_for("all of them", lambda: len(done) >= len(cuts), 60)
    site.recovers(backoff=1)
    s = daemon.statistics_now()
    return f"at most {daemon.highest} kB resident, {s['connects']:.0f} of {len(peer.connections)} connections came as far as CONNACK"
