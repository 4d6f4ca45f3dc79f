# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames that a slave must not send: each is dropped, counted, and why."""

import struct

import pytest
from scapy.layers.inet6 import (IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, Ether

from frames import (BROADCAST, FOREIGN, arp_announce, arp_reply, arp_request,
                    echo4, echo6, neighbour_advert, neighbour_announce,
                    neighbour_solicit, router_advert, router_solicit,
                    solicited_node, tagged, test_frame)

pytestmark = pytest.mark.hooks("tcx", "clsact")

FIRST_OPTION = 14 + 40 + 24


@pytest.fixture
def two(lab):
    lab.slaves("c1", "c2")
    return lab


@pytest.fixture(params=["l2", "bridge"])
def either(lab, request):
    """c1 is of ipvlan or of macvlan; c2 is in l2."""
    lab.slaves("c1", mode=request.param)
    lab.slaves("c2")
    return lab


def refused(lab, reason, frames):
    """None of the frames arrives anywhere; each counts one, for c1."""
    with lab.watch() as net:
        for number, frame in enumerate(frames, 1):
            assert net.exchange("c1", frame) == {}, frame.hex()
            assert lab.drops() == {("c1", reason): number}, frame.hex()


def patched(frame, offset, value):
    return frame[:offset] + value + frame[offset + len(value):]


@pytest.mark.core
def test_a_foreign_source_mac(two):
    refused(two, "foreign_mac", [
        echo4(two.c1, two.wire, two.wire.mac, src_mac=FOREIGN),
        echo6(two.c1, two.c2, two.c2.mac, src_mac=FOREIGN),
        test_frame(FOREIGN, BROADCAST),
        arp_request(two.c1, two.c2, src_mac=FOREIGN)])


def test_a_foreign_mac_inside_arp(two):
    refused(two, "foreign_mac", [
        arp_request(two.c1, two.wire, sender_mac=FOREIGN),
        arp_reply(two.c1, two.wire, two.wire.mac, sender_mac=FOREIGN),
        arp_reply(two.c1, two.c2, two.c2.mac, sender_mac=FOREIGN)])


def test_a_foreign_mac_inside_nd(two):
    refused(two, "foreign_mac", [
        neighbour_solicit(two.c1, two.wire, sender_mac=FOREIGN),
        neighbour_advert(two.c1, two.wire.mac, two.wire.ip6,
                         sender_mac=FOREIGN),
        neighbour_advert(two.c1, two.c2.mac, two.c2.ip6, sender_mac=FOREIGN),
        router_solicit(two.c1, sender_mac=FOREIGN),
        router_advert(two.c1, sender_mac=FOREIGN)])


@pytest.mark.core
def test_a_foreign_mac_inside_nd_behind_extension_headers(two):
    chains = [[IPv6ExtHdrHopByHop()], [IPv6ExtHdrDestOpt()],
              [IPv6ExtHdrRouting()], [IPv6ExtHdrFragment(m=0)],
              [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(),
               IPv6ExtHdrDestOpt()]]
    refused(two, "foreign_mac", [
        neighbour_solicit(two.c1, two.wire, sender_mac=FOREIGN, between=chain)
        for chain in chains] + [
        neighbour_advert(two.c1, two.wire.mac, two.wire.ip6,
                         sender_mac=FOREIGN, between=chain)
        for chain in chains])


def test_a_foreign_mac_in_the_second_of_two_options(two):
    frame = neighbour_advert(two.c1, two.wire.mac, two.wire.ip6)
    option = frame[FIRST_OPTION:]
    nonce = bytes([14, 1]) + bytes(6)
    bad = option[:2] + bytes.fromhex(FOREIGN.replace(":", ""))
    long = frame[:FIRST_OPTION] + nonce + bad
    refused(two, "foreign_mac", [
        patched(long, 18, struct.pack("!H", 24 + 16))])


@pytest.mark.core
def test_a_vlan_tag_single_nested_and_priority_only(two):
    frame = echo4(two.c1, two.wire, two.wire.mac)
    group = test_frame(two.c1.mac, BROADCAST)
    refused(two, "vlan", [tagged(frame, 5), tagged(frame, 0),
                          tagged(frame, 5, 6), tagged(group, 7)])


def arp_with(node, **fields):
    packet = ARP(op=1, hwsrc=node.mac, psrc=node.ip4, pdst="10.77.0.1")
    for name, value in fields.items():
        setattr(packet, name, value)
    return bytes(Ether(src=node.mac, dst=BROADCAST, type=0x0806)) \
        + bytes(packet)


def test_arp_that_is_not_ethernet_and_ipv4_or_is_short(two):
    whole = arp_request(two.c1, two.wire)
    refused(two, "bad_arp", [
        patched(whole, 14, struct.pack("!H", 6)),  # hardware: IEEE 802
        patched(whole, 16, struct.pack("!H", 0x86dd)),
        patched(whole, 18, b"\x08"),  # 8 bytes of MAC
        patched(whole, 19, b"\x10"),  # 16 bytes of IP
        whole[:14 + 27], whole[:14 + 8], whole[:14]])


def test_nd_whose_options_cannot_be_parsed(two):
    whole = neighbour_solicit(two.c1, two.wire)
    advert = neighbour_advert(two.c1, two.wire.mac, two.wire.ip6)
    refused(two, "bad_nd", [
        patched(whole, FIRST_OPTION + 1, b"\0"),  # length zero
        patched(advert, FIRST_OPTION + 1, b"\0"),
        patched(whole, FIRST_OPTION + 1, b"\x20"),  # past the end
        whole[:-4],  # cut within the option
        whole[:-8]])  # the option that IPv6 promised is not there


def test_nd_that_is_shorter_than_its_own_header(two):
    whole = neighbour_solicit(two.c1, two.wire)
    refused(two, "short", [whole[:14 + 40 + 23], whole[:14 + 40 + 8],
                           whole[:14 + 40 + 4]])


def test_claims_of_an_address_that_is_registered_for_another(two):
    frames = [arp_announce(two.c1, two.c2.ip4),
              arp_request(two.c1, two.wire, sender_ip=two.c2.ip4),
              arp_reply(two.c1, two.wire, two.wire.mac,
                        sender_ip=two.c2.ip4)]
    with two.watch() as net:
        for number, frame in enumerate(frames, 1):
            got = net.exchange("c1", frame)
            assert set(got) <= {"c2"}, "only the owner may be asked"
            assert two.drops() == {("c1", "addr_in_use"): number}


def test_nd_claims_of_an_address_that_is_registered_for_another(two):
    refused(two, "addr_in_use", [
        neighbour_announce(two.c1, two.c2.ip6),
        neighbour_advert(two.c1, two.wire.mac, two.wire.ip6,
                         target=two.c2.ip6),
        neighbour_solicit(two.c1, two.wire, sender_ip=two.c2.ip6)])


def test_claims_of_the_hosts_address(two):
    frames = [arp_announce(two.c1, two.host.ip4),
              arp_request(two.c1, two.wire, sender_ip=two.host.ip4)]
    with two.watch() as net:
        for number, frame in enumerate(frames, 1):
            got = net.exchange("c1", frame)
            assert set(got) <= {"host"}, "only the owner may be asked"
            assert two.drops() == {("c1", "addr_in_use"): number}


def test_more_addresses_than_one_slave_may_learn(lab):
    lab.slaves("c1", "c2", addrs=False)
    claims = [arp_announce(lab.c1, f"10.77.1.{i}") for i in range(1, 66)]
    with lab.watch() as net:
        got = net.exchange("c1", *claims)
        assert got["wire"] == claims[:64]
        assert lab.drops() == {("c1", "addr_limit"): 1}
        # What it has it keeps, and a sibling is not kept from its own.
        assert "wire" in net.exchange("c1", claims[0])
        assert "wire" in net.exchange("c2", arp_announce(lab.c2))
    assert lab.drops() == {("c1", "addr_limit"): 1}
    assert len(lab.addresses()) == 65


# Lengths that lie. The driver passes such frames by their MAC alone.

def lying_frames(node, dst_mac):
    ip4 = echo4(node, "10.77.0.1", dst_mac)
    ip6 = echo6(node, "fd77::1", dst_mac)
    yield patched(ip4, 14, b"\x44")  # ihl 4
    yield patched(ip4, 14, b"\x4f")  # ihl 15: 60 bytes, and all options
    yield patched(ip4, 14, b"\x65")  # version 6
    yield patched(ip4, 16, b"\xff\xff")  # tot_len
    yield patched(ip4, 16, b"\x00\x00")
    yield from (ip4[:14 + n] for n in (0, 1, 19))
    yield patched(ip6, 14, b"\x40")  # version 4
    yield patched(ip6, 18, b"\xff\xff")  # payload length
    yield patched(ip6, 18, b"\x00\x00")
    yield from (ip6[:14 + n] for n in (0, 1, 39, 40))


def test_lying_lengths_never_hurt_and_follow_their_mac(two):
    with two.watch() as net:
        for frame in lying_frames(two.c1, two.wire.mac):
            got = net.exchange("c1", frame)
            arrived = got == {"wire": [frame]}
            counted = two.drops().get(("c1", "short"), 0) > 0
            assert arrived or (got == {} and counted), frame.hex()
        good = echo4(two.c1, two.wire, two.wire.mac)
        assert net.exchange("c1", good) == {"wire": [good]}


def test_lying_frames_to_the_masters_mac_stay_between_slaves_and_host(two):
    with two.watch() as net:
        for frame in lying_frames(two.c1, two.host.mac):
            got = net.exchange("c1", frame)
            assert set(got) <= {"host"}, frame.hex()


@pytest.mark.core
def test_nested_extension_headers_without_end(either):
    """ND hides behind more than are followed; not where the frame ends."""
    two = either
    many = [IPv6ExtHdrDestOpt()] * 20
    group, mac = solicited_node(two.wire.ip6)
    packet = Ether(src=two.c1.mac, dst=mac) / IPv6(src=two.c1.ip6, dst=group)
    for header in many:
        packet /= header
    frame = bytes(packet)
    refused(two, "bad_nd", [frame, neighbour_advert(
        two.c1, two.wire.mac, two.wire.ip6, two.c2.ip6, between=many)])
    cut = frame[:14 + 40 + 5]
    with two.watch() as net:
        assert net.exchange("c1", cut) == {
            label: [cut] for label in ("host", "wire")}
