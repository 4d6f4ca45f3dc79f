#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seed corpora of the fuzz targets: corpus/TARGET/NAME.

Seeds are real frames, built by scapy, behind a struct setup of datapath.h;
those of the command's parsers are text. What is there is replaced.
"""

import shutil
import sys
from pathlib import Path

from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DHCP6_Advertise, DHCP6_Reply, DHCP6_Request, DHCP6_Solicit,
    DHCP6OptClientId, DHCP6OptElapsedTime, DUID_LL, DUID_LLT)
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest, ICMPv6MLDMultAddrRec, ICMPv6MLDone, ICMPv6MLQuery,
    ICMPv6MLQuery2, ICMPv6MLReport, ICMPv6MLReport2, ICMPv6ND_NS, ICMPv6ND_RS,
    ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

import corpus_guest
import corpus_macvlan
from corpus_setup import (
    ALERT, ALL, ANSWERED, ARP_FLOOD, ASKED, COPIER, FEW, FLOOD, FLOOD_BEFORE,
    FOLDED, FULL, GROUPS_FULL, GSO, HOST, HOST_OFF, INSERTED, IP4, L3, L3S,
    LIES, MANY, NETKIT, NOBODY, NODES, NONE, NOT_FORWARDED, NO_FWD6, NO_IP6,
    NO_NEIGH, OLD, OTHER_DEVICE, OTHER_XID, OWN, PARTIAL, PRIORITY, PRIVATE,
    PROXY, QUERIED, QUEUE_FULL, QUEUE_STUCK, REPLACED, ROUTED, SILENT,
    SMALL_MTU, STATIC, TC_INDEX, TOO_BIG, VEPA, VLAN, WIRE, XID4, XID6, advert, arp, eth,
    igmp, ip4, ip6, mld, nd6, routers_advert, setup, solicit)

CORPUS = Path(__file__).resolve().parent / "corpus"
SIZE_MAX = 500


def zero_payload_length(frame):
    data = bytearray(bytes(frame))
    data[18:20] = b"\0\0"
    return bytes(data)


def records(*types):
    return IGMPv3(type=0x22) / IGMPv3mr(records=[
        IGMPv3gr(rtype=t, maddr=group, srcaddrs=["192.0.2.1"] * n)
        for t, group, n in types])


def records6(*types):
    return ICMPv6MLReport2(records=[
        ICMPv6MLDMultAddrRec(rtype=t, dst=group, sources=["2001:db8::9"] * n)
        for t, group, n in types])


def groups(mac):
    """IGMP, MLD and what depends on them; flooding."""
    to4, to6 = eth("01:00:5e:01:02:03", mac), eth("33:33:00:01:00:03", mac)
    every = dict(groups=(0x11, 0x12, 0x41, 0xf1), flags=(IP4,) * 4)
    for name, type_ in (("v1", 0x12), ("v2", 0x16), ("leave", 0x17)):
        yield ("igmp-" + name, setup(**every),
               to4 / igmp(IGMP(type=type_, gaddr="239.1.2.3"), "239.1.2.3"))
    yield ("igmp-join", setup(flags=(0,) * 4),
           to4 / igmp(IGMP(type=0x16, gaddr="239.1.2.3"), "239.1.2.3"))
    yield ("igmp-limit", setup(full=2),
           to4 / igmp(IGMP(type=0x16, gaddr="239.9.9.9"), "239.9.9.9"))
    yield ("igmp-no-room", setup(port=GROUPS_FULL, **every),
           to4 / igmp(IGMP(type=0x16, gaddr="239.9.9.9"), "239.9.9.9"))
    yield ("igmp-stale", setup(stale=2, **every),
           to4 / igmp(IGMP(type=0x16, gaddr="239.1.2.3"), "239.1.2.3"))
    yield ("igmp-v3", setup(**every), to4 / igmp(records(
        (2, "239.1.2.3", 0), (3, "224.0.0.251", 0), (4, "239.4.5.6", 1),
        (5, "239.5.6.7", 2), (6, "239.1.2.3", 1), (9, "239.1.2.3", 0)), "224.0.0.22"))
    yield ("igmp-fragment", setup(**every), to4 / IP(
        src="10.0.0.1", dst="239.1.2.3", flags="MF") / IGMP(type=0x16, gaddr="239.1.2.3"))
    yield ("igmp-query", setup(**every),
           eth("01:00:5e:00:00:01", mac) / igmp(IGMP(type=0x11, mrcode=100), "224.0.0.1"))
    yield ("igmp-query-soon", setup(port=QUERIED, **every),
           eth("01:00:5e:00:00:01", mac) / igmp(IGMP(type=0x11), "224.0.0.1"))
    yield ("igmp-query-v3", setup(skb=FOLDED, **every),
           eth("01:00:5e:00:00:01", mac) /
           igmp(IGMP(type=0x11, mrcode=100) / Raw(b"\2\x7d\0\0"), "224.0.0.1"))
    yield "mld-v1", setup(**every), to6 / mld(
        ICMPv6MLReport(mladdr="ff05::1:3"), "ff05::1:3")
    yield "mld-done", setup(**every), to6 / mld(
        ICMPv6MLDone(mladdr="ff05::1:3"), "ff02::2")
    yield "mld-join", setup(flags=(0,) * 4), to6 / mld(
        ICMPv6MLReport(mladdr="ff05::1:3"), "ff05::1:3")
    yield "mld-v2", setup(**every), to6 / mld(records6(
        (2, "ff05::1:3", 0), (3, "ff02::1:ff00:2", 0), (4, "ff02::1:ff00:1", 1)), "ff02::16")
    yield "mld-query", setup(**every), eth(NODES, mac) / mld(
        ICMPv6MLQuery(mrd=1000), "ff02::1")
    yield "mld-query-v2", setup(**every), eth(NODES, mac) / mld(
        ICMPv6MLQuery2(mrd=1000), "ff02::1")
    yield "members", setup(**every), to4 / ip4("239.1.2.3")
    yield "members6", setup(**every), to6 / ip6("ff05::1:3")
    yield "mdns", setup(**every), eth("01:00:5e:00:00:fb", mac) / ip4("224.0.0.251")
    yield ("solicited", setup(owners=NOBODY, **every), eth("33:33:ff:00:00:02", mac) /
           nd6() / solicit("2001:db8::2", mac))
    yield ("arp-flood", setup(flags=(0, ARP_FLOOD, IP4, L3)),
           eth(ALL, mac) / arp("192.0.2.1", "192.0.2.9", mac=mac))
    for name, port in (("copier", COPIER), ("copier-first", COPIER | FLOOD),
                       ("copier-full", COPIER | QUEUE_FULL),
                       ("copier-stuck", COPIER | QUEUE_FULL | QUEUE_STUCK),
                       ("no-copier", 0)):
        yield (name, setup(port=port | MANY, flags=(IP4, 0, IP4, IP4)),
               eth(ALL, mac) / ip4("10.0.0.255", "10.0.0.1"))
    yield ("copier-gone", setup(port=COPIER | MANY, gone=1),
           eth(ALL, mac) / Raw(b"\x42\x42\x03"))
    yield ("copier-arp", setup(port=COPIER | MANY, owners=NOBODY),
           eth(ALL, mac) / arp("192.0.2.1", "0.0.0.0", mac=mac))
    for name, flags in (("l3", L3), ("private", L3 | PRIVATE), ("off", L3S | HOST_OFF)):
        yield ("nominee-" + name, setup(flags=(0, 0, flags, 0), nominee=3),
               eth(ALL, mac) / ip4("10.0.0.255", "10.0.0.1"))
    yield ("nominee-sender", setup(flags=(L3, 0, 0, 0), nominee=1),
           eth(ALL, mac) / ip4("10.0.0.255", "10.0.0.1"))


def dhcp4(op, options, *, xid=XID4, source="0.0.0.0", target="255.255.255.255", pad=0,
          ip_options=()):
    ports = (68, 67) if op == 1 else (67, 68)
    return (IP(src=source, dst=target, options=list(ip_options)) /
            UDP(sport=ports[0], dport=ports[1]) /
            BOOTP(op=op, xid=xid, chaddr=bytes.fromhex(OWN.replace(":", ""))) /
            DHCP(options=[*options, "end"]) / Raw(b"\0" * pad))


def dhcp6(message, *, source="fe80::1", target="ff02::1:2", duid=None, reply=False):
    duid = duid or DUID_LL(lladdr=OWN)
    ports = (547, 546) if reply else (546, 547)
    return (IPv6(src=source, dst=target) / UDP(sport=ports[0], dport=ports[1]) /
            message / DHCP6OptElapsedTime() / DHCP6OptClientId(duid=duid))


OWN_ID = ("client_id", b"\1" + bytes.fromhex(OWN.replace(":", "")))
SLAVES_ID = ("client_id", b"\1\6\0\0\0\0\2")


def dhcp_requests():
    """Of a slave or the host."""
    to6 = eth("33:33:00:01:00:02")
    yield "dhcp4", setup(), eth(ALL) / dhcp4(1, [OWN_ID])
    yield "dhcp4-none", setup(), eth(ALL) / dhcp4(1, [("message-type", 1)])
    yield "dhcp4-odd", setup(), eth(ALL) / dhcp4(1, [("hostname", b"ab")])
    yield "dhcp4-pad", setup(), eth(ALL) / dhcp4(1, [("message-type", 1)], pad=30)
    yield ("dhcp4-partial", setup(skb=PARTIAL | FOLDED),
           eth(ALL) / dhcp4(1, [("message-type", 1)]))
    yield "dhcp4-other", setup(), eth(ALL) / dhcp4(1, [("client_id", b"\0abc")])
    yield "dhcp4-renew", setup(), eth(WIRE) / dhcp4(
        1, [OWN_ID], source="10.0.0.1", target="192.0.2.1")
    yield "dhcp4-options", setup(), eth(WIRE) / dhcp4(
        1, [OWN_ID], source="10.0.0.1", target="192.0.2.1", ip_options=[ALERT])
    yield "dhcp4-taken", setup(dhcp=(2, 0)), eth(ALL) / dhcp4(1, [OWN_ID])
    yield ("dhcp4-taken-renew", setup(dhcp=(5, 0), skb=PARTIAL), eth(OWN) / dhcp4(
        1, [("message-type", 3)], source="10.0.0.1", target="10.0.0.2"))
    yield "dhcp4-old", setup(dhcp=(2 | OLD, 0)), eth(ALL) / dhcp4(1, [OWN_ID])
    yield "dhcp4-vepa", setup(flags=(VEPA, 0, 0, 0)), eth(ALL) / dhcp4(1, [OWN_ID])
    yield "dhcp6", setup(), to6 / dhcp6(DHCP6_Solicit(trid=XID6))
    yield "dhcp6-llt", setup(dhcp=(0, 2)), to6 / dhcp6(
        DHCP6_Request(trid=XID6), duid=DUID_LLT(lladdr=OWN))


def dhcp_replies(source):
    """To slave 2, who asked."""
    slaves = DUID_LL(lladdr="06:00:00:00:00:02")
    for name, what in (("same", 0), ("replaced", REPLACED), ("inserted", INSERTED),
                       ("old", OLD)):
        yield ("dhcp4-reply-" + name, setup(dhcp=(2 | what, 0)), eth(ALL, source) /
               dhcp4(2, [SLAVES_ID], source="10.0.0.9"))
    yield ("dhcp4-reply-unicast", setup(dhcp=(2 | INSERTED, 0), skb=PARTIAL),
           eth(OWN, source) / dhcp4(2, [("message-type", 2), SLAVES_ID], target="10.0.0.77"))
    yield ("dhcp4-reply-other-xid", setup(dhcp=(2 | REPLACED | OTHER_XID, 0)),
           eth(ALL, source) / dhcp4(2, [SLAVES_ID], source="10.0.0.9"))
    yield ("dhcp4-reply-other-host", setup(dhcp=(5 | OTHER_XID, 0)),
           eth(OWN, source) / dhcp4(2, [SLAVES_ID], source="10.0.0.9"))
    yield ("dhcp4-reply-private", setup(dhcp=(2, 0), flags=(0, PRIVATE, 0, 0)),
           eth(ALL, source) / dhcp4(2, [SLAVES_ID]))
    yield ("dhcp4-reply-off", setup(dhcp=(2, 0), flags=(0, HOST_OFF, 0, 0)),
           eth(ALL, source) / dhcp4(2, [SLAVES_ID]))
    yield ("dhcp6-reply", setup(), eth(OWN, source) / dhcp6(
        DHCP6_Reply(trid=XID6), target="fe80::2", duid=slaves, reply=True))
    yield ("dhcp6-advertise", setup(dhcp=(0, 2), owners=NOBODY), eth(OWN, source) / dhcp6(
        DHCP6_Advertise(trid=XID6), target="fe80::2", duid=slaves, reply=True))


def routed(mac):
    """What is for a slave in l3 or l3s, from elsewhere."""
    for name, flag in (("l3", L3), ("l3s", L3S), ("proxy", L3 | PROXY),
                       ("private", L3 | PRIVATE), ("off", L3 | HOST_OFF),
                       ("l3s-off", L3S | HOST_OFF), ("l3s-no", L3S | NO_FWD6),
                       ("netkit", L3 | NETKIT)):
        head = setup(flags=(0, flag, 0, 0))
        yield name + "-ip4", head, eth(OWN, mac) / ip4("10.0.0.2", "10.0.0.1")
        yield name + "-ip6", head, eth(OWN, mac) / ip6("fe80::2", "fe80::1")
        yield name + "-arp", head, eth(ALL, mac) / arp("10.0.0.2", mac=mac) / Raw(b"\0" * 18)
        yield name + "-ns", head, eth("33:33:ff:00:00:02", mac) / nd6() / solicit(mac=mac)
    yield ("l3-dad", setup(flags=(0, L3 | PROXY, 0, 0)),
           eth(NODES, mac) / nd6("::") / ICMPv6ND_NS(tgt="fe80::2"))
    yield ("l3-forwarded", setup(flags=(L3S | PRIVATE, L3S, 0, 0), ingress=1),
           eth(OWN, mac) / ip4("10.0.0.2", "10.0.0.1"))
    yield ("l3-forwarded-off", setup(flags=(0, L3S | HOST_OFF, 0, 0), ingress=200),
           eth(OWN, mac) / ip4("10.0.0.2", "10.0.0.1"))
    for name, flag in (("", 0), ("-private", PRIVATE)):
        for where, ingress in (("netkit-forwarded", 0), ("says-netkit-forwarded", 200)):
            yield (where + name,
                   setup(skb=ROUTED, ingress=ingress,
                         flags=(L3 | NETKIT | flag, HOST_OFF, 0, 0)),
                   eth(OWN, mac) / ip4("10.0.0.2", "10.0.0.1"))


def routed_tx():
    """Of slave 1, in l3 or l3s."""
    wire, own = eth(WIRE), eth(OWN)
    for name, flag in (("l3", L3), ("l3s", L3S), ("vepa", L3 | VEPA), ("vepa-l3s", L3S | VEPA),
                       ("off", L3 | HOST_OFF), ("l3s-off", L3S | HOST_OFF),
                       ("private", L3 | PRIVATE), ("no-fwd", L3S | NO_FWD6),
                       ("netkit", L3 | NETKIT)):
        head = setup(flags=(flag, 0, L3S, 0))
        yield "from-" + name + "-ip4", head, wire / ip4("192.0.2.1")
        yield "from-" + name + "-sibling", head, own / ip4("10.0.0.2")
        yield "from-" + name + "-l3s", head, own / ip4("10.0.0.3")
        yield "from-" + name + "-ip6", head, wire / ip6("2001:db8::99")
        yield "from-" + name + "-host", head, own / ip6("2001:db8::2")
        for said, bit in (("slaves", TC_INDEX), ("routed", ROUTED)):
            yield (f"from-{name}-says-{said}", setup(skb=bit, flags=(flag, 0, L3S, 0)),
                   wire / ip4("192.0.2.1"))
    l3 = dict(flags=(L3, 0, 0, 0))
    for name, fib in (("stack", NOT_FORWARDED), ("neigh", NO_NEIGH | OTHER_DEVICE),
                      ("master", 32), ("blackhole", 1)):
        yield "fib-" + name, setup(fib=fib, **l3), wire / ip4("192.0.2.1")
    yield "fib-fragment", setup(fib=TOO_BIG, more=200, **l3), wire / ip4("192.0.2.1")
    for name, extra in (("", {}), ("-gso", {"skb": GSO}), ("-folded", {"skb": FOLDED}),
                        ("-nowhere", {"port": NO_IP6}), ("-nonlinear", {"linear": 14})):
        yield ("too-big" + name, setup(fib=TOO_BIG, more=200, **l3, **extra),
               wire / ip6("2001:db8::99"))
    yield "from-l3-tcp", setup(skb=GSO, **l3), wire / IP(src="10.0.0.1", dst="192.0.2.1") / TCP()
    yield "from-l3-group", setup(**l3), eth(ALL) / ip4("255.255.255.255")
    yield "from-l3-group-ip", setup(**l3), own / ip4("239.1.2.3")
    yield ("from-l3-nominee", setup(flags=(L3, L3, 0, 0), nominee=2),
           eth(ALL) / ip4("255.255.255.255"))
    yield "from-l3-arp", setup(**l3), eth(ALL) / arp("10.0.0.2")
    yield "from-l3-spoof", setup(**l3), wire / ip4("192.0.2.1", "10.0.0.2")
    yield "from-l3-new", setup(owners=NOBODY, **l3), wire / ip4("192.0.2.1")
    yield "from-l3-na", setup(**l3), own / nd6("fe80::1", "fe80::2") / advert("fe80::1")
    yield "from-l3-ns", setup(**l3), own / nd6("fe80::1", "fe80::2") / solicit()
    netkit = dict(flags=(NETKIT, 0, 0, 0))
    yield "netkit", setup(**netkit), own / ip4("10.0.0.2")
    yield "netkit-tag", setup(**netkit), Ether(
        dst=WIRE, src=OWN, type=0x8100) / Raw(b"\0\5\x08\0" + bytes(ip4()))
    yield "netkit-lies", setup(skb=LIES, **netkit), eth(ALL) / arp("10.0.0.2", mac=WIRE)


def slave_tx():
    """Frames of slave 1, to whom it may talk and to whom not."""
    yield from groups(OWN)
    yield from dhcp_requests()
    yield from dhcp_replies(OWN)
    yield from routed(OWN)
    yield from routed_tx()
    yield from corpus_macvlan.slave_tx()
    yield from corpus_guest.slave_tx()
    hop, dst, frag = (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(),
                      IPv6ExtHdrFragment())
    yield "ip4-wire", setup(), eth(WIRE) / ip4("192.0.2.1")
    yield "ip4-sibling", setup(), eth(OWN) / ip4()
    yield "ip4-host", setup(), eth(OWN) / ip4("10.0.0.4")
    yield "ip4-broadcast", setup(), eth(ALL) / ip4("255.255.255.255")
    yield "ip6-sibling", setup(), eth(OWN) / ip6()
    yield "ip6-mdns", setup(), eth("33:33:00:00:00:fb") / ip6("ff02::fb")
    yield "tcp6", setup(), eth(OWN) / IPv6(src="fe80::1", dst="fe80::2") / TCP()
    yield "plain", setup(), eth(ALL) / Raw(b"\x42\x42\x03")
    yield "llc", setup(), Ether(dst=ALL, src=OWN, type=3) / Raw(b"\x42\x42\x03")
    yield "foreign", setup(), eth(WIRE, WIRE) / ip4()
    yield "vlan", setup(skb=VLAN), eth(WIRE) / ip4()
    yield "pause", setup(), Ether(dst=WIRE, src=OWN, type=0x8808) / Raw(b"\0\1\0\0")
    yield "own-address", setup(), eth(OWN) / ip4("10.0.0.1")
    yield ("own-announcement", setup(owners=NOBODY),
           eth(OWN) / arp("192.0.2.1", "192.0.2.1"))
    yield ("vepa-dad", setup(flags=(VEPA, 0, 0, 0)),
           eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="fe80::2"))
    yield ("vepa-dad-ip4", setup(flags=(VEPA, 0, 0, 0)),
           eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="::ffff:10.0.0.3"))
    yield "short", setup(), b"\xff" * 9
    yield "inactive", setup(flags=(1, 0, 0, 0)), eth(WIRE) / ip4()
    yield "no-host-end", setup(slot=6), eth(WIRE) / ip4()
    yield "oversize", setup(port=SMALL_MTU), eth(WIRE) / ip4() / Raw(b"x" * 80)
    yield "gso", setup(port=SMALL_MTU, skb=GSO), eth(WIRE) / ip4() / Raw(b"x" * 80)
    yield "nonlinear-ip4", setup(linear=14), eth(OWN) / ip4()
    yield "nonlinear-ip6", setup(linear=0), eth(OWN) / ip6()
    for name, flag in (("private", PRIVATE), ("vepa", VEPA),
                       ("host-off", HOST_OFF)):
        yield name, setup(flags=(flag, 0, 0, 0)), eth(OWN) / ip4()
        yield name + "-group", setup(flags=(flag, 0, 0, 0)), eth(ALL) / arp("10.0.0.2")
    yield "private-target", setup(flags=(0, PRIVATE, 0, 0)), eth(OWN) / ip4()
    yield "gone-device", setup(gone=4), eth(ALL) / arp("192.0.2.1")
    yield "flood-limit", setup(port=FLOOD), eth(ALL) / ip4("10.0.0.255")
    yield "flood-window", setup(port=FLOOD | FLOOD_BEFORE), eth(ALL) / ip4("10.0.0.255")
    yield "no-slots", setup(port=NONE), eth(ALL) / ip4("10.0.0.255")

    yield "arp-sibling", setup(), eth(ALL) / arp("10.0.0.2")
    yield "arp-host", setup(), eth(ALL) / arp("10.0.0.4")
    yield "arp-probe", setup(), eth(ALL) / arp("10.0.0.3", "0.0.0.0")
    yield "arp-announce", setup(), eth(ALL) / arp("10.0.0.1")
    yield "arp-reply", setup(), eth(WIRE) / arp("192.0.2.1", op=2)
    yield "arp-foreign", setup(), eth(ALL) / arp("192.0.2.1", mac=WIRE)
    yield "arp-bad", setup(), eth(ALL) / ARP(hwlen=8, hwsrc=OWN)
    yield "arp-new", setup(owners=NOBODY), eth(ALL) / arp("192.0.2.1")
    yield "arp-limit", setup(owners=NOBODY, full=2), eth(ALL) / arp("192.0.2.1")
    yield "arp-table-full", setup(port=FULL), eth(ALL) / arp("192.0.2.1", "192.0.2.2")
    yield "arp-contest", setup(), eth(ALL) / arp("192.0.2.1", "10.0.0.2") / Raw(b"tail")
    yield ("arp-asked", setup(owners=[1, 2 | ASKED] + [0] * 6),
           eth(ALL) / arp("192.0.2.1", "10.0.0.2"))
    yield ("arp-silent", setup(owners=[1, 2 | SILENT] + [0] * 6),
           eth(ALL) / arp("192.0.2.1", "10.0.0.2"))
    yield ("arp-contest-host", setup(owners=[1, HOST] + [0] * 6),
           eth(ALL) / arp("192.0.2.1", "10.0.0.2"))
    yield "arp-static", setup(), eth(ALL) / arp("192.0.2.1", "10.0.0.4")
    yield "arp-gone", setup(flags=(0, 1, 0, 0)), eth(ALL) / arp("192.0.2.1", "10.0.0.2")

    yield "ns-sibling", setup(), eth(NODES) / nd6() / solicit()
    yield "ns-foreign", setup(), eth(NODES) / nd6() / solicit(mac=WIRE)
    yield "ns-dad", setup(), eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="fe80::2")
    yield ("ns-dad-host", setup(),
           eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="2001:db8::2"))
    yield ("ns-options", setup(),
           eth(NODES) / nd6() / solicit() / Raw(b"\x0e\1\1\2\3\4\5\6" * 2))
    yield "na", setup(), eth(NODES) / nd6() / advert()
    yield ("na-silent", setup(owners=[0] * 4 + [1, 2 | SILENT, 0, 0]),
           eth(WIRE) / nd6() / advert("fe80::2"))
    yield ("rs", setup(),
           eth(NODES) / nd6() / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=OWN))
    yield "ra", setup(), eth(NODES) / nd6() / routers_advert()
    yield ("redirect", setup(),
           eth(OWN) / nd6() / ICMPv6ND_Redirect() /
           ICMPv6NDOptDstLLAddr(lladdr=WIRE))
    yield ("ns-headers", setup(linear=14),
           eth(NODES) / nd6() / hop / dst / frag / solicit())
    yield ("ns-deep", setup(),
           eth(NODES) / nd6() / dst / dst / dst / dst / dst / dst / dst /
           solicit(mac=WIRE))
    yield ("ns-length-0", setup(),
           zero_payload_length(eth(NODES) / nd6() / hop / solicit(mac=WIRE)))


def wire_rx():
    """Frames of a neighbour, and our own that a switch sent back."""
    yield from groups(WIRE)
    yield from dhcp_replies(WIRE)
    yield from routed(WIRE)
    yield from corpus_macvlan.wire_rx()
    yield from corpus_guest.to_guests(WIRE)
    yield ("nominee-nobody", setup(flags=(0, 0, L3, 0), nominee=3),
           eth(OWN, WIRE) / ip4("192.0.2.7", "192.0.2.1"))
    yield ("nominee-reflected", setup(flags=(VEPA, 0, L3 | PRIVATE, 0), nominee=3),
           eth(OWN) / ip4("192.0.2.7", "10.0.0.1"))
    vepa = setup(flags=(0, VEPA, 0, 0))
    yield "ip4", setup(), eth(OWN, WIRE) / ip4("10.0.0.1", "192.0.2.1")
    yield "ip4-host", setup(), eth(OWN, WIRE) / ip4("10.0.0.4", "192.0.2.1")
    yield ("ip4-nonlinear", setup(linear=14),
           eth(OWN, WIRE) / ip4("10.0.0.1", "192.0.2.1"))
    yield ("ip4-gone", setup(flags=(1, 0, 0, 0)),
           eth(OWN, WIRE) / ip4("10.0.0.1", "192.0.2.1"))
    yield "ip6", setup(), eth(OWN, WIRE) / ip6("fe80::2", "fe80::99")
    yield "other-mac", setup(), eth(WIRE, WIRE) / ip4()
    yield "plain", setup(), eth(OWN, WIRE) / Raw(b"\x42\x42\x03")
    yield "vlan", setup(skb=VLAN), eth(ALL, WIRE) / ip4()
    yield "priority", setup(skb=PRIORITY), eth(ALL, WIRE) / ip4()
    yield ("reflected-dad-noted", setup(owners=[0] * 4 + [1 | SILENT, 2, 0, 0]),
           eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="fe80::1"))
    yield "from-slave", setup(skb=TC_INDEX), eth(ALL) / arp("10.0.0.1")
    yield "broadcast", setup(), eth(ALL, WIRE) / ip4("255.255.255.255", "192.0.2.1")
    yield ("flood-limit", setup(port=FLOOD),
           eth(ALL, WIRE) / ip4("10.0.0.255", "192.0.2.1"))
    yield "few-slots", setup(port=FEW), eth(ALL, WIRE) / ip4("10.0.0.255", "192.0.2.1")
    yield "gone-device", setup(gone=8), eth(ALL, WIRE) / ip4("10.0.0.255", "192.0.2.1")
    yield "arp", setup(), eth(ALL, WIRE) / arp("10.0.0.1", "192.0.2.1", mac=WIRE)
    yield "arp-host", setup(), eth(ALL, WIRE) / arp("10.0.0.4", "192.0.2.1", mac=WIRE)
    yield "arp-reply", setup(), eth(OWN, WIRE) / arp("10.0.0.1", "192.0.2.1", 2, WIRE)
    yield ("arp-announce", setup(),
           eth(ALL, WIRE) / arp("192.0.2.1", "192.0.2.1", mac=WIRE))
    yield "ns", setup(), eth(NODES, WIRE) / nd6("fe80::99") / solicit("fe80::1", WIRE)
    yield ("ns-headers", setup(linear=20),
           eth(NODES, WIRE) / nd6("fe80::99") / IPv6ExtHdrHopByHop() /
           IPv6ExtHdrRouting() / solicit("fe80::1", WIRE))
    yield ("na", setup(),
           eth(OWN, WIRE) / nd6("fe80::99", "fe80::1") / advert("fe80::99", WIRE))
    yield "ra", setup(), eth(NODES, WIRE) / nd6("fe80::99") / routers_advert(WIRE)
    yield ("echo", setup(),
           eth(OWN, WIRE) / nd6("fe80::99", "fe80::2") / ICMPv6EchoRequest())
    yield "reflected", setup(), eth(ALL) / ip4("10.0.0.255", "10.0.0.2")
    yield "reflected-plain", vepa, eth(ALL) / Raw(b"\x42\x42\x03")
    yield "reflected-arp", setup(), eth(ALL) / arp("10.0.0.2", "10.0.0.2")
    yield "reflected-dad", setup(), eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="fe80::1")
    yield "vepa-ip4", vepa, eth(ALL) / ip4("10.0.0.255", "10.0.0.2")
    yield "vepa-ip6", vepa, eth(NODES) / ip6("ff02::1", "fe80::2")
    yield "vepa-arp", vepa, eth(ALL) / arp("10.0.0.1", "10.0.0.2")
    yield "vepa-unicast", vepa, eth(OWN) / ip4("10.0.0.1", "10.0.0.2")
    yield ("vepa-private", setup(flags=(PRIVATE, VEPA, 0, 0)),
           eth(OWN) / ip4("10.0.0.1", "10.0.0.2"))


def host_tx():
    """Frames of the host."""
    yield from groups(OWN)
    yield from dhcp_requests()
    yield from dhcp_replies(OWN)
    yield from routed(OWN)
    yield from corpus_macvlan.host_tx()
    yield from corpus_guest.to_guests(OWN)
    off = setup(flags=(HOST_OFF, 0, 0, 0))
    yield "ip4-wire", setup(), eth(WIRE) / ip4("192.0.2.1", "10.0.0.4")
    yield "ip4", setup(), eth(OWN) / ip4("10.0.0.1", "10.0.0.4")
    yield "ip4-off", off, eth(OWN) / ip4("10.0.0.1", "10.0.0.4")
    yield "ip4-nobody", setup(), eth(OWN) / ip4("192.0.2.1", "10.0.0.4")
    yield "ip4-nonlinear", setup(linear=14), eth(OWN) / ip4("10.0.0.1", "10.0.0.4")
    yield "ip6", setup(), eth(OWN) / ip6("fe80::2", "fe80::9")
    yield "plain", setup(), eth(OWN) / Raw(b"\x42\x42\x03")
    yield "short", setup(), b"\xff" * 9
    yield "vlan", setup(skb=VLAN), eth(ALL) / ip4()
    yield "vlan-inside", setup(), Ether(dst=ALL, src=OWN, type=0x8100) / Raw(b"\0\5\x08\0")
    yield "from-slave", setup(skb=TC_INDEX), eth(ALL) / arp("10.0.0.1")
    yield "broadcast", setup(), eth(ALL) / ip4("10.0.0.255", "10.0.0.4")
    yield "broadcast-off", off, eth(ALL) / ip4("10.0.0.255", "10.0.0.4")
    yield "flood-limit", setup(port=FLOOD), eth(ALL) / ip4("10.0.0.255", "10.0.0.4")
    yield "gone-device", setup(gone=2), eth(ALL) / ip4("10.0.0.255", "10.0.0.4")
    yield "arp", setup(), eth(ALL) / arp("10.0.0.1", "10.0.0.4")
    yield "arp-off", off, eth(ALL) / arp("10.0.0.1", "10.0.0.4")
    yield ("arp-static", setup(owners=[1 | STATIC] + [0] * 7),
           eth(ALL) / arp("10.0.0.1", "10.0.0.4"))
    yield "arp-new", setup(), eth(ALL) / arp("192.0.2.1", "192.0.2.2")
    yield "arp-gone", setup(flags=(0, 1, 0, 0)), eth(ALL) / arp("10.0.0.1", "10.0.0.2")
    yield "arp-contest", setup(), eth(ALL) / arp("192.0.2.1", "10.0.0.2")
    yield ("arp-silent", setup(owners=[1, 2 | SILENT] + [0] * 6),
           eth(ALL) / arp("192.0.2.1", "10.0.0.2"))
    yield ("arp-answered", setup(owners=[1, 2 | ANSWERED] + [0] * 6),
           eth(ALL) / arp("192.0.2.1", "10.0.0.2"))
    yield "arp-limit", setup(full=1), eth(ALL) / arp("192.0.2.1", "192.0.2.2")
    yield "ns", setup(), eth(NODES) / nd6("fe80::9") / solicit("fe80::1")
    yield "dad", setup(), eth(NODES) / nd6("::") / ICMPv6ND_NS(tgt="fe80::2")
    yield "na", setup(), eth(NODES) / nd6("2001:db8::9") / advert("2001:db8::9")
    yield "ra", setup(), eth(NODES) / nd6("fe80::9") / routers_advert()


ARGS = {
    "number": "n1500", "number-hex": "n0xffffffff", "number-long": "n4294967296",
    "number-octal": "n0755", "mac": "m02:00:00:00:47:11", "mac-short": "m2:0:0:0:a:F",
    "mac-long": "m02:00:00:00:47:11:22", "ip4": "a192.0.2.1/24", "ip4-bare": "a10.0.0.1",
    "ip4-short": "a10.1/8", "ip6": "a2001:db8::1/64", "ip6-mapped": "a::ffff:192.0.2.1/128",
    "ip6-scope": "afe80::1%eth0", "plen-long": "a10.0.0.1/33", "device": "dweb0",
    "device-long": "dabcdefghijklmnop", "device-dots": "d..", "device-colon": "deth0:1",
    "words": "wlink\neth0", "words-add": "wdev\nweb0\nnetns\nweb\nup\ntype\nipvlan",
    "words-mac": "waddress\n02:00:00:00:47:11\nmtu\n1500",
    "words-prefix": "wlocal\n10.0.0.1/24", "words-twice": "wup\ndown",
    "words-bare": "wweb0\ndev\nweb1", "words-absent": "wlock\non",
    "words-help": "wup\nhelp", "words-end": "wmtu", "kind-mode": "kmode\nl2\nhost\noff",
    "words-macaddr": "wmacaddr\nset\n02:00:00:00:47:11\n2:0:0:0:a:F\nnodst",
    "words-macaddr-add": "wmacaddr\nadd\n02:00:00:00:47:11\nmacaddr\nflush",
    "words-limits": "wbclim\n-1\nbcqueuelen\n0\nflag\nnull\nflag\nnodst",
    "words-limits-long": "wbclim\n-2147483649",
    "kind-unknown": "kfast", "kind-macvlan": "wtype\nmacvlan",
}

LINES = {
    "commands": "link add link eth0 name web0 type ipvlan mode l2\nlink del web0\n",
    "comment": "# all of it\nlink show # rest\n", "joined": "link \\\nshow\\\n\\\n web0\n",
    "no-newline": "link show", "joined-end": "link \\", "quotes": "link del \"a b\" 'c'\n",
    "quote-open": "link del \"web0\n", "empty": "\n\n", "blanks": " \t\r\n",
    "many-words": "a b c d e f g h i\n", "nul": "a\0b\nc\n", "hash-backslash": "a # \\\nb\n",
    "crlf": "link show\r\nlink del web0\r\n", "quote-inside": "a\"b c\"d\n",
}


def write(target, name, data):
    if len(data) >= SIZE_MAX:
        sys.exit(f"{target}/{name}: {len(data)} bytes")
    path = CORPUS / target / name
    if path.exists():
        sys.exit(f"{target}/{name}: twice")
    path.write_bytes(data)


def main():
    shutil.rmtree(CORPUS, ignore_errors=True)
    for target in "args", "host_tx", "lines", "slave_tx", "wire_rx":
        (CORPUS / target).mkdir(parents=True)
    for maker in slave_tx, wire_rx, host_tx:
        for name, head, frame in maker():
            write(maker.__name__, name, head + bytes(frame))
    for target, texts in ("args", ARGS), ("lines", LINES):
        for name, text in texts.items():
            write(target, name, text.encode())


main()
