# SPDX-License-Identifier: GPL-2.0-or-later
"""The nominee: the one in l3 that gets groups, and what nobody owns.

nom is the nominee, c1 another in l3, c2 in l2.
"""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (BROADCAST, PAYLOAD, arp_request, echo4, echo6,
                    neighbour_solicit, test_frame)

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def nominated(routing_lab):
    routing_lab.slaves("nom", mode="l3", extra="nominee on")
    routing_lab.slaves("c1", mode="l3")
    routing_lab.slaves("c2")
    return routing_lab


def packets(node):
    """To all, and to groups that flow unasked for."""
    udp = UDP(sport=7777, dport=7778) / Raw(PAYLOAD)
    for dst_mac, packet in (
            (BROADCAST, IP(src=node.ip4, dst="10.77.0.255")),
            (BROADCAST, IP(src=node.ip4, dst="255.255.255.255")),
            ("01:00:5e:00:00:fb", IP(src=node.ip4, dst="224.0.0.251")),
            ("33:33:00:00:00:fb", IPv6(src=node.ip6, dst="ff02::fb"))):
        yield bytes(Ether(src=node.mac, dst=dst_mac) / packet / udp)


def unjoined(node):
    udp = UDP(sport=7777, dport=7778) / Raw(PAYLOAD)
    for dst_mac, packet in (
            ("01:00:5e:01:02:03", IP(src=node.ip4, dst="239.1.2.3")),
            ("33:33:00:00:12:34", IPv6(src=node.ip6, dst="ff0e::1234"))):
        yield bytes(Ether(src=node.mac, dst=dst_mac) / packet / udp)


@pytest.mark.core
@pytest.mark.parametrize("source", ["wire", "host", "c2"])
def test_gets_what_is_for_all(nominated, source):
    with nominated.watch() as net:
        for frame in (*packets(nominated.nodes[source]),
                      test_frame(nominated.nodes[source].mac, BROADCAST)):
            assert net.exchange(source, frame) == {
                label: [frame] for label in ("nom", "c2", "host", "wire")
                if label != source}
    assert nominated.drops() == {}


@pytest.mark.parametrize("source", ["wire", "host", "c2"])
def test_gets_groups_that_nobody_joined(nominated, source):
    with nominated.watch() as net:
        for frame in unjoined(nominated.nodes[source]):
            assert net.exchange(source, frame) == {
                label: [frame] for label in ("nom", "host", "wire")
                if label != source}
    assert nominated.drops() == {}


def test_gets_alone_what_others_in_l3_send_to_groups(nominated):
    with nominated.watch() as net:
        for frame in (*packets(nominated.c1), *unjoined(nominated.c1)):
            assert net.exchange("c1", frame) == {"nom": [frame]}
    assert nominated.drops() == {}


def test_sends_to_groups_as_one_in_l2(nominated):
    with nominated.watch() as net:
        for frame in packets(nominated.nom):
            assert net.exchange("nom", frame) == {
                label: [frame] for label in ("c2", "host", "wire")}
        for frame in unjoined(nominated.nom):
            assert net.exchange("nom", frame) == {
                label: [frame] for label in ("host", "wire")}
    assert nominated.drops() == {}


@pytest.mark.core
def test_gets_the_wires_unicast_that_nobody_owns(nominated):
    lab = nominated
    with lab.watch() as net:
        for make, address in ((echo4, "10.99.0.1"), (echo6, "2001:db8::1")):
            frame = make(lab.wire, address, lab.host.mac)
            assert net.exchange("wire", frame) == {"nom": [frame]}
        for make in (echo4, echo6):
            for label in ("host", "c1", "c2", "nom"):
                frame = make(lab.wire, lab.nodes[label], lab.host.mac)
                assert net.exchange("wire", frame) == {label: [frame]}
        frame = test_frame(lab.wire.mac, lab.host.mac)
        assert net.exchange("wire", frame) == {"host": [frame]}
        frame = echo4(lab.host, "10.99.0.1", lab.host.mac)
        assert net.exchange("host", frame) == {"wire": [frame]}
    assert lab.drops() == {}


def test_answers_for_nobody_but_is_asked(nominated):
    """Questions for what nobody owns are its to hear, as groups are."""
    lab = nominated
    with lab.watch() as net:
        for make, target in ((arp_request, "10.77.0.99"),
                             (neighbour_solicit, "fd77::99")):
            frame = make(lab.wire, target)
            assert net.exchange("wire", frame) == {"host": [frame],
                                                   "nom": [frame]}
        for make in (arp_request, neighbour_solicit):
            frame = make(lab.wire, lab.c2)
            assert net.exchange("wire", frame) == {"c2": [frame]}
            frame = make(lab.wire, lab.c1)
            assert net.exchange("wire", frame) == {"host": [frame]}


def test_private_siblings_share_nothing_with_it(nominated):
    lab = nominated
    lab.bv("link set c1 type ipvlan private")
    lab.bv("link set c2 type ipvlan private")
    with lab.watch() as net:
        frame = next(packets(lab.c1))
        assert net.exchange("c1", frame) == {}
        assert lab.drops() == {("c1", "private"): 1}
        frame = next(packets(lab.c2))
        assert net.exchange("c2", frame) == {"host": [frame],
                                             "wire": [frame]}
        frame = next(packets(lab.nom))
        assert net.exchange("nom", frame) == {"host": [frame],
                                              "wire": [frame]}


def test_a_private_nominee_has_the_wires_groups_only(nominated):
    lab = nominated
    lab.bv("link set nom type ipvlan private")
    with lab.watch() as net:
        frame = next(packets(lab.c1))
        assert net.exchange("c1", frame) == {}
        assert lab.drops() == {("c1", "private"): 1}
        frame = next(packets(lab.c2))
        assert "nom" not in net.exchange("c2", frame)
        frame = next(packets(lab.wire))
        assert net.exchange("wire", frame)["nom"] == [frame]


def test_a_nominee_with_host_off_has_none_of_the_hosts(nominated):
    lab = nominated
    lab.bv("link set nom type ipvlan host off")
    with lab.watch() as net:
        frame = next(packets(lab.host))
        assert net.exchange("host", frame) == {"c2": [frame],
                                               "wire": [frame]}
        frame = next(packets(lab.nom))
        assert net.exchange("nom", frame) == {"c2": [frame],
                                              "wire": [frame]}
        frame = echo4(lab.wire, "10.99.0.1", lab.host.mac)
        assert net.exchange("wire", frame) == {"nom": [frame]}


def test_the_next_nominee_takes_over(nominated):
    lab = nominated
    with lab.watch() as net:
        stray = echo4(lab.wire, "10.99.0.1", lab.host.mac)
        frame = next(packets(lab.c1))
        lab.bv("link set nom type ipvlan nominee off")
        assert net.exchange("wire", stray) == {"host": [stray]}
        assert net.exchange("c1", frame) == {}
        assert lab.drops() == {("c1", "group"): 1}
        lab.bv("link set c1 type ipvlan nominee on")
        assert net.exchange("wire", stray) == {"c1": [stray]}
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("c2", "host", "wire")}
