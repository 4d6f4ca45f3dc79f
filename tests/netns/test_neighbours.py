# SPDX-License-Identifier: GPL-2.0-or-later
"""How the table of owners is learned from ARP and ND."""

import dataclasses

import pytest

from frames import (arp_announce, arp_reply, arp_request, dad_solicit, echo4,
                    echo6, neighbour_advert, neighbour_announce,
                    neighbour_solicit, router_advert, router_solicit)

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def two(lab):
    lab.slaves("c1", "c2", addrs=False)
    return lab


def claims4(node, wire):
    yield "announcement", arp_announce(node)
    yield "question", arp_request(node, "10.77.0.99")
    yield "answer to the wire", arp_reply(node, wire, wire.mac)
    yield "answer to a sibling", arp_reply(node, "10.77.0.12", node.mac)


def claims6(node, wire):
    yield "announcement", neighbour_announce(node)
    yield "question", neighbour_solicit(node, "fd77::99")
    yield "router solicitation", router_solicit(node)
    yield "router advertisement", router_advert(node)
    yield "answer to the wire", neighbour_advert(node, wire.mac, wire.ip6)


@pytest.mark.core
@pytest.mark.parametrize("family", [4, 6])
def test_every_claim_of_a_slave_makes_it_the_owner(two, family):
    make, claims, ip = ((echo4, claims4, "ip4") if family == 4 else
                        (echo6, claims6, "ip6"))
    with two.watch() as net:
        for what, claim in claims(two.c1, two.wire):
            frame = make(two.wire, two.c1, two.c1.mac)
            assert net.exchange("wire", frame) == {"host": [frame]}
            net.exchange("c1", claim)
            assert two.owners() == {getattr(two.c1, ip): "c1"}, what
            assert net.exchange("wire", frame) == {"c1": [frame]}, what
            two.bv(f"addr del {getattr(two.c1, ip)} dev c1")
    assert two.drops() == {}


def test_what_no_slave_can_own_is_not_learned(two):
    odd4 = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]
    odd6 = ["::1", "ff02::1"]
    with two.watch() as net:
        for ip in odd4:
            net.exchange("c1", arp_request(two.c1, "10.77.0.99",
                                           sender_ip=ip))
        for ip in odd6:
            net.exchange("c1", neighbour_announce(two.c1, ip))
        for ip in odd6 + ["::"]:
            net.exchange("c1", router_solicit_from(two.c1, ip))
    assert two.addresses() == []


def router_solicit_from(node, ip):
    """A router solicitation with a source that is not the node's."""
    return router_solicit(dataclasses.replace(node, ip6=ip))


def test_plain_traffic_teaches_nothing(two):
    with two.watch() as net:
        net.exchange("c1", echo4(two.c1, two.wire, two.wire.mac))
        net.exchange("c1", echo6(two.c1, two.wire, two.wire.mac))
    assert two.addresses() == []


def test_what_the_wire_claims_is_not_learned(two):
    with two.watch() as net:
        net.exchange("wire", arp_announce(two.wire, two.c1.ip4))
        net.exchange("wire", neighbour_announce(two.wire, two.c1.ip6))
    assert two.addresses() == []


def test_a_learned_address_gives_way_to_a_registered_one_of_its_owner(two):
    two.announce4("c1")
    assert two.addresses() == [(two.c1.ip4, 32, "c1", "learned")]
    two.bv(f"addr add {two.c1.ip4}/24 dev c1")
    assert two.addresses() == [(two.c1.ip4, 24, "c1", "static")]


@pytest.mark.core
def test_a_live_owner_keeps_its_address_against_claims(two):
    two.announce4("c1")
    two.announce6("c1")
    rival4 = arp_announce(two.c2, two.c1.ip4)
    rival6 = neighbour_announce(two.c2, two.c1.ip6)
    with two.watch() as net:
        for _ in range(3):
            got = net.exchange("c2", rival4)
            assert set(got) == {"c1"}, "the owner is asked, nobody is told"
            net.exchange("c1", arp_announce(two.c1))
            assert net.exchange("c2", rival6) == {}
            net.exchange("c1", neighbour_announce(two.c1))
    assert two.owners() == {two.c1.ip4: "c1", two.c1.ip6: "c1"}
    assert two.drops() == {("c2", "addr_in_use"): 6}


def test_a_duplicate_address_question_reaches_owner_and_wire(two):
    """It must: an answer is what makes DAD fail."""
    two.announce6("c1")
    frame = dad_solicit(two.c2, two.c1.ip6)
    with two.watch() as net:
        assert net.exchange("c2", frame) == {"c1": [frame], "wire": [frame]}
    assert two.owners() == {two.c1.ip6: "c1"}


@pytest.mark.core
def test_a_duplicate_address_question_claims_nothing(two):
    """The wire may answer it, and then the slave has no such address."""
    with two.watch() as net:
        frame = dad_solicit(two.c1)
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("c2", "host", "wire")}
        assert two.addresses() == []
        # The slave that has it then says so.
        net.exchange("c1", neighbour_announce(two.c1))
    assert two.owners() == {two.c1.ip6: "c1"}
