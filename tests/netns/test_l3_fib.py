# SPDX-License-Identifier: GPL-2.0-or-later
"""Where l3 and l3s send what is nobody's here: the routes of the host.

l3 hands a frame to the device that the route names, as it is but for its MACs;
l3s and all exceptions are the host's stack's, which takes a hop and says by ICMP
what is wrong.
"""

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6PacketTooBig, IPv6)
from scapy.layers.l2 import Ether

import masters
import netns
from frames import (arp_request, echo4, echo6, forwarded, icmp_valid,
                    readdressed)

pytestmark = pytest.mark.hooks("tcx", "clsact")

ROUTED = pytest.mark.parametrize("mode", ["l3", "l3s"])


def routed(lab, mode, extra=""):
    lab.slaves("c1", mode=mode, extra=extra)
    lab.slaves("c2")
    lab.end_of("c1")
    return lab


def out(mode, frame, dst_mac, src_mac):
    return (forwarded if mode == "l3s" else readdressed)(frame, dst_mac,
                                                         src_mac)


def heard(net, source, frame):
    """What came of it, without what the stack was handed for it."""
    got = net.exchange(source, frame)
    got.pop("c1_end", None)
    return got


@pytest.mark.core
@ROUTED
def test_by_a_gateway(routing_lab, mode):
    lab = routed(routing_lab, mode)
    lab.ip("host", "route add 10.88.0.0/16 via 10.77.0.1",
           "route add fd88::/64 via fd77::1")
    with lab.watch() as net:
        for make, address in ((echo4, "10.88.0.1"), (echo6, "fd88::1")):
            frame = make(lab.c1, address, lab.c1.mac)
            assert heard(net, "c1", frame) == {
                "wire": [out(mode, frame, lab.wire.mac, lab.c1.mac)]}
    assert lab.drops() == {}


@ROUTED
def test_by_another_device(routing_lab, mode):
    lab = routed(routing_lab, mode)
    masters.veth(lab, 1)
    with lab.watch() as net:
        for make in (echo4, echo6):
            frame = make(lab.c1, lab.wire1, lab.c1.mac)
            assert heard(net, "c1", frame) == {
                "wire1": [out(mode, frame, lab.wire1.mac, lab.host1.mac)]}
    assert lab.drops() == {}


@pytest.mark.parametrize("flag", ["bridge", "private", "vepa"])
@pytest.mark.parametrize("there", ["l2", "l3", "l3s"])
@ROUTED
def test_to_a_slave_of_another_master(routing_lab, mode, there, flag):
    """It is as far as the wire is: flags part siblings only."""
    lab = routed(routing_lab, mode, flag)
    masters.veth(lab, 1)
    lab.slaves("d1", lan="eth1", mode=there)
    way = "l3s" if "l3s" in (mode, there) else "l3"
    with lab.watch() as net:
        for make in (echo4, echo6):
            frame = make(lab.c1, lab.d1, lab.c1.mac)
            assert heard(net, "c1", frame) == {
                "d1": [out(way, frame, lab.d1.mac, lab.d1.mac)]}
    assert lab.drops() == {}


@ROUTED
def test_to_an_address_that_is_nobodys_the_kernel_asks_for_it(
        routing_lab, mode):
    lab = routed(routing_lab, mode)
    asked = arp_request(lab.host, "10.77.0.99")
    with lab.watch() as net:
        frame = echo4(lab.c1, "10.77.0.99", lab.c1.mac)
        assert heard(net, "c1", frame) == {"wire": [asked]}
        # Once it is known the packet that waited goes there.
        lab.ip("host", "neigh replace 10.77.0.99 lladdr "
               f"{lab.wire.mac} dev eth0")
        assert net.arrived() == {
            "wire": [out(mode, frame, lab.wire.mac, lab.c1.mac)]}
    assert lab.drops() == {}


# What the stack says is wrong

def told4(frame, kind, code, sender, mtu=0):
    """Is it ICMP about a packet, from that sender?"""
    packet = Ether(frame)
    icmp = packet[ICMP]
    return (icmp_valid(frame) and packet[IP].src == sender.ip4
            and (icmp.type, icmp.code) == (kind, code)
            and (not mtu or icmp.nexthopmtu == mtu))


def told6(frame, kind, code, sender, mtu=0):
    packet = Ether(frame)
    return (icmp_valid(frame) and packet[IPv6].src == sender.ip6
            and kind in packet and packet[kind].code == code
            and (not mtu or packet[kind].mtu == mtu))


def only(got, label):
    """The one frame, which nobody else got."""
    assert list(got) == [label], got
    frame, = got[label]
    return frame


NET_UNREACHABLE, PROHIBITED, FRAG_NEEDED = (3, 0), (3, 13), (3, 4)


@pytest.mark.parametrize("route, said4, said6", [
    (None, NET_UNREACHABLE, 0),
    ("unreachable", (3, 1), 0),
    ("prohibit", PROHIBITED, 1)], ids=["none", "unreachable", "prohibit"])
@ROUTED
def test_no_route_is_told(routing_lab, mode, route, said4, said6):
    lab = routed(routing_lab, mode)
    if route:
        lab.ip("host", f"route add {route} 10.88.0.0/16",
               f"route add {route} fd88::/64")
    with lab.watch() as net:
        frame = echo4(lab.c1, "10.88.0.1", lab.c1.mac)
        got = only(heard(net, "c1", frame), "c1")
        assert told4(got, *said4, lab.host), Ether(got)
        frame = echo6(lab.c1, "fd88::1", lab.c1.mac)
        got = only(heard(net, "c1", frame), "c1")
        assert told6(got, ICMPv6DestUnreach, said6, lab.host), Ether(got)
    assert lab.drops() == {}


@ROUTED
def test_a_blackhole_route_swallows(routing_lab, mode):
    """The stack was handed it, and says nothing of blackholes."""
    lab = routed(routing_lab, mode)
    lab.ip("host", "route add blackhole 10.88.0.0/16",
           "route add blackhole fd88::/64")
    with lab.watch() as net:
        for make, address in ((echo4, "10.88.0.1"), (echo6, "fd88::1")):
            frame = make(lab.c1, address, lab.c1.mac)
            assert net.exchange("c1", frame) == {"c1_end": [frame]}
    assert lab.drops() == {}


def jumbo(lab):
    """c1's own MTU is larger than all that follows."""
    lab.ip("c1", "link set c1 mtu 9000")
    lab.ip("host", f"link set {lab.host_dev('c1')} mtu 9000")


def datagram(frames):
    """The payload that IPv4 fragments carry, each checked."""
    data = {}
    for frame in frames:
        packet = Ether(frame)[IP]
        assert len(packet) <= 1500
        data[packet.frag * 8] = bytes(packet.payload)
        assert bool(packet.flags.MF) == (frame is not frames[-1])
    assert sum(len(data[at]) for at in data if at < max(data)) == max(data)
    return b"".join(data[at] for at in sorted(data))


@pytest.mark.core
@ROUTED
def test_what_is_too_long_is_told_or_fragmented(routing_lab, mode):
    lab = routed(routing_lab, mode)
    jumbo(lab)
    payload = bytes(i % 251 for i in range(2000))
    with lab.watch() as net:
        frame = echo4(lab.c1, lab.wire, lab.c1.mac, payload=payload,
                      flags="DF")
        got = only(heard(net, "c1", frame), "c1")
        assert told4(got, *FRAG_NEEDED, lab.host, 1500), Ether(got)
        frame = echo4(lab.c1, lab.wire, lab.c1.mac, payload=payload)
        got = heard(net, "c1", frame)
        assert list(got) == ["wire"] and len(got["wire"]) == 2
        assert datagram(got["wire"]) == frame[34:]
        frame = echo6(lab.c1, lab.wire, lab.c1.mac, payload=payload)
        got = only(heard(net, "c1", frame), "c1")
        assert told6(got, ICMPv6PacketTooBig, 0, lab.host, 1500), Ether(got)
    assert lab.drops() == {}


@ROUTED
def test_a_routes_own_mtu_counts(routing_lab, mode):
    lab = routed(routing_lab, mode)
    lab.ip("host", "route add 10.88.0.0/16 via 10.77.0.1 mtu lock 1400",
           "route add fd88::/64 via fd77::1 mtu lock 1400")
    payload = bytes(1400)
    with lab.watch() as net:
        frame = echo4(lab.c1, "10.88.0.1", lab.c1.mac, payload=payload,
                      flags="DF")
        got = only(heard(net, "c1", frame), "c1")
        assert told4(got, *FRAG_NEEDED, lab.host, 1400), Ether(got)
        frame = echo4(lab.c1, "10.88.0.1", lab.c1.mac, payload=payload)
        got = heard(net, "c1", frame)["wire"]
        assert [len(f) <= 14 + 1400 for f in got] == [True, True]
        assert datagram(got) == frame[34:]
        frame = echo6(lab.c1, "fd88::1", lab.c1.mac, payload=payload)
        got = only(heard(net, "c1", frame), "c1")
        assert told6(got, ICMPv6PacketTooBig, 0, lab.host, 1400), Ether(got)
        for make, address in ((echo4, "10.88.0.1"), (echo6, "fd88::1")):
            size = 1400 - (28 if make is echo4 else 48)
            frame = make(lab.c1, address, lab.c1.mac, payload=bytes(size))
            assert heard(net, "c1", frame) == {
                "wire": [out(mode, frame, lab.wire.mac, lab.c1.mac)]}
    assert lab.drops() == {}


def too_long(make, lab):
    frame = make(lab.c1, lab.c2, lab.c2.mac, payload=bytes(2000))
    if make is echo4:  # DF, and the checksum that goes with it
        packet = Ether(frame)
        packet[IP].flags = "DF"
        del packet[IP].chksum
        frame = bytes(packet)
    return frame


@pytest.mark.parametrize("modes", [("l2", "l3"), ("l3", "l2"), ("l3", "l3")],
                         ids="-".join)
def test_a_redirect_asks_a_sibling_for_no_mtu(routing_lab, modes):
    lab = routing_lab
    for label, mode in zip(("c1", "c2"), modes):
        lab.slaves(label, mode=mode)
    jumbo(lab)
    with lab.watch() as net:
        for make in (echo4, echo6):
            frame = too_long(make, lab)
            assert net.exchange("c1", frame) == {"c2": [frame]}
    assert lab.drops() == {}


@pytest.mark.parametrize("modes", [("l2", "l3s"), ("l3", "l3s"), ("l3s", "l2"),
                                   ("l3s", "l3"), ("l3s", "l3s")],
                         ids="-".join)
def test_the_stack_tells_what_is_too_long_for_a_sibling(routing_lab, modes):
    lab = routing_lab
    for label, mode in zip(("c1", "c2"), modes):
        lab.slaves(label, mode=mode)
    jumbo(lab)
    with lab.watch() as net:
        for make in (echo4, echo6):
            got = net.exchange("c1", too_long(make, lab))
            got.pop("host", None)  # l2 and l3 hand it in by the master
            got = only(got, "c1")
            assert told4(got, *FRAG_NEEDED, lab.host, 1500) \
                if make is echo4 else told6(got, ICMPv6PacketTooBig, 0,
                                            lab.host, 1500), Ether(got)
    assert lab.drops() == {}


# Addresses of the host's on other devices

def other_addresses(lab):
    lab.ip("host", "addr add 10.9.9.9/32 dev lo",
           "addr add fd99::9/128 dev lo nodad")


@ROUTED
def test_the_host_is_reached_at_its_other_addresses(live_lab, mode):
    netns.forward_ip6(live_lab.name("host"))
    live_lab.slaves("c1", mode=mode)
    other_addresses(live_lab)
    for address in ("10.9.9.9", "fd99::9"):
        assert live_lab.ping("c1", address), address
    assert live_lab.drops() == {}


@pytest.mark.core
@ROUTED
def test_host_off_is_about_its_other_addresses_too(routing_lab, mode):
    lab = routed(routing_lab, mode, "host off")
    other_addresses(lab)
    with lab.watch() as net:
        for make, address in ((echo4, "10.9.9.9"), (echo6, "fd99::9")):
            frame = make(lab.c1, address, lab.c1.mac)
            assert net.exchange("c1", frame) == {}
    dropped = lab.drops()
    assert dropped.keys() == {("c1", "host_off")}
    if netns.FORCE_FORWARDING.exists():
        assert dropped["c1", "host_off"] == 2
    else:  # and that the host listens to routers' groups, if it is one
        assert dropped["c1", "host_off"] >= 2
