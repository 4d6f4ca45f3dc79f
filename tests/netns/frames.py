# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames made byte by byte: what a test sends is what it compares with."""

import ipaddress

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6NDOptDstLLAddr,
                                ICMPv6NDOptSrcLLAddr, ICMPv6ND_NA,
                                ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, IPv6)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from capture import ETH_P_TEST

BROADCAST = "ff:ff:ff:ff:ff:ff"
FOREIGN = "02:00:00:00:66:66"
PAYLOAD = bytes(range(64))


def test_frame(source, target, payload=b"not IP"):
    """A frame of no protocol that a stack would answer or switch by."""
    return bytes(Ether(src=source, dst=target, type=ETH_P_TEST) / payload)


test_frame.__test__ = False  # not a test, whatever its name


def echo4(source, target, dst_mac, src_mac=None, payload=PAYLOAD, **ip):
    """ICMP echo request; nodes in a quiet lab do not answer it."""
    return bytes(Ether(src=src_mac or source.mac, dst=dst_mac)
                 / IP(src=source.ip4, dst=_ip4(target), ttl=ip.pop("ttl", 61),
                      **ip)
                 / ICMP(type=8, id=77, seq=1) / Raw(payload))


def echo6(source, target, dst_mac, src_mac=None, hlim=62, payload=PAYLOAD):
    return bytes(Ether(src=src_mac or source.mac, dst=dst_mac)
                 / IPv6(src=source.ip6, dst=_ip6(target), hlim=hlim)
                 / ICMPv6EchoRequest(id=77, seq=1, data=payload))


def _ip4(target):
    return getattr(target, "ip4", target)


def _ip6(target):
    return getattr(target, "ip6", target)


def arp_request(source, target, sender_ip=None, sender_mac=None,
                src_mac=None):
    return bytes(Ether(src=src_mac or source.mac, dst=BROADCAST)
                 / ARP(op=1, hwsrc=sender_mac or source.mac,
                       psrc=source.ip4 if sender_ip is None else sender_ip,
                       hwdst="00:00:00:00:00:00", pdst=_ip4(target)))


def arp_reply(source, target, dst_mac, sender_ip=None, sender_mac=None):
    return bytes(Ether(src=source.mac, dst=dst_mac)
                 / ARP(op=2, hwsrc=sender_mac or source.mac,
                       psrc=sender_ip or source.ip4,
                       hwdst=dst_mac, pdst=_ip4(target)))


def arp_announce(source, ip=None):
    """Gratuitous ARP (RFC 5227, section 3): how an address is learned."""
    ip = ip or source.ip4
    return arp_request(source, ip, sender_ip=ip)


def solicited_node(ip6):
    """(multicast address, its MAC) of RFC 4291, section 2.7.1."""
    low = ipaddress.ip_address(ip6).packed[-3:]
    group = bytes.fromhex("ff0200000000000000000001ff") + low
    mac = "33:33:ff:" + low.hex(":")
    return str(ipaddress.ip_address(group)), mac


def neighbour_solicit(source, target, sender_mac=None, between=(),
                      sender_ip=None):
    """NS; `between` holds extension headers in front of ICMPv6."""
    group, mac = solicited_node(_ip6(target))
    packet = (Ether(src=source.mac, dst=mac)
              / IPv6(src=sender_ip or source.ip6, dst=group, hlim=255))
    for header in between:
        packet /= header
    return bytes(packet / ICMPv6ND_NS(tgt=_ip6(target))
                 / ICMPv6NDOptSrcLLAddr(lladdr=sender_mac or source.mac))


def dad_solicit(source, ip6=None):
    """NS of duplicate address detection (RFC 4862): from ::, no option."""
    ip6 = ip6 or source.ip6
    group, mac = solicited_node(ip6)
    return bytes(Ether(src=source.mac, dst=mac)
                 / IPv6(src="::", dst=group, hlim=255)
                 / ICMPv6ND_NS(tgt=ip6))


def neighbour_advert(source, dst_mac, dst_ip, target=None, sender_mac=None,
                     between=()):
    packet = (Ether(src=source.mac, dst=dst_mac)
              / IPv6(src=source.ip6, dst=dst_ip, hlim=255))
    for header in between:
        packet /= header
    return bytes(packet / ICMPv6ND_NA(R=0, S=0, O=1,
                                      tgt=target or source.ip6)
                 / ICMPv6NDOptDstLLAddr(lladdr=sender_mac or source.mac))


def neighbour_announce(source, ip6=None):
    """Unsolicited NA to all nodes: how an IPv6 address is learned."""
    return neighbour_advert(source, "33:33:00:00:00:01", "ff02::1",
                            target=ip6 or source.ip6)


def router_solicit(source, sender_mac=None):
    return bytes(Ether(src=source.mac, dst="33:33:00:00:00:02")
                 / IPv6(src=source.ip6, dst="ff02::2", hlim=255)
                 / ICMPv6ND_RS()
                 / ICMPv6NDOptSrcLLAddr(lladdr=sender_mac or source.mac))


def router_advert(source, sender_mac=None):
    return bytes(Ether(src=source.mac, dst="33:33:00:00:00:01")
                 / IPv6(src=source.ip6, dst="ff02::1", hlim=255)
                 / ICMPv6ND_RA(routerlifetime=0)
                 / ICMPv6NDOptSrcLLAddr(lladdr=sender_mac or source.mac))


def tagged(frame, *vids):
    """The frame with 802.1Q tags, the first of vids outermost."""
    packet = Ether(frame)
    kind, payload = packet.type, bytes(packet.payload)
    tags = b""
    for vid in vids:
        tags += (0x8100).to_bytes(2, "big") + vid.to_bytes(2, "big")
    return frame[:12] + tags + kind.to_bytes(2, "big") + payload


def is_mld(frame):
    """MLD (RFC 3810), which is behind a hop-by-hop header."""
    return frame[12:14] == b"\x86\xdd" and frame[20] == 0 \
        and frame[54] == 58 and 130 <= frame[62] <= 143


def forwarded(frame, dst_mac, src_mac):
    """The frame after a router: other MACs, and a hop less to live."""
    packet = Ether(frame)
    packet.dst, packet.src = dst_mac, src_mac
    if IP in packet:
        packet[IP].ttl -= 1
        del packet[IP].chksum
    else:
        packet[IPv6].hlim -= 1
    return bytes(packet)


def readdressed(frame, dst_mac, src_mac):
    """The frame with other MACs and nothing else changed."""
    return bytes.fromhex((dst_mac + src_mac).replace(":", "")) + frame[12:]


def source_macs(frame):
    """Every MAC with which a frame names its sender: Ethernet, ARP, ND."""
    packet = Ether(frame)
    macs = {packet.src}
    if ARP in packet:
        macs.add(packet[ARP].hwsrc)
    for option in (ICMPv6NDOptSrcLLAddr, ICMPv6NDOptDstLLAddr):
        if option in packet:
            macs.add(packet[option].lladdr)
    return macs


def checksums_valid(frame):
    """Whether scapy computes the same IP, UDP, TCP and ICMP checksums."""
    packet = Ether(frame)
    for kind in packet.layers():
        for field in ("chksum", "cksum"):
            if field in packet[kind].fields:
                delattr(packet[kind], field)
    return bytes(packet) == frame


def _sum(data):
    """RFC 1071: 0xffff over what includes its own valid checksum."""
    total = sum(int.from_bytes(data[i:i + 2], "big")
                for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def _even(data):
    return data + bytes(len(data) % 2)


def icmp_valid(frame):
    """Whether ICMP's checksums are right, whatever is quoted in it."""
    if frame[12:14] == b"\x08\x00":
        return _sum(frame[14:34]) == _sum(_even(frame[34:])) == 0xffff
    pseudo = frame[22:54] + (len(frame) - 54).to_bytes(4, "big") \
        + (58).to_bytes(4, "big")
    return _sum(pseudo + _even(frame[54:])) == 0xffff


def ip_source(frame):
    """The source address of an IP packet, or None."""
    if frame[12:14] == b"\x08\x00":
        return str(ipaddress.ip_address(frame[26:30]))
    if frame[12:14] == b"\x86\xdd":
        return str(ipaddress.ip_address(frame[22:38]))
    return None
