"""What a person does with the package, in this order: each scenario goes on where the one before it ended."""

import json
import os
import pathlib
import sys
import time
import traceback

from guest import Failed, Guest, equal, expect, found

CONFIGURATION = "/etc/blemqttd/config.yaml"
# What a system does by itself, whatever is installed.
NOT_OURS = r"-path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev -o -path /share -o -path /var/log -o -path /var/cache " \
    r"-o -path /var/tmp -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd -o -path /var/lib/bluetooth " \
    r"-o -path /root -o -path /opt/test -o -path /var/lib/mosquitto"


def _files(guest):
    return set(guest.do(rf"find / \( {NOT_OURS} \) -prune -o -print", 120).splitlines())


def _accounts(guest):
    return guest.do("cut -d: -f1 /etc/passwd /etc/group | sort").split()


def _messages(guest, what, seconds=30, count=3):
    """Advertisements reach a subscriber at the guest's Mosquitto."""
    guest.wait("the controller", "test -p /run/vctl && pidof vctl")
    guest.do("echo hush >/run/vctl; echo 'burst 1000000 rate 20 addresses 20' >/run/vctl")
    start = time.monotonic()
    output = guest.do(f"mosquitto_sub -t 'ble/raw/#' -v -C {count} -W {guest.seconds(seconds)}", seconds + 20)
    print(f"     {what}: {count} messages after {time.monotonic() - start:.1f} s", flush=True)
    topic, payload = output.splitlines()[0].split(" ", 1)
    equal("scanner_id", json.loads(payload)["scanner_id"], topic.split("/")[2])
    return output


def _owned(guest):
    equal("configuration's owner", guest.do(f"stat -c '%U:%G %a' {CONFIGURATION}").strip(), "root:blemqttd 640")


def _main_pid(guest):
    return guest.show("MainPID")


def install(guest, state):
    """Installed by apt the unit is not enabled, and started without a name it fails once and says what to edit"""
    state["files"], state["accounts"] = _files(guest), _accounts(guest)
    output = guest.do("apt-get install -y --no-install-recommends /share/blemqttd.deb", 180)
    expect("systemctl enable --now blemqttd" in output, f"no word of what comes next: {output}")
    guest.do("getent passwd blemqttd && man -w blemqttd && man -w blemqttd.yaml && test -s /usr/share/bash-completion/completions/blemqttd && blemqttd --version")
    equal("enabled", guest.run("systemctl is-enabled blemqttd")[1].strip(), "disabled")
    _owned(guest)
    expect(int(guest.do(f"wc -l <{CONFIGURATION}")) <= 12, "the first configuration is long")
    equal("conffiles", [line for line in guest.do("dpkg-query -W -f '${Conffiles}' blemqttd").splitlines() if "config.yaml" in line], [])
    expect("scanner_id" in guest.do("cat /usr/share/doc/blemqttd/examples/config.yaml.example"), "no example")
    equal("config.d", guest.do("ls -A /etc/blemqttd/config.d"), "")
    expect(guest.run("systemctl start blemqttd")[0] != 0, "it starts without a name")
    guest.sleep(8)   # a restart would come after five seconds
    equal("state", guest.show("ActiveState"), "failed")
    equal("exit status", guest.show("ExecMainStatus"), "78")
    equal("restarts", guest.show("NRestarts"), "0")
    status = guest.run("systemctl status --no-pager blemqttd")[1]
    expect("scanner_id" in status and CONFIGURATION + ":" in status, f"systemctl status does not say what to edit: {status}")


def first_start(guest, state):
    """With a scanner_id it starts, publishes to Mosquitto, and tells its state and statistics"""
    guest.do("cp /share/vctl /opt/test/vctl && systemctl restart vctl")
    guest.do(f"sed -i 's/^scanner_id:.*/scanner_id: guest-01/' {CONFIGURATION}")
    guest.do("blemqttd --check-config && systemctl enable --now blemqttd", 30)
    _messages(guest, "first start")
    status = guest.wait("STATUS line", "systemctl status --no-pager blemqttd | grep -E 'Status: \".+\"'")
    print(f"    {status.rstrip()}")
    line = guest.wait("statistics", "journalctl -u blemqttd -g '^stats ' -o cat -n 1 | grep received=", 90)
    print(f"     {line.strip()[:150]}…")
    expect(found(r"interval_s=60\.\d ", line), f"not of sixty seconds: {line}")
    entry = json.loads(guest.do("journalctl -u blemqttd -g '^stats ' -o json -n 1"))
    for field in ("RECEIVED", "PUBLISHED", "DROPPED", "KERNEL_DROPPED"):
        expect(entry[f"BLEMQTTD_{field}"].isdigit(), f"{field}: {entry.get('BLEMQTTD_' + field)}")
    expect(int(entry["BLEMQTTD_PUBLISHED"]) > 0, "nothing published")
    expect("CapEff:\t0000000000003000" in guest.do(f"cat /proc/{_main_pid(guest)}/status"), "more capabilities than two")


def reload(guest, state):
    """Reloading puts a good configuration into effect, and a bad one leaves the old in effect and is told"""
    expect(guest.run("test -e /bin/kill")[0] != 0, "/bin/kill is there, and the unit must do without")
    pid = _main_pid(guest)
    guest.do(f"printf 'stats:\\n  interval: 30\\n' >>{CONFIGURATION} && systemctl reload blemqttd")
    guest.wait("the change in the journal", "journalctl -u blemqttd -o cat | grep 'configuration read again: stats.interval'")
    guest.do(f"cp {CONFIGURATION} /tmp/good.yaml && echo 'sacnner_id: x' >>{CONFIGURATION} && systemctl reload blemqttd")
    said = guest.wait("the error in the journal", "journalctl -u blemqttd -o cat | grep -A3 'configuration has errors'")
    expect("did you mean" in guest.do("journalctl -u blemqttd -o cat"), said)
    guest.do(f"cat /tmp/good.yaml >{CONFIGURATION}")
    equal("MainPID", _main_pid(guest), pid)
    _messages(guest, "after reloading")


def watchdog(guest, state):
    """A daemon that hangs is ended by the watchdog and started again"""
    pid = _main_pid(guest)
    start = time.monotonic()
    guest.do(f"kill -STOP {pid}")
    guest.wait("a new process", f"p=$(systemctl show -P MainPID blemqttd); test $p != {pid} && test $p != 0 && "
               "test $(systemctl show -P ActiveState blemqttd) = active", 90)
    print(f"     started again after {time.monotonic() - start:.0f} s")
    expect("watchdog" in guest.do("journalctl -u blemqttd -o cat -b").lower(), "no word of the watchdog")
    _messages(guest, "after the watchdog")


def crash_loop(guest, state):
    """Crash after crash it is started again, with pauses"""
    times = []
    for _ in range(3):
        pid = _main_pid(guest)
        guest.do(f"kill -SEGV {pid}")
        killed = time.monotonic()
        guest.wait("a new process", f"p=$(systemctl show -P MainPID blemqttd); test $p != {pid} && test $p != 0", 30)
        times.append(time.monotonic() - killed)
    print(f"     started again after {', '.join(f'{t:.1f}' for t in times)} s")
    expect(min(times) >= 4.5, "without a pause")
    _messages(guest, "after three crashes")


def wrong_configuration(guest, state):
    """A wrong configuration at start is not tried again, and systemctl status tells the line"""
    guest.do(f"cp {CONFIGURATION} /tmp/good.yaml && sed -i '/^mqtt:/a\\  client:\\n    qos: 3' {CONFIGURATION}")
    expect(guest.run("systemctl restart blemqttd", 30)[0] != 0, "it starts")
    guest.sleep(8)
    equal("state", guest.show("ActiveState"), "failed")
    equal("restarts", guest.show("NRestarts"), "0")
    status = guest.run("systemctl status --no-pager blemqttd")[1]
    expect(found(r"config\.yaml:\d+:\d+: mqtt\.client\.qos: 3 is not allowed", status), status)
    guest.do(f"cat /tmp/good.yaml >{CONFIGURATION}; systemctl start blemqttd")


def password(guest, state):
    """A password in the credential store reaches the broker, and nobody else"""
    guest.do("mkdir -p /etc/credstore && printf 'geheim-4711' >/etc/credstore/blemqttd.mqtt-password && chmod 600 /etc/credstore/*")
    guest.do("mosquitto_passwd -b -c /etc/mosquitto/passwords scanner geheim-4711 && chown mosquitto /etc/mosquitto/passwords && "
             "printf 'listener 1884 127.0.0.1\\npassword_file /etc/mosquitto/passwords\\nallow_anonymous false\\n"
             "listener 1883 127.0.0.1\\nper_listener_settings true\\nallow_anonymous true\\n' >/etc/mosquitto/conf.d/test.conf && "
             "sed -i '1i per_listener_settings true' /etc/mosquitto/mosquitto.conf && sed -i '/^per_listener/d' /etc/mosquitto/conf.d/test.conf "
             "&& systemctl restart mosquitto")
    guest.do(f"cp {CONFIGURATION} /tmp/good.yaml && sed -i '/^    host:/a\\    port: 1884\\n    username: scanner' "
             f"{CONFIGURATION} && systemctl restart blemqttd", 30)
    guest.wait("connected with the password", "journalctl -u blemqttd -o cat | grep 'connected to broker .*:1884'", 30)
    pid = _main_pid(guest)
    expect("geheim" not in guest.do(f"tr '\\0' ' ' </proc/{pid}/environ; tr '\\0' ' ' </proc/{pid}/cmdline; journalctl -u blemqttd; "
                                    "blemqttd --print-config"), "the password is told")
    guest.do(f"cat /tmp/good.yaml >{CONFIGURATION}; rm /etc/credstore/blemqttd.mqtt-password; systemctl restart blemqttd", 30)
    _messages(guest, "without a password again")


def broker_of_the_page(guest, state):
    """The commands of the page on Mosquitto, block by block in one shell, from the installed package, make a broker with TLS and users"""
    page = "/usr/share/doc/blemqttd/examples/mosquitto"
    guest.do("cp -a /etc/mosquitto /tmp/mosquitto.before && echo '127.0.0.1 broker.lan' >>/etc/hosts")
    guest.do(f"cd {page} && python3 /share/blocks README.md 1 first second PASSWORD", 90)
    # Its last block is the question whether it works.
    guest.do("mosquitto_pub -h broker.lan -p 8883 --cafile /etc/mosquitto/certs/ca.pem -u scanner-01 -P first -r -t ble/raw/scanner-01/x -m mark")
    guest.do("mosquitto_pub -h broker.lan -p 8883 --cafile /etc/mosquitto/certs/ca.pem -u scanner-01 -P first -r -t ble/raw/scanner-02/x -m not-its-own")
    question = found(r"^mosquitto_sub .*$", guest.do(f"cat {page}/README.md")).group(0)
    # The daemon under test goes on publishing through the broker's other listener.
    heard = [line for line in guest.do(f"{question} -W {guest.seconds(3)} || true").splitlines() if line.startswith("ble/raw/scanner-")]
    equal("heard", heard, ["ble/raw/scanner-01/x mark"])
    # What is retained outlives the broker's configuration, and is no advertisement.
    guest.do("mosquitto_pub -h broker.lan -p 8883 --cafile /etc/mosquitto/certs/ca.pem -u scanner-01 -P first -r -n -t ble/raw/scanner-01/x")
    guest.do("rm -rf /etc/mosquitto && mv /tmp/mosquitto.before /etc/mosquitto && sed -i '/broker.lan/d' /etc/hosts && systemctl restart mosquitto", 30)


def metrics(guest, state):
    """It may write its metrics where Debian's node_exporter reads them, and anybody may read them"""
    directory = "/var/lib/prometheus/node-exporter"   # as that package makes it
    guest.do(f"install -d -m 755 {directory} && systemd-tmpfiles --create blemqttd.conf")
    guest.do(f"cp {CONFIGURATION} /tmp/good.yaml && printf 'metrics:\\n  textfile: {directory}/blemqttd.prom\\n' >>{CONFIGURATION} && "
             "systemctl restart blemqttd", 30)
    guest.wait("metrics", f"setpriv --reuid=65534 --clear-groups grep ^blemqttd_broker_connected {directory}/blemqttd.prom", 90)
    guest.do(f"cat /tmp/good.yaml >{CONFIGURATION}; systemctl restart blemqttd", 30)


def security(guest, state):
    """Its exposure is at most 2.0, without CAP_NET_ADMIN at most 1.8, and it scans in both"""
    def exposure():
        line = guest.do("systemd-analyze security --no-pager blemqttd | grep 'Overall exposure'")
        return float(found(r"([0-9.]+) [A-Z]+", line).group(1))
    first = exposure()
    expect(first <= 2.0, f"exposure {first}")
    guest.do("mkdir -p /etc/systemd/system/blemqttd.service.d && cp /share/no-net-admin.conf /etc/systemd/system/blemqttd.service.d/ && "
             "systemctl daemon-reload && systemctl restart blemqttd", 30)
    second = exposure()
    print(f"     exposure {first}, without CAP_NET_ADMIN {second}")
    expect(second <= 1.8, f"exposure {second}")
    _messages(guest, "without CAP_NET_ADMIN")
    expect("CAP_NET_ADMIN" in guest.do("journalctl -u blemqttd -o cat -n 60"), "it does not say what it cannot repair")
    guest.do("rm -r /etc/systemd/system/blemqttd.service.d && systemctl daemon-reload && systemctl restart blemqttd", 30)


def reboot(guest, state):
    """After a reboot it scans without a hand"""
    guest.reboot()
    equal("state", guest.show("ActiveState"), "active")
    _messages(guest, "after a reboot")


def nothing_at_boot(guest, state):
    """Booted without broker and adapter it waits for both, and publishes when they come"""
    guest.do("systemctl disable -q mosquitto vctl")
    guest.reboot()
    equal("state", guest.show("ActiveState"), "active")
    guest.wait("no adapter", "journalctl -b -u blemqttd -o cat | grep -iE 'no such adapter|no Bluetooth adapter|waiting for'")
    guest.wait("no broker", "journalctl -b -u blemqttd -o cat | grep 'no connection to broker'")
    guest.do("systemctl enable -q --now mosquitto vctl", 90)   # a busy machine takes its time
    _messages(guest, "broker and adapter there", 70)
    equal("restarts", guest.show("NRestarts"), "0")


def upgrade(guest, state):
    """An upgrade keeps what was edited, and goes on publishing"""
    before = guest.do(f"cat {CONFIGURATION}")
    pid = _main_pid(guest)
    guest.do("apt-get install -y /share/blemqttd-later.deb", 180)
    expect("+later" in guest.do("dpkg-query -W blemqttd"), "not upgraded")
    equal("configuration", guest.do(f"cat {CONFIGURATION}"), before)
    _owned(guest)
    guest.wait("a new process", f"p=$(systemctl show -P MainPID blemqttd); test $p != {pid} && test $p != 0")
    _messages(guest, "after the upgrade")


def retire(guest, state):
    """A scanner that retires leaves no retained message at the broker, and does not do so beside the service at work"""
    # A status that comes meanwhile is another matter.
    retained = f"mosquitto_sub -t 'ble/status/#' --retained-only -W {guest.seconds(3)} -F %t 2>/dev/null || true"
    equal("retained before", guest.do(retained).split(), ["ble/status/guest-01"])
    code, said = guest.run("blemqttd --retire 2>&1")
    expect(code == 69 and "blemqttd is running with /etc/blemqttd/config.yaml" in said, f"{code}: {said}")
    guest.do("systemctl disable -q --now blemqttd", 30)
    said = guest.do("blemqttd --retire", 30)
    expect("cleared ble/status/guest-01\n" in said, said)
    equal("retained after", guest.do(retained), "")
    equal("notes", guest.do("ls -A /var/lib/blemqttd"), "")


def backup(guest, state):
    """What the page on the life cycle keeps brings configuration and password back after a purge, where the group has another number"""
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/life-cycle.md").read_text()
    keep, restore = (found(rf"^    sudo (.*\btar -{letter}.*)$", page).group(1) for letter in "cx")
    kept = f"sha256sum {CONFIGURATION} /etc/credstore/blemqttd.mqtt-password"
    guest.do("mkdir -p /etc/credstore && printf 'geheim-4711' >/etc/credstore/blemqttd.mqtt-password && chmod 600 /etc/credstore/*")
    before = guest.do(kept)
    guest.do(f"cd /root && {keep}")
    equal("archive's mode", guest.do("stat -c %a /root/blemqttd-backup.tar.gz").strip(), "600")
    guest.do("apt-get purge -y blemqttd && groupadd -r in-its-place", 120)
    guest.do("apt-get install -y /share/blemqttd-later.deb && groupdel in-its-place", 180)
    guest.do(f"cd /root && {restore} && blemqttd --check-config")
    equal("kept", guest.do(kept), before)
    _owned(guest)


def _is_gone(guest, state):
    left = {path for path in _files(guest) - state["files"] if "mosquitto" not in path}
    expect(not left, f"left behind: {sorted(left)}")
    equal("accounts", _accounts(guest), state["accounts"])
    expect(guest.run("systemctl is-active blemqttd")[0] != 0, "it is still active")


def purge(guest, state):
    """Purged it leaves nothing behind, no password either"""
    guest.do("rm -f /etc/mosquitto/conf.d/test.conf /etc/mosquitto/passwords")
    guest.do("mkdir -p /etc/credstore /etc/credstore.encrypted && touch /etc/credstore/{blemqttd.mqtt-password,others} "
             "/etc/credstore.encrypted/blemqttd.mqtt-password")
    guest.do("apt-get purge -y blemqttd", 120)
    equal("credentials", guest.do("ls -A /etc/credstore /etc/credstore.encrypted | grep -v :").split(), ["others"])
    guest.do("rm -rf /etc/credstore /etc/credstore.encrypted /var/lib/prometheus")
    _is_gone(guest, state)


def earlier_layout(guest, state):
    """An upgrade from the version whose configuration was a conffile asks nothing, keeps what was edited, and is purged whole"""
    quiet = "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
    guest.do(f"{quiet} /share/blemqttd-earlier.deb", 180)
    expect("config.yaml" in guest.do("dpkg-query -W -f '${Conffiles}' blemqttd"), "no conffile before the upgrade")
    guest.do(f"sed -i 's/^scanner_id:.*/scanner_id: guest-01  # mine/' {CONFIGURATION} && systemctl start blemqttd")
    before, pid = guest.do(f"cat {CONFIGURATION}"), _main_pid(guest)
    said = guest.do(f"{quiet} /share/blemqttd.deb </dev/null 2>&1", 180)
    expect("onfiguration file" not in said, f"it asks: {said}")
    equal("configuration", guest.do(f"cat {CONFIGURATION}"), before)
    _owned(guest)
    equal("beside it", guest.do("ls -A /etc/blemqttd").split(), ["config.d", "config.yaml"])
    equal("half installed", guest.do("dpkg --audit"), "")
    guest.wait("a new process", f"p=$(systemctl show -P MainPID blemqttd); test $p != {pid} && test $p != 0")
    _messages(guest, "after the upgrade")
    guest.do("apt-get purge -y blemqttd", 120)
    _is_gone(guest, state)


SCENARIOS = [install, first_start, reload, watchdog, crash_loop, wrong_configuration, password, broker_of_the_page, metrics,
             security, reboot, nothing_at_boot,
             upgrade, retire, backup, purge, earlier_layout]
NEEDED = [install, first_start]   # the others go on from there
LONG = [reboot]                   # only where all are asked for: the boot after it is what the next one is about too


def chosen(words):
    def is_wanted(scenario):
        if not words:
            return scenario not in LONG
        return words == ["all"] or scenario in NEEDED or any(word in scenario.__doc__ or word == scenario.__name__ for word in words)
    return [scenario for scenario in SCENARIOS if is_wanted(scenario)]


def main(image, directory, words):
    wanted = chosen(words)
    start = time.monotonic()
    guest = Guest(image, directory)
    print(f"guest up after {time.monotonic() - start:.0f} s", flush=True)
    state, passed = {}, 0
    for scenario in wanted:
        start, problem = time.monotonic(), None
        try:
            scenario(guest, state)
            passed += 1
        except Failed as failure:
            problem = str(failure)
        except Exception:
            problem = traceback.format_exc()
        print(f"{'ok  ' if problem is None else 'FAIL'} {scenario.__doc__} ({time.monotonic() - start:.1f} s)", flush=True)
        if problem is not None:
            print("\n".join("     " + line for line in problem.splitlines()), flush=True)
            try:
                print(guest.run("journalctl -u blemqttd --no-pager -n 12 -o short-precise")[1], flush=True)
            except Failed:
                break
    guest.close()
    print(f"{passed} passed, {len(wanted) - passed} failed", flush=True)
    return 0 if passed == len(wanted) else 1


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(f"{scenario.__name__:20} {scenario.__doc__}" for scenario in chosen(sys.argv[2:])))
        sys.exit()
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]))
