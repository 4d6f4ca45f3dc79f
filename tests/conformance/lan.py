# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds topologies in five namespaces that serve them all, one by one.

The stacks must talk IPv6, because the driver's l3 modes route by it, but they
must not say anything: no DAD, no router solicitation, no link-local address,
one report for each group that is joined, and no answer to ARP.
"""

import contextlib
import os
import socket
import struct

import netns
from lab import Node, mac_of, wait_running, wait_usable
from masters import HOST_MAC, WIRE_MAC

OTHER_MAC = "02:77:00:00:00:61"
ELSE_MAC = "02:77:00:00:00:62"
SLAVE_MAC = "02:77:00:00:00:%02x"
IP_ADD_MEMBERSHIP = 35
IPV6_ADD_MEMBERSHIP = 20

SYSCTLS = {
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_ra": 0,
    "ipv6/conf/default/router_solicitations": 0,
    "ipv6/conf/default/addr_gen_mode": 1,
    "ipv6/conf/default/mldv1_unsolicited_report_interval": 1,
    "ipv6/conf/default/mldv2_unsolicited_report_interval": 1,
    "ipv4/igmp_qrv": 1,
    "ipv4/conf/default/igmpv2_unsolicited_report_interval": 1,
    "ipv4/conf/default/igmpv3_unsolicited_report_interval": 1,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv4/icmp_echo_ignore_all": 1,
    # The stack may say that there is no route, each time or never.
    "ipv4/icmp_ratelimit": 0,
    "ipv6/icmp/ratelimit": 0,
    "ipv4/conf/all/send_redirects": 0,
    "ipv4/conf/default/send_redirects": 0,
    # So that nobody complains about fragments that never come.
    "ipv4/ipfrag_time": 3600,
    "ipv6/ip6frag_time": 3600,
    "ipv4/conf/all/arp_ignore": 8,
}


class Spaces:
    """The namespaces of a run."""

    def __init__(self, name):
        self._prefix = f"bvc{os.getpid()}-{name}-"
        self._names = []
        try:
            for label in ("host", "wire", "a", "b", "c"):
                self._add(label)
        except BaseException:
            self.close()
            raise

    def _add(self, label):
        name = self.name(label)
        netns.create([name])
        self._names.append(name)
        netns.sysctl(name, SYSCTLS)
        if label == "wire":
            netns.sysctl(name, {"ipv6/conf/default/disable_ipv6": 1})
        netns.ip_batch(name, ["link set lo up"])

    def name(self, label):
        return self._prefix + label

    def close(self):
        netns.delete(self._names)
        self._names = []


class Net:
    """One topology while it stands."""

    def __init__(self, spaces, provider, topology, salt):
        self.spaces = spaces
        self.provider = provider
        self.topology = topology
        self.nodes = {}
        self._members = []
        self._addresses(salt)
        try:
            provider.prepare(spaces.name("host"), topology)
            self._cable()
            self._slaves()
            self._join("b" if "b" in self.nodes else "a")
        except BaseException:
            self.close()
            raise

    def _addresses(self, salt):
        """The salt changes what drivers make hashes of."""
        self.subnet4 = "10.77.0.255"
        self.far4, self.far6 = "10.78.0.9", "fd78::9"
        self.lost4, self.lost6 = "10.79.0.9", "fd79::9"
        self.free4, self.free6 = "10.77.0.99", self._ip6(0x99, salt)
        self.joined4, self.other4, self.report4 = (
            f"239.{n}.{salt}.7" for n in (7, 8, 9))
        self.joined6, self.other6, self.report6 = (
            (f"ff02::77:{salt:x}{n:02x}",
             f"33:33:00:77:{salt:02x}:{n:02x}") for n in (7, 8, 9))
        self.salt = salt

    @staticmethod
    def _ip6(number, salt):
        return f"fd77::{salt:x}{number:02x}"

    def _node(self, label, role, dev, number):
        space = self.spaces.name(label)
        wait_running(space, dev)
        node = Node(label, role, "eth0", space, dev, f"10.77.0.{number}",
                    self._ip6(number, self.salt), mac_of(space, dev))
        self.nodes[label] = node
        return node

    def _cable(self):
        host, wire = self.spaces.name("host"), self.spaces.name("wire")
        near6, far6 = (self._ip6(n, self.salt) for n in (2, 1))
        netns.ip_batch(host, [
            f"link add eth0 address {HOST_MAC} type veth peer name w0 "
            f"address {WIRE_MAC} netns {wire}",
            "link set dev eth0 up",
            "addr add 10.77.0.2/24 dev eth0",
            f"addr add {near6}/64 dev eth0 nodad",
            *(f"neigh add {address} lladdr {mac} dev eth0"
              for address, mac in self._neighbours())])
        netns.ip_batch(wire, ["link set dev w0 up"])
        wait_running(host, "eth0")
        netns.ip_batch(host, [
            "route add 10.78.0.0/16 via 10.77.0.1",
            f"route add fd78::/32 via {far6} dev eth0"])
        wait_usable(host)
        self._node("host", "host", "eth0", 2)
        self._node("wire", "wire", "w0", 1)

    def _neighbours(self):
        """Of the host, which l3 modes route by. It must not ask for any."""
        yield "10.77.0.1", WIRE_MAC
        yield self._ip6(1, self.salt), WIRE_MAC
        for address in (self.free4, self.free6, self.lost4, self.lost6):
            yield address, WIRE_MAC
        for number in (11, 12, 13):
            mac = (HOST_MAC if self.topology.kind == "ipvlan"
                   else SLAVE_MAC % number)
            yield f"10.77.0.{number}", mac
            yield self._ip6(number, self.salt), mac

    def line(self, label, number):
        """The line that makes a slave, the same for every provider."""
        words = dict(self.topology.slaves)[label]
        address = ""
        if self.topology.kind == "macvlan" and "passthru" not in words:
            address = f"address {SLAVE_MAC % number}"
        return (f"link add link eth0 name {label} {address} netns "
                f"{self.spaces.name(label)} up type "
                + words.format(wire=WIRE_MAC, other=OTHER_MAC))

    def _slaves(self):
        labels = [label for label, _ in self.topology.slaves]
        numbers = {label: 11 + "abc".index(label) for label in labels}
        host = self.nodes["host"]
        self.provider.batch(host.ns, [self.line(label, numbers[label])
                                      for label in labels])
        for label in labels:
            node = self._node(label, "slave", label, numbers[label])
            self.provider.address(host, node)
            wait_usable(node.ns)

    def _join(self, label):
        node = self.nodes[label]
        with netns.inside(node.ns):
            index = socket.if_nametoindex(node.dev)
            four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._members.append(four)
            four.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, struct.pack(
                "=4s4si", socket.inet_aton(self.joined4), bytes(4), index))
            six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            self._members.append(six)
            six.setsockopt(
                socket.IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, struct.pack(
                    "=16si", socket.inet_pton(socket.AF_INET6,
                                              self.joined6[0]), index))

    def gateway_of(self, node):
        return self.nodes["host" if node.role == "wire" else "wire"].mac

    def groups_of(self, node):
        """The multicast MACs that a slave listens to, as its kernel has it."""
        with netns.inside(node.ns), open("/proc/thread-self/net/dev_mcast",
                                         encoding="ascii") as file:
            rows = [line.split() for line in file]
        return {bytes.fromhex(row[4]).hex(":") for row in rows
                if row[1] == node.dev}

    def close(self):
        for sock in self._members:
            sock.close()
        # Ours are veths, which do not go with the master.
        host = self.spaces.name("host")
        for label, _ in self.topology.slaves:
            self.provider.delete(host, self.spaces.name(label), label)
        with contextlib.suppress(AssertionError):  # it was never made
            netns.ip_batch(host, ["link del dev eth0"])
