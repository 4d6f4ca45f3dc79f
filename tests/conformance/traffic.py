# SPDX-License-Identifier: GPL-2.0-or-later
"""Which frames are sent in every topology, and who sends them.

Each is a line of a matrix. A frame is a template: MARK is replaced by bytes of
its own each time it is sent, by which receivers know it again. That, and that
nothing else may answer, is why checksums above IP are wrong: no stack answers
to such a frame, and none of what is compared here looks at them.
"""

import struct
from typing import NamedTuple

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6MLDone, ICMPv6MLQuery, ICMPv6MLReport,
                                ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA,
                                ICMPv6ND_RS, ICMPv6NDOptDstLLAddr,
                                ICMPv6NDOptSrcLLAddr, ICMPv6NDOptUnknown,
                                IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                RouterAlert)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from capture import ETH_P_TEST
from frames import BROADCAST, FOREIGN, solicited_node, tagged

MARK = b"\xcf\xfc\0\0\0\0"
PAYLOAD = bytes(range(50)) + MARK  # with UDP's header a multiple of 8
PADDING = bytes(12) + MARK  # behind ARP: to 60 bytes, as drivers pad it
NO_MAC = "00:00:00:00:00:00"
UNKNOWN_MAC = "02:77:00:00:00:99"
ALL_NODES = ("ff02::1", "33:33:00:00:00:01")
ALL_ROUTERS = ("ff02::2", "33:33:00:00:00:02")
WRONG = 0xbad  # a checksum
ND_NONCE = 14


class Frame(NamedTuple):
    sender: str
    name: str
    data: bytes

    @property
    def title(self):
        return f"{self.sender}: {self.name}"


def group4(ip):
    low = [int(part) for part in ip.split(".")]
    return ip, "01:00:5e:%02x:%02x:%02x" % (low[1] & 127, low[2], low[3])


def udp4(net, dst_mac, src_mac, src, dst, **ip):
    return bytes(Ether(src=src_mac, dst=dst_mac)
                 / IP(src=src, dst=dst, ttl=61, **ip)
                 / UDP(sport=7777, dport=7778, chksum=WRONG) / Raw(PAYLOAD))


def udp6(net, dst_mac, src_mac, src, dst, between=()):
    packet = Ether(src=src_mac, dst=dst_mac) / IPv6(src=src, dst=dst, hlim=62)
    for header in between:
        packet /= header
    return bytes(packet / UDP(sport=7777, dport=7778, chksum=WRONG)
                 / Raw(PAYLOAD))


def arp(op, src_mac, dst_mac, sender_ip, target_ip, target_mac=NO_MAC):
    return bytes(Ether(src=src_mac, dst=dst_mac)
                 / ARP(op=op, hwsrc=src_mac, psrc=sender_ip, hwdst=target_mac,
                       pdst=target_ip) / Raw(PADDING))


def icmp6(src_mac, dst_mac, src, dst, message, options=(), hbh=False, hlim=255):
    packet = Ether(src=src_mac, dst=dst_mac) / IPv6(src=src, dst=dst, hlim=hlim)
    if hbh:
        packet /= IPv6ExtHdrHopByHop(options=[RouterAlert()])
    message.cksum = WRONG
    packet /= message
    for option in options:
        packet /= option
    return bytes(packet)


def nonce():
    return ICMPv6NDOptUnknown(type=ND_NONCE, len=1, data=MARK)


def neighbour_solicit(node, target, src=None, unicast=None):
    group, mac = solicited_node(target)
    if unicast:
        group, mac = target, unicast
    options = [] if src == "::" else [ICMPv6NDOptSrcLLAddr(lladdr=node.mac)]
    return icmp6(node.mac, mac, src or node.ip6, group,
                 ICMPv6ND_NS(tgt=target), [*options, nonce()])


def neighbour_advert(node, dst_mac, dst, target=None, solicited=1):
    return icmp6(node.mac, dst_mac, node.ip6, dst,
                 ICMPv6ND_NA(R=0, S=solicited, O=1, tgt=target or node.ip6),
                 [ICMPv6NDOptDstLLAddr(lladdr=node.mac), nonce()])


def igmp(node, kind, dst, body):
    address, mac = dst
    return bytes(Ether(src=node.mac, dst=mac)
                 / IP(src=node.ip4, dst=address, ttl=1, proto=2,
                      options=b"\x94\x04\0\0")
                 / Raw(struct.pack("!BBH", kind, 0, WRONG) + body + MARK))


def packed4(ip):
    return bytes(int(part) for part in ip.split("."))


def to_one(net, s, t):
    """From a node to another one that exists: all that is meant for it."""
    to = f"to {t.label}"
    yield f"udp4 {to}", udp4(net, t.mac, s.mac, s.ip4, t.ip4)
    yield f"udp6 {to}", udp6(net, t.mac, s.mac, s.ip6, t.ip6)
    yield f"non-IP {to}", test_frame(s.mac, t.mac)
    yield f"arp request {to}", arp(1, s.mac, BROADCAST, s.ip4, t.ip4)
    yield f"arp request, unicast, {to}", arp(1, s.mac, t.mac, s.ip4, t.ip4,
                                             t.mac)
    yield f"arp reply {to}", arp(2, s.mac, t.mac, s.ip4, t.ip4, t.mac)
    yield f"arp probe for {t.label}", arp(1, s.mac, BROADCAST, "0.0.0.0", t.ip4)
    yield f"ns {to}", neighbour_solicit(s, t.ip6)
    yield f"ns, unicast, {to}", neighbour_solicit(s, t.ip6, unicast=t.mac)
    yield f"na {to}", neighbour_advert(s, t.mac, t.ip6)
    yield f"dad for {t.label}", neighbour_solicit(s, t.ip6, "::")


def to_nobody(net, s):
    """Destinations that nobody here has."""
    gateway = net.gateway_of(s)
    yield "udp4 off link by gateway", udp4(net, gateway, s.mac, s.ip4,
                                           net.far4)
    yield "udp6 off link by gateway", udp6(net, gateway, s.mac, s.ip6,
                                           net.far6)
    yield "udp4 to unknown MAC", udp4(net, UNKNOWN_MAC, s.mac, s.ip4, net.far4)
    yield "udp6 to unknown MAC", udp6(net, UNKNOWN_MAC, s.mac, s.ip6, net.far6)
    if s.role == "slave":  # to the wire the host would complain
        yield "udp4 without route", udp4(net, gateway, s.mac, s.ip4, net.lost4)
        yield "udp6 without route", udp6(net, gateway, s.mac, s.ip6, net.lost6)
    yield "non-IP to unknown MAC", test_frame(s.mac, UNKNOWN_MAC)
    yield "arp request to nobody", arp(1, s.mac, BROADCAST, s.ip4, net.free4)
    yield "arp probe for a free address", arp(1, s.mac, BROADCAST, "0.0.0.0",
                                              net.free4)
    yield "ns to nobody", neighbour_solicit(s, net.free6)
    yield "dad for a free address", neighbour_solicit(s, net.free6, "::")


def to_all(net, s):
    """Broadcast and multicast."""
    def one(src_mac, dst):
        return udp4(net, dst[1], src_mac, s.ip4, dst[0])

    def six(dst):
        return udp6(net, dst[1], s.mac, s.ip6, dst[0])

    yield "udp4 broadcast", one(s.mac, ("255.255.255.255", BROADCAST))
    yield "udp4 subnet broadcast", one(s.mac, (net.subnet4, BROADCAST))
    yield "udp4 multicast, joined", one(s.mac, group4(net.joined4))
    yield "udp4 multicast, not joined", one(s.mac, group4(net.other4))
    yield "udp4 to all hosts", one(s.mac, group4("224.0.0.1"))
    yield "udp6 multicast, joined", six(net.joined6)
    yield "udp6 multicast, not joined", six(net.other6)
    yield "udp6 to all nodes", six(ALL_NODES)
    yield "non-IP broadcast", test_frame(s.mac, BROADCAST)
    yield "non-IP multicast, joined", test_frame(s.mac, net.joined6[1])
    yield "non-IP multicast, not joined", test_frame(s.mac, net.other6[1])
    yield "arp announcement", arp(1, s.mac, BROADCAST, s.ip4, s.ip4)
    yield "arp reply to all", arp(2, s.mac, BROADCAST, s.ip4, s.ip4, BROADCAST)
    yield "arp probe for its own", arp(1, s.mac, BROADCAST, "0.0.0.0", s.ip4)
    yield "na to all", neighbour_advert(s, ALL_NODES[1], ALL_NODES[0],
                                        solicited=0)
    yield "dad for its own", neighbour_solicit(s, s.ip6, "::")
    yield "rs", icmp6(s.mac, ALL_ROUTERS[1], s.ip6, ALL_ROUTERS[0],
                      ICMPv6ND_RS(), [ICMPv6NDOptSrcLLAddr(lladdr=s.mac),
                                      nonce()])
    yield "rs from ::", icmp6(s.mac, ALL_ROUTERS[1], "::", ALL_ROUTERS[0],
                              ICMPv6ND_RS(), [nonce()])
    yield "ra", icmp6(s.mac, ALL_NODES[1], s.ip6, ALL_NODES[0],
                      ICMPv6ND_RA(routerlifetime=0),
                      [ICMPv6NDOptSrcLLAddr(lladdr=s.mac), nonce()])


def of_groups(net, s):
    """IGMP and MLD. The group of reports is in no other frame."""
    group = group4(net.report4)
    address = packed4(net.report4)
    asked = group4(net.joined4)
    v3 = struct.pack("!HHBBH", 0, 1, 4, 0, 0) + address
    yield "igmp query", igmp(s, 0x11, group4("224.0.0.1"), bytes(4))
    yield "igmp group query", igmp(s, 0x11, asked,
                                    packed4(net.joined4))
    yield "igmp v2 report", igmp(s, 0x16, group, address)
    yield "igmp v3 report", igmp(s, 0x22, group4("224.0.0.22"), v3)
    yield "igmp leave", igmp(s, 0x17, group4("224.0.0.2"), address)
    group6, mac6 = net.report6
    marked = [Raw(MARK)]

    def mld(dst, message):
        return icmp6(s.mac, dst[1], s.ip6, dst[0], message, marked, hbh=True,
                     hlim=1)

    yield "mld query", mld(ALL_NODES, ICMPv6MLQuery())
    yield "mld group query", mld(net.joined6,
                                 ICMPv6MLQuery(mladdr=net.joined6[0]))
    yield "mld v1 report", mld((group6, mac6), ICMPv6MLReport(mladdr=group6))
    yield "mld done", mld(ALL_ROUTERS, ICMPv6MLDone(mladdr=group6))


def of_link(net, s):
    """What is neither IP nor ARP, and belongs to the link."""
    yield "stp", bytes(Ether(src=s.mac, dst="01:80:c2:00:00:00", type=38)
                       / Raw(b"\x42\x42\x03" + bytes(29) + MARK))
    yield "pause", test_frame(s.mac, "01:80:c2:00:00:01", 0x8808)
    yield "lldp", test_frame(s.mac, "01:80:c2:00:00:0e", 0x88cc)


def odd(net, s, t):
    """Unusual frames between two nodes."""
    to = f"to {t.label}"
    four = udp4(net, t.mac, s.mac, s.ip4, t.ip4)
    six = udp6(net, t.mac, s.mac, s.ip6, t.ip6)
    yield f"udp4 first fragment {to}", udp4(net, t.mac, s.mac, s.ip4, t.ip4,
                                            id=7, flags="MF")
    yield f"udp4 later fragment {to}", bytes(
        Ether(src=s.mac, dst=t.mac) / IP(src=s.ip4, dst=t.ip4, ttl=61, proto=17,
                                         id=7, frag=9) / Raw(PAYLOAD))
    for offset, word in ((0, "first"), (9, "later")):
        yield f"udp6 {word} fragment {to}", udp6(
            net, t.mac, s.mac, s.ip6, t.ip6,
            [IPv6ExtHdrFragment(id=7, offset=offset, m=int(not offset))])
    yield f"tcp4 {to}", bytes(
        Ether(src=s.mac, dst=t.mac) / IP(src=s.ip4, dst=t.ip4, ttl=61)
        / TCP(sport=7777, dport=7778, flags="S", chksum=WRONG) / Raw(PAYLOAD))
    yield f"udp4 in vlan 5 {to}", tagged(four, 5)
    yield f"udp6 in vlan 5 {to}", tagged(six, 5)
    yield f"udp4 in vlan 0 {to}", tagged(four, 0)
    yield f"udp4 in vlans 5 and 6 {to}", tagged(four, 5, 6)
    yield f"header alone {to}", four[:14]
    yield f"udp4 cut {to}", four[:30]
    yield f"udp6 cut {to}", six[:40]
    yield f"udp4 whose length lies {to}", four[:-20] + MARK
    yield f"arp cut {to}", arp(1, s.mac, BROADCAST, s.ip4, t.ip4)[:30]
    yield f"udp4 of version 5 {to}", four[:14] + b"\x55" + four[15:]


def odd_groups(net, s):
    group, mac = group4(net.joined4)
    yield "udp4 multicast, first fragment", udp4(net, mac, s.mac, s.ip4, group,
                                                 id=8, flags="MF")
    yield "udp4 multicast, last fragment", bytes(
        Ether(src=s.mac, dst=mac) / IP(src=s.ip4, dst=group, ttl=61, proto=17,
                                       id=8, frag=8) / Raw(PAYLOAD[-6:]))
    yield "udp4 broadcast in vlan 5", tagged(
        udp4(net, BROADCAST, s.mac, s.ip4, "255.255.255.255"), 5)
    yield "arp request to host in vlan 5", tagged(
        arp(1, s.mac, BROADCAST, s.ip4, net.nodes["host"].ip4), 5)


def lies(net, s, t):
    """Wrong MACs and addresses."""
    to = f"to {t.label}"
    yield f"udp4 {to} from foreign MAC", udp4(net, t.mac, FOREIGN, s.ip4, t.ip4)
    yield f"udp6 {to} from foreign MAC", udp6(net, t.mac, FOREIGN, s.ip6, t.ip6)
    yield f"udp4 {to} from foreign IP", udp4(net, t.mac, s.mac, net.far4, t.ip4)
    yield f"udp6 {to} from foreign IP", udp6(net, t.mac, s.mac, net.far6, t.ip6)
    yield f"udp4 of {t.label} to unknown MAC", udp4(net, UNKNOWN_MAC, s.mac,
                                                    s.ip4, t.ip4)
    yield f"udp6 of {t.label} to unknown MAC", udp6(net, UNKNOWN_MAC, s.mac,
                                                    s.ip6, t.ip6)
    yield f"udp4 of {t.label} to all", udp4(net, BROADCAST, s.mac, s.ip4, t.ip4)
    if t.role == "wire":  # who claims a free address gets it: no other line's
        return            # result may depend on this one
    yield f"arp announcement of {t.label}", arp(1, s.mac, BROADCAST, t.ip4,
                                                t.ip4)
    yield f"na to all for {t.label}", neighbour_advert(
        s, ALL_NODES[1], ALL_NODES[0], t.ip6, 0)


def reflected(net, s, t):
    """What a switch sends back of what s sent: the wire says it again."""
    for name, data in (*to_one(net, s, t), *to_all(net, s)):
        if not name.startswith(("arp request, u", "ns, u", "non-IP multi")):
            yield f"{s.label}'s {name}, reflected", data


def test_frame(src, dst, kind=ETH_P_TEST):
    return bytes(Ether(src=src, dst=dst, type=kind) / Raw(PAYLOAD))


def all_frames(net):
    """Every Frame of a topology."""
    nodes = net.nodes
    slaves = [n for n in nodes.values() if n.role == "slave"]
    host, wire = nodes["host"], nodes["wire"]
    for s in nodes.values():
        if s.label == "b":  # as a; here to be received from
            continue
        others = [t for t in nodes.values() if t is not s]
        peer = next((t for t in slaves if t is not s), wire)
        found = []
        for t in others:
            found += to_one(net, s, t)
        found += to_all(net, s)
        if not net.topology.mixed:
            found += _of_one_mode(net, s, peer)
        if s is wire:
            for sender in (*slaves, host):
                if sender.label != "b":
                    found += reflected(net, sender, next(
                        t for t in (*slaves, host) if t is not sender))
        done = set()
        for name, data in found:
            if name not in done:
                done.add(name)
                yield Frame(s.label, name, data)


def _of_one_mode(net, s, peer):
    """What mixed topologies have nothing to add to."""
    host, wire, a = (net.nodes[label] for label in ("host", "wire", "a"))
    for make in (to_nobody, of_groups, of_link, odd_groups):
        yield from make(net, s)
    for t in (a, host) if s is wire else (peer, wire):
        if t is not s:
            yield from odd(net, s, t)
            yield from lies(net, s, t)
    if s.role == "slave":
        yield from to_one(net, s, _Itself(s))
    if s is wire:
        yield from to_host_mac(net, wire, a, host)


def to_host_mac(net, wire, a, host):
    """From the wire: the MAC of one, the address of the other."""
    yield "udp4 of a to host's MAC", udp4(net, host.mac, wire.mac, wire.ip4,
                                          a.ip4)
    yield "udp6 of a to host's MAC", udp6(net, host.mac, wire.mac, wire.ip6,
                                          a.ip6)
    yield "udp4 of host to a's MAC", udp4(net, a.mac, wire.mac, wire.ip4,
                                          host.ip4)
    yield "udp4 of nobody to host's MAC", udp4(net, host.mac, wire.mac,
                                               wire.ip4, net.far4)
    yield "udp4 of nobody to a's MAC", udp4(net, a.mac, wire.mac, wire.ip4,
                                            net.far4)


class _Itself:
    def __init__(self, node):
        self.label = "itself"
        self.mac, self.ip4, self.ip6 = node.mac, node.ip4, node.ip6
