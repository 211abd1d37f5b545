"""The broker's side of the wire: scripted brokers in threads, a proxy before the real one, and what a link carried."""

import ctypes
import errno
import os
import select
import socket
import ssl
import struct
import threading
import time

CONNECT, CONNACK, PUBLISH, PUBACK, PINGREQ, DISCONNECT = 1, 2, 3, 4, 12, 14
ACCEPTED = b"\x20\x02\x00\x00"
_libc = ctypes.CDLL(None, use_errno=True)


def inside(namespace, function):
    """What the function returns, called in that network namespace: a socket that it makes stays there."""
    box = {}

    def run():
        file = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        try:
            if _libc.setns(file, 0x40000000) != 0:   # CLONE_NEWNET
                raise OSError(ctypes.get_errno(), "setns")
            box["value"] = function()
        except OSError as error:
            box["error"] = error
        finally:
            os.close(file)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in box:
        raise box["error"]
    return box["value"]


class Packet:
    """One that a client has sent."""

    def __init__(self, first, body):
        self.at, self.kind, self.flags, self.body = time.monotonic(), first >> 4, first & 15, body
        self.packet_id = None
        if self.kind == PUBLISH:
            length = struct.unpack_from(">H", body)[0]
            self.topic = body[2:2 + length].decode(errors="replace")
            rest = 2 + length
            if self.qos:
                self.packet_id = struct.unpack_from(">H", body, rest)[0]
                rest += 2
            self.payload = body[rest:]

    @property
    def qos(self):
        return self.flags >> 1 & 3

    @property
    def dup(self):
        return bool(self.flags & 8)

    @property
    def is_advertisement(self):
        return self.kind == PUBLISH and not self.topic.startswith("ble/status")


class Connection:
    """One that a client has made, in a behaviour's hands. Reading beyond the client's end gives None."""

    def __init__(self, peer, sock):
        self.peer, self.sock, self.at, self.closed_at = peer, sock, time.monotonic(), None
        self.error = None
        self.raw = b""          # the first bytes that came, as they came
        self.packets = []
        self.pending = b""

    def _take(self, count, deadline):
        while len(self.pending) < count:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            self.sock.settimeout(wait if wait is None or wait > 0 else 0.001)
            try:
                data = self.sock.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                raise TimeoutError from None
            except OSError:
                return None
            if not data:
                return None
            if len(self.raw) < 4096:
                self.raw += data
            self.pending += data
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def read(self, seconds=None):
        """The next packet; None at the end, TimeoutError where none comes in time."""
        deadline = None if seconds is None else time.monotonic() + seconds
        first = self._take(1, deadline)
        if first is None:
            return None
        length, shift = 0, 0
        while True:
            octet = self._take(1, deadline)
            if octet is None:
                return None
            length |= (octet[0] & 127) << shift
            shift += 7
            if octet[0] < 128:
                break
        body = self._take(length, deadline)
        if body is None:
            return None
        packet = Packet(first[0], body)
        self.packets.append(packet)
        return packet

    def drain(self, seconds=None):
        """Reads until the client closes, or for so long; whether it closed."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            try:
                data = self._take(1, deadline)
            except TimeoutError:
                return False
            if data is None:
                return True
            self.pending = b""

    def send(self, data):
        """Whether the client was there to take it."""
        try:
            self.sock.settimeout(None)
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def answer(self, packet):
        """As a broker does."""
        if packet.kind == CONNECT:
            return self.send(ACCEPTED)
        if packet.kind == PUBLISH and packet.qos == 1:
            return self.send(struct.pack(">BBH", PUBACK << 4, 2, packet.packet_id))
        if packet.kind == PINGREQ:
            return self.send(b"\xd0\x00")
        return True

    def reset(self):
        """Ends it with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        if self.closed_at is None:
            self.closed_at = time.monotonic()
            try:
                self.sock.close()
            except OSError:
                pass

    @property
    def advertisements(self):
        return [packet for packet in list(self.packets) if packet.is_advertisement]


def polite(connection, seconds=None, until=lambda connection: False):
    """Plays a broker until the client goes, for so long, or until it has seen enough."""
    end = None if seconds is None else time.monotonic() + seconds
    while not until(connection):
        try:
            packet = connection.read(None if end is None else max(0.01, end - time.monotonic()))
        except TimeoutError:
            return
        if packet is None or not connection.answer(packet):
            return


class Peer:
    """Listens where the daemon looks for its broker, and does to each connection what `behaviour` says at that moment."""

    def __init__(self, namespace, address, port=1883, behaviour=None, tls=None, receive_buffer=None):
        self.namespace, self.behaviour, self.tls = namespace, behaviour or self.forward, tls
        self.target = 1884   # of the proxy, on loopback
        self.connections = []

        def listen():
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.bind((address, port))
            sock.listen(64)
            return sock
        self.listener = inside(namespace, listen)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection, self.behaviour), daemon=True).start()

    def _serve(self, connection, behaviour):
        try:
            if self.tls:
                connection.sock.settimeout(20)
                connection.sock = self.tls.wrap_socket(connection.sock, server_side=True)
            behaviour(connection)
        except OSError as error:   # the client is gone, or would not shake hands
            connection.error = error
        finally:
            connection.close()

    def forward(self, connection):
        """A proxy before the real broker."""
        def dial():
            return socket.create_connection(("127.0.0.1", self.target), 5)
        try:
            server = inside(self.namespace, dial)
        except OSError:
            return
        connection.server = server
        client = connection.sock
        with server:
            while connection.closed_at is None:
                try:
                    # What TLS has read already cannot be seen on the socket.
                    waiting = [client] if self.tls and client.pending() else select.select([client, server], [], [], 0.2)[0]
                    for ready in waiting:
                        data = ready.recv(65536)
                        if not data:
                            return
                        other = server if ready is client else client
                        other.settimeout(None)
                        other.sendall(data)
                        ready.settimeout(None)
                except (OSError, ValueError):   # either side has gone, or `reset` has closed ours
                    return

    def close_all(self):
        for connection in self.connections:
            connection.close()

    def reset_all(self):
        for connection in self.connections:
            if connection.closed_at is None:
                connection.reset()

    def close(self):
        if self.listener.fileno() < 0:
            return
        # A listener in accept() is not woken by close() alone.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
        self.listener.close()
        self.close_all()


# Passes SYN without ACK, IPv4 and IPv6, to the socket and nothing else. Offsets are those of the IP header.
_SYN_ONLY = [
    (0x30, 0, 0, 0), (0x54, 0, 0, 0xF0), (0x15, 0, 5, 0x40), (0x30, 0, 0, 9), (0x15, 0, 9, 6), (0xB1, 0, 0, 0),
    (0x50, 0, 0, 13), (0x05, 0, 0, 4), (0x15, 0, 5, 0x60), (0x30, 0, 0, 6), (0x15, 0, 3, 6), (0x30, 0, 0, 53),
    (0x54, 0, 0, 0x12), (0x15, 1, 0, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF),
]


class Attempts:
    """Attempts to connect that a link carried: (CLOCK_MONOTONIC, destination), one for each source port."""

    def __init__(self, interface):
        self.seen, self._ports = [], set()
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))   # ETH_P_ALL
        program = b"".join(struct.pack("HBBI", *line) for line in _SYN_ONLY)
        memory = ctypes.create_string_buffer(program)
        self.sock.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HP", len(_SYN_ONLY), ctypes.addressof(memory)))   # SO_ATTACH_FILTER
        self.sock.bind((interface, 3))
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            try:
                data = self.sock.recv(2048)
            except OSError as error:
                if error.errno == errno.ENETDOWN:   # the link was set down; it may come back
                    continue
                return
            at = time.monotonic()
            if data[0] >> 4 == 4:
                start, destination = (data[0] & 15) * 4, socket.inet_ntop(socket.AF_INET, data[16:20])
            else:
                start, destination = 40, socket.inet_ntop(socket.AF_INET6, data[24:40])
            ports = (destination, data[start:start + 4])
            if ports not in self._ports:   # not sent again
                self._ports.add(ports)
                self.seen.append((at, destination))

    def close(self):
        self.sock.close()


class NetworkChanges:
    """What the kernel tells everybody of links, addresses and routes on the daemons' side, of other rows' too, as it comes: (CLOCK_MONOTONIC,
    rtnetlink message). A daemon that waits tries again soon after each."""

    def __init__(self):
        self.seen = []
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)   # NETLINK_ROUTE
        self.sock.bind((0, 0x551))   # RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError as error:
                if error.errno == errno.ENOBUFS:   # some are lost, at this time or a little earlier
                    self.seen.append((time.monotonic(), b""))
                    continue
                return
            self.seen.append((time.monotonic(), data))

    def close(self):
        self.sock.close()
