"""A device that changes its address as the Core specification has it: resolvable private addresses (Vol 6 Part B 1.3.2.2)."""

import random
import socket


def _aes(key, block):
    """One block of AES-128, by the kernel. Both are most significant octet first."""
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as algorithm:
        algorithm.bind(("skcipher", "ecb(aes)"))
        algorithm.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, key)
        operation, _ = algorithm.accept()
        with operation:
            operation.sendmsg_afalg([block], op=socket.ALG_OP_ENCRYPT)
            return operation.recv(16)


def _text(octets):
    return ":".join(f"{octet:02X}" for octet in octets)


def address(irk, prand):
    """The address for the upper 24 bits `prand`, whose two top bits must be 01; the lower 24 bits are its hash."""
    assert prand >> 22 == 1
    upper = prand.to_bytes(3, "big")
    return _text(upper + _aes(irk, bytes(13) + upper)[13:])


def addresses(irk, count, seed=1):
    """So many different ones, the same for the same seed."""
    chance, seen = random.Random(seed), []
    while len(seen) < count:
        candidate = address(irk, 1 << 22 | chance.getrandbits(22))
        if candidate not in seen:
            seen.append(candidate)
    return seen
