# SPDX-License-Identifier: GPL-2.0-or-later
"""What slaves in l3 and l3s must not send: dropped, counted, and why."""

import pytest
from scapy.layers.inet6 import IPv6, IPv6ExtHdrHopByHop, Jumbo
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from frames import (FOREIGN, PAYLOAD, arp_announce, arp_reply, arp_request,
                    echo4, echo6, neighbour_advert, neighbour_solicit,
                    router_advert, router_solicit, tagged, test_frame)
from test_slave_drops import patched

pytestmark = pytest.mark.hooks("tcx", "clsact")

MODES = pytest.mark.parametrize("mode", ["l3", "l3s"])


def not_ip(lab):
    a, mac = lab.c1, lab.c2.mac
    ip4, ip6 = echo4(a, lab.c2, mac), echo6(a, lab.c2, mac)
    yield from (arp_request(a, lab.c2), arp_request(a, lab.wire),
                arp_reply(a, lab.c2, mac), arp_announce(a),
                test_frame(a.mac, mac), test_frame(a.mac, "ff:" * 5 + "ff"))
    yield from (ip4[:14 + n] for n in (0, 1, 19))
    yield from (ip6[:14 + n] for n in (0, 1, 39))
    yield patched(ip4, 14, b"\x44")  # ihl 4
    yield patched(ip4, 14, b"\x65")  # version 6
    yield patched(ip4, 16, b"\xff\xff")  # tot_len
    yield patched(ip6, 14, b"\x40")  # version 4


def group(lab):
    """To a group by MAC, by address, or both; ND included."""
    a = lab.c1
    for target in ("224.0.0.251", "239.1.2.3", "255.255.255.255"):
        yield echo4(a, target, a.mac)
        yield echo4(a, target, FOREIGN)
        yield echo4(a, target, "01:00:5e:00:00:fb")
    for target in ("ff02::1", "ff02::fb", "ff0e::1234"):
        yield echo6(a, target, a.mac)
        yield echo6(a, target, "33:33:00:00:00:01")
    yield echo4(a, lab.c2, "ff:ff:ff:ff:ff:ff")
    yield echo6(a, lab.c2, "33:33:00:00:00:01")
    yield neighbour_solicit(a, lab.c2)
    yield router_solicit(a)
    yield router_advert(a)
    yield neighbour_advert(a, "33:33:00:00:00:01", "ff02::1")


def vlan(lab):
    frame = echo4(lab.c1, lab.c2, lab.c2.mac)
    yield from (tagged(frame, 5), tagged(frame, 0), tagged(frame, 5, 6))


def foreign_mac(lab):
    for make in (echo4, echo6):
        yield make(lab.c1, lab.c2, lab.c2.mac, src_mac=FOREIGN)
    yield arp_request(lab.c1, lab.c2, sender_mac=FOREIGN)
    yield neighbour_advert(lab.c1, lab.c2.mac, lab.c2.ip6, sender_mac=FOREIGN)


def addr_in_use(lab):
    """From an address of a sibling's, or the host's, to anybody."""
    for owner in (lab.c2, lab.host):
        for target in (lab.c2, lab.host, lab.wire):
            for make in (echo4, echo6):
                frame = make(owner, target, lab.c1.mac, src_mac=lab.c1.mac)
                yield frame
    yield neighbour_advert(lab.c1, lab.c2.mac, lab.c2.ip6,
                           target=lab.c2.ip6)


@pytest.mark.parametrize("frames", [not_ip, group, vlan, foreign_mac,
                                    addr_in_use])
@MODES
def test_refused(routing_lab, mode, frames):
    """None of them arrives anywhere; each counts one, for c1."""
    lab = routing_lab
    lab.slaves("c1", mode=mode)
    lab.slaves("c2")
    lab.end_of("c1")
    with lab.watch() as net:
        for number, frame in enumerate(frames(lab), 1):
            assert net.exchange("c1", frame) == {}, frame.hex()
            assert lab.drops() == {("c1", frames.__name__): number}, \
                frame.hex()


@pytest.mark.core
@MODES
def test_more_addresses_than_one_may_learn(lab, mode):
    """It keeps those that it has; a sibling is not kept from its own."""
    lab.slaves("c1", mode=mode, addrs=False)
    lab.slaves("c2")
    lab.end_of("c1")

    def use(number):
        lab.c1.ip4 = f"10.77.1.{number}"
        return echo4(lab.c1, lab.host, lab.host.mac)
    frames = [use(number) for number in range(1, 66)]
    there = "c1_end" if mode == "l3s" else "host"
    with lab.watch() as net:
        assert net.exchange("c1", *frames) == {there: frames[:64]}
        assert lab.drops() == {("c1", "addr_limit"): 1}
        assert net.exchange("c1", frames[0]) == {there: [frames[0]]}
    assert {a[0] for a in lab.addresses() if a[2] == "c1"} == {
        f"10.77.1.{number}" for number in range(1, 65)}
    assert lab.drops() == {("c1", "addr_limit"): 1}


def lying6(lab):
    """IPv6 whose length says too little, too much, or that it is elsewhere."""
    frame = echo6(lab.c1, lab.c2, lab.c2.mac)
    yield patched(frame, 18, b"\0\0")
    yield patched(frame, 18, b"\xff\xff")
    yield patched(frame, 18, b"\0\x08")
    yield frame[:66]
    yield bytes(Ether(src=lab.c1.mac, dst=lab.c2.mac)
                / IPv6(src=lab.c1.ip6, dst=lab.c2.ip6, plen=0)
                / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)])
                / Raw(PAYLOAD))


def test_lying_lengths_of_ipv6_are_the_receivers_to_judge(lab):
    lab.slaves("c1", mode="l3")
    lab.slaves("c2")
    with lab.watch() as net:
        for frame in lying6(lab):
            assert net.exchange("c1", frame) == {"c2": [frame]}, frame.hex()


def test_lying_lengths_of_ipv6_end_at_the_stack(routing_lab):
    """The stack judges what it forwards: all of them but what is trimmed."""
    lab = routing_lab
    lab.slaves("c1", mode="l3s")
    lab.slaves("c2")
    lab.end_of("c1")
    with lab.watch() as net:
        for frame in lying6(lab):
            got = net.exchange("c1", frame)
            assert got.pop("c1_end") == [frame]
            assert set(got) <= {"c2"} and all(
                len(f) <= len(frame) for fs in got.values() for f in fs)
        good = echo6(lab.c1, lab.c2, lab.c2.mac)
        assert "c2" in net.exchange("c1", good)
