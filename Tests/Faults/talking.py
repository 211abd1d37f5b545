"""Rows 9 to 18, 24 and 25: brokers that answer wrongly, too much or not at all."""

import struct
import time

import wire
from lab import equal, expect, wait_for
from rows import row


def accept(connection):
    """Reads CONNECT and accepts it; what it was."""
    packet = connection.read()
    connection.send(wire.ACCEPTED)
    return packet


@row("9", "broker accepts and never reads again (QoS 0, 500 a second)", 150)
def never_reads(site):
    site.start_broker(front=False)

    def behaviour(connection):
        accept(connection)
        while connection.closed_at is None:
            time.sleep(0.1)
    peer = site.peer(behaviour, receive_buffer=16384)
    daemon = site.daemon(rate=500, mqtt__client__qos=0)
    with site.fault():
        wait_for("a full ring", lambda: daemon.figure("dropped_ring_full") + daemon.figure("dropped_offline") > 500, 60)
        first = daemon.statistics()[-1]
        time.sleep(10)
        then = daemon.statistics()[-1]
        sent = then["published"] - first["published"]
        expect(sent <= 0.2 * (then["received"] - first["received"]), f"{sent:.0f} of {then['received'] - first['received']:.0f} called "
               "published though nobody read them")
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers()
    return f"{then['published']:.0f} given to the kernel, {then['dropped']:.0f} dropped, {then['connects']:.0f} connections"


@row("10", "no CONNACK", 120)
def no_connack(site):
    site.start_broker(front=False)

    def behaviour(connection):
        connection.read()
        connection.read()   # None once the daemon has given up
    peer = site.peer(behaviour)
    site.daemon()
    with site.fault():
        wait_for("two attempts", lambda: len(peer.connections) >= 3, 45)
        for connection in peer.connections[:2]:
            wait_for("its end", lambda: connection.closed_at)
            equal("packets sent without a CONNACK", [packet.kind for packet in connection.packets], [wire.CONNECT])
            expect(not connection.pending, "more than CONNECT was sent without a CONNACK")
            expect(connection.closed_at - connection.at <= 20, f"given up after {connection.closed_at - connection.at:.1f} s")
        took = peer.connections[0].closed_at - peer.connections[0].at
        peer.behaviour = peer.forward
    site.recovers(backoff=4 + 10)   # the attempt under way is the scripted broker's
    return f"given up after {took:.1f} s, nothing but CONNECT sent"


@row("11", "CONNACK with return codes 1 to 6 and 255", 90)
def refusals(site):
    codes = [1, 2, 3, 4, 5, 6, 255]
    site.start_broker(front=False)

    def behaviour(connection):
        index = peer.connections.index(connection)
        if index >= len(codes):
            return peer.forward(connection)
        connection.read()
        connection.send(bytes([0x20, 2, 0, codes[index]]))
        connection.drain(5)
    peer = site.peer(behaviour)
    daemon = site.daemon()
    with site.fault():
        wait_for("different words for different codes", lambda: len(
            {line.partition("refused: ")[2].partition(";")[0].partition(" (")[0] for _, line in daemon.spoken("refused: ")}) == len(codes), 45)
    site.recovers()
    return "each with words of its own"


@row("12", "CONNACK, then closed at once, again and again", 120)
def revolving_door(site):
    site.start_broker(front=False)
    peer = site.peer(accept)
    site.daemon(mqtt__reconnect__max_delay="default")
    with site.fault():
        wait_for("five connections, all closed", lambda: len(peer.connections) >= 5 and all(c.closed_at for c in peer.connections[:5]), 45)
        peer.behaviour = peer.forward
    site.recovers(backoff=16)
    pauses = [after.at - before.at for before, after in zip(peer.connections, peer.connections[1:])]
    expect(pauses[3] > 3.9, f"the pauses did not grow: {pauses}")
    return "pauses " + ", ".join(f"{pause:.1f}" for pause in pauses[:4]) + " s: not started over"


@row("13", "no PUBACK ever (QoS 1)", 150)
def no_puback(site):
    site.start_broker(front=False)

    def behaviour(connection):
        while packet := connection.read():
            if packet.kind != wire.PUBLISH and not connection.answer(packet):
                return
    peer = site.peer(behaviour)
    daemon = site.daemon()
    with site.fault():
        lost = wait_for("the deadline", lambda: daemon.spoken("lost broker"), 80)
        took = lost[0][0] - peer.connections[0].at
        expect(55 <= took <= 65, f"given up after {took:.1f} s, expected 60")
        window = len(peer.connections[0].advertisements)
        expect(0 < window <= 100, f"{window} messages without acknowledgement, allowed 100")
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers()
    return f"{window} in flight, given up after {took:.1f} s"


@row("14", "PUBACKs that are wrong, double or too early", 60)
def wrong_pubacks(site):
    site.start_broker(front=False)

    def puback(packet_id):
        return struct.pack(">BBH", 0x40, 2, packet_id)

    def behaviour(connection):
        accept(connection)
        connection.send(puback(7))
        while packet := connection.read():
            connection.answer(packet)
            if packet.is_advertisement:
                connection.send(puback(packet.packet_id) + puback((packet.packet_id + 30_000) % 60_000 + 1))
    peer = site.peer(behaviour)
    daemon = site.daemon()
    with site.fault():
        wait_for("some messages", lambda: daemon.figure("published") > 100, 20)
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers()
    final = daemon.stop()
    expect(all(value >= 0 for line in daemon.statistics() for value in line.values()), "a negative figure")
    expect(final["unexpected_pubacks"] > 100 or final["connects"] > 2, "neither counted nor closed")
    return f"{final['unexpected_pubacks']:.0f} counted as unexpected, {final['connects']:.0f} connections"


def _unanswered(site, count, **settings):
    """A broker that closes when so many messages wait for their PUBACK, and is polite the second time."""
    site.start_broker(front=False)

    def behaviour(connection):
        if connection is not peer.connections[0]:
            return wire.polite(connection, until=lambda c: len(c.advertisements) > 3 * count)
        accept(connection)
        while len(connection.advertisements) < count:
            packet = connection.read()
            if packet.kind == wire.PUBLISH and not packet.is_advertisement:
                connection.answer(packet)
    peer = site.peer(behaviour)
    daemon = site.daemon(**settings)
    with site.fault():
        wait_for("a second connection", lambda: len(peer.connections) > 1 and len(peer.connections[1].advertisements) > 2 * count, 20)
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers()
    return daemon, *(connection.advertisements for connection in peer.connections[:2])


@row("15", "closed with 20 messages unacknowledged, clean_session true", 60)
def not_redelivered(site):
    daemon, first, second = _unanswered(site, 20)
    again = {packet.payload for packet in first} & {packet.payload for packet in second}
    expect(not again and not any(packet.dup for packet in second), f"{len(again)} were sent again")
    unconfirmed = next((value for key, value in daemon.statistics()[-1].items() if key == "dropped_unconfirmed"), 0)
    expect(unconfirmed >= len(first), f"{unconfirmed:.0f} counted as unconfirmed, {len(first)} were")
    return f"none sent again, {unconfirmed:.0f} counted as unconfirmed"


@row("15-kept", "closed with 20 messages unacknowledged, clean_session false", 60)
def redelivered(site):
    daemon, first, second = _unanswered(site, 20, mqtt__client__clean_session=False)
    again = [packet for packet in second if packet.dup]
    ids = [packet.packet_id for packet in again]
    expect(len(again) >= len(first), f"{len(again)} sent again with DUP of {len(first)} that were not acknowledged")
    expect([packet.payload for packet in again][:len(first)] == [packet.payload for packet in first], "sent again in another order")
    expect(ids == [packet.packet_id for packet in first] + ids[len(first):], "other packet identifiers than the first time")
    expect(len(again) <= 100, f"{len(again)} sent again, more than the window")
    expect(second.index(again[-1]) == len(again) - 1, "new messages between those that are sent again")
    return f"{len(again)} sent again with DUP, in order"


@row("16", "two daemons under one client identifier for 60 s", 220)
def take_over(site):
    other_address = f"10.99.{site.number}.3"
    site.ip(f"addr add {other_address}/24 dev far\n", there=True)
    site.start_broker(lines=f"listener {site.port} {other_address}\n{site.listener_lines}")
    one = site.daemon(mqtt__client__client_id="twin", mqtt__reconnect__max_delay="default")
    second = site.adapter(0)
    one.targets = [site.far]
    begin = time.monotonic()
    with site.fault():
        two = site.daemon(adapter=second, scanner_id="twin-2", mqtt__client__client_id="twin", mqtt__reconnect__max_delay="default",
                          **{"mqtt.broker.host": other_address})
        two.targets = [other_address]
        time.sleep(60)
        two.stop()
    ends = [at for daemon in (one, two) for at, _ in daemon.spoken("lost broker", begin)]
    expect(2 <= len(ends) <= 15, f"{len(ends)} disconnects in a minute, allowed 15")
    for daemon in (one, two):
        expect(daemon.spoken("another client", begin), "the log does not name the cause")
    site.daemons.append(site.daemons.pop(0))   # the one that recovers
    site.recovers(backoff=60)
    return f"{len(ends)} disconnects in a minute"


@row("17", "PUBLISH of 268,435,455 bytes from the broker", 60)
def giant(site):
    site.start_broker(front=False)
    poured = []

    def behaviour(connection):
        if len(poured) % 2 == 0:
            accept(connection)
        else:
            connection.read()
        poured.append(0)
        connection.send(b"\x30\xff\xff\xff\x7f")
        chunk = bytes(1 << 20)
        start = time.monotonic()
        while poured[-1] < 256 and time.monotonic() < start + 15 and connection.send(chunk):
            poured[-1] += 1
    peer = site.peer()
    daemon = site.daemon()
    site.flows()
    own = daemon.own_memory()
    with site.fault():
        peer.behaviour = behaviour
        peer.close_all()
        wait_for("four giants", lambda: len(poured) >= 4 and peer.connections[-1].closed_at, 40)
        peer.behaviour = peer.forward
    site.recovers()
    grown = daemon.growth(own)
    expect(grown < 1024, f"memory grew by {grown} kB")
    return f"closed each time with {max(poured)} MiB poured at most, memory +{grown} kB"


def _garbage():
    """(bytes, whether a daemon that is online may let them pass)."""
    for kind in range(16):
        yield bytes([kind << 4, 0]), kind == 13
    for flags in (1, 2, 4, 8):
        yield bytes([0x20 | flags, 2, 0, 0]), False
        yield bytes([0x40 | flags, 2, 0, 1]), False
    for text in ("20 00", "20 03 00 00 00", "20 80 80 80 80 01", "20 ff ff ff ff ff", "40 01 00", "40 03 00 01 00", "40 02 00 00",
                 "d0 01 00", "d0 80", "20 02 02 00", "20 02 01 01", "00", "ff ff ff ff", "48 54 54 50 2f 31 2e 31 20 34 30 30"):
        yield bytes.fromhex(text), False


@row("18", "garbage: each type, wrong lengths, one byte at a time", 240)
def garbage(site):
    site.start_broker(front=False)
    cases = [(data, passes, online) for online in (False, True) for data, passes in _garbage()]
    results = []

    def behaviour(connection):
        data, passes, online = cases[len(results)]
        connection.read()
        if online:
            connection.send(wire.ACCEPTED)
            time.sleep(0.05)
        elif data == wire.ACCEPTED:
            return
        connection.send(data)
        closed = connection.drain(3 if passes and online or data in (b"\x00",) else 11)
        results.append((data, online, closed, passes))
        if len(results) >= len(cases):
            peer.behaviour = drip

    def drip(connection):
        connection.read()
        start = time.monotonic()
        for octet in wire.ACCEPTED[:-1] + b"\x00":
            time.sleep(4)
            if not connection.send(bytes([octet])):
                break
        drips.append(time.monotonic() - start)
    drips = []
    peer = site.peer(behaviour)
    site.daemon(rate=20, mqtt__reconnect__initial_delay=0.5, mqtt__reconnect__exponential_backoff=False, mqtt__reconnect__jitter=0,
                         mqtt__reconnect__max_delay=0.5)
    with site.fault():
        wait_for("all cases", lambda: len(results) >= len(cases), 180)
        wait_for("an end of the drip", lambda: drips, 40)
        peer.behaviour = peer.forward
        peer.close_all()
    site.recovers(backoff=0.5 + 10)   # an attempt may have begun with the scripted broker
    for data, online, closed, passes in results:
        expect(closed or passes and online, f"{data.hex(' ')} {'after' if online else 'in place of'} CONNACK: not closed")
    expect(drips[0] <= 17, f"a CONNACK that drips was waited for {drips[0]:.1f} s")
    return f"{len(results)} cases closed, a dripping CONNACK given up"


def _denied(site, qos):
    """Under an ACL that denies advertisements, then under one that allows them; how many connections there were under the first.
    Debian 12's Mosquitto, 2.0.11, disconnects who publishes what it denies, which MQTT 3.1.1 leaves to it [MQTT-3.3.5-2]."""
    path = f"{site.directory}/acl"
    with open(path, "w") as acl:
        acl.write("topic read #\ntopic write ble/status/#\n")
    site.start_broker(lines=f"acl_file {path}\n")
    daemon = site.daemon(mqtt__client__qos=qos)
    daemon.await_online(site)
    with site.fault():
        time.sleep(12)
        equal("messages that got through", site.subscriber.count(), 0)
        connects = daemon.figure("connects")
        with open(path, "w") as acl:
            acl.write("topic readwrite #\n")
        site.broker.send_signal(1)   # SIGHUP: it reads the ACL again
    site.recovers()
    return connects


@row("24", "the broker's ACL denies advertisements (QoS 1)", 60)
def denied(site):
    connects = _denied(site, 1)
    expect(connects <= 6, f"{connects:.0f} connections in 12 s")
    return f"{connects:.0f} connections in 12 s, as Mosquitto 2.0.11 disconnects: the pauses grow"


@row("24-qos0", "the broker's ACL denies advertisements (QoS 0)", 60)
def denied_at_once(site):
    connects = _denied(site, 0)
    expect(connects <= 6, f"{connects:.0f} connections in 12 s")
    return f"{connects:.0f} connections in 12 s, as Mosquitto 2.0.11 disconnects: the pauses grow"


@row("25", "the broker disconnects whoever sends more than 2,500 bytes", 120)
def small_packets(site):
    site.start_broker(lines="max_packet_size 2500\n")
    controller = site.adapter(rate=0, kind="--extended")
    controller.do("advertise C0:00:00:00:00:01 random 020106 rate 20 pdu 5")
    daemon = site.daemon(payload__raw=True)
    site.flows()
    with site.fault():
        # 800 octets a second in four fragments: 3.6 kB of JSON.
        controller.do("fragments 1000 rate 1 advertisers 1 size 800 piece 200")
        wait_for("a disconnect", lambda: daemon.spoken("lost broker"), 20)
    # It lasts, and the stream is back all the same.
    site.recovers()
    connects = daemon.figure("connects")
    time.sleep(20)
    more = daemon.figure("connects") - connects
    expect(more <= 3, f"{more:.0f} reconnects in 20 s: a loop")
    site.flows()
    s = daemon.statistics_now()
    reasons = [key for key, value in s.items() if key.startswith("dropped_") and value and any(w in key for w in ("refused", "poison", "rejected"))]
    expect(reasons, "no drop reason of its own for what the broker does not take")
    return f"{', '.join(f'{key} {s[key]:.0f}' for key in reasons)}, {s['connects']:.0f} connections"
