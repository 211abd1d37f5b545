"""Two machines from one image: deploy/user-data, with a repository, key and broker of ours in place of the examples, is all that they are given."""

import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import time
import traceback

from guest import Failed, Guest, equal, expect, found

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE_KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n      ...\n      -----END PGP PUBLIC KEY BLOCK-----\n"


def user_data(name, key):
    """The file as it stands there, with what its first lines call yours."""
    text = (ROOT / "deploy/user-data").read_text()
    for example, own in (
        ("hostname: pi-07\n", f"hostname: {name}\n"), ("https://packages.example.org/apt", "file:/share/download/apt"),
        (EXAMPLE_KEY, textwrap.indent(key, "      ").lstrip()), ("host: broker.example.org", "host: 127.0.0.1"),
    ):
        equal(f"times that {example!r} stands there", text.count(example), 1)
        text = text.replace(example, own)
    return text


def machine(image, out, name):
    """A card written from the image, its user-data put onto it as onto a Pi's: before the first boot."""
    directory = out / name
    directory.mkdir()
    (directory / "share").symlink_to(out / "share")
    card = directory / "card"
    subprocess.run(["cp", "--sparse=always", f"{image}/disk", card], check=True)
    seed = directory / "seed"
    seed.mkdir()
    (seed / "user-data").write_text(user_data(name, (out / "share/download/blemqttd-archive-keyring.asc").read_text()))
    (seed / "meta-data").write_text(f"instance-id: {name}\n")
    (seed / "sources.list").write_text("")   # there is no network
    commands = ["mkdir /var/lib/cloud", "mkdir /var/lib/cloud/seed", "mkdir /var/lib/cloud/seed/nocloud", "rm /etc/apt/sources.list"]
    for file, path in (("user-data", "/var/lib/cloud/seed/nocloud/user-data"), ("meta-data", "/var/lib/cloud/seed/nocloud/meta-data"),
                       ("sources.list", "/etc/apt/sources.list")):
        commands.append(f"write {seed / file} {path}")
    subprocess.run(["debugfs", "-w", "-f", "-", card], input="\n".join(commands) + "\n", text=True, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    # Its exit status says nothing.
    written = subprocess.run(["debugfs", "-R", "cat /var/lib/cloud/seed/nocloud/user-data", card], text=True, check=True, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout
    equal("user-data on the card", written, (seed / "user-data").read_text())
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", card, directory / "disk.qcow2"], check=True)
    return Guest(image, str(directory))


def first_boot(guest, name, state):
    """From one image and one file each machine comes online by itself, as the scanner of its own host name"""
    result = guest.do("cloud-init status --wait --long; cloud-init schema --config-file /var/lib/cloud/seed/nocloud/user-data", 400)
    expect("status: done" in result and "Valid" in result, result)
    equal("host name", guest.do("hostname").strip(), name)
    equal("state", (guest.show("ActiveState"), guest.run("systemctl is-enabled blemqttd")[1].strip()), ("active", "enabled"))
    # The virtual controller, which on a Pi is there.
    guest.do("cp /share/vctl /opt/test/vctl && systemctl restart vctl")
    said = guest.wait("online", f"mosquitto_sub -t ble/status/+ -C 1 -W {guest.seconds(5)} | grep '\"status\":\"online\"'", 60)
    equal("scanner_id", json.loads(said)["scanner_id"], name)
    line = guest.do("blemqttd --print-config | head -n 1").strip()
    equal("where the name comes from", line, f"scanner_id: {name}  # /etc/blemqttd/config.d/10-first-boot.yaml:1, {{hostname}}")
    state[name] = {
        "machine-id": guest.do("cat /etc/machine-id").strip(),
        "client": found(r"connected to broker \S+ as (\S+)", guest.do("journalctl -u blemqttd -o cat")).group(1),
        "topics": guest.do("cat /var/lib/blemqttd/status").split(),
    }
    expect(state[name]["client"].startswith(f"blemqttd-{name}-"), f"client identifier {state[name]['client']}")
    equal("retained topics", state[name]["topics"], [f"ble/status/{name}"])
    print(f"     {name}: client identifier {state[name]['client']}", flush=True)


def renamed(guest, name, state):
    """Another host name counts from the next reload on, and the broker keeps nothing under the old one"""
    guest.do("hostnamectl set-hostname attic && systemctl reload blemqttd")
    said = guest.wait("online by the new name", f"mosquitto_sub -t ble/status/attic -C 1 -W {guest.seconds(5)} | grep '\"status\":\"online\"'", 60)
    equal("scanner_id", json.loads(said)["scanner_id"], "attic")
    guest.wait("nothing by the old name",
               f"test \"$(mosquitto_sub -t 'ble/status/#' --retained-only -W {guest.seconds(3)} -F %t 2>/dev/null)\" = ble/status/attic", 30)
    guest.do("systemctl restart blemqttd", 30)
    guest.wait("online after a restart", f"mosquitto_sub -t ble/status/attic -C 1 -W {guest.seconds(5)} | grep '\"status\":\"online\"'", 60)
    # A name that every machine has is refused, and what runs goes on.
    guest.do("hostnamectl set-hostname localhost && systemctl reload blemqttd")
    guest.wait("the error", "journalctl -u blemqttd -o cat | grep 'this machine has no host name of its own'")
    equal("state", guest.show("ActiveState"), "active")
    guest.do("hostnamectl set-hostname attic && systemctl reload blemqttd")
    equal("host name", guest.do("hostname").strip(), "attic")


def copied(guest, name, state):
    """A copy of a machine that has run, prepared as the page says, is another scanner, and clears nothing of the first"""
    page = (ROOT / "docs/first-boot.md").read_text().split("## An image of a machine that has run", 1)[1].split("\n## ", 1)[0]
    commands = re.findall(r"^    sudo (.*)$", page, re.MULTILINE)
    equal("commands on the page", len(commands), 3)
    guest.do("hostnamectl set-hostname attic && systemctl restart blemqttd", 30)
    guest.wait("online", f"mosquitto_sub -t ble/status/attic -C 1 -W {guest.seconds(5)} | grep '\"status\":\"online\"'", 60)
    guest.do("grep -x ble/status/attic /var/lib/blemqttd/status")
    # As where dbus was configured before the first boot of Debian 13: a copy, of which the identity would be restored.
    guest.do("cp --remove-destination /etc/machine-id /var/lib/dbus/machine-id")
    before = guest.do("cat /etc/machine-id")
    for command in commands:
        guest.do(command)
    # Like writing the copy's own name onto its card.
    guest.do(f"sed -i 's/^hostname: .*/hostname: {name}/' /var/lib/cloud/seed/nocloud/user-data")
    guest.reboot()
    guest.do("cloud-init status --wait", 400)
    guest.wait("online by its own name", f"mosquitto_sub -t ble/status/{name} -C 1 -W {guest.seconds(5)} | grep '\"status\":\"online\"'", 90)
    equal("record", guest.do("cat /var/lib/blemqttd/status").split(), [f"ble/status/{name}"])
    expect(guest.do("cat /etc/machine-id") != before, "the machine's identity is the first one's")
    retained = guest.do(f"mosquitto_sub -t 'ble/status/#' --retained-only -W {guest.seconds(5)} -F %t 2>/dev/null || true").split()
    equal("retained", sorted(retained), ["ble/status/attic", f"ble/status/{name}"])


def nothing_shared(state):
    """Nothing of one is the other's: machine identity, client identifier, record of topics"""
    equal("machines", len(state), 2)
    one, other = state.values()
    for what in one:
        expect(one[what] and one[what] != other[what], f"{what}: {one[what]} and {other[what]}")


def main(image, directory):
    out, state, failures = pathlib.Path(directory), {}, 0

    def run(scenario, guest, *arguments):
        start = time.monotonic()
        try:
            scenario(*arguments)
            problem = None
        except Failed as failure:
            problem = str(failure)
        except Exception:
            problem = traceback.format_exc()
        print(f"{'ok  ' if problem is None else 'FAIL'} {scenario.__doc__} ({time.monotonic() - start:.1f} s)", flush=True)
        if problem is None:
            return 0
        print("\n".join("     " + line for line in problem.splitlines()), flush=True)
        if guest:
            print(guest.run("tail -n 30 /var/log/cloud-init-output.log; journalctl -u blemqttd --no-pager -n 12 -o short-precise")[1], flush=True)
        return 1

    for name in ("pi-07", "pi-08"):
        start = time.monotonic()
        guest = machine(image, out, name)
        print(f"{name} up after {time.monotonic() - start:.0f} s", flush=True)
        failures += run(first_boot, guest, guest, name, state)
        if name == "pi-08":
            failures += run(renamed, guest, guest, name, state)
            failures += run(copied, guest, guest, "pi-09", state)
        guest.close()
    failures += run(nothing_shared, None, state)
    print(f"{5 - failures} passed, {failures} failed", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2])))
