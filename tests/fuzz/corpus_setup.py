# SPDX-License-Identifier: GPL-2.0-or-later
"""What seeds of the datapath's fuzz targets are made of: a struct setup of
datapath.h, and the frames that many of them have.
"""

from struct import pack

from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import (
    ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6,
    IPv6ExtHdrHopByHop, RouterAlert)
from scapy.layers.l2 import ARP, Ether

OWN = "02:00:00:00:47:11"
WIRE = "02:00:00:00:99:01"
ALL = "ff:ff:ff:ff:ff:ff"
NODES = "33:33:00:00:00:01"

# struct setup. Owners: a slave, 5 the host; 8 static; 16 and more: by whom and
# how long ago it was claimed. See set_owner().
HOST, STATIC, ASKED, SILENT, ANSWERED = 5, 8, 16, 32, 48
PEER, PRIVATE, VEPA, HOST_OFF, L3, L3S, PROXY = 2, 4, 8, 16, 32, 64, 128
NOMINEE, ARP_FLOOD, IP4, NO_FWD6, NETKIT = 256, 512, 1024, 2048, 4096
VLAN, GSO, TC_INDEX, PARTIAL = 1, 2, 4, 8
FOLDED, LIES, PRIORITY, ROUTED = 16, 32, 64, 128
FLOOD, FLOOD_BEFORE, SMALL_MTU, FULL, FEW, NONE = 1, 2, 4, 8, 16, 32
COPIER, QUEUE_FULL, QUEUE_STUCK, MANY, NO_IP6 = 64, 128, 256, 512, 1024
QUERIED, GROUPS_FULL = 2048, 4096
# Results of a lookup; 16: by another device, 32: to another master's slave.
FORWARDED, NOT_FORWARDED, NO_NEIGH, TOO_BIG, OTHER_DEVICE = 0, 4, 7, 8, 16
# What became of a transaction's client id, and how long ago it was.
REPLACED, INSERTED, OLD, OTHER_XID = 8, 16, 32, 64
ALERT = IPOption_Router_Alert()
XID4, XID6 = 0x12345678, 0x345678
EVERYBODY = (1, 2, 3, HOST | STATIC, 1, 2, 1 | STATIC, HOST)
NOBODY = (0,) * 8


def setup(*, slot=1, skb=0, pkt_type=255, linear=255, flags=(0, 0, 0, 0), gone=0,
          port=0, full=0, owners=EVERYBODY, groups=(0, 0, 0, 0), stale=0, nominee=0,
          dhcp=(0, 0), fib=0, ingress=0, more=0, fewer=0, modes=(0, 0, 0, 0),
          macs=(0, 0, 0, 0), lists=(0, 0), macs_full=0, queue=0,
          guests=0):
    return (bytes([slot - 1, skb, pkt_type, linear]) + pack("<4HH", *flags, port) +
            bytes([gone, full, *owners, *groups, stale, nominee, *dhcp, fib,
                   ingress, more, fewer, *modes, *macs, *lists, macs_full,
                   queue, guests, 0]))


def eth(to, source=OWN):
    return Ether(dst=to, src=source)


def ip4(target="10.0.0.2", source="10.0.0.1"):
    return IP(src=source, dst=target) / UDP(sport=4000, dport=4001) / b"data"


def ip6(target="fe80::2", source="fe80::1"):
    return IPv6(src=source, dst=target) / UDP(sport=4000, dport=4001) / b"data"


def arp(target, source="10.0.0.1", op=1, mac=OWN):
    return ARP(op=op, hwsrc=mac, psrc=source, pdst=target)


def nd6(source="fe80::1", target="ff02::1"):
    return IPv6(src=source, dst=target, hlim=255)


def solicit(target="fe80::2", mac=OWN):
    return ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=mac)


def advert(target="fe80::1", mac=OWN):
    return ICMPv6ND_NA(tgt=target) / ICMPv6NDOptDstLLAddr(lladdr=mac)


def routers_advert(mac=OWN):
    return (ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=mac) /
            ICMPv6NDOptMTU(mtu=1500) /
            ICMPv6NDOptPrefixInfo(prefix="2001:db8::"))


def igmp(message, target, source="10.0.0.1"):
    return IP(src=source, dst=target, ttl=1, options=[ALERT]) / message


def mld(message, target, source="fe80::1"):
    return (IPv6(src=source, dst=target, hlim=1) /
            IPv6ExtHdrHopByHop(options=[RouterAlert()]) / message)
