# SPDX-License-Identifier: GPL-2.0-or-later
"""Modes beside each other on one master: who gets what, by which way.

Each row is a sender, a receiver and how a packet gets there:

    as it is    the bytes that were sent
    routed      other MACs, and nothing else: l3 leaves the TTL alone
    forwarded   by the host's stack, which also takes a hop from TTL
"""

import itertools

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (PAYLOAD, checksums_valid, echo4, echo6, forwarded,
                    readdressed)

pytestmark = pytest.mark.hooks("tcx", "clsact")

MODES = ("l2", "l3", "l3s")
ECHO = bytes([8, 0, 0, 0, 0, 0, 0, 0])
ECHO6 = bytes([128, 0, 0, 0, 0, 0, 0, 0])


def fragments4(a, b, dst_mac):
    """A datagram's first fragment and its last; an echo, ignored as such."""
    def one(**ip):
        return bytes(Ether(src=a.mac, dst=dst_mac)
                     / IP(src=a.ip4, dst=b.ip4, id=9, ttl=61, proto=1, **ip)
                     / Raw(ECHO + PAYLOAD[8:]))
    return [one(flags="MF"), one(frag=8)]


def fragments6(a, b, dst_mac):
    def one(**fragment):
        return bytes(Ether(src=a.mac, dst=dst_mac)
                     / IPv6(src=a.ip6, dst=b.ip6, hlim=62)
                     / IPv6ExtHdrFragment(nh=58, id=5, **fragment)
                     / Raw(ECHO6 + PAYLOAD[8:]))
    return [one(m=1), one(offset=8)]


def packets(a, b, dst_mac):
    return [echo4(a, b, dst_mac), echo6(a, b, dst_mac),
            *fragments4(a, b, dst_mac), *fragments6(a, b, dst_mac)]


def mixed(lab, **modes):
    """Slaves by name, each "mode" or "mode flag"; and their host ends."""
    for label, words in modes.items():
        mode, _, extra = words.partition(" ")
        lab.slaves(label, mode=mode, extra=extra)
        if mode == "l3s":
            lab.end_of(label)
    return lab


def check(lab, source, target, way, dst_mac=None):
    """Every packet from one to the other, and to nobody else, that way."""
    a, b = lab.nodes[source], lab.nodes[target]
    with lab.watch() as net:
        for frame in packets(a, b, dst_mac or b.mac):
            assert net.exchange(source, frame) == way(frame), \
                f"{source} to {target}: {frame.hex()}"


def way_between(lab, source, target, modes):
    """The table of the manual: how a packet gets from slave to slave."""
    mode_a, mode_b = modes
    mac = lab.nodes[target].mac

    def way(frame):
        if mode_a == "l3s":
            return {f"{source}_end": [frame],
                    target: [forwarded(frame, mac, mac)]}
        if mode_b == "l3s":
            return {"host": [frame], target: [forwarded(frame, mac, mac)]}
        return {target: [frame]}
    return way


@pytest.mark.parametrize("modes", itertools.product(MODES, MODES),
                         ids="-".join)
def test_between_siblings(routing_lab, modes):
    lab = mixed(routing_lab, c1=modes[0], c2=modes[1])
    check(lab, "c1", "c2", way_between(lab, "c1", "c2", modes))
    assert lab.drops() == {}


@pytest.mark.parametrize("mode", MODES)
def test_between_slave_and_host(routing_lab, mode):
    lab = mixed(routing_lab, c1=mode, c2="l2")
    check(lab, "c1", "host", lambda frame: {
        "c1_end" if mode == "l3s" else "host": [frame]})
    check(lab, "host", "c1", lambda frame: {"c1": [frame]})
    assert lab.drops() == {}
