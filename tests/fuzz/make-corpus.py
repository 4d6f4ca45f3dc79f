#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seed corpora of the fuzz targets: corpus/TARGET/NAME.

Seeds are real frames, built by scapy, behind a struct setup of datapath.h;
those of the command's parsers are text. What is there is replaced.
"""

import shutil
import sys
from pathlib import Path

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS,
    ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

CORPUS = Path(__file__).resolve().parent / "corpus"
SIZE_MAX = 200

OWN = "02:00:00:00:47:11"
WIRE = "02:00:00:00:99:01"
ALL = "ff:ff:ff:ff:ff:ff"
NODES = "33:33:00:00:00:01"

# struct setup. Owners: a slave, 5 the host; 8 static; 16 and more: by whom and
# how long ago it was claimed. See set_owner().
HOST, STATIC, ASKED, SILENT, ANSWERED = 5, 8, 16, 32, 48
PRIVATE, VEPA, HOST_OFF = 4, 8, 16
VLAN, GSO, TC_INDEX = 1, 2, 4
FLOOD, FLOOD_BEFORE, SMALL_MTU, FULL, FEW, NONE = 1, 2, 4, 8, 16, 32
EVERYBODY = (1, 2, 3, HOST | STATIC, 1, 2, 1 | STATIC, HOST)
NOBODY = (0,) * 8


def setup(*, slot=1, skb=0, linear=255, flags=(0, 0, 0, 0), gone=0, port=0,
          full=0, owners=EVERYBODY):
    return bytes([slot - 1, skb, 255, linear, *flags, gone, port, full,
                  *owners, 0])


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


def zero_payload_length(frame):
    data = bytearray(bytes(frame))
    data[18:20] = b"\0\0"
    return bytes(data)


def slave_tx():
    """Frames of slave 1, to whom it may talk and to whom not."""
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
