# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds of slaves that have MACs of their own; see setup_macs.c."""

from scapy.contrib.igmp import IGMP
from scapy.layers.inet6 import (
    ICMPv6MLReport, ICMPv6ND_NS, IPv6ExtHdrDestOpt)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from corpus_setup import (
    ALL, COPIER, FEW, FLOOD, FULL, HOST, HOST_OFF, L3, L3S, MANY, NETKIT,
    NOBODY, NODES, OWN, PRIORITY, PRIVATE, PROXY, SILENT, SMALL_MTU, STATIC,
    TC_INDEX, VEPA, VLAN, WIRE, XID4, advert, arp, eth, igmp, ip4, ip6, mld,
    nd6, setup, solicit)

IPVLAN, BRIDGE, PRIV, VEPAS, SOURCE, NODST, PASSTHRU = range(7)
MODES = {"bridge": BRIDGE, "private": PRIV, "vepa": VEPAS, "source": SOURCE,
         "nodst": NODST, "passthru": PASSTHRU}
# Devices' own by slot, and of others: the last two may be on lists.
MAC = [None] + [f"02:00:00:00:51:{slot:02x}" for slot in range(1, 5)]
OTHER = [f"02:00:00:00:61:{n:02x}" for n in range(1, 4)] + [WIRE]
BACKWARDS = 1
GONE = 1  # in flags: not active
GROUP = "01:00:5e:01:02:03"
PAUSE = "01:80:c2:00:00:01"


def plain(to, source):
    return eth(to, source) / Raw(b"\x42\x42\x03")


def modes(first, second=BRIDGE, third=IPVLAN, fourth=BRIDGE):
    return dict(modes=(first, second, third, fourth))


def to_modes(source, to):
    """From a MAC to a slave of each mode, to both flavours, and to groups."""
    for name, mode in MODES.items():
        head = setup(**modes(BRIDGE, mode))
        yield f"to-{name}", head, eth(to(2), source) / ip4()
        yield f"to-{name}-all", head, plain(ALL, source)
        yield f"to-{name}-arp", head, eth(ALL, source) / arp("10.0.0.2", mac=source)
        yield (f"to-{name}-ns", head,
               eth("33:33:ff:00:00:02", source) / nd6() / solicit(mac=source))
        yield (f"to-{name}-vlan", setup(skb=VLAN, **modes(BRIDGE, mode)),
               plain(to(2), source))
        yield (f"to-{name}-vlan-all", setup(skb=VLAN, **modes(BRIDGE, mode)),
               plain(ALL, source))
        yield (f"to-{name}-gone", setup(flags=(0, GONE, 0, 0), **modes(BRIDGE, mode)),
               eth(to(2), source) / ip4())
    yield ("to-learned", setup(macs=(2, 0, 0, 0), **modes(BRIDGE)),
           eth(OTHER[0], source) / ip4())
    yield "to-ipvlan", setup(**modes(BRIDGE)), eth(OWN, source) / ip4("10.0.0.3")
    yield ("to-ipvlan-private", setup(flags=(0, 0, PRIVATE, 0), **modes(BRIDGE)),
           eth(OWN, source) / ip4("10.0.0.3"))
    yield ("to-l3", setup(flags=(0, 0, L3 | PROXY, 0), **modes(BRIDGE)),
           eth(ALL, source) / arp("10.0.0.3", mac=source))
    yield ("to-l3s", setup(flags=(0, 0, L3S, 0), **modes(BRIDGE)),
           eth(OWN, source) / ip4("10.0.0.3"))
    for name, port in (("copier", COPIER | MANY), ("limit", MANY | FLOOD)):
        yield (f"mac-{name}", setup(port=port, fewer=12, queue=100, **modes(BRIDGE, VEPAS)),
               plain(ALL, source))
    yield ("mac-all-at-once", setup(port=COPIER | MANY, fewer=16, **modes(BRIDGE)),
           plain(ALL, source))
    yield ("mac-igmp-vlan", setup(skb=VLAN, **modes(BRIDGE)),
           eth(GROUP, source) / igmp(IGMP(type=0x16, gaddr="239.1.2.3"), "239.1.2.3"))
    yield ("mac-query-vlan", setup(skb=VLAN, groups=(0x0f, 0xf0, 0xf0, 0xf0), **modes(BRIDGE)),
           eth("01:00:5e:00:00:01", source) / igmp(IGMP(type=0x11, mrcode=100), "224.0.0.1"))
    yield ("mac-priority", setup(skb=PRIORITY, **modes(BRIDGE)),
           eth(ALL, source) / arp("192.0.2.1", mac=source))
    yield ("mac-priority-igmp", setup(skb=PRIORITY, **modes(BRIDGE)),
           eth(GROUP, source) / igmp(IGMP(type=0x16, gaddr="239.1.2.3"), "239.1.2.3"))
    yield ("mac-tag", setup(skb=VLAN, **modes(BRIDGE)),
           Ether(dst=ALL, src=source, type=0x8100) / Raw(b"\0\5\x08\0"))


def slave_tx():
    """Of slave 1, in each mode, and of the ipvlan flavour beside them."""
    yield from (("mac-" + name, head, frame)
                for name, head, frame in to_modes(MAC[1], lambda slot: MAC[slot]))
    yield from (("ipvlan-" + name, head, frame) for name, head, frame in (
        ("to-bridge", setup(**modes(IPVLAN)), eth(MAC[2]) / ip4()),
        ("to-vepa", setup(**modes(IPVLAN, VEPAS)), eth(MAC[2]) / ip4()),
        ("to-source", setup(**modes(IPVLAN, SOURCE)), eth(MAC[2]) / ip4()),
        ("to-learned", setup(macs=(2, 0, 0, 0), **modes(IPVLAN)), eth(OTHER[0]) / ip6()),
        ("private", setup(flags=(PRIVATE, 0, 0, 0), **modes(IPVLAN)), eth(MAC[2]) / ip4()),
        ("vepa", setup(flags=(VEPA, 0, 0, 0), **modes(IPVLAN)), eth(MAC[2]) / ip4()),
        ("netkit", setup(flags=(NETKIT, 0, 0, 0), **modes(IPVLAN)), eth(MAC[2]) / ip4()),
        ("l3", setup(flags=(L3, 0, 0, 0), **modes(IPVLAN)), eth(MAC[2]) / ip4()),
        ("all", setup(**modes(IPVLAN, SOURCE)), plain(ALL, OWN)),
        ("arp-vepa", setup(**modes(IPVLAN, VEPAS)), eth(ALL) / arp("10.0.0.2")),
        ("contest", setup(owners=(1, 2 | SILENT) + (0,) * 6, **modes(IPVLAN)),
         eth(ALL) / arp("192.0.2.1", "10.0.0.2")),
        ("asks-source", setup(**modes(IPVLAN, SOURCE)),
         eth(ALL) / arp("192.0.2.1", "10.0.0.2")),
        ("foreign", setup(**modes(IPVLAN)), plain(WIRE, MAC[2])),
    ))
    for name, mode in MODES.items():
        for kind, extra in (("", {}), ("-off", {"flags": (HOST_OFF, 0, 0, 0)}),
                            ("-netkit", {"flags": (NETKIT, 0, 0, 0)})):
            if kind and mode in (SOURCE, NODST):
                continue
            head = setup(**modes(mode), **extra)
            yield f"mac-{name}{kind}-sibling", head, eth(MAC[2], MAC[1]) / ip4()
            yield f"mac-{name}{kind}-host", head, eth(OWN, MAC[1]) / ip4("10.0.0.4")
            yield f"mac-{name}{kind}-ipvlan", head, eth(OWN, MAC[1]) / ip4("10.0.0.3")
            yield f"mac-{name}{kind}-wire", head, eth(WIRE, MAC[1]) / ip4("192.0.2.1")
            yield f"mac-{name}{kind}-all", head, plain(ALL, MAC[1])
            yield f"mac-{name}{kind}-arp", head, eth(ALL, MAC[1]) / arp("10.0.0.2", mac=MAC[1])
            yield f"mac-{name}{kind}-asks-host", head, eth(ALL, MAC[1]) / arp("10.0.0.4", mac=MAC[1])
        yield (f"mac-{name}-vlan", setup(skb=VLAN, **modes(mode)), plain(ALL, MAC[1]))
        yield (f"mac-{name}-dad", setup(**modes(mode)),
               eth(NODES, MAC[1]) / nd6("::") / ICMPv6ND_NS(tgt="fe80::2"))
        yield (f"mac-{name}-mld", setup(**modes(mode)),
               eth("33:33:00:01:00:03", MAC[1]) / mld(
                   ICMPv6MLReport(mladdr="ff05::1:3"), "ff05::1:3"))
    yield from claims()


def claims():
    """Of MACs and addresses, by slave 1 in bridge."""
    bridge = modes(BRIDGE)
    yield "mac-new", setup(**bridge), plain(WIRE, OTHER[0])
    yield "mac-known", setup(macs=(1, 0, 0, 0), **bridge), plain(WIRE, OTHER[0])
    yield "mac-moves", setup(macs=(2, 0, 0, 0), **bridge), plain(WIRE, OTHER[0])
    yield ("mac-moves-gone", setup(macs=(2, 0, 0, 0), flags=(0, GONE, 0, 0), **bridge),
           plain(WIRE, OTHER[0]))
    yield ("mac-moves-limit", setup(macs=(2, 0, 0, 0), macs_full=2, **bridge),
           plain(WIRE, OTHER[0]))
    yield "mac-siblings", setup(**bridge), plain(WIRE, MAC[2])
    yield "mac-siblings-gone", setup(flags=(0, GONE, 0, 0), **bridge), plain(WIRE, MAC[2])
    yield "mac-masters", setup(**bridge), plain(WIRE, OWN)
    yield "mac-group", setup(**bridge), plain(WIRE, ALL)
    yield "mac-limit-new", setup(macs_full=2, **bridge), plain(WIRE, OTHER[0])
    yield "mac-table-full", setup(macs_full=1, **bridge), plain(WIRE, OTHER[0])
    yield "mac-own", setup(**bridge), plain(MAC[1], MAC[1])
    yield "mac-own-private", setup(**modes(PRIV)), plain(MAC[1], MAC[1])
    yield "mac-short", setup(**bridge), b"\2" * 9
    yield "mac-oversize", setup(port=SMALL_MTU, **bridge), plain(WIRE, MAC[1]) / Raw(b"x" * 90)
    yield "mac-pause", setup(**bridge), Ether(dst=PAUSE, src=MAC[1], type=0x8808) / Raw(b"\0\1")
    yield ("mac-netkit-tag", setup(flags=(NETKIT, 0, 0, 0), **bridge),
           Ether(dst=WIRE, src=MAC[1], type=0x8100) / Raw(b"\0\5\x08\0"))
    for name, owners in (("learned", (1, 2)), ("static", (1, 2 | STATIC)), ("host", (1, HOST)),
                         ("new", (0, 0)), ("ipvlan", (1, 3)), ("silent", (1, 3 | SILENT))):
        yield (f"mac-claims-{name}", setup(owners=owners + (0,) * 6, **bridge),
               eth(ALL, MAC[1]) / arp("10.0.0.2", "10.0.0.2", mac=MAC[1]))
    yield ("mac-claims-limit", setup(full=2, **bridge),
           eth(ALL, MAC[1]) / arp("10.0.0.2", "10.0.0.2", mac=MAC[1]))
    yield ("mac-claims-full", setup(port=FULL, **bridge),
           eth(ALL, MAC[1]) / arp("192.0.2.1", "192.0.2.1", mac=MAC[1]))
    for n in (6, 7):
        na = nd6("fe80::2", "fe80::1")
        for _ in range(n):
            na /= IPv6ExtHdrDestOpt()
        yield f"mac-claims-behind-{n}", setup(**bridge), eth(WIRE, MAC[1]) / na / advert("fe80::2")
    yield ("mac-claims-na", setup(**bridge),
           eth(OWN, MAC[1]) / nd6("fe80::1", "fe80::2") / advert("fe80::2", MAC[1]))
    yield "mac-claims-bad", setup(**bridge), eth(ALL, MAC[1]) / ARP(hwlen=8, hwsrc=MAC[1])
    yield ("mac-claims-vlan", setup(skb=VLAN, **bridge),
           eth(ALL, MAC[1]) / arp("10.0.0.2", "10.0.0.2", mac=MAC[1]))


def wire_rx():
    """Of a neighbour; reflected, of each mode; by lists."""
    yield from (("mac-" + name, head, frame)
                for name, head, frame in to_modes(OTHER[1], lambda slot: MAC[slot]))
    for name, mode in (*MODES.items(), ("ipvlan", IPVLAN)):
        source = MAC[1] if mode else OWN
        for kind, extra in (("", {}), ("-private", {"flags": (PRIVATE, 0, PRIVATE, 0)}),
                            ("-ivepa", {"flags": (VEPA, 0, VEPA, 0)})):
            head = setup(**modes(mode, BRIDGE, IPVLAN, VEPAS), **extra)
            yield f"back-{name}{kind}-all", head, plain(ALL, source)
            yield f"back-{name}{kind}-ip4", head, eth(ALL, source) / ip4("10.0.0.255")
            yield f"back-{name}{kind}-arp", head, eth(ALL, source) / arp("10.0.0.2", mac=source)
            yield f"back-{name}{kind}-ipvlan", head, eth(OWN, source) / ip4("10.0.0.3")
        head = setup(**modes(mode, VEPAS, IPVLAN, PRIV))
        yield f"back-{name}-asks-vepa", head, eth(ALL, source) / arp("10.0.0.2", mac=source)
        yield f"back-{name}-to-vepa", head, eth(MAC[2], source) / ip4()
        yield f"back-{name}-to-private", head, eth(MAC[4], source) / ip4()
        yield f"back-{name}-vlan", setup(skb=VLAN, **modes(mode, VEPAS)), plain(ALL, source)
        yield (f"back-{name}-probe", setup(**modes(mode, VEPAS)),
               eth(ALL, source) / arp("10.0.0.1", "0.0.0.0", mac=source))
        yield (f"back-{name}-dad", setup(owners=(0,) * 4 + (1 | SILENT, 2, 0, 0),
                                         **modes(mode, VEPAS)),
               eth(NODES, source) / nd6("::") / ICMPv6ND_NS(tgt="fe80::1"))
    for name, mode in (("bridge", BRIDGE), ("vepa", VEPAS), ("source", SOURCE)):
        head = setup(macs=(1, 0, 0, 0), **modes(mode, VEPAS))
        yield f"learned-{name}-all", head, plain(ALL, OTHER[0])
        yield f"learned-{name}-private", setup(
            macs=(1, 0, 0, 0), **modes(mode, PRIV)), eth(MAC[2], OTHER[0]) / ip4()
        yield f"learned-{name}-gone", setup(
            macs=(1, 0, 0, 0), flags=(GONE, 0, 0, 0), **modes(mode)), plain(ALL, OTHER[0])
    listed = dict(lists=(0x1e, 0x14 | BACKWARDS))
    for name, first, second in (("one", SOURCE, BRIDGE), ("two", SOURCE, SOURCE),
                                ("nodst", NODST, SOURCE), ("nodst-last", SOURCE, NODST)):
        head = setup(**modes(first, second, IPVLAN, VEPAS), **listed)
        yield f"list-{name}", head, eth(OWN, WIRE) / ip4("10.0.0.3")
        yield f"list-{name}-all", head, plain(ALL, WIRE)
        yield f"list-{name}-mac", head, eth(MAC[4], WIRE) / ip4()
        yield f"list-{name}-other", head, eth(MAC[4], OTHER[2]) / ip4()
    yield ("list-many", setup(port=MANY, **modes(SOURCE, SOURCE, SOURCE, SOURCE), **listed),
           plain(ALL, WIRE))
    yield ("list-gone", setup(flags=(GONE, 0, 0, 0), gone=4, **modes(NODST, SOURCE), **listed),
           plain(ALL, WIRE))
    yield "list-short", setup(**modes(SOURCE), **listed), b"\2" * 9
    yield from passthru(WIRE)
    yield "passthru-reflected", setup(**modes(PASSTHRU)), plain(ALL, OWN)
    yield "mac-few", setup(port=FEW, **modes(BRIDGE, VEPAS)), plain(ALL, WIRE)
    for pkt_type, name in enumerate(("own", "all", "group", "other")):
        yield f"mac-short-{name}", setup(pkt_type=pkt_type, **modes(BRIDGE)), b"\2" * 9
    yield "passthru-looped", setup(pkt_type=5, **modes(PASSTHRU)), plain(ALL, WIRE)
    yield "mac-looped", setup(pkt_type=5, **modes(BRIDGE)), plain(ALL, WIRE)


def passthru(source):
    for name, extra in (("", {}), ("-gone", {"flags": (GONE, 0, 0, 0)}),
                        ("-vlan", {"skb": VLAN}), ("-from-slave", {"skb": TC_INDEX})):
        head = setup(**modes(PASSTHRU), **extra)
        yield f"passthru{name}-own", head, eth(OWN, source) / ip4()
        yield f"passthru{name}-other", head, eth(MAC[2], source) / ip4()
        yield f"passthru{name}-all", head, plain(ALL, source)
    yield "passthru-no-device", setup(gone=2, **modes(PASSTHRU)), plain(ALL, source)


def host_tx():
    """Of the host."""
    yield from (("mac-" + name, head, frame)
                for name, head, frame in to_modes(OWN, lambda slot: MAC[slot]))
    yield from passthru(OWN)
    off = dict(flags=(0, HOST_OFF, 0, 0))
    yield "mac-off", setup(**modes(BRIDGE), **off), eth(MAC[2]) / ip4()
    yield "mac-off-all", setup(**modes(BRIDGE), **off), plain(ALL, OWN)
    yield "mac-off-arp", setup(**modes(BRIDGE), **off), eth(ALL) / arp("10.0.0.2")
    yield ("mac-forwarded", setup(ingress=3, flags=(0, 0, L3S, 0), **modes(BRIDGE, PRIV)),
           eth(MAC[2]) / ip4())
    yield ("mac-forwarded-off", setup(ingress=200, **modes(BRIDGE), **off), eth(MAC[2]) / ip4())
    yield "mac-nobody", setup(owners=NOBODY, **modes(BRIDGE)), eth(ALL) / arp("10.0.0.2")
    yield "mac-dhcp", setup(dhcp=(2, 2), **modes(BRIDGE)), eth(
        ALL) / ip4("255.255.255.255") / Raw(XID4.to_bytes(4, "big"))
