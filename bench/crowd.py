# SPDX-License-Identifier: GPL-2.0-or-later
"""A master with many slaves, each in a namespace of its own.

The master is eth0 of a host, one end of a veth pair; the wire has the other
end. Each end takes its frames in a kernel thread (threaded NAPI, one queue), as
a network card's driver may: so the work that a frame causes at the receiver is
that thread's, and the sender's is not among it. The master's thread runs on one
CPU; the wire's, which hears the answers, on the sender's.

All slaves have an IPv4 and an IPv6 address, which bpfvlan is told.
"""

import contextlib
import os
import pathlib
import socket
import struct
import typing

from common import Failure, bpfvlan, netns

KINDS = ["bpfvlan", "macvlan"]
# DAD by a thousand slaves is a load of its own, and router solicitations come
# when nobody expects them.
QUIET = {f"ipv6/conf/default/{key}": 0 for key in (
    "accept_dad", "dad_transmits", "router_solicitations", "accept_ra")}
# What else the machine runs shall not divide a train, nor delay an answer.
AT_ONCE = ["chrt", "-f", "1"]
SETTLE = 120
STEP = 0.5  # seconds in which nothing is heard once all is quiet


class Addresses:
    """Of one network; no two have one in common."""

    def __init__(self, index):
        self._ip4, self._ip6 = f"10.{100 + index}", f"fd00:{100 + index:x}"
        self.everybody = self._ip4 + ".255.255"
        self.wire = self._ip4 + ".255.254", self._ip6 + "::fffe"
        self.nobody = self._ip4 + ".255.1", self._ip6 + "::fe:dcba"

    def slave(self, number):
        return (f"{self._ip4}.{number >> 8}.{number & 255}",
                f"{self._ip6}::{number:x}")


class Crowd:
    """The network of one kind with n slaves."""

    def __init__(self, lab, kind, slaves, index):
        self.lab, self.kind, self.n = lab, kind, slaves
        self.cpus = None
        self.threads = []  # that take frames in the master's namespace
        self._files = {}
        self.addresses = Addresses(index)
        self.asked = slaves // 2 + 1  # who is asked for, where it is a slave
        self._label = f"{kind[0]}{slaves}"

    def label(self, node):
        return f"{self._label}-{node}"

    def space(self, node):
        return self.lab.space(self.label(node))

    def build(self, cpus):
        """`cpus`: the sender's and the receiver's."""
        self.cpus = cpus
        numbers = range(1, self.n + 1)
        nodes = ["host", "wire", *numbers]
        self.lab.create(*map(self.label, nodes))
        for node in nodes:
            netns.sysctl(self.space(node), QUIET)
            self._open(node)
        queues = "numtxqueues 1 numrxqueues 1"
        self.lab.ip(self.label("host"),
                    f"link add eth0 {queues} type veth peer name eth0 {queues} "
                    f"netns {self.space('wire')}", "link set dev eth0 up")
        ip4, ip6 = self.addresses.wire
        self.lab.ip(self.label("wire"), f"addr add {ip4}/16 dev eth0",
                    f"addr add {ip6}/64 dev eth0", "link set dev eth0 up")
        self._thread("wire", cpus[0])
        self.threads.append(self._thread("host", cpus[1]))
        before = napi_threads()
        getattr(self, "_add_" + self.kind)(numbers)
        self.threads += self._own(napi_threads() - before)
        self._know_wire()

    def _thread(self, node, cpu):
        """Frames that eth0 gets are a new thread's from now on."""
        before = napi_threads()
        # Frames of a peer with TSO, which are large already, pass NAPI by.
        self.lab.run(self.label(node), ["ethtool", "-K", "eth0", "gro", "on",
                                        "tso", "off"], 10)
        # /sys shows the devices of the namespace that it was mounted in.
        self.lab.run(self.label(node), [
            "ip", "netns", "exec", self.space(node), "sh", "-c",
            "echo 1 >/sys/class/net/eth0/threaded"], 10)
        new = [thread for thread, dev in napi_threads() - before
               if dev == "eth0"]
        if len(new) != 1:
            raise Failure(f"{len(new)} NAPI threads for one queue")
        os.sched_setaffinity(new[0], {cpu})
        os.sched_setscheduler(new[0], os.SCHED_FIFO, os.sched_param(1))
        return new[0]

    def _own(self, threads):
        """Those of devices in the master's namespace: a queue for copies."""
        text = os.pread(self._files["host"], 1 << 20, 0).decode("ascii")
        return [thread for thread, dev in threads if f" {dev}:" in text]

    def _add_bpfvlan(self, numbers):
        lines = []
        for number in numbers:
            ip4, ip6 = self.addresses.slave(number)
            lines += [f"link add link eth0 name s{number} netns "
                      f"{self.space(number)} up type ipvlan mode l2",
                      f"addr add {ip4}/16 dev s{number}",
                      f"addr add {ip6}/64 dev s{number}"]
        bpfvlan("-n", self.space("host"), "-b", "-", stdin="\n".join(lines))

    def _add_macvlan(self, numbers):
        self.lab.ip(self.label("host"), *(
            f"link add link eth0 name s{number} netns {self.space(number)} up "
            "type macvlan mode bridge" for number in numbers))
        for number in numbers:
            ip4, ip6 = self.addresses.slave(number)
            self.lab.ip(self.label(number), f"addr add {ip4}/16 dev s{number}",
                        f"addr add {ip6}/64 dev s{number}")

    def _know_wire(self):
        """Who answers would otherwise ask the wire, later, if it is still who
        it was."""
        dev, mac = f"s{self.asked}", self.mac()
        self.lab.ip(self.label(self.asked), *(
            f"neigh replace {address} lladdr {mac} dev {dev} nud permanent"
            for address in self.addresses.wire))

    def mac(self):
        """The wire's."""
        with netns.inside(self.space("wire")), socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("eth0", 0))
            return sock.getsockname()[4].hex(":")

    def _open(self, node):
        """Counters of a namespace, to be read from anywhere."""
        with netns.inside(self.space(node)):
            self._files[node] = os.open("/proc/thread-self/net/dev",
                                        os.O_RDONLY | os.O_CLOEXEC)

    def close(self):
        while self._files:
            os.close(self._files.popitem()[1])

    def counters(self, node):
        """Of eth0 of host and wire, or of a slave."""
        dev = f"s{node}:" if isinstance(node, int) else "eth0:"
        text = os.pread(self._files[node], 1 << 20, 0).decode("ascii")
        numbers = [int(word) for word in
                   text[text.index(dev) + len(dev):].split("\n", 1)[0].split()]
        return Counters(numbers[1], numbers[9], sum(numbers[2:6]),
                        sum(numbers[10:14]))

    def heard(self, but=None):
        """Frames that slaves got until now, and those that they lost."""
        of_slaves = [self.counters(number) for number in range(1, self.n + 1)
                     if number != but]
        return (sum(slave.rx for slave in of_slaves),
                sum(slave.rx_lost for slave in of_slaves))


def wait_for_quiet(crowd):
    """Slaves that come up say so, and each hears all the others."""
    seen = [None]

    def quiet():
        now = crowd.heard(), crowd.counters("host").rx
        same, seen[0] = now == seen[0], now
        return same
    netns.wait_until(quiet, f"silence in {crowd.kind} with {crowd.n}",
                     deadline=SETTLE, step=STEP)


class Counters(typing.NamedTuple):
    """Of one device."""
    rx: int
    tx: int
    rx_lost: int
    tx_lost: int

    def __sub__(self, other):
        return Counters(*(a - b for a, b in zip(self, other)))


def napi_threads():
    """{(process id, device)}"""
    found = set()
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        # It may end while we look.
        with contextlib.suppress(OSError):
            kind, _, name = comm.read_text(encoding="utf-8").partition("/")
            if kind == "napi":
                found.add((int(comm.parent.name), name.rpartition("-")[0]))
    return found


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def arp_request(mac, source, target):
    """As the wire would send it."""
    mac = bytes.fromhex(mac.replace(":", ""))
    arp = struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
    return (b"\xff" * 6 + mac + b"\x08\x06" + arp +
            mac + socket.inet_aton(source) + bytes(6) +
            socket.inet_aton(target)).ljust(60, b"\0")


def solicitation(mac, source, target):
    """For a neighbour, as the wire would send it."""
    mac = bytes.fromhex(mac.replace(":", ""))
    source = socket.inet_pton(socket.AF_INET6, source)
    target = socket.inet_pton(socket.AF_INET6, target)
    group = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")[:13]
    group += target[13:]
    icmp = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + mac
    pseudo = source + group + struct.pack("!II", len(icmp), 58)
    icmp = icmp[:2] + struct.pack("!H", checksum(pseudo + icmp)) + icmp[4:]
    return (b"\x33\x33" + group[12:] + mac + b"\x86\xdd" +
            struct.pack("!IHBB", 6 << 28, len(icmp), 58, 255) +
            source + group + icmp)


def udp_broadcast(crowd):
    """To a port where nobody listens, which for a broadcast nobody minds."""
    mac = bytes.fromhex(crowd.mac().replace(":", ""))
    source = socket.inet_aton(crowd.addresses.wire[0])
    target = socket.inet_aton(crowd.addresses.everybody)
    udp = struct.pack("!HHHH", 9, 9, 8 + 18, 0) + bytes(18)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    head += source + target
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + head + udp
