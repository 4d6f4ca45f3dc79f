# SPDX-License-Identifier: GPL-2.0-or-later
"""Unicast, frame by frame: who gets it, unchanged, and who does not."""

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (PAYLOAD, checksums_valid, echo4, echo6, test_frame)

PAIRS = [("c1", "c2"), ("c2", "c1"), ("c1", "wire"), ("wire", "c1"),
         ("c1", "host"), ("host", "c1"), ("host", "wire"), ("wire", "host")]

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def two(lab):
    lab.slaves("c1", "c2")
    return lab


@pytest.mark.core
def test_arrives_unchanged_at_its_target_and_nowhere_else(two):
    with two.watch() as net:
        for source, target in PAIRS:
            for make in (echo4, echo6):
                frame = make(two.nodes[source], two.nodes[target],
                             two.nodes[target].mac)
                assert checksums_valid(frame)
                assert net.exchange(source, frame) == {target: [frame]}, \
                    f"{make.__name__} {source} to {target}"
    assert two.drops() == {}


@pytest.mark.core
def test_fragments_go_where_their_destination_says(two):
    with two.watch() as net:
        for source, target in PAIRS:
            a, b = two.nodes[source], two.nodes[target]
            first = echo4(a, b, b.mac, flags="MF", id=9)
            last = bytes(Ether(src=a.mac, dst=b.mac)
                         / IP(src=a.ip4, dst=b.ip4, proto=1, id=9, frag=9)
                         / Raw(PAYLOAD))
            last6 = bytes(Ether(src=a.mac, dst=b.mac)
                          / IPv6(src=a.ip6, dst=b.ip6)
                          / IPv6ExtHdrFragment(nh=17, offset=9, id=5)
                          / Raw(PAYLOAD))
            sent = [first, last, last6]
            got = net.exchange(source, *sent)
            assert {k: sorted(v) for k, v in got.items()} == {
                target: sorted(sent)}, f"{source} to {target}"


def test_what_is_not_ip_and_for_the_masters_mac_is_the_hosts(two):
    frame = test_frame(two.c1.mac, two.host.mac)
    with two.watch() as net:
        assert net.exchange("c1", frame) == {"host": [frame]}
        frame = test_frame(two.wire.mac, two.host.mac)
        assert net.exchange("wire", frame) == {"host": [frame]}


def test_an_address_that_nobody_owns_is_the_hosts_to_route(two):
    for make, target in ((echo4, "10.99.0.1"), (echo6, "2001:db8::1")):
        with two.watch() as net:
            for source in ("c1", "wire"):
                frame = make(two.nodes[source], target, two.host.mac)
                assert net.exchange(source, frame) == {"host": [frame]}


def test_another_mac_goes_to_the_wire_whatever_the_address(two):
    """As the driver: the MAC decides; only the master's is switched here."""
    with two.watch() as net:
        for make in (echo4, echo6):
            for target in (two.c2, two.host):
                frame = make(two.c1, target, "02:00:00:00:77:77")
                assert net.exchange("c1", frame) == {"wire": [frame]}


def test_what_the_wire_sends_to_another_mac_is_no_slaves(two):
    """Heard only by a promiscuous host, as without us."""
    frame = echo4(two.wire, two.c1, "02:00:00:00:77:77")
    with two.watch("c1", "c2", "wire", "host") as net:
        assert "c1" not in net.exchange("wire", frame)


@pytest.mark.core
def test_every_size_up_to_the_mtu_passes(two):
    with two.watch() as net:
        for source, target in PAIRS:
            a, b = two.nodes[source], two.nodes[target]
            for size in (0, 1, 18, 1471, 1472):
                frame = echo4(a, b, b.mac, payload=b"x" * size)
                assert net.exchange(source, frame) == {target: [frame]}, \
                    f"{size} bytes {source} to {target}"


@pytest.mark.core
def test_what_is_longer_than_the_masters_mtu_does_not_leave(two):
    """veth(4) checks its own MTU only: ours is the last look."""
    two.ip("c1", "link set c1 mtu 9000")
    two.ip("host", f"link set {two.host_dev('c1')} mtu 9000")
    long = echo4(two.c1, two.wire, two.wire.mac, payload=b"x" * 2000)
    with two.watch() as net:
        assert net.exchange("c1", long) == {}
    assert two.drops() == {("c1", "oversize"): 1}


def test_frames_of_one_sender_keep_their_order(two):
    with two.watch() as net:
        for source, target in PAIRS[:6]:
            a, b = two.nodes[source], two.nodes[target]
            sent = [echo4(a, b, b.mac, id=i) for i in range(200)]
            assert net.exchange(source, *sent) == {target: sent}
