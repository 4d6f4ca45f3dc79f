# SPDX-License-Identifier: GPL-2.0-or-later
"""Modes beside each other on one master: who gets what, by which way.

Each row is a sender, a receiver and how a packet gets there:

    as it is    the bytes that were sent
    routed      other MACs, and nothing else: l3 leaves the TTL alone
    forwarded   by the host's stack, which also takes a hop from TTL
"""

import itertools

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

import netns
from frames import PAYLOAD, echo4, echo6, forwarded, readdressed
from masters import hairpin

pytestmark = pytest.mark.hooks("tcx", "clsact")

MODES = ("l2", "l3", "l3s")
FLAGS = ("bridge", "private", "vepa")
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


@pytest.mark.core
@pytest.mark.parametrize("modes", itertools.product(MODES, MODES),
                         ids="-".join)
def test_between_siblings(routing_lab, modes):
    lab = mixed(routing_lab, c1=modes[0], c2=modes[1])
    check(lab, "c1", "c2", way_between(lab, "c1", "c2", modes))
    assert lab.drops() == {}


@pytest.mark.parametrize("modes", itertools.product(MODES, MODES),
                         ids="-".join)
def test_private_at_either_end_parts_siblings(routing_lab, modes):
    lab = mixed(routing_lab, c1=f"{modes[0]} private", c2=modes[1])
    check(lab, "c1", "c2", lambda frame: {})
    check(lab, "c2", "c1", lambda frame: {})
    assert lab.drops() == {("c1", "private"): 6, ("c2", "private"): 6}


@pytest.mark.parametrize("modes", itertools.product(MODES, MODES),
                         ids="-".join)
def test_vepa_meets_siblings_at_the_switch_alone(routing_lab, modes):
    """The way out is the FIB's, whose neighbour has the master's MAC too."""
    lab = mixed(routing_lab, c1=f"{modes[0]} vepa", c2=modes[1])
    check(lab, "c1", "c2", lambda frame: {"wire": [frame]})
    check(lab, "c2", "c1", way_between(lab, "c2", "c1", modes[::-1]))
    assert lab.drops() == {}


@pytest.mark.parametrize("modes", itertools.product(MODES, MODES),
                         ids="-".join)
def test_what_the_switch_reflects_is_delivered(routing_lab, modes):
    lab = mixed(routing_lab, c1=f"{modes[0]} vepa", c2=modes[1])
    hairpin(lab)
    mac = lab.c2.mac

    def way(frame):
        if modes[1] == "l3s":
            return {"wire": [frame], "host": [frame],
                    "c2": [forwarded(frame, mac, mac)]}
        return {"wire": [frame], "c2": [frame]}
    with lab.watch() as net:
        net.exchange("c1", echo4(lab.c1, lab.wire, lab.wire.mac))
    check(lab, "c1", "c2", way)
    check(lab, "c1", "host", lambda frame: {"wire": [frame],
                                            "host": [frame]})
    # The host's own MLD comes back as well.
    assert lab.drops().keys() <= {("eth0", "reflected")}


@pytest.mark.parametrize("mode", MODES)
def test_what_the_switch_reflects_is_not_for_private_ones(routing_lab, mode):
    lab = mixed(routing_lab, c1="l2 vepa", c2=f"{mode} private")
    hairpin(lab)
    with lab.watch() as net:
        net.exchange("c1", echo4(lab.c1, lab.wire, lab.wire.mac))
    check(lab, "c1", "c2", lambda frame: {"wire": [frame]})
    drops = lab.drops()
    drops.pop(("eth0", "reflected"), None)
    assert drops == {("c2", "private"): 6}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("mode", MODES)
def test_between_slave_and_wire(routing_lab, mode, flag):
    """Whatever MAC is written: what l3 writes is its own."""
    lab = mixed(routing_lab, c1=f"{mode} {flag}", c2="l2")
    macs = {"l2": lab.wire.mac, "l3": lab.c1.mac, "l3s": lab.c1.mac}
    out = {
        "l2": lambda f: {"wire": [f]},
        "l3": lambda f: {"wire": [readdressed(f, lab.wire.mac, lab.c1.mac)]},
        "l3s": lambda f: {
            "c1_end": [f],
            "wire": [forwarded(f, lab.wire.mac, lab.c1.mac)]},
    }
    check(lab, "c1", "wire", out[mode], macs[mode])
    back = {
        "l2": lambda f: {"c1": [f]},
        "l3": lambda f: {"c1": [f]},
        "l3s": lambda f: {"host": [f],
                          "c1": [forwarded(f, lab.c1.mac, lab.c1.mac)]},
    }
    check(lab, "wire", "c1", back[mode], lab.c1.mac)
    assert lab.drops() == {}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("mode", MODES)
def test_between_slave_and_host(routing_lab, mode, flag):
    lab = mixed(routing_lab, c1=f"{mode} {flag}", c2="l2")
    there = "c1_end" if mode == "l3s" else "host"
    check(lab, "c1", "host", lambda frame: {
        "wire" if flag == "vepa" else there: [frame]})
    check(lab, "host", "c1", lambda frame: {"c1": [frame]})
    assert lab.drops() == {}


@pytest.mark.parametrize("mode", MODES)
def test_host_off_parts_host_and_slave_alone(routing_lab, mode):
    lab = mixed(routing_lab, c1=f"{mode} host off", c2="l2")
    # One that forwards for all says that it listens to routers' groups.
    before = lab.drops().get(("c1", "host_off"), 0)
    assert not before or not netns.FORCE_FORWARDING.exists()
    check(lab, "c1", "host", lambda frame: {})
    check(lab, "host", "c1", lambda frame: {})
    assert lab.drops() == {("c1", "host_off"): before + 12}
    check(lab, "c1", "c2", way_between(lab, "c1", "c2", (mode, "l2")))
    check(lab, "c2", "c1", way_between(lab, "c2", "c1", ("l2", mode)))
    assert lab.drops() == {("c1", "host_off"): before + 12}


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_the_mac_that_a_routed_slave_writes_means_nothing(routing_lab, mode):
    lab = mixed(routing_lab, c1=mode, c2="l2")
    way = way_between(lab, "c1", "c2", (mode, "l2"))
    check(lab, "c1", "c2", lambda frame: {
        label: [readdressed(f, lab.c1.mac, lab.c1.mac) for f in frames]
        for label, frames in way(frame).items()}, "02:00:00:00:77:77")
    assert lab.drops() == {}


# Groups

def group_packets(node):
    udp = UDP(sport=7777, dport=7778) / Raw(PAYLOAD)
    for dst_mac, packet in (
            ("ff:ff:ff:ff:ff:ff", IP(src=node.ip4, dst="10.77.0.255")),
            ("ff:ff:ff:ff:ff:ff", IP(src=node.ip4, dst="255.255.255.255")),
            ("01:00:5e:00:00:fb", IP(src=node.ip4, dst="224.0.0.251")),
            ("33:33:00:00:00:fb", IPv6(src=node.ip6, dst="ff02::fb"))):
        yield bytes(Ether(src=node.mac, dst=dst_mac) / packet / udp)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_routed_slaves_send_to_no_group(routing_lab, mode, flag):
    lab = mixed(routing_lab, c1=f"{mode} {flag}", c2="l2")
    with lab.watch() as net:
        for number, frame in enumerate(group_packets(lab.c1), 1):
            assert net.exchange("c1", frame) == {}
            assert lab.drops() == {("c1", "group"): number}


@pytest.mark.core
@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_routed_slaves_hear_no_group(routing_lab, mode):
    lab = mixed(routing_lab, c1=mode, c2="l2", c3="l2")
    with lab.watch() as net:
        for source in ("c2", "host", "wire"):
            for frame in group_packets(lab.nodes[source]):
                assert net.exchange(source, frame) == {
                    label: [frame] for label in ("c2", "c3", "host", "wire")
                    if label != source}, source
    assert lab.drops() == {}
