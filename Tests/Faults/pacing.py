"""What 9, 18 and 46 have of pace: brokers that are slow, or say too much, and how much work the daemon makes of it."""

import datetime
import os
import re
import time

import standstill
import wire
from lab import allowed, equal, expect, wait_for
from reaching import share_of_a_core
from rows import row
from talking import accept


def keeps_its_interval(daemon, begin, end=float("inf")):
    """Its statistics came once in each interval of a second meanwhile; the longest, s."""
    told = [(at, float(re.search(r"interval_s=([\d.]+)", line)[1])) for at, line in daemon.spoken(" stats interval_s", begin, end)]
    expect(told, "no statistics meanwhile")
    for at, interval in told:
        expect(interval <= 1 + allowed(0.5) + standstill.within(at - interval, at), f"statistics after {interval:.1f} s, expected each second")
    return max(interval for _, interval in told)


FLOODS = {"PINGRESP": b"\xd0\x00" * 8192, "PUBACK": b"\x40\x02\xea\x60" * 4096}   # 60,000 is no identifier that is in use


@row("18-flood", "PINGRESPs, and PUBACKs of unknown identifiers, poured without pause", 90)
def flood(site):
    site.start_broker(front=False)

    def behaviour(connection):
        accept(connection)
        kind = list(FLOODS)[len(poured) % 2]
        poured.append([kind, 0])
        while connection.send(FLOODS[kind]):
            poured[-1][1] += len(FLOODS[kind])
    poured = []
    peer = site.peer(behaviour)
    site.late_words = 0.7
    daemon = site.daemon(mqtt__reconnect__max_delay=1)
    with site.fault():
        begin = time.monotonic()
        wait_for("floods of both kinds", lambda: len(poured) >= 2 and peer.connections[1].closed_at, 20)
        share = share_of_a_core(daemon, 5)
        longest = keeps_its_interval(daemon, begin)
        peer.behaviour = peer.forward
    expect(share < allowed(0.4), f"{100 * share:.0f} % of an emulated core")
    site.recovers(backoff=1)
    seen = [connection for connection in peer.connections if connection.raw]
    ended = daemon.statistics_now()
    equal("floods that were not ended as one", len(poured) - ended["disconnects_violation"], 0)
    expect(daemon.spoken("the broker floods"), "the log does not name it")
    lasted = max(connection.closed_at - connection.at for connection in seen[:len(poured)])
    expect(lasted <= allowed(3), f"a flood was endured for {lasted:.1f} s")
    # In the middle of one.
    count = len(poured)
    peer.behaviour = behaviour
    peer.close_all()
    wait_for("another flood", lambda: len(poured) > count, 10)
    start = time.monotonic()
    daemon.stop(4)
    took = time.monotonic() - start
    return (f"{ended['disconnects_violation']:.0f} counted, endured for {lasted:.2f} s at most; CPU {100 * share:.0f} %, statistics each "
            f"{longest:.1f} s at most, SIGTERM {took:.1f} s")


def sips(rate, keep=True):
    """A broker that reads so many bytes a second, and answers what it has read."""
    def behaviour(connection):
        begin, taken, packet = time.monotonic(), 0, b""
        while connection.closed_at is None:
            time.sleep(0.05)
            allowed = int((time.monotonic() - begin) * rate) - taken
            if allowed <= 0:
                continue
            connection.sock.settimeout(1)
            try:
                data = connection.sock.recv(allowed)
            except TimeoutError:
                continue
            if not data:
                return
            taken += len(data)
            packet += data
            while (parts := _first(packet)) is not None:
                first, body, packet = parts
                connection.packets.append(wire.Packet(first, body))
                connection.answer(connection.packets[-1])
                if not keep and len(connection.packets) > 100:
                    del connection.packets[:50]
    return behaviour


def _first(data):
    """First byte, body and what follows of the first packet; None where it is not whole."""
    length, place = 0, 1
    while True:
        if place >= len(data):
            return None
        octet = data[place]
        length |= (octet & 127) << 7 * (place - 1)
        place += 1
        if octet < 128:
            break
    return (data[0], data[place:place + length], data[place + length:]) if len(data) >= place + length else None


@row("9-slow", "a live broker that reads 20 kB a second (QoS 0, 200 a second)", 120)
def reads_slowly(site):
    site.start_broker(front=False)
    peer = site.peer(sips(20_000), receive_buffer=8192)
    daemon = site.daemon(rate=200, mqtt__client__qos=0, mqtt__client__keep_alive=5, ring__size="64 KiB")
    with site.fault():
        wait_for("a full ring", lambda: daemon.figure("dropped_ring_full") > 500, 40)
        time.sleep(20)   # four times keep_alive
        daemon.statistics_now()
        time.sleep(0.3)
        lines = daemon.spoken(" stats interval_s")
        at, s = lines[-1][0], daemon.statistics()[len(lines) - 1]
        broker = peer.connections[0]
        read = [packet for packet in broker.advertisements if packet.at <= at]
        equal("connections", s["connects"], 1)
        equal("what was dropped", s["dropped"], s["dropped_ring_full"] + s["dropped_offline"])
        # The kernel holds 16 KiB unsent, which do not count, and what is on its way and in the broker's receive buffer, which do.
        size = sum(len(packet.payload) + len(packet.topic) for packet in read) / len(read)
        ahead = s["published"] - len(read)
        expect(-1.5 * 20_000 <= ahead * size <= 65_536, f"{s['published']:.0f} called published, {len(read)} were read, of {size:.0f} B")
        waited = sorted(_wait(packet) for packet in read[-200:])[100]
        p99 = max(line.get("latency_p99_ms", 0) for line in daemon.statistics()[-5:]) / 1000
        expect(0.3 * waited <= p99 <= 3 * waited + 2, f"latency_p99_ms tells {p99:.1f} s, and messages were {waited:.1f} s old when read")
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers()
    return (f"never cut; {s['published']:.0f} published, {len(read)} read by then, {s['dropped_ring_full']:.0f} dropped by the ring; p99 "
            f"{p99:.1f} s, {waited:.1f} s old when read")


def _wait(packet):
    """From when the kernel received the advertisement to when the broker read the message, s."""
    stamp = re.search(rb'"timestamp":"([^"]*)Z"', packet.payload)[1].decode()
    return packet.at + time.time() - time.monotonic() - datetime.datetime.fromisoformat(stamp + "+00:00").timestamp()


def _leaves(site, daemon, seconds):
    """How long it is on the way out, and the processor time that this takes, s. It has been told, or its capture has ended."""
    begin, before = time.monotonic(), daemon.cpu()
    after = before
    while daemon.child.poll() is None:
        try:
            after = daemon.cpu()
        except (OSError, IndexError):   # it has just ended
            break
        expect(time.monotonic() < begin + allowed(seconds), f"still there after {allowed(seconds):g} s")
        time.sleep(0.02)
    equal("exit code", daemon.child.wait(), 0)
    return time.monotonic() - begin, after - before


def _takes_nothing(connection):
    accept(connection)
    while connection.closed_at is None:
        time.sleep(0.1)


@row("46-slow", "SIGTERM, and the end of a replay, while the broker reads 5 kB a second or nothing", 90)
def leaves_a_slow_broker(site):
    site.without_recovery = "not asked: each daemon is told to stop"
    site.start_broker(front=False)
    told = []
    for name, rate, qos in (("5 kB/s, QoS 0", 5000, 0), ("5 kB/s, QoS 1", 5000, 1), ("nothing, QoS 0", 0, 0)):
        peer = site.peer(sips(rate, keep=False) if rate else _takes_nothing, receive_buffer=4096)
        daemon = site.daemon(rate=200, mqtt__client__qos=qos, ring__size="64 KiB")
        wait_for("a backlog", lambda: daemon.figure("queued") > 50, 40)
        daemon.may_end()
        daemon.send_signal(15)
        took, spent = _leaves(site, daemon, 8)
        told.append((f"SIGTERM, {name}", took, spent))
        peer.close()
    scene = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/scene.btsnoop")
    peer = site.peer(sips(20_000, keep=False), receive_buffer=4096)
    daemon = site.daemon(options=["--replay", scene, "--replay-speed", "max"], mqtt__client__qos=0)
    daemon.may_end()
    wait_for("the end of the capture", lambda: daemon.spoken("stopping: the replay has ended"), 20)
    site.adapter(rate=0)   # adapters that come and go are none of its business
    took, spent = _leaves(site, daemon, 30)
    told.append(("end of a replay", took, spent))
    for name, took, spent in told:
        # Waiting costs next to nothing, and what is sent little; who spins needs all that the emulated processor has.
        expect(spent <= allowed(0.5) * took + 0.25, f"{name}: {spent:.2f} s of processor time within {took:.1f} s")
    return "; ".join(f"{name}: {took:.1f} s, CPU {spent:.2f} s" for name, took, spent in told)
