"""Rows 46 to 49: signals in every state, and what a process is born with."""

import json
import os
import signal
import time

from lab import allowed, equal, expect, wait_for
from names import NAME, Responder
from rows import row
from talking import accept


def _stops(site, daemon, seconds=5):
    """SIGTERM; how long it took, with the final statistics."""
    start = time.monotonic()
    final = daemon.stop(seconds)
    took = time.monotonic() - start
    expect(daemon.lines("stopped: received SIGTERM"), "no last word in the log")
    return took, final


def _proxied(site):
    """A proxy before a real broker, and whether what came last through it was DISCONNECT."""
    site.start_broker(front=False)
    peer = site.peer()

    def says_goodbye():
        # A DISCONNECT in the real broker's log, from the daemon.
        return wait_for("the broker's word", lambda: [line for line in site.broker.log().splitlines()
                                                      if "Received DISCONNECT from blemqttd" in line
                                                      or "blemqttd" in line and "closed its connection" in line], 5)[-1]
    return peer, says_goodbye


@row("46", "SIGTERM: idle, connecting, in the name service, stalled, ring full", 150)
def sigterm(site):
    site.without_recovery = "not asked: each daemon is told to stop"
    peer, says_goodbye = _proxied(site)
    times = {}
    # Online and idle: DISCONNECT, so that the broker keeps the will to itself.
    daemon = site.daemon()
    site.flows()
    site.traffic(0)
    wait_for("nothing on its way", lambda: not daemon.statistics_now()["queued"] and not daemon.statistics_now()["in_flight"])
    told = len(site.status_messages())
    times["idle"], final = _stops(site, daemon)
    expect("Received DISCONNECT" in says_goodbye(), "no DISCONNECT though it was connected")
    site.await_status("offline", 3, told)
    offline = site.status_messages()[-1]
    expect("reason" in offline, f"the last word has no reason: {offline}")
    equal("in_flight and queued at the end", (final["in_flight"], final["queued"]), (0, 0))
    # Under traffic.
    site.traffic(100)
    daemon = site.daemon()
    site.flows()
    times["busy"], final = _stops(site, daemon)
    equal("lost at a clean stop", final["dropped"] - final["dropped_offline"], 0)
    # Nothing answers a SYN.
    site.filter("input iifname far tcp flags & (syn|ack) == syn drop")
    daemon = site.daemon()
    wait_for("an attempt", lambda: site.attempts_of(daemon))
    times["connecting"], _ = _stops(site, daemon)
    site.filter()
    # Between two attempts.
    peer.behaviour = lambda connection: None
    daemon = site.daemon()
    wait_for("a pause", lambda: daemon.spoken("next attempt"))
    times["pausing"], _ = _stops(site, daemon)
    # CONNACK does not come.
    peer.behaviour = lambda connection: connection.drain()
    count = len(peer.connections)
    daemon = site.daemon()
    wait_for("CONNECT", lambda: len(peer.connections) > count and peer.connections[-1].raw)
    times["CONNACK"], _ = _stops(site, daemon)
    # The broker has stopped reading while the ring is full of what it has not taken.
    peer.behaviour = lambda connection: (accept(connection), _hold(connection))
    site.traffic(200)
    daemon = site.daemon(mqtt__client__qos=0, ring__size="64 KiB")
    # Not only for a moment, as on a machine that is slow.
    wait_for("a ring that has stalled", lambda: len(daemon.statistics()) > 3 and
             all(line["queued"] > 10 and line["published"] == daemon.figure("published") for line in daemon.statistics()[-3:]), 40)
    times["stalled"], final = _stops(site, daemon)
    expect(final["dropped_shutdown"] + final["dropped_connection_lost"] + final["dropped_offline"] > 0, "what could not be sent was not counted")
    site.traffic(20)
    peer.behaviour = peer.forward
    # The name server is mute.
    responder = Responder(site)
    responder.mute = True
    daemon = site.daemon(mqtt__broker__host=NAME)
    wait_for("a question", lambda: responder.asked)
    times["name service"], _ = _stops(site, daemon)
    worst = max(times, key=times.get)
    expect(times[worst] <= allowed(5), f"{worst}: {times[worst]:.1f} s")
    return ", ".join(f"{state} {seconds:.1f} s" for state, seconds in times.items())


def _hold(connection):
    while connection.closed_at is None:
        time.sleep(0.1)


@row("46-twice", "SIGTERM twice within a millisecond, 20 times", 150)
def sigterm_twice(site):
    site.without_recovery = "not asked: each daemon is told to stop"
    site.start_broker()
    site.adapter(50)   # something is in flight
    longest = 0
    for turn in range(20):
        daemon = site.daemon(stats__interval=60)
        daemon.await_online(site)
        goodbyes = site.broker.log().count("Received DISCONNECT from blemqttd")
        daemon.may_end()
        begin = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        while time.monotonic() < begin + turn * 50e-6:
            pass
        daemon.send_signal(signal.SIGTERM if turn % 2 else signal.SIGINT)
        equal("exit code", daemon.child.wait(5), 0)
        longest = max(longest, time.monotonic() - begin)
        wait_for("DISCONNECT", lambda: site.broker.log().count("Received DISCONNECT from blemqttd") > goodbyes, 5)
        kept = json.loads(site.run(*site.inside, "mosquitto_sub", *site.reach, "-t", "ble/status/#", "-C", "1", "-W", "5"))
        equal("retained status", (kept["status"], kept.get("reason")), ("offline", "stopped"))
    return f"offline, stopped and DISCONNECT each time, within {longest:.2f} s"


@row("47", "SIGKILL")
def sigkill(site):
    site.start_broker()
    daemon = site.daemon(mqtt__client__keep_alive=10)
    site.flows()
    told = len(site.status_messages())
    daemon.exit_code = -signal.SIGKILL
    daemon.may_end()
    with site.fault():
        daemon.send_signal(signal.SIGKILL)
        daemon.child.wait()
        daemon.ended = time.monotonic()
        took = site.await_status("offline", 15, told)
    daemon = site.daemon(mqtt__client__keep_alive=10)   # as systemd would
    site.recovers()
    site.await_status("online", 3, told + 1)
    return f"will after {took:.1f} s"


@row("48", "SIGHUP 100 times in a second, with damaged files and during reconnects", 90)
def sighup(site):
    site.start_broker(front=False)
    peer = site.peer()
    daemon = site.daemon()
    site.flows()
    files, own = daemon.open_files(), daemon.own_memory()
    with open(daemon.path) as file:
        good = file.read()

    def write(text):
        with open(daemon.path + ".new", "w") as file:
            file.write(text)
        os.replace(daemon.path + ".new", daemon.path)
    site.loud = "each reading of the configuration is a line"
    with site.fault():
        # In turn another configuration, the first again, a damaged one.
        for number in range(100):
            write([good, good + "payload:\n  raw: true\n", good + "payload: [\n"][number % 3])
            daemon.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        write(good)
        daemon.send_signal(signal.SIGHUP)
    site.recovers()
    equal("connects after readings that do not concern the broker", daemon.statistics_now()["connects"], 1)
    with site.fault():
        peer.behaviour = lambda connection: None
        peer.close_all()
        for number in range(30):
            write(good if number % 2 else good + "payload:\n  raw: true\n")
            daemon.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        write(good)
        daemon.send_signal(signal.SIGHUP)
        peer.behaviour = peer.forward
    site.recovers()
    after = daemon.open_files()
    expect(after <= files, f"{files} open files before, {after} after")
    grown = daemon.growth(own)
    expect(grown <= 1024, f"{grown} kB more after 130 readings")
    expect(daemon.lines("has errors; keeping the current configuration"), "damaged files were not told")
    raw = [message for message in site.subscriber.messages()[-3:] if "raw" in message.payload]
    expect(not raw, "the last good configuration did not win")
    return f"{files} open files before and after, {grown:+d} kB"


def rewrite(daemon, text):
    """Puts another configuration in the place of the daemon's, and has it read."""
    with open(daemon.path + ".new", "w") as file:
        file.write(text)
    os.replace(daemon.path + ".new", daemon.path)
    daemon.send_signal(signal.SIGHUP)


@row("48-twice", "a reload, and one that takes it back while the old session is closing, at 250 ms delay either way", 90)
def taken_back(site):
    site.start_broker()
    daemon = site.daemon(mqtt__client__keep_alive=60)
    site.flows()
    with open(daemon.path) as file:
        good = file.read()
    other = good.replace("keep_alive: 60", "keep_alive: 61")
    expect(other != good, "no keep_alive in the configuration")
    site.shape("netem", "delay", "250ms")
    took = []
    for pause in (0.02, 0.3, 0.6):
        with site.fault():
            site.prompts.append(time.monotonic())
            rewrite(daemon, other)
            time.sleep(pause)
            rewrite(daemon, good)
        began = time.monotonic()
        site.prompts.append(began)
        birth = len(site.status_messages())
        wait_for(f"{pause} s apart: a session again", lambda: any(s["status"] == "online" for s in site.status_messages()[birth:]), 15)
        took.append(time.monotonic() - began)
        site.recovers()
        accepted = [line for line in site.broker.log().splitlines() if " as blemqttd" in line and "New client connected" in line]
        expect("k60" in accepted[-1], f"the last session is not that of the last configuration: {accepted[-1]}")
    return "at work by the last one after " + ", ".join(f"{seconds:.1f} s" for seconds in took)


@row("49", "SIGPIPE, SIGUSR1 and SIGUSR2", 60)
def signals(site):
    site.start_broker()
    daemon = site.daemon()
    site.flows()
    with site.fault():
        for number in (signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2) * 5:
            daemon.send_signal(number)
            time.sleep(0.05)
    site.recovers()
    equal("connects", daemon.statistics_now()["connects"], 1)
    return "nothing happens; SIGUSR1 logs statistics"


@row("49-closed", "standard input, output and error are closed at the start", 60)
def closed_streams(site):
    site.start_broker()
    # The log is what is closed: statistics cannot be read, but the status and the stream can.
    site.prefix = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    with site.fault():
        daemon = site.daemon()
        daemon.is_mute = True
        site.flows()
        time.sleep(5)
    site.recovers()
    names = {number: os.readlink(f"/proc/{daemon.child.pid}/fd/{number}") for number in range(3)}
    expect(all(name == "/dev/null" for name in names.values()), f"something else has taken a standard stream's number: {names}")
    errors = [line for line in site.broker.log().splitlines() if "blemqttd" in line and ("error" in line.lower() or "malformed" in line.lower())]
    expect(not errors, f"the broker complains: {errors[:2]}")
    daemon.may_end()
    daemon.send_signal(signal.SIGTERM)
    equal("exit code", daemon.child.wait(5), 0)
    return "the null device in their place, the broker hears nothing but MQTT"
