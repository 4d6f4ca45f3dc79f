# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends one frame and says who got which bytes how often, and what counted.

How it knows that nothing more comes: sentinels follow the frame, on the same
CPU, and are waited for at every node. All that delays frames is first in,
first out: the CPU's backlog, and the queue of group frames that each driver's
worker empties. A broadcast sentinel goes through that queue behind the frame,
so when it has arrived the worker has done with the frame. What the worker then
put into the backlog is flushed by the next round. Each frame has a mark of its
own, so one that came later than that would be noticed, and end the run.

A frame that nobody here sent, such as a stack's report of its groups, makes the
exchange void, because it was counted too: it is done again. What comes again,
to the byte, each of three times is an answer to the frame.
"""

import contextlib
import errno
import itertools
import os
import re
import select
import socket
import time
from typing import NamedTuple

import netns
from capture import (DEADLINE, ETH_P_ALL, ETH_P_ARP, ETH_P_IP, ETH_P_IPV6,
                     ETH_P_SENTINEL, ETH_P_TEST, PACKET_OTHERHOST, SNAPLEN,
                     packet_socket, with_vlan_tag)
from frames import BROADCAST
from lan import ELSE_MAC, OTHER_MAC
from masters import WIRE_MAC
from traffic import MARK, udp4

ETH_P_802_2, ETH_P_8021Q, ETH_P_PAUSE, ETH_P_LLDP = 4, 0x8100, 0x8808, 0x88cc
HOST_PROTOCOLS = (ETH_P_IP, ETH_P_ARP, ETH_P_IPV6, ETH_P_TEST, ETH_P_SENTINEL,
                  ETH_P_802_2, ETH_P_8021Q, ETH_P_PAUSE, ETH_P_LLDP)
ROUNDS = 2
ATTEMPTS = 20
ANSWERED = 3
COUNTED = 0.05 * netns.PATIENCE  # seconds
SETTLED = 3  # silent exchanges in a row
COUNTERS = {"rx": (1, 0), "rxerr": (2, None), "rxdrop": (3, None),
            "mcast": (7, None), "tx": (9, 8), "txerr": (10, None),
            "txdrop": (11, None)}  # columns of /proc/net/dev: how many, bytes
MARKS = re.compile(re.escape(MARK[:2]) + b"[\\0-\\x7f]{4}")
_marks = itertools.count(1)


class Late(AssertionError):
    """A frame came after the proof that none would."""


class Heard(NamedTuple):
    label: str
    way: str  # "" the device; "lo", "port": others; "ip": by the stack alone
    frame: bytes
    otherhost: bool


class Outcome(NamedTuple):
    heard: list
    counts: dict  # {"a.rx": (packets, bytes or None)} that are not zero
    drops: dict
    error: str = ""


def new_mark():
    number = next(_marks)
    return MARK[:2] + bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def mark_of(frame):
    found = MARKS.findall(frame)
    return found[-1] if found else None


class Station:
    """Ears and voice of a node."""

    def __init__(self, node, by_ip):
        self.node = node
        self.socks = {}  # socket: the way by which it hears
        try:
            self._open(by_ip)
        except BaseException:
            self.close()
            raise

    def _open(self, by_ip):
        node = self.node
        host = node.role == "host"
        for protocol in HOST_PROTOCOLS if host else (ETH_P_ALL,):
            dev = None if host else node.dev
            self.socks[packet_socket(node.ns, dev, protocol)] = ""
        self._voice = next(iter(self.socks))
        for family in (socket.AF_INET, socket.AF_INET6) if by_ip else ():
            with netns.inside(node.ns):
                sock = socket.socket(family, socket.SOCK_RAW,
                                     socket.IPPROTO_UDP)
            sock.setblocking(False)
            self.socks[sock] = "ip"

    def send(self, frame):
        """What sendto(2) said, if it was not about the frame's fate."""
        try:
            self._voice.sendto(frame, (self.node.dev, int.from_bytes(
                frame[12:14], "big")))
        except OSError as error:
            if error.errno != errno.ENOBUFS:  # the driver dropped and counts it
                return errno.errorcode[error.errno]
        return ""

    def read(self, sock):
        """Yields what is there now."""
        way = self.socks[sock]
        with contextlib.suppress(BlockingIOError):
            while True:
                data, extra, _, address = sock.recvmsg(SNAPLEN, 64)
                if way != "ip":
                    data = with_vlan_tag(data, extra)
                yield Heard(self.node.label, way or self._device(address[0]),
                            data, way != "ip"
                            and address[2] == PACKET_OTHERHOST)

    def _device(self, name):
        """lo; port: another device, as a slave's host end."""
        return {self.node.dev: "", "lo": "lo"}.get(name, "port")

    def close(self):
        for sock in self.socks:
            sock.close()


class Counters:
    """Of the slaves' devices, from files that stay open."""

    def __init__(self, nodes):
        self._files = []
        for node in nodes:
            with netns.inside(node.ns):
                self._files.append((node, os.open(
                    "/proc/thread-self/net/dev", os.O_RDONLY | os.O_CLOEXEC)))

    def read(self):
        """{(label, counter): (number, bytes)}"""
        found = {}
        for node, fd in self._files:
            text = os.pread(fd, 1 << 16, 0).decode()
            row = next(line for line in text.splitlines()
                       if line.strip().startswith(node.dev + ":"))
            values = [int(word) for word in row.split(":")[1].split()]
            for name, (number, size) in COUNTERS.items():
                found[node.label, name] = (
                    values[number], values[size] if size is not None else 0)
        return found

    def close(self):
        for _, fd in self._files:
            os.close(fd)


def _minus(one, two):
    return {key: tuple(a - b for a, b in zip(value, two[key]))
            for key, value in one.items()}


def time_for_counters(counters):
    """Reads until two reads in a row, some time apart, are the same."""
    last = None
    while (now := counters.read()) != last:
        last = now
        os.sched_yield()


class Exchange:
    """Sends and observes in a topology that stands."""

    def __init__(self, net):
        self.net = net
        self._stack = contextlib.ExitStack()
        self._used = set()  # marks of earlier exchanges
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise

    def _open(self):
        slaves = [n for n in self.net.nodes.values() if n.role == "slave"]
        self._routed = " l3" in self.net.topology.name
        by_ip = "l3s" in self.net.topology.name
        self._stations = {}
        self._poll = select.poll()
        self._by_fd = {}
        for node in self.net.nodes.values():
            station = Station(node, by_ip and node.role == "slave")
            self._stack.callback(station.close)
            self._stations[node.label] = station
            for sock in station.socks:
                self._by_fd[sock.fileno()] = (station, sock)
                self._poll.register(sock, select.POLLIN)
        self._counters = Counters(slaves)
        self._stack.callback(self._counters.close)
        self._drops = self.net.provider.open_drops(self.net)
        if self._drops:
            self._stack.callback(self._drops.close)
        self._plan = self._sentinel_plan()
        self._settle()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    # Sentinels

    def _sentinel_plan(self):
        """[(sender, frame with MARK, labels that hear it)] of one round."""
        nodes = self.net.nodes
        kind = ETH_P_SENTINEL.to_bytes(2, "big") + MARK.ljust(46, b"\0")
        words = {label: text.format(wire=WIRE_MAC, other=OTHER_MAC)
                 for label, text in self.net.topology.slaves}
        plan = []
        for source in (WIRE_MAC, OTHER_MAC, ELSE_MAC):
            hearers = {label for label, text in words.items()
                       if not self._routed
                       and ("source" not in text or source in text)}
            if not any("nodst" in text and source in text
                       for text in words.values()):
                hearers.add("host")
            plan.append(("wire", _raw(BROADCAST) + _raw(source) + kind,
                         hearers))
        if not any("source" in text for text in words.values()):
            del plan[1:]
        wire, host = nodes["wire"], nodes["host"]
        if self._routed:
            plan += [("wire", udp4(self.net, host.mac, wire.mac, wire.ip4,
                                   nodes[label].ip4), {label})
                     for label in words]
        plan.append(("host", _raw(wire.mac) + _raw(host.mac) + kind, {"wire"}))
        return plan

    def _round(self, heard):
        waiting = set()
        for sender, frame, hearers in self._plan:
            mark = new_mark()
            self._sentinels.add(mark)
            waiting |= {(label, mark) for label in hearers}
            self._stations[sender].send(frame.replace(MARK, mark))
        end = time.monotonic() + DEADLINE
        while waiting:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no sentinel reaches {waiting}; heard "
                                     f"meanwhile: {heard}")
            for fd, _ in self._poll.poll(left * 1000):
                station, sock = self._by_fd[fd]
                for item in station.read(sock):
                    mark = mark_of(item.frame)
                    waiting.discard((item.label, mark))
                    if mark not in self._sentinels:
                        heard.append(item)

    def _drain(self):
        """All that is heard until nothing can be under way."""
        heard = []
        self._sentinels = set()
        for _ in range(ROUNDS):
            self._round(heard)
        return heard

    # Exchanges

    def _settle(self):
        """Until the stacks have said what they say after set-up."""
        silent = 0
        end = time.monotonic() + 2 * DEADLINE
        self._base = self._last = None
        while silent < SETTLED:
            assert time.monotonic() < end, "the stacks are not silent"
            before = self._counters.read()
            heard = self._drain()
            time_for_counters(self._counters)
            base = _minus(self._counters.read(), before)
            silent = silent + 1 if not heard and base == self._base else 0
            self._base = base
        self._before = self._counters.read()
        self._dropped = self._drops.read() if self._drops else {}

    def send(self, sender, *templates):
        """[Outcome]: of all templates together, by their order in `heard`."""
        strange = []
        for _ in range(ATTEMPTS):
            outcome = self._once(sender, templates)
            strange.append(sorted(self._strange))
            if not self._strange or (templates and strange[-ANSWERED:] ==
                                     [strange[-1]] * ANSWERED):
                return outcome
        raise AssertionError(f"after {ATTEMPTS} attempts somebody else still "
                             f"speaks: {self._strange}")

    def _once(self, sender, templates):
        marks = [new_mark() for _ in templates]
        frames = [t.replace(MARK, mark) for t, mark in zip(templates, marks)]
        error = ""
        for frame in frames:
            error = error or self._stations[sender].send(frame)
        heard = self._drain()
        for item in heard:
            if mark_of(item.frame) in self._used:
                raise Late(f"late: {item}")
        self._used.update(marks)
        self._strange = [item for item in heard
                         if mark_of(item.frame) not in marks
                         and item.frame not in frames]
        counts, drops = self._count(heard)
        self.sent = frames
        return Outcome(heard, counts, drops, error)

    def _count(self, heard):
        """What counted, less the sentinels.

        A worker counts a frame after the receiver has got it. So there is some
        patience with counters that are behind; the last may be a sentinel's.
        """
        end = time.monotonic() + COUNTED
        while True:
            now = self._counters.read()
            delta = _minus(_minus(now, self._before), self._base)
            behind = any(
                value[0] < sum(h.label == label and not h.way for h in heard)
                for (label, counter), value in delta.items()
                if counter == "rx")
            if not behind or time.monotonic() > end:
                break
        self._before = now
        drops = {}
        if self._drops:
            dropped = self._drops.read()
            drops = {reason: dropped[reason] - self._dropped[reason]
                     for reason in dropped
                     if dropped[reason] != self._dropped[reason]}
            self._dropped = dropped
        return {key: value for key, value in delta.items()
                if value != (0, 0)}, drops

    def check_base(self):
        """Sentinels count as they did at the beginning."""
        outcome = self.send("wire")
        assert outcome == Outcome([], {}, {}), outcome


def _raw(mac):
    return bytes.fromhex(mac.replace(":", ""))


def same_but(sent, heard, names):
    """What differs between a frame sent and heard, in words; "" nothing."""
    if sent == heard:
        return ""
    found = []
    for word, at in (("dst", 0), ("src", 6)):
        mac = heard[at:at + 6]
        if mac != sent[at:at + 6]:
            found.append(f"{word}={names.get(mac.hex(':'), mac.hex(':'))}")
    sent, heard = _untagged(sent), _untagged(heard)
    if sent[0] != heard[0]:
        found.append("tags=" + (sent[0].hex() or "-") + ">"
                     + (heard[0].hex() or "-"))
    found += _body_differs(sent[1], heard[1])
    return ",".join(found)


def answer(frame):
    """What an answer is, in words."""
    if frame[12:14] == b"\x08\x06":
        return "arp reply" if frame[21] == 2 else "arp request"
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58:
        return f"icmpv6 type {frame[54]}"
    if frame[12:14] == b"\x08\0" and frame[23] == 1:
        return f"icmp type {frame[34]}"
    return "a frame"


def _untagged(frame):
    at = 12
    while frame[at:at + 2] in (b"\x81\0", b"\x88\xa8"):
        at += 4
    return frame[12:at], frame[at:]


def _body_differs(sent, heard):
    found = []
    if len(sent) != len(heard):
        found.append(f"len{len(heard) - len(sent):+d}")
    ttl = {b"\x08\0": 10, b"\x86\xdd": 9}.get(sent[:2])
    if ttl and len(heard) > ttl and sent[ttl] != heard[ttl]:
        found.append(f"ttl{heard[ttl] - sent[ttl]:+d}")
        sent, heard = (_without(b, ttl, b[:2]) for b in (sent, heard))
    shared = min(len(sent), len(heard))
    if sent[:shared] != heard[:shared]:
        found.append("data")
    return found


def _without(body, ttl, kind):
    """Less the TTL, and the header's checksum, which follows from it."""
    if kind == b"\x08\0":
        return body[:ttl] + body[ttl + 1:ttl + 2] + body[ttl + 4:]
    return body[:ttl] + body[ttl + 1:]
