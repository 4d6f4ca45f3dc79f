# SPDX-License-Identifier: GPL-2.0-or-later
"""Broadcast and multicast: once to each who must get it, and to no other."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (BROADCAST, PAYLOAD, arp_announce, arp_reply, arp_request,
                    neighbour_advert, neighbour_announce, neighbour_solicit,
                    router_solicit, test_frame)

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


@pytest.mark.parametrize("source", ["c1", "wire", "host"])
def test_reaches_everybody_else_exactly_once(three, source):
    with three.watch() as net:
        for frame in group_frames(three.nodes[source]):
            assert net.exchange(source, frame) == {
                label: [frame] for label in ALL - {source}}
    assert three.drops() == {}


def test_announcements_of_a_slave_reach_everybody(three):
    with three.watch() as net:
        for make in (arp_announce, neighbour_announce):
            frame = make(three.c1)
            assert net.exchange("c1", frame) == {
                label: [frame] for label in ALL - {"c1"}}
        frame = router_solicit(three.c1)
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


def test_a_question_that_nobody_here_can_answer_reaches_everybody(three):
    with three.watch() as net:
        for source in ("c1", "wire", "host"):
            for make, target in ((arp_request, "10.77.0.99"),
                                 (neighbour_solicit, "fd77::99")):
                frame = make(three.nodes[source], target)
                assert net.exchange(source, frame) == {
                    label: [frame] for label in ALL - {source}}, \
                    f"{make.__name__} from {source}"


def test_our_own_broadcast_reflected_by_the_wire_is_dropped(three):
    frame = test_frame(three.c1.mac, BROADCAST, b"reflected")
    with three.watch() as net:
        assert net.exchange("wire", frame) == {}
    assert three.drops() == {("eth0", "reflected"): 1}
