"""Carries out what the host asks over the port that test.agent= names: a line of JSON with a script for bash, answered by one."""

import json
import os
import re
import subprocess
import termios
import time
import tty

with open("/proc/cmdline") as command:
    port = os.open("/dev/" + re.search(r"test\.agent=(\S+)", command.read()).group(1), os.O_RDWR | os.O_NOCTTY)
if os.isatty(port):
    tty.setraw(port, termios.TCSANOW)
with open("/proc/sys/kernel/random/boot_id") as boot:
    os.write(port, json.dumps({"boot": boot.read().strip()}).encode() + b"\n")
pending = b""
while True:
    heard = os.read(port, 65536)
    if not heard:   # a virtio port whose other side is not open yet
        time.sleep(0.1)
    pending += heard
    while b"\n" in pending:
        line, pending = pending.split(b"\n", 1)
        if not line.strip():
            continue
        order = json.loads(line)
        try:
            done = subprocess.run(["/bin/bash", "-c", order["script"]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=order["timeout"])
            answer = {"code": done.returncode, "output": done.stdout.decode(errors="replace")}
        except subprocess.TimeoutExpired as late:
            answer = {"code": 124, "output": (late.stdout or b"").decode(errors="replace")}
        answer["number"] = order["number"]
        octets = json.dumps(answer).encode() + b"\n"
        while octets:
            octets = octets[os.write(port, octets):]
