# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends frames and says exactly who received what.

A Watch has ears at every node of a LAN: packet(7) sockets, bound before
anything is sent. Ears on a slave or on the wire hear all that arrives. Ears on
the host must not hear what a program at the master's ingress took away, so
they are bound to single protocols, whose handlers run behind that hook.

arrived() waits for no silence. It sends sentinels that every node must get and
takes them off again: what was to come has come by then, because all frames are
sent from one CPU, whose backlog is first in, first out. A sentinel may make
fewer hops through that backlog than the frame before it, which each round
brings one hop further: from a slave to a switch that reflects, and by the
host's stack to another slave, are four. What hears no broadcast is sent a
sentinel out of its host end, past what hangs there.
"""

import concurrent.futures
import contextlib
import errno
import itertools
import os
import select
import socket
import struct
import time

from netns import PATIENCE, inside

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806
ETH_P_IPV6 = 0x86dd
ETH_P_TEST = 0x88b5  # IEEE 802 local experimental ethertype 1
ETH_P_SENTINEL = 0x88b6  # and 2

SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_QDISC_BYPASS = 20
PACKET_IGNORE_OUTGOING = 23
PACKET_OTHERHOST = 3
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6

SNAPLEN = 1 << 17
ROUNDS = 4
DEADLINE = 5.0 * PATIENCE
_numbers = itertools.count()


@contextlib.contextmanager
def one_cpu():
    """Keeps the thread, and so the frames that it sends, on one CPU."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def packet_socket(ns, dev, protocol):
    """Hears a protocol on a device, or if it is None on all there are."""
    with inside(ns):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             0 if dev else socket.htons(protocol))
        sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
        if dev:
            sock.bind((dev, protocol))
    sock.setblocking(False)
    return sock


def with_vlan_tag(data, ancillary):
    """Puts the tag back that the kernel keeps beside a received frame."""
    for level, kind, value in ancillary:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", value)
        if status & TP_STATUS_VLAN_VALID:
            if not status & TP_STATUS_VLAN_TPID_VALID:
                tpid = 0x8100
            tag = struct.pack("!HH", tpid, tci)
            return data[:12] + tag + data[12:]
    return data


def _voice(ns, dev):
    """Sends out of a device, past queues and programs."""
    with inside(ns):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        sock.bind((dev, 0))
    return sock


class Ears:
    """All that a node hears, and its voice."""

    def __init__(self, node, protocols=(ETH_P_ALL,)):
        self.node = node
        self.otherhost = []  # what the host's IP will throw away
        self._socks = [packet_socket(node.ns, node.dev, p)
                       for p in protocols]

    def filenos(self):
        return [sock.fileno() for sock in self._socks]

    def read(self):
        """What is there now, oldest first per protocol."""
        frames = []
        for sock in self._socks:
            with contextlib.suppress(BlockingIOError):
                while True:
                    frames += self._read_one(sock)
        return frames

    def _read_one(self, sock):
        data, ancillary, _, address = sock.recvmsg(SNAPLEN, 64)
        frame = with_vlan_tag(data, ancillary)
        for_us = frame[0] & 1 or frame[:6] == self.node.mac_bytes
        if not for_us or frame != data or address[2] != PACKET_OTHERHOST:
            return [frame]
        # The host's kernel marks so what had a tag that nobody wanted.
        assert self.node.role == "host", \
            f"{self.node.label}: its frame is of type OTHERHOST: {frame.hex()}"
        self.otherhost.append(frame)
        return []

    def send(self, frame):
        kind = int.from_bytes(frame[12:14], "big")
        try:
            self._socks[0].sendto(frame, (self.node.dev, kind))
        except OSError as error:
            # So a sender learns that a program at egress dropped its frame.
            if error.errno != errno.ENOBUFS:
                raise

    def expect(self, match, timeout=DEADLINE):
        """The first frame for which match() holds; a failure if none."""
        seen = []
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            select.select(self.filenos(), [], [], left)
            for frame in self.read():
                if match(frame):
                    return frame
                seen.append(frame.hex())
        raise AssertionError(f"{self.node.label}: not heard, but: {seen}")

    def close(self):
        """Each close waits for an RCU grace period: let them share it."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda sock: sock.close(), self._socks))


HOST_PROTOCOLS = (ETH_P_TEST, ETH_P_SENTINEL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6)


class Watch:
    """Ears at nodes; a node is anything with label, ns, dev, mac, master."""

    def __init__(self, nodes, ignore=None):
        self.ears = {}
        self._voices = {}
        self._ignore = ignore or (lambda frame: False)
        self.deadline = DEADLINE
        try:
            for node in nodes:
                self.ears[node.label] = node.listen()
                if getattr(node, "end", ()):
                    self._voices[node.label] = _voice(*node.end)
        except BaseException:
            self.close()
            raise
        self._heard = {label: [] for label in self.ears}
        # No sentinel goes there; what does is one hop from its slave.
        self._ends = [label for label, ears in self.ears.items()
                      if ears.node.role == "end"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda ears: ears.close(),
                          [*self.ears.values(), *self._voices.values()]))

    def send(self, label, *frames):
        with one_cpu():
            for frame in frames:
                self.ears[label].send(bytes(frame))

    def arrived(self):
        """{label: [frame, ...]} since the last call; nobody else got one."""
        for _ in range(ROUNDS):
            self._sentinels()
        for label in self._ends:
            self._sort(label, {})
        heard = {label: frames for label, frames in self._heard.items()
                 if frames}
        self._heard = {label: [] for label in self.ears}
        return heard

    def exchange(self, label, *frames):
        """Sends and tells who received what."""
        self.send(label, *frames)
        return self.arrived()

    def _sentinels(self):
        waiting = {}
        payload = b"sentinel %d %d" % (os.getpid(), next(_numbers))
        nodes = [ears.node for label, ears in self.ears.items()
                 if label not in self._ends]
        for node in nodes:
            if node.role == "slave":
                continue
            wire = node.role == "wire"
            hearers = [other for other in nodes if other.lan == node.lan
                       and (other.role == "wire") != wire
                       and (wire or other.role == "wire")
                       and other.label not in self._voices]
            for hearer in hearers:
                waiting[hearer.label] = payload
            if hearers:
                target = "ff:ff:ff:ff:ff:ff" if wire else hearers[0].mac
                self.send(node.label, _sentinel(node.mac, target, payload))
        for label, voice in self._voices.items():
            waiting[label] = payload
            with one_cpu():
                voice.send(_sentinel(self.ears[label].node.mac,
                                     "ff:ff:ff:ff:ff:ff", payload))
        missing = [n.label for n in nodes if n.label not in waiting]
        assert not missing, f"no sentinel can reach {missing}"
        self._collect(waiting)

    def _collect(self, waiting):
        by_fd = {fd: label for label, ears in self.ears.items()
                 for fd in ears.filenos()}
        end = time.monotonic() + self.deadline
        while waiting:
            left = end - time.monotonic()
            assert left > 0, (f"sentinel did not reach {sorted(waiting)}; "
                              f"heard meanwhile: {self._dump()}")
            ready, _, _ = select.select(list(by_fd), [], [], left)
            for label in {by_fd[fd] for fd in ready}:
                self._sort(label, waiting)

    def _sort(self, label, waiting):
        for frame in self.ears[label].read():
            if frame[12:14] == ETH_P_SENTINEL.to_bytes(2, "big"):
                if frame[14:].startswith(waiting.get(label, b"\0")):
                    del waiting[label]
            elif not self._ignore(frame):
                self._heard[label].append(frame)

    def _dump(self):
        return {label: [f.hex() for f in frames]
                for label, frames in self._heard.items()}


def _sentinel(source, target, payload):
    ethernet = [bytes.fromhex(mac.replace(":", ""))
                for mac in (target, source)]
    return b"".join(ethernet) + ETH_P_SENTINEL.to_bytes(2, "big") + payload
