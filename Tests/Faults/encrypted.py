"""Rows 26 to 33, and what 46 and 50 have of TLS: handshakes that stall, fail or lie."""

import os
import shutil
import signal
import ssl
import subprocess
import time

import wire
from certificates import Authority, context
from host import YEAR, own_clock, shift_clock
from lab import Process, allowed, equal, expect, wait_for
from reaching import share_of_a_core
from rows import row


def ready(site, front=False):
    """Authority, certificate and key for the broker's address, and a real broker with them behind a proxy, if not in front."""
    authority = Authority(site.directory)
    certificate, key = authority.sign("good", f"IP:{site.far}")
    site.encrypt(certificate, key, authority.path)
    site.start_broker(front=front)
    return authority, certificate, key


def proxy(site, behaviour=None, **options):
    peer = site.peer(behaviour, **{"tls": None, **options})   # the real broker behind it has TLS of its own
    peer.target = 1885
    return peer


def _is_encrypted(peer):
    """No connection began otherwise than TLS does."""
    first = {connection.raw[:1] for connection in peer.connections if connection.raw}
    expect(first <= {b"\x16"}, f"first bytes on the wire: {first}")
    expect(first, "nothing was seen on the wire")


@row("1-tls", "broker not started: connection refused, TLS", 120)
def refused(site):
    ready(site)
    daemon = site.daemon(mqtt__reconnect__max_delay="default")
    with site.fault():
        wait_for("five attempts", lambda: len(site.attempts_of(daemon)) >= 5, 40)
        site.traffic(0)
        share = share_of_a_core(daemon, 4)
        expect(share < allowed(0.1), f"{100 * share:.1f} % of an emulated core while there is nothing to do but wait")
        site.traffic(20)
        site.broker.end()
        site.start_broker()
    site.recovers(backoff=16)
    return f"CPU {100 * share:.1f} % while waiting"


@row("26", "accepted, and no ServerHello ever", 90)
def no_server_hello(site):
    ready(site)
    peer = proxy(site, lambda connection: connection.drain())
    daemon = site.daemon()
    with site.fault():
        wait_for("two attempts", lambda: len(peer.connections) >= 3, 50)
        expect(daemon.spoken("the TLS handshake was not complete"), "the log does not say that it was the handshake")
        took = peer.connections[0].closed_at - peer.connections[0].at
        expect(took <= 20, f"given up after {took:.1f} s")
        _is_encrypted(peer)
        peer.behaviour = peer.forward
    site.recovers(backoff=4 + 10)   # the attempt under way is the mute broker's
    return f"given up after {took:.1f} s"


@row("27", "closed right after accept, TLS", 60)
def closed_at_once(site):
    ready(site)
    peer = proxy(site, lambda connection: None)
    daemon = site.daemon()
    with site.fault():
        wait_for("some attempts", lambda: len(peer.connections) >= 3, 30)
        site.traffic(0)
        share = share_of_a_core(daemon, 6)
        expect(share < allowed(0.15), f"{100 * share:.1f} % of an emulated core")
        site.traffic(20)
        peer.behaviour = peer.forward
    site.recovers()
    return f"CPU {100 * share:.1f} % meanwhile, {len(peer.connections)} connections"


@row("28", "a plaintext broker on the TLS port", 60)
def plaintext_broker(site):
    ready(site)

    def behaviour(connection):
        connection.sock.settimeout(5)
        connection.raw = connection.sock.recv(4096)
        connection.send(wire.ACCEPTED)
        connection.drain(5)
    peer = proxy(site, behaviour)
    daemon = site.daemon()
    with site.fault():
        found = wait_for("word of it", lambda: daemon.spoken("does not speak TLS"), 15)
        wait_for("three attempts", lambda: len(peer.connections) >= 3, 20)
        _is_encrypted(peer)
        expect(not any(b"MQTT" in connection.raw for connection in peer.connections), "CONNECT was sent in plain text")
        peer.behaviour = peer.forward
    site.recovers()
    return found[0][1].partition(": ")[2].partition(";")[0]


@row("28-reverse", "a TLS broker on the plaintext port", 60)
def encrypted_broker(site):
    site.settings, site.port = {}, 1883
    certificate, key = Authority(site.directory).sign("good", f"IP:{site.far}")
    site.listener_lines = f"certfile {certificate}\nkeyfile {key}\n"
    site.start_broker()
    daemon = site.daemon()
    with site.fault():
        wait_for("three attempts", lambda: len(site.attempts_of(daemon)) >= 3, 20)
        told = wait_for("word of it", lambda: daemon.spoken("no connection to broker"))
        site.broker.end()
        site.listener_lines = ""
        site.start_broker()
    site.recovers()
    return told[0][1].partition("1883: ")[2].partition(";")[0]


@row("29", "certificates: wrong authority, wrong host, expired, not yet valid, self-signed, common name only; then one for the IP", 150)
def certificates(site):
    authority, _, _ = ready(site)
    stranger = Authority(site.directory, "stranger")
    alone = Authority(site.directory, "alone")
    here = f"IP:{site.far}"
    cases = [
        ("wrong authority", stranger.sign("unknown", here), "unknown issuer"),
        ("wrong host", authority.sign("elsewhere", "DNS:elsewhere.test"), "is not for"),
        ("expired", authority.sign("expired", here, "20200101000000Z", "20200201000000Z"), "expired on"),
        ("not yet valid", authority.sign("future", here, "20400101000000Z", "20410101000000Z"), "is not valid before"),
        ("self-signed", (alone.path, f"{site.directory}/alone.key"), "self-signed"),
        ("common name only", authority.sign(site.far), "is not for"),
    ]
    peer = proxy(site, wire.polite)
    daemon = site.daemon(mqtt__reconnect__max_delay=1)
    told = []
    with site.fault():
        for name, pair, words in cases:
            peer.tls = context(*pair)
            since = time.monotonic()
            wait_for(f"{name}: /{words}/ in the log", lambda: daemon.spoken(words, since + 0.05), 15)
            told.append(name)
            expect(not any(connection.packets for connection in peer.connections), f"{name}: MQTT was spoken all the same")
        peer.tls, peer.behaviour = None, peer.forward
    site.recovers(backoff=1)
    return "refused with words of their own: " + ", ".join(told) + "; IP SAN accepted"


@row("30", "an expired certificate is replaced while attempts fail", 60)
def replaced(site):
    authority, certificate, key = ready(site)
    old = authority.sign("old", f"IP:{site.far}", "20200101000000Z", "20200201000000Z")
    site.broker.end()
    for source, target in zip((certificate, key), (f"{site.directory}/now.pem", f"{site.directory}/now.key")):
        shutil.copy(source, target + ".good")
    for source, target in zip(old, (f"{site.directory}/now.pem", f"{site.directory}/now.key")):
        shutil.copy(source, target)
    site.listener_lines = f"certfile {site.directory}/now.pem\nkeyfile {site.directory}/now.key\n"
    site.start_broker()
    daemon = site.daemon()
    with site.fault():
        wait_for("three refusals", lambda: len(site.attempts_of(daemon)) >= 3, 20)
        expect(daemon.spoken("expired on"), "the log does not say that the certificate has expired")
        site.broker.end()
        for target in (f"{site.directory}/now.pem", f"{site.directory}/now.key"):
            os.replace(target + ".good", target)
        site.start_broker()
    site.recovers()
    return "recovers unattended"


@row("31", "the CA file is damaged, then missing, with SIGHUP and a lost connection", 90)
def damaged_authority(site):
    authority, _, _ = ready(site)
    peer = proxy(site)
    daemon = site.daemon()
    site.flows()
    told = []
    for name, harm in (("damaged", lambda: open(authority.path, "w").close()), ("missing", lambda: os.remove(authority.path))):
        shutil.copy(authority.path, authority.path + ".kept")
        since = time.monotonic()
        with site.fault():
            harm()
            daemon.send_signal(signal.SIGHUP)
            time.sleep(2)
            equal("connections lost by SIGHUP", len(daemon.spoken("lost broker", since)), 0)
            peer.close_all()
            found = wait_for(f"word of the file that is {name}", lambda: daemon.spoken("ca_file|ca.pem", since), 15)
            told.append(name)
            time.sleep(3)
            os.replace(authority.path + ".kept", authority.path)
        site.unseen.append((since, site.faults[-1][1]))   # without the file no attempt gets as far as the wire
        site.recovers()
    return "told when " + " and ".join(told) + ", the connection that there was kept: " + found[-1][1].partition("8883: ")[2][:80]


@row("32", "a handshake at one byte a second", 90)
def slow_handshake(site):
    ready(site)

    def behaviour(connection):
        server = wire.inside(site.namespace, lambda: wire.socket.create_connection(("127.0.0.1", 1885), 5))
        with server:
            connection.sock.settimeout(1)
            connection.raw = connection.sock.recv(65536)
            server.sendall(connection.raw)
            while octet := server.recv(1):
                if not connection.send(octet):
                    return
                time.sleep(1)
                try:
                    if connection.sock.recv(65536, wire.socket.MSG_DONTWAIT) == b"":
                        return
                except BlockingIOError:
                    pass
    peer = proxy(site, behaviour)
    site.daemon()
    with site.fault():
        wait_for("two attempts", lambda: len(peer.connections) >= 3, 50)
        wait_for("the end of the first", lambda: peer.connections[0].closed_at)
        took = peer.connections[0].closed_at - peer.connections[0].at
        expect(took <= 20, f"given up after {took:.1f} s")
        peer.behaviour = peer.forward
    site.recovers(backoff=4 + 10)
    return f"given up after {took:.1f} s"


@row("32-old", "TLS 1.1 only", 60)
def old_tls(site):
    authority, certificate, key = ready(site)
    peer = proxy(site, wire.polite, tls=context(certificate, key, ssl.TLSVersion.TLSv1_1))
    daemon = site.daemon()
    with site.fault():
        wait_for("three attempts", lambda: len(peer.connections) >= 3, 20)
        found = wait_for("word of it", lambda: daemon.spoken("TLS 1.2"), 5)
        expect(not any(connection.packets for connection in peer.connections), "MQTT was spoken over TLS 1.1")
        peer.tls, peer.behaviour = None, peer.forward
    site.recovers()
    return found[0][1].partition("8883: ")[2].partition(";")[0]


@row("33", "key updates (TLS 1.3), renegotiation (TLS 1.2) and close_notify", 90)
def key_updates(site):
    _, certificate, key = ready(site)
    done = []
    daemon = None
    for version in ("-tls1_3", "-tls1_2"):
        server = Process(site, f"s_server{version}", [*site.inside, "openssl", "s_server", "-accept", f"{site.far}:8883", version,
                                                     "-cert", certificate, "-key", key], stdin=subprocess.PIPE)
        wait_for("the server", lambda: "ACCEPT" in server.log())

        def type_in(text):
            server.child.stdin.write(text)
            server.child.stdin.flush()
            time.sleep(0.3)   # s_server takes a letter for a command only where it is the first of what it reads at once

        daemon = daemon or site.daemon(mqtt__client__qos=0, mqtt__client__keep_alive=20)
        with site.fault():
            wait_for("CONNECT", lambda: "MQTT" in server.log(), 15)
            type_in(b"\x20\x02\x00\x00\x40\x02\x00\x0a")   # CONNACK, and a PUBACK that ends the line
            wait_for("messages", lambda: server.log().count("mac_address") > 5, 10)
            for command in (b"K\n", b"k\n", b"K\n") if version == "-tls1_3" else (b"r\n",):
                before = server.log().count("mac_address")
                type_in(command)
                time.sleep(1)
                if version == "-tls1_3":
                    wait_for("messages after a key update", lambda: server.log().count("mac_address") > before + 5, 10)
            since = time.monotonic()
            lost = bool(daemon.spoken("lost broker", since - 2))
            type_in(b"Q\n")   # close_notify, and the end
            wait_for("loss of the broker", lambda: lost or daemon.spoken("lost broker", since), 10)
            server.end()
        done.append(f"{version[1:]}: {'closed at renegotiation' if lost else 'went on'}")
    with site.fault():
        site.broker.end()
        site.start_broker()
    site.recovers()
    return ", ".join(done)


@row("46-tls", "SIGTERM within a TLS handshake", 40)
def sigterm(site):
    site.without_recovery = "not asked: the daemon is told to stop"
    ready(site)
    peer = proxy(site, lambda connection: connection.drain())
    daemon = site.daemon()
    wait_for("a handshake", lambda: peer.connections and peer.connections[-1].raw, 20)
    start = time.monotonic()
    daemon.stop(5)
    return f"{time.monotonic() - start:.1f} s"


@row("50-tls", "the clock jumps beyond the certificate's time and back", 90, alone=True)
def clock(site):
    ready(site)
    peer = proxy(site)
    daemon = site.daemon()
    site.flows()
    since = time.monotonic()
    with own_clock(), site.fault():
        shift_clock(YEAR)
        peer.close_all()
        wait_for("word of it", lambda: daemon.spoken("expired on", since), 15)
        time.sleep(5)
    site.recovers()
    return "refused as expired a year ahead, accepted again after"
