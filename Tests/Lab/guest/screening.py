"""What is kept back: filters, thinning, and who is who."""

import random
import time

import adapters
import rotation
from lab import equal, expect, rate, wait_for

# The Core specification's sample, Vol 6 Part B 1.3.2.3 and Vol 3 Part H 2.2.2.
IRK, SAMPLE = "ec0234a357c8ad05341010a60a397d9b", "70:81:94:0D:FB:AA"
PHONE = "AA:BB:CC:11:22:33"
FLAGS = "020106"


# Two thousand a second, from a million random addresses: memory stays what it is, and nothing is unaccounted for.
def flood(bench, what, count, **settings):
    controller = bench.controller()
    # A small ring has soon been all round: its memory is resident from its first lap on.
    subscriber, daemon = bench.listen(stats__interval=5, mqtt__client__qos=0, ring__size="64 KiB", **settings)
    bench.await_ready(controller)
    start = time.monotonic()
    controller.do(f"burst {count} rate 2000 per-event 4 addresses 1000000")
    time.sleep(12 * 2000 / rate(2000))   # the table of devices is full
    memories = [daemon.memory()]

    def over():
        memories.append(daemon.memory())
        stats = controller.stats()
        return None if stats["busy"] else stats
    counts = wait_for("end of the flood", over, count / 2000 * 1.5)
    took = time.monotonic() - start
    resident = max(memory["resident"] for memory in memories)
    # Pages of the program itself come and go with the system's need for memory.
    early, most = memories[0]["own"], max(memory["own"] for memory in memories)

    def settled():
        s = daemon.statistics_now()
        return s if s["queued"] == 0 and s["received"] == counts["adverts"] - s["kernel_dropped"] else None
    wait_for("everything read", settled, 20)
    final = daemon.stop()
    print(f"     {what}: own memory {early} kB at first, at most {most} kB until the end after {took:.0f} s, resident at most {resident} kB; "
          f"{count / took:.0f} a second, filtered {final['filtered']:.0f}, thinned {final['thinned']:.0f}, published {final['published']:.0f}, dropped "
          f"{final['dropped']:.0f}, lost in the kernel {final['kernel_dropped']:.0f}", flush=True)
    equal("received and lost in the kernel", final["received"] + final["kernel_dropped"], counts["adverts"])
    expect(most - early <= 64, f"memory grew from {early} to {most} kB")
    expect(resident <= 8192, f"{resident} kB resident")
    expect(count / took > 0.95 * rate(2000), f"{count / took:.0f} advertisements a second")
    return controller, subscriber, final


def flood_of_strangers(bench):
    """At 2,000 advertisements a second from a million addresses, filtered and thinned, memory stays flat"""
    controller, subscriber, final = flood(
        bench, "filtered and thinned", 44_000, thinning__mode="interval", thinning__interval=60,
        filters__rules=[{"action": "deny", "rssi_below": -50}, {"action": "deny", "address": "00:11:22"},
                        {"action": "allow", "name": "nobody*"}, {"action": "deny", "event_type": "ADV_SCAN_IND"}])
    if final["kernel_dropped"] == 0:
        weak = sum(t["rssi"] != 127 and t["rssi"] < -50 or t["pdu"] == "ADV_SCAN_IND" for t in controller.truth())
        equal("filtered", final["filtered"], weak)
    expect(final["published"] > 0 and final["thinned"] > 0, "nothing was published, or nothing thinned")


def _device(controller, address, data=FLAGS, rate=20, count=5, kind="random"):
    return f"advertise {address} {kind} {data} rate {rate} count {count}"


def filtered(bench):
    """The first rule that matches decides, and then the default"""
    controller = bench.controller()
    subscriber, daemon = bench.listen(filters__default="deny", filters__rules=[
        {"action": "deny", "address": "C0:11:22:33:44:55"}, {"action": "allow", "address": "C0:11:22"},
        {"action": "allow", "name": "Sensor-??"}, {"action": "allow", "company_id": 0x004C}, {"action": "allow", "service_uuid": "180f"},
        {"action": "allow", "address_type": "public", "event_type": "ADV_NONCONN_IND"}])
    bench.await_ready(controller)
    name = lambda text: FLAGS + f"{len(text) + 1:02x}09" + text.encode().hex()
    expected = []
    for line, passes in (
            ("C0:11:22:33:44:55 random " + FLAGS, False), ("C0:11:22:33:44:56 random " + FLAGS, True),
            ("C0:00:00:00:00:01 random " + name("Sensor-07"), True), ("C0:00:00:00:00:02 random " + name("Sensor-007"), False),
            ("C0:00:00:00:00:03 random " + FLAGS + "05ff4c001005", True), ("C0:00:00:00:00:04 random " + FLAGS + "05ff4d001005", False),
            ("C0:00:00:00:00:05 random " + FLAGS + "03030f18", True), ("C0:00:00:00:00:06 random " + FLAGS + "04160f1864", True),
            ("C0:00:00:00:00:07 public " + FLAGS, False), ("C0:00:00:00:00:08 public " + FLAGS + " pdu 3", True)):
        controller.send(f"advertise {line} rate 50 count 4")
        if passes:
            expected += [line[:17]] * 4
    subscriber.await_count(len(expected))
    final = daemon.stop()
    equal("addresses", [m.payload["mac_address"] for m in subscriber.messages()], expected)
    equal("filtered", final["filtered"], 10 * 4 - len(expected))
    equal("published", final["published"], len(expected))


def accept_list(bench):
    """An allow list of whole addresses is left to the controller, while nobody else changes the scan"""
    for kind in ("--legacy", "--extended"):
        controller = bench.controller(kind, address=f"00:AA:01:00:00:{len(bench.processes):02X}")
        subscriber, daemon = bench.listen(scanner__adapter=controller.address, filters__default="deny", filters__rules=[
            {"action": "allow", "address": "C0:00:00:00:00:01"}, {"action": "allow", "address": "C0:00:00:00:00:02"}])
        bench.await_ready(controller)
        before = subscriber.count()
        stats = controller.stats()
        equal("filter policy", stats["filter_policy"], 1)
        listed = {entry for entry in stats["accept_list"] if entry.startswith("1 ")}
        equal("listed random addresses", listed, {"1 C0:00:00:00:00:01", "1 C0:00:00:00:00:02"})
        controller.do("burst 200 rate 100")
        controller.do(_device(controller, "C0:00:00:00:00:01"))
        controller.send(_device(controller, "C0:00:00:00:00:02"))
        subscriber.await_count(before + 10)
        equal("screened by the controller", controller.stats()["screened"], 200)
        equal("filtered by the daemon", daemon.statistics_now()["filtered"], 0)
        # Another program at the same adapter would hear the listed devices only.
        adapters.command(controller.index, 0x0C03, b"")
        wait_for("scan without the list", lambda: (lambda s: s["scanning"] and s["filter_policy"] == 0)(controller.stats()), 5)
        controller.do("burst 20 rate 100")
        controller.send(_device(controller, "C0:00:00:00:00:01"))
        subscriber.await_count(before + 15)
        equal("filtered by the daemon", daemon.stop()["filtered"], 20)
        equal("addresses", {m.payload["mac_address"] for m in subscriber.messages()}, {"C0:00:00:00:00:01", "C0:00:00:00:00:02"})


def accept_list_too_long(bench):
    """An allow list that does not fit the controller is the daemon's alone"""
    controller = bench.controller(accept_list=4)
    subscriber, daemon = bench.listen(filters__default="deny", filters__rules=[
        {"action": "allow", "address": f"C0:00:00:00:00:{number:02X}"} for number in range(1, 9)])
    bench.await_ready(controller)
    equal("filter policy", controller.stats()["filter_policy"], 0)
    controller.send("burst 20 rate 100")
    controller.send(_device(controller, "C0:00:00:00:00:08"))
    subscriber.await_count(5)
    equal("filtered", daemon.stop()["filtered"], 20)


def by_interval(bench):
    """Thinned by interval a device is published once in each interval"""
    controller = bench.controller()
    subscriber, daemon = bench.listen(thinning__mode="interval", thinning__interval=1)
    bench.await_ready(controller)
    for address in ("C0:00:00:00:00:01", "C0:00:00:00:00:02"):
        controller.do(_device(controller, address, rate=20, count=100))
    controller.send(_device(controller, "C0:00:00:00:00:03", rate=1, count=5))
    final = daemon.stop()
    addresses = [m.payload["mac_address"] for m in subscriber.messages()]
    for address in ("C0:00:00:00:00:01", "C0:00:00:00:00:02"):
        expect(addresses.count(address) in (5, 6), f"{address}: {addresses.count(address)} messages in 5 s")
    equal("thinned", final["thinned"], 205 - len(addresses))


def by_changes(bench):
    """Thinned by changes a device is published when its data changes, and when `keep_alive` has passed"""
    controller = bench.controller()
    subscriber, daemon = bench.listen(thinning__mode="changes", thinning__keep_alive=3)
    bench.await_ready(controller)
    address, datas = "C0:00:00:00:00:01", [FLAGS + f"04ffffff{value:02x}" for value in (1, 2, 2, 1)]
    for data in datas:
        controller.send(_device(controller, address, data, rate=20, count=10))
    subscriber.await_count(3)
    equal("messages", [m.payload["manufacturer_data"]["ffff"] for m in subscriber.messages()], ["01", "02", "01"])
    controller.send(_device(controller, address, datas[-1], rate=20, count=140))   # seven seconds
    final = daemon.stop()
    expect(subscriber.count() in (5, 6), f"{subscriber.count()} messages, expected 5: two by `keep_alive`")
    equal("thinned", final["thinned"], 180 - subscriber.count())


def sample_of_the_specification(bench):
    """The Core specification's sample address is resolved to its identity"""
    controller = bench.controller()
    subscriber, daemon = bench.listen(identities=[{"name": "Someone else", "address": "00:00:00:00:00:09", "irk": "00" * 16},
                                                  {"name": "The phone", "address": PHONE, "irk": IRK}])
    bench.await_ready(controller)
    for address in (SAMPLE, "70:81:94:0D:FB:AB", "C0:81:94:0D:FB:AA"):
        controller.send(_device(controller, address, count=3))
    subscriber.await_count(9)
    final = daemon.stop()
    heard = [(m.topic, m.payload["mac_address"], m.payload.get("identity_address"), m.payload.get("identity_name"))
             for m in subscriber.messages()]
    equal("heard", heard, [(f"ble/raw/lab/{SAMPLE}", SAMPLE, PHONE, "The phone")] * 3 +
          [(f"ble/raw/lab/{a}", a, None, None) for a in ("70:81:94:0D:FB:AB", "C0:81:94:0D:FB:AA") for _ in range(3)])
    equal("resolved", final["resolved"], 3)
    expect(IRK not in daemon.log().lower(), "the key is in the log")


def a_hundred_rotations(bench):
    """A device is followed through a hundred addresses, under one topic if so configured"""
    controller = bench.controller()
    irk = bytes.fromhex(IRK)
    for use_identity in (True, False):
        subscriber, daemon = bench.listen(
            identities=[{"name": "The phone", "address": PHONE, "irk": IRK}], topic__use_identity=use_identity)
        bench.await_ready(controller)
        before = subscriber.count()
        addresses = rotation.addresses(irk, 100 if use_identity else 10)
        for address in addresses:
            controller.send(_device(controller, address, rate=100, count=2))
        subscriber.await_count(before + 2 * len(addresses))
        messages = subscriber.messages()[before:]
        equal("addresses", [m.payload["mac_address"] for m in messages], [a for a in addresses for _ in range(2)])
        equal("identities", {(m.payload["identity_address"], m.payload["identity_name"]) for m in messages}, {(PHONE, "The phone")})
        topics = {m.topic for m in messages}
        equal("topics", topics, {f"ble/raw/lab/{a}" for a in ([PHONE] if use_identity else addresses)})
        equal("resolved", daemon.stop()["resolved"], 2 * len(addresses))


def flood_of_private_addresses(bench):
    """A denied identity is not published in a flood of new private addresses, 500 a second and with 32 keys to try"""
    chance = random.Random(7)
    strangers = [{"name": f"Stranger {number}", "address": f"00:00:00:00:00:{number:02X}", "irk": chance.randbytes(16).hex()}
                 for number in range(31)]
    controller = bench.controller()
    subscriber, daemon = bench.listen(identities=[*strangers, {"name": "The phone", "address": PHONE, "irk": IRK}], mqtt__client__qos=0,
                                      filters__rules=[{"action": "deny", "address": PHONE}])
    bench.await_ready(controller)
    denied = rotation.addresses(bytes.fromhex(IRK), 500)
    flood = [f"{0x400000 | chance.getrandbits(22):06X}{chance.getrandbits(24):06X}" for _ in range(4500)]
    everything = flood + [address.replace(":", "") for address in denied]
    chance.shuffle(everything)
    begin = time.monotonic()
    for number in range(0, len(everything), 25):
        # | 0x3e | 252 | LE Advertising Report | 25 reports: | ADV_IND | random | 6 address | 0 no data | RSSI |
        reports = "".join("0001" + bytes.fromhex(address)[::-1].hex() + "00c4" for address in everything[number:number + 25])
        controller.do(f"raw 043e{2 + len(reports) // 2:02x}0219{reports}")
        time.sleep(max(0.0, begin + number / rate(500) - time.monotonic()))
    took = time.monotonic() - begin

    def settled():
        s = daemon.statistics_now()
        return s if s["queued"] == 0 and s["received"] + 25 * s["kernel_dropped"] >= len(everything) else None
    wait_for("everything read", settled, 20)
    final = daemon.stop()
    subscriber.await_count(final["published"])
    heard = {message.payload["mac_address"] for message in subscriber.messages()}
    print(f"     {len(everything) / took:.0f} a second: {final['published']:.0f} published, {final['filtered']:.0f} filtered, of which "
          f"{final['resolved']:.0f} resolved", flush=True)
    equal("the denied identity's addresses that were published", heard & set(denied), set())
    expect(final["published"] > 0 and final["filtered"] >= len(denied) - 25 * final["kernel_dropped"], "too little published, or filtered")
