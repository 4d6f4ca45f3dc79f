# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is told where a slave in l3 or l3s is: the host, siblings, `proxy`'s wire.

The slave itself hears no question and says nothing.
"""

import itertools

import pytest
from scapy.layers.inet6 import (ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,
                                ICMPv6ND_NA, ICMPv6ND_NS, IPv6)
from scapy.layers.l2 import ARP, Ether

import netns
from frames import (arp_reply, arp_request, dad_solicit, neighbour_solicit)

pytestmark = pytest.mark.hooks("tcx", "clsact")

ROUTED = pytest.mark.parametrize("mode", ["l3", "l3s"])


# Questions for a node, by another; and what is answered

def arp(asker, node):
    return arp_request(asker, node), bytes(
        Ether(src=node.mac, dst=asker.mac)
        / ARP(op=2, hwsrc=node.mac, psrc=node.ip4, hwdst=asker.mac,
              pdst=asker.ip4))


def arp_probe(asker, node):
    """RFC 5227: from no address."""
    return arp_request(asker, node, sender_ip="0.0.0.0"), bytes(
        Ether(src=node.mac, dst=asker.mac)
        / ARP(op=2, hwsrc=node.mac, psrc=node.ip4, hwdst=asker.mac,
              pdst="0.0.0.0"))


def arp_unicast(asker, node):
    """As neighbours verify what they know."""
    question, answer = arp(asker, node)
    return node.mac_bytes + question[6:], answer


def advert(asker, node, dst_mac=None, dst=None, solicited=1):
    return bytes(Ether(src=node.mac, dst=dst_mac or asker.mac)
                 / IPv6(src=node.ip6, dst=dst or asker.ip6, hlim=255)
                 / ICMPv6ND_NA(R=0, S=solicited, O=1, tgt=node.ip6)
                 / ICMPv6NDOptDstLLAddr(lladdr=node.mac))


def solicit(asker, node):
    return neighbour_solicit(asker, node), advert(asker, node)


def solicit_unicast(asker, node):
    question = bytes(Ether(src=asker.mac, dst=node.mac)
                     / IPv6(src=asker.ip6, dst=node.ip6, hlim=255)
                     / ICMPv6ND_NS(tgt=node.ip6)
                     / ICMPv6NDOptSrcLLAddr(lladdr=asker.mac))
    return question, advert(asker, node)


def dad(asker, node):
    """To all nodes, not solicited (RFC 4861, section 7.2.4)."""
    return dad_solicit(asker, node.ip6), advert(
        asker, node, "33:33:00:00:00:01", "ff02::1", solicited=0)


QUESTIONS = (arp, arp_probe, arp_unicast, solicit, solicit_unicast, dad)


def ask(lab, asker, make, way):
    """way(question, answer) is what is heard by whom."""
    question, answer = make(lab.nodes[asker], lab.c1)
    with lab.watch() as net:
        assert net.exchange(asker, question) == way(question, answer), \
            make.__name__


@pytest.fixture
def two(lab):
    """c1 is added by the test, beside two in l2."""
    lab.slaves("c2", "c3")
    return lab


@pytest.mark.parametrize("flag", ["bridge", "vepa", "proxy on"])
@ROUTED
def test_a_sibling_is_told_and_nobody_else_hears_it(two, mode, flag):
    two.slaves("c1", mode=mode, extra=flag)
    for make in QUESTIONS:
        ask(two, "c2", make, lambda question, answer: {"c2": [answer]})
    assert two.drops() == {}


@pytest.mark.parametrize("flag", ["bridge", "private", "vepa", "proxy on"])
@ROUTED
def test_the_host_is_told_and_nobody_else_hears_it(two, mode, flag):
    two.slaves("c1", mode=mode, extra=flag)
    for make in QUESTIONS:
        ask(two, "host", make, lambda question, answer: {"host": [answer]})
    assert two.drops() == {}


@pytest.mark.core
@pytest.mark.parametrize("flag", ["bridge", "private", "vepa", "host off"])
@ROUTED
def test_the_wire_is_told_by_proxy(two, mode, flag):
    two.slaves("c1", mode=mode, extra=f"{flag} proxy on")
    for make in QUESTIONS:
        ask(two, "wire", make, lambda question, answer: {"wire": [answer]})
    assert two.drops() == {}


@ROUTED
def test_the_wire_is_not_told_without_proxy(two, mode):
    """The host hears the question, as without us."""
    two.slaves("c1", mode=mode)
    for make in QUESTIONS:
        ask(two, "wire", make, lambda question, answer: {"host": [question]})
    two.bv("link set c1 type ipvlan proxy on")
    ask(two, "wire", arp, lambda question, answer: {"wire": [answer]})
    two.bv("link set c1 type ipvlan proxy off")
    ask(two, "wire", arp, lambda question, answer: {"host": [question]})


@pytest.mark.parametrize("private", ["c1", "c2"])
@ROUTED
def test_private_is_not_told_of(two, mode, private):
    two.slaves("c1", mode=mode, extra="private" if private == "c1" else "")
    if private == "c2":
        two.bv("link set c2 type ipvlan private")
    for number, make in enumerate(QUESTIONS, 1):
        ask(two, "c2", make, lambda question, answer: {})
        assert two.drops() == {("c2", "private"): number}


@ROUTED
def test_a_host_that_is_off(two, mode):
    """It asks the wire for l3; l3s it must find for what it forwards."""
    two.slaves("c1", mode=mode, extra="host off")
    for make in (arp, solicit):
        ask(two, "host", make, lambda question, answer: {
            "wire": [question]} if mode == "l3" else {"host": [answer]})
    assert two.drops() == {}


def hop_limit(frame, value):
    return frame[:21] + bytes([value]) + frame[22:]


@ROUTED
def test_nd_from_beyond_the_link_is_not_answered(two, mode):
    two.slaves("c1", mode=mode, extra="proxy on")
    for number, make in enumerate((solicit, solicit_unicast, dad), 1):
        for asker, heard in (("c2", None), ("host", "wire"),
                             ("wire", "host")):
            question, _ = make(two.nodes[asker], two.c1)
            question = hop_limit(question, 254)
            with two.watch() as net:
                assert net.exchange(asker, question) == (
                    {heard: [question]} if heard else {})
        assert two.drops() == {("c2", "bad_nd"): number}


@ROUTED
def test_what_is_no_question_is_not_answered(two, mode):
    two.slaves("c1", mode=mode, extra="proxy on")
    reply = arp_reply(two.c2, two.c1, two.c1.mac)
    with two.watch() as net:
        got = net.exchange("c2", reply)
    # As a packet for c1 would be: in by the master, for what is in l3s.
    assert got == {"host" if mode == "l3s" else "c1": [reply]}


@ROUTED
def test_the_next_mode_answers_by_itself_or_is_answered_for(two, mode):
    two.slaves("c1", mode=mode)
    ask(two, "c2", arp, lambda question, answer: {"c2": [answer]})
    two.bv("link set c1 type ipvlan mode l2")
    # Its address was registered: nobody else need hear it.
    ask(two, "c2", arp, lambda question, answer: {"c1": [question]})
    two.bv(f"link set c1 type ipvlan mode {mode}")
    ask(two, "c2", arp, lambda question, answer: {"c2": [answer]})


def test_real_stacks_find_each_other_both_ways(live_lab):
    """Each side forgets the other, and asks anew."""
    netns.forward_ip6(live_lab.name("host"))
    live_lab.slaves("c1", mode="l3", extra="proxy on")
    live_lab.slaves("c2", mode="l3s", extra="proxy on")
    live_lab.slaves("c3")
    for source, target in itertools.product(("c3", "host", "wire"),
                                            ("c1", "c2")):
        node = live_lab.nodes[target]
        for address in (node.ip4, node.ip6):
            dev = live_lab.nodes[source].dev
            live_lab.ip(source, f"neigh flush dev {dev}")
            assert live_lab.ping(source, address), f"{source} to {address}"
    assert live_lab.drops() == {}
