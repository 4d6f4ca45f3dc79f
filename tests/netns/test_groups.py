# SPDX-License-Identifier: GPL-2.0-or-later
"""Broadcast and multicast: once to each who must get it, and to no other."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (BROADCAST, PAYLOAD, arp_announce, arp_reply, arp_request,
                    dad_solicit, echo4, neighbour_advert, neighbour_announce,
                    neighbour_solicit, test_frame)

ALL = {"c1", "c2", "c3", "host", "wire"}

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def three(lab):
    lab.slaves("c1", "c2", "c3")
    return lab


def group_frames(node):
    udp = UDP(sport=7777, dport=7778) / Raw(PAYLOAD)
    yield test_frame(node.mac, BROADCAST)
    yield test_frame(node.mac, "01:00:5e:00:00:fb")
    yield bytes(Ether(src=node.mac, dst=BROADCAST)
                / IP(src=node.ip4, dst="255.255.255.255") / udp)
    yield bytes(Ether(src=node.mac, dst=BROADCAST)
                / IP(src=node.ip4, dst="10.77.0.255") / udp)
    yield bytes(Ether(src=node.mac, dst="01:00:5e:00:00:fb")
                / IP(src=node.ip4, dst="224.0.0.251") / udp)
    yield bytes(Ether(src=node.mac, dst="33:33:00:00:00:fb")
                / IPv6(src=node.ip6, dst="ff02::fb") / udp)


@pytest.mark.core
@pytest.mark.parametrize("source", ["c1", "wire", "host"])
def test_reaches_everybody_else_exactly_once(three, source):
    with three.watch() as net:
        for frame in group_frames(three.nodes[source]):
            assert net.exchange(source, frame) == {
                label: [frame] for label in ALL - {source}}
    assert three.drops() == {}


@pytest.mark.core
def test_announcements_of_a_slave_reach_everybody(three):
    with three.watch() as net:
        for make in (arp_announce, neighbour_announce):
            frame = make(three.c1)
            assert net.exchange("c1", frame) == {
                label: [frame] for label in ALL - {"c1"}}


def test_announcements_of_the_wire_and_the_host_reach_everybody(three):
    with three.watch() as net:
        for source in ("wire", "host"):
            for make in (arp_announce, neighbour_announce):
                frame = make(three.nodes[source])
                assert net.exchange(source, frame) == {
                    label: [frame] for label in ALL - {source}}, make.__name__


def test_an_answer_reaches_only_who_asked(three):
    asker = three.c1
    with three.watch() as net:
        for source in ("c2", "wire", "host"):
            node = three.nodes[source]
            for frame in (arp_reply(node, asker, asker.mac),
                          neighbour_advert(node, asker.mac, asker.ip6)):
                assert net.exchange(source, frame) == {"c1": [frame]}, source
        for target in (three.wire, three.host):
            for frame in (arp_reply(asker, target, target.mac),
                          neighbour_advert(asker, target.mac, target.ip6)):
                assert net.exchange("c1", frame) == {target.label: [frame]}
    assert three.drops() == {}


@pytest.mark.core
def test_a_question_reaches_only_the_owner_of_its_target(three):
    with three.watch() as net:
        for source in ("c1", "wire", "host"):
            for make in (arp_request, neighbour_solicit):
                frame = make(three.nodes[source], three.c2)
                assert net.exchange(source, frame) == {"c2": [frame]}, \
                    f"{make.__name__} from {source}"
    assert three.drops() == {}


def test_a_question_for_a_learned_owner_reaches_the_wire_too(lab):
    """Which may have the address, if what was learned is old or wrong."""
    lab.slaves("c1", "c2", "c3", addrs=False)
    lab.announce4("c2")
    lab.announce6("c2")
    with lab.watch() as net:
        for source in ("c1", "host"):
            for make in (arp_request, neighbour_solicit):
                frame = make(lab.nodes[source], lab.c2)
                assert net.exchange(source, frame) == {
                    "c2": [frame], "wire": [frame]}, make.__name__
        for make in (arp_request, neighbour_solicit):
            frame = make(lab.wire, lab.c2)
            assert net.exchange("wire", frame) == {"c2": [frame]}


def test_a_slaves_question_for_the_host_reaches_only_the_host(three):
    frame = arp_request(three.c1, three.host)
    with three.watch() as net:
        assert net.exchange("c1", frame) == {"host": [frame]}


def test_a_question_that_nobody_here_can_answer_reaches_no_slave(three):
    with three.watch() as net:
        for source in ("c1", "wire", "host"):
            for make, target in ((arp_request, "10.77.0.99"),
                                 (neighbour_solicit, "fd77::99")):
                frame = make(three.nodes[source], target)
                assert net.exchange(source, frame) == {
                    label: [frame] for label in {"host", "wire"} - {source}}, \
                    f"{make.__name__} from {source}"
    assert three.drops() == {}


def test_arp_reaches_slaves_that_no_address_is_known_of(lab):
    """One may have the address, set by hand and silent."""
    lab.slaves("c1", "c2", "c3", addrs=False)
    wire, lan = lab.wire, {"host"}

    def heard(net):
        frame = arp_request(wire, "10.77.0.99")
        got = net.exchange("wire", frame)
        assert all(frames == [frame] for frames in got.values())
        return set(got) - lan

    with lab.watch() as net:
        assert heard(net) == {"c1", "c2", "c3"}
        net.exchange("c1", arp_announce(lab.c1))
        assert heard(net) == {"c2", "c3"}, "c1's was learned"
        lab.bv(f"addr add {lab.c2.ip4}/24 dev c2")
        assert heard(net) == {"c3"}, "c2 was given one"
        lab.bv(f"addr del {lab.c2.ip4} dev c2")
        assert heard(net) == {"c2", "c3"}
        lab.bv(f"addr del {lab.c1.ip4} dev c1")
        assert heard(net) == {"c1", "c2", "c3"}
        net.exchange("c1", arp_announce(lab.c1))
    lab.bv("link del c3")
    del lab.nodes["c3"]
    with lab.watch() as net:
        assert heard(net) == {"c2"}
    assert lab.drops() == {}


def test_an_ipv4_broadcast_skips_slaves_that_do_not_use_ipv4(lab):
    lab.slaves("c1", "c2", "c3", addrs=False)
    lab.own_addresses("c1")
    frame = bytes(Ether(src=lab.wire.mac, dst=BROADCAST)
                  / IP(src=lab.wire.ip4, dst="255.255.255.255")
                  / UDP(sport=7777, dport=7778) / Raw(PAYLOAD))
    announcement = arp_announce(lab.wire)
    with lab.watch() as net:
        for sent in (frame, announcement):
            assert net.exchange("wire", sent) == {"host": [sent],
                                                  "c1": [sent]}
        net.exchange("c2", neighbour_announce(lab.c2))
        assert set(net.exchange("wire", frame)) == {"host", "c1"}, \
            "IPv6 is not IPv4"
        net.exchange("c2", echo4(lab.c2, lab.wire, lab.wire.mac))
        assert set(net.exchange("wire", frame)) == {"host", "c1", "c2"}
        probe = arp_request(lab.wire, "10.77.0.99", sender_ip="0.0.0.0")
        assert net.exchange("wire", probe) == {
            label: [probe] for label in ("host", "c1", "c2", "c3")}, \
            "an ARP probe is for those that may have the address as well"


def test_dad_of_an_unknown_address_reaches_everybody(three):
    with three.watch() as net:
        for source in ("c1", "wire", "host"):
            frame = dad_solicit(three.nodes[source], "fd77::99")
            assert net.exchange(source, frame) == {
                label: [frame] for label in ALL - {source}}
            frame = arp_request(three.nodes[source], "10.77.0.99",
                                sender_ip="0.0.0.0")
            assert net.exchange(source, frame) == {
                label: [frame] for label in ALL - {source}}


def test_dad_of_a_known_address_reaches_its_owner(three):
    with three.watch() as net:
        for source in ("c1", "wire"):
            frame = dad_solicit(three.nodes[source], three.c2.ip6)
            assert net.exchange(source, frame) == {"c2": [frame]}
            frame = arp_request(three.nodes[source], three.c2,
                                sender_ip="0.0.0.0")
            assert net.exchange(source, frame) == {"c2": [frame]}


@pytest.mark.core
def test_our_own_broadcast_reflected_by_the_wire_is_dropped(three):
    frame = test_frame(three.c1.mac, BROADCAST, b"reflected")
    with three.watch() as net:
        assert net.exchange("wire", frame) == {}
    assert three.drops() == {("eth0", "reflected"): 1}
