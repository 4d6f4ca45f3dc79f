# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds of guests behind taps, whose MACs are their own; see guests.c."""

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (
    ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_Redirect, ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6ExtHdrHopByHop)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from corpus_setup import (
    ALL, L3, L3S, NOBODY, NODES, OWN, PARTIAL, PRIVATE, VEPA, WIRE, XID4,
    advert, arp, eth, ip4, ip6, nd6, setup, solicit)

MAC = [None] + [f"02:00:00:00:52:{slot:02x}" for slot in range(1, 5)]
ALL_KNOWN = 0xff  # every slave is a guest, and its MAC has been learned
UNKNOWN = 0x0f


def bootp(op, mac, sport, dport, udp=None):
    """DHCPv4 with an id from the client's MAC."""
    raw = bytes.fromhex(mac.replace(":", ""))
    return (IP(src="0.0.0.0", dst="255.255.255.255")
            / UDP(sport=sport, dport=dport, **(udp or {}))
            / BOOTP(op=op, xid=XID4, chaddr=raw + bytes(10))
            / DHCP(options=[("message-type", 1), ("client_id", b"\1" + raw), "end"]))


def slave_tx():
    """By the guest of slot 1."""
    me = MAC[1]
    head = setup(guests=ALL_KNOWN)
    for name, dst in (("wire", WIRE), ("own", OWN), ("all", ALL), ("itself", me)):
        yield f"guest-ip4-{name}", head, eth(dst, me) / ip4()
        yield f"guest-ip6-{name}", head, eth(dst, me) / ip6()
        yield f"guest-arp-{name}", head, eth(dst, me) / arp("10.0.0.2", mac=me)
        yield f"guest-plain-{name}", head, eth(dst, me) / Raw(b"\x42\x42\x03")
    yield "guest-group", head, eth(WIRE, ALL) / ip4()
    yield "guest-zero", head, eth(WIRE, "00:00:00:00:00:00") / ip4()
    yield "guest-masters", head, eth(WIRE, OWN) / ip4()
    yield "guest-new", setup(guests=UNKNOWN), eth(WIRE, me) / ip4()
    yield "guest-moved", head, eth(WIRE, MAC[4]) / ip4()
    yield "guest-short", head, b"\2" * 13
    yield "guest-foreign-arp", head, eth(ALL, me) / arp("10.0.0.2", mac=WIRE)
    yield "guest-reply", head, eth(WIRE, me) / ARP(
        op=2, hwsrc=me, psrc="10.0.0.1", hwdst=me, pdst="10.0.0.9")
    yield "guest-rarp", head, Ether(dst=ALL, src=me, type=0x8035) / arp("10.0.0.1", mac=me)
    for name, skb in (("", 0), ("-partial", PARTIAL)):
        known = setup(guests=ALL_KNOWN, skb=skb)
        yield f"guest-ns{name}", known, eth("33:33:ff:00:00:02", me) / nd6() / solicit(mac=me)
        yield f"guest-na{name}", known, eth(NODES, me) / nd6() / advert(mac=me)
        yield f"guest-dhcp{name}", known, eth(ALL, me) / bootp(1, me, 68, 67)
    yield "guest-rs", head, eth(NODES, me) / nd6() / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=me)
    yield "guest-redirect", head, eth(OWN, me) / nd6("fe80::1", "fe80::2") / ICMPv6ND_Redirect(
        tgt="fe80::9", dst="2001:db8::9") / ICMPv6NDOptDstLLAddr(lladdr=me)
    yield "guest-ns-behind", head, eth(NODES, me) / nd6() / IPv6ExtHdrHopByHop() / solicit(mac=me)
    yield "guest-ns-twice", head, (
        eth(NODES, me) / nd6() / solicit(mac=me) / ICMPv6NDOptSrcLLAddr(lladdr=me))
    yield "guest-ns-lies", head, (
        eth(NODES, me) / nd6() / ICMPv6ND_NS(tgt="fe80::2")
        / ICMPv6NDOptSrcLLAddr(lladdr=me, len=9))
    yield "guest-na-claims", setup(guests=ALL_KNOWN, owners=NOBODY), (
        eth(NODES, me) / nd6() / ICMPv6ND_NA(tgt="fe80::1") / ICMPv6NDOptDstLLAddr(lladdr=me))
    yield "guest-dhcp-nosum", head, eth(ALL, me) / bootp(1, me, 68, 67, {"chksum": 0})
    for name, flag in (("l3", L3), ("l3s", L3S), ("private", PRIVATE), ("vepa", VEPA)):
        known = setup(guests=ALL_KNOWN, flags=(flag, 0, 0, 0))
        yield f"guest-{name}-ip4", known, eth(OWN, me) / ip4()
        yield f"guest-{name}-arp", known, eth(ALL, me) / arp("10.0.0.2", mac=me)
        yield f"guest-{name}-ns", known, eth("33:33:ff:00:00:02", me) / nd6() / solicit(mac=me)


def to_guests(mac):
    """From the host or the wire."""
    for name, guests in (("known", ALL_KNOWN), ("new", UNKNOWN)):
        head = setup(guests=guests, dhcp=(2, 2))
        yield f"guest-{name}-ip4", head, eth(OWN, mac) / ip4("10.0.0.2", "10.0.0.9")
        yield f"guest-{name}-ip6", head, eth(OWN, mac) / ip6("fe80::2", "fe80::9")
        yield f"guest-{name}-asks", head, eth(ALL, mac) / arp("10.0.0.2", "10.0.0.9", mac=mac)
        yield f"guest-{name}-reply", head, eth(OWN, mac) / ARP(
            op=2, hwsrc=mac, psrc="10.0.0.9", hwdst=OWN, pdst="10.0.0.2")
        yield f"guest-{name}-dhcp", head, eth(ALL, mac) / bootp(2, OWN, 67, 68)
        yield f"guest-{name}-dhcp-own", head, eth(OWN, mac) / bootp(2, OWN, 67, 68)
