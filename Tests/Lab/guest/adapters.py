"""The kernel's view of its Bluetooth adapters, by the ioctls that hciconfig uses."""

import fcntl
import os
import socket
import struct

_HCIDEVUP, _HCIDEVDOWN, _HCIDEVRESET, _HCIGETDEVINFO = 0x400448C9, 0x400448CA, 0x400448CB, 0x800448D3


def _socket():
    return socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)


def indices():
    directory = "/sys/class/bluetooth"
    names = os.listdir(directory) if os.path.isdir(directory) else []
    return sorted(int(name[3:]) for name in names if name[3:].isdigit())


def _information(index):
    with _socket() as s:
        return fcntl.ioctl(s, _HCIGETDEVINFO, struct.pack("<H", index) + bytes(126))


def address(index):
    return ":".join(f"{octet:02X}" for octet in reversed(_information(index)[10:16]))


def is_up(index):
    return bool(struct.unpack_from("<I", _information(index), 16)[0] & 1)


def find(wanted):
    """The index of the adapter with that address, or None."""
    for index in indices():
        try:
            if address(index) == wanted:
                return index
        except OSError:   # gone in the meantime
            pass
    return None


def up(index):
    with _socket() as s:
        try:
            fcntl.ioctl(s, _HCIDEVUP, index)
        except OSError as error:
            if error.errno != 114:   # EALREADY
                raise


def down(index):
    with _socket() as s:
        fcntl.ioctl(s, _HCIDEVDOWN, index)


def reset(index):
    with _socket() as s:
        fcntl.ioctl(s, _HCIDEVRESET, index)


def block(index, blocked):
    """The adapter's switch in rfkill; the kernel takes the adapter down, and leaves it down when it is unblocked."""
    directory = f"/sys/class/bluetooth/hci{index}"
    switch = next(name for name in os.listdir(directory) if name.startswith("rfkill"))
    with open(f"{directory}/{switch}/soft", "w") as soft:
        soft.write(str(int(blocked)))


def is_blocked(index):
    directory = f"/sys/class/bluetooth/hci{index}"
    switch = next(name for name in os.listdir(directory) if name.startswith("rfkill"))
    with open(f"{directory}/{switch}/soft") as soft:
        return soft.read().strip() == "1"


def command(index, opcode, parameters):
    """Sends one HCI command, as a program unknown to the daemon would."""
    with _socket() as s:
        s.bind((index,))
        s.send(struct.pack("<BHB", 1, opcode, len(parameters)) + parameters)
