"""Compares a bill of materials with the package that it is of: what is linked in and what is not, what it depends on, checksums, licences."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile

path, package = sys.argv[1:]
with open(path) as file:
    bill = json.load(file)
found = {part["SPDXID"]: part for part in bill["packages"]}
relations = {(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in bill["relationships"]}


def of(kind):
    """What stands in that relation to the package, from either side."""
    return {found[a if b == "SPDXRef-blemqttd" else b]["name"] for a, what, b in relations if what == kind and a != "SPDXRef-DOCUMENT"}


with tempfile.TemporaryDirectory() as directory:
    subprocess.run(["dpkg-deb", "-x", package, directory], check=True)
    program = f"{directory}/usr/bin/blemqttd"
    needed = subprocess.run(["readelf", "-dW", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    with open(program, "rb") as file:
        octets = file.read()
with open(package, "rb") as file:
    assert found["SPDXRef-blemqttd"]["checksums"][0]["checksumValue"] == hashlib.sha256(file.read()).hexdigest(), "the package's checksum"
assert hashlib.sha256(octets).hexdigest() in found["SPDXRef-blemqttd"]["comment"], "the program's checksum"

linked = of("STATIC_LINK")
kinds = {re.sub(r"-\d+-dev$", "", name) for name in linked}
assert kinds == {"swift-standard-library", "libstdc++", "libgcc", "libc6-dev"}, f"linked in: {linked}"
for name in ("libswift", "libstdc++", "libgcc_s"):
    assert name not in needed, f"{name} is shared"
# What those libraries leave in a program that has them: names that no stripping takes out.
assert b"Swift/UnsafePointer.swift" in octets and b"std::bad_alloc" in octets, "no trace of what is linked in"
depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, stdout=subprocess.PIPE, text=True).stdout
names = {text.strip().split(" ")[0] for text in re.split(r"[,|]", depends)}
assert of("RUNTIME_DEPENDENCY_OF") == names, f"{of('RUNTIME_DEPENDENCY_OF')} and {names}"
assert of("BUILD_TOOL_OF") == {"swift-compiler"}
for part in bill["packages"]:
    assert part["licenseDeclared"] != "NOASSERTION", f"{part['name']} has no licence"
for name in linked:
    assert next(part for part in bill["packages"] if part["name"] == name)["versionInfo"], f"{name} has no version"
