# SPDX-License-Identifier: GPL-2.0-or-later
"""Multicast reaches who has joined: sockets of real stacks, and spoofed frames."""

import socket
import struct

import pytest
from scapy.contrib.igmp import IGMP
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import (ICMPv6MLQuery2, ICMPv6MLReport,
                                ICMPv6MLReport2, IPv6, IPv6ExtHdrHopByHop,
                                RouterAlert)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

import bpf
import netns
from frames import PAYLOAD

GROUP4, MAC4 = "239.1.2.3", "01:00:5e:01:02:03"
GROUP6, MAC6 = "ff05::1:3", "33:33:00:01:00:03"

pytestmark = pytest.mark.hooks("tcx", "clsact")


def data4(node, group=GROUP4, mac=MAC4):
    return bytes(Ether(src=node.mac, dst=mac) / IP(src=node.ip4, dst=group)
                 / UDP(sport=7777, dport=7778) / Raw(PAYLOAD))


def data6(node):
    return bytes(Ether(src=node.mac, dst=MAC6)
                 / IPv6(src=node.ip6, dst=GROUP6)
                 / UDP(sport=7777, dport=7778) / Raw(PAYLOAD))


def igmp2(node, kind, group=GROUP4, to=GROUP4, mac=MAC4):
    return bytes(Ether(src=node.mac, dst=mac)
                 / IP(src=node.ip4, dst=to, ttl=1,
                      options=[IPOption_Router_Alert()])
                 / IGMP(type=kind, mrcode=10, gaddr=group))


def query4(node):
    return igmp2(node, 0x11, "0.0.0.0", "224.0.0.1", "01:00:5e:00:00:01")


def mld1(node):
    return bytes(Ether(src=node.mac, dst=MAC6)
                 / IPv6(src="fe80::b", dst=GROUP6, hlim=1)
                 / IPv6ExtHdrHopByHop(options=[RouterAlert()])
                 / ICMPv6MLReport(mladdr=GROUP6))


def query6(node):
    return bytes(Ether(src=node.mac, dst="33:33:00:00:00:01")
                 / IPv6(src="fe80::1", dst="ff02::1", hlim=1)
                 / IPv6ExtHdrHopByHop(options=[RouterAlert()])
                 / ICMPv6MLQuery2(mladdr="::", mrd=1000))


FAMILIES = {4: (data4, lambda node: igmp2(node, 0x16), query4),
            6: (data6, mld1, query6)}


def forget_queries(lab):
    programs = lab.hooks()
    both = programs["tcx_ingress"] + programs["ingress"]
    ours, = [i for i in both if bpf.prog_name(i) == "bv_wire_rx"]
    bpf.forget_queries(ours)


@pytest.fixture
def three(lab):
    lab.slaves("c1", "c2", "c3")
    return lab


@pytest.mark.parametrize("family", [4, 6])
def test_reports_decide_who_gets_a_group(three, family):
    data, report, _ = FAMILIES[family]
    with three.watch() as net:
        for source in ("wire", "host", "c3"):
            frame = data(three.nodes[source])
            others = {"wire", "host"} - {source}
            assert net.exchange(source, frame) == {
                label: [frame] for label in others}, "nobody has joined"
        frame = report(three.c1)
        assert net.exchange("c1", frame) == {"wire": [frame],
                                             "host": [frame]}
        for source in ("wire", "host", "c3"):
            frame = data(three.nodes[source])
            others = {"wire", "host", "c1"} - {source}
            assert net.exchange(source, frame) == {
                label: [frame] for label in others}, "c1 has joined"
        frame = report(three.c3)
        net.exchange("c3", frame)
        frame = data(three.c1)
        assert set(net.exchange("c1", frame)) == {"wire", "host", "c3"}
    assert three.drops() == {}


def test_who_leaves_gets_no_more(three):
    with three.watch() as net:
        net.exchange("c1", igmp2(three.c1, 0x16))
        net.exchange("c2", igmp2(three.c2, 0x16))
        frame = igmp2(three.c1, 0x17, GROUP4, "224.0.0.2",
                      "01:00:5e:00:00:02")
        assert set(net.exchange("c1", frame)) == {"wire", "host"}
        assert set(net.exchange("wire", data4(three.wire))) == {"host", "c2"}


@pytest.mark.parametrize("family", [4, 6])
def test_who_is_silent_for_two_queries_is_forgotten(three, family):
    data, report, query = FAMILIES[family]
    data = data(three.wire)
    asked = query(three.wire)
    with three.watch() as net:
        for label in ("c1", "c2"):
            net.exchange(label, report(three.nodes[label]))
        assert net.exchange("wire", asked) == {
            label: [asked] for label in ("host", "c1", "c2", "c3")}
        assert set(net.exchange("wire", data)) == {"host", "c1", "c2"}
        net.exchange("wire", asked)
        assert set(net.exchange("wire", data)) == {"host", "c1", "c2"}, \
            "a second query in ten seconds does not count"
        net.exchange("c2", report(three.c2))
        forget_queries(three)
        net.exchange("wire", asked)
        assert set(net.exchange("wire", data)) == {"host", "c2"}
        forget_queries(three)
        net.exchange("wire", asked)
        forget_queries(three)
        net.exchange("wire", asked)
        assert set(net.exchange("wire", data)) == {"host"}
    assert three.drops() == {}


def test_groups_end_with_their_last_slave(three):
    """The next slave of the slot has not joined what the last had."""
    with three.watch() as net:
        net.exchange("c1", igmp2(three.c1, 0x16))
    three.bv("link del c1")
    del three.nodes["c1"]
    three.slaves("c4", addrs=False)
    with three.watch() as net:
        frame = data4(three.wire)
        assert net.exchange("wire", frame) == {"host": [frame]}


def test_link_local_ipv4_groups_flow_until_one_reports_them(three):
    group, mac = "224.0.0.251", "01:00:5e:00:00:fb"
    frame = data4(three.wire, group, mac)
    with three.watch() as net:
        assert set(net.exchange("wire", frame)) == {"host", "c1", "c2", "c3"}
        net.exchange("c2", igmp2(three.c2, 0x16, group, group, mac))
        assert set(net.exchange("wire", frame)) == {"host", "c2"}
        net.exchange("c2", igmp2(three.c2, 0x17, group, "224.0.0.2",
                                 "01:00:5e:00:00:02"))
        assert set(net.exchange("wire", frame)) == {"host", "c1", "c2", "c3"}


def test_a_slave_may_be_in_64_groups(three):
    with three.watch() as net:
        for i in range(65):
            group = f"239.9.9.{i}"
            frame = igmp2(three.c1, 0x16, group, group, f"01:00:5e:09:09:{i:02x}")
            assert net.exchange("c1", frame) == {"wire": [frame],
                                                 "host": [frame]}
        for i, got in ((0, {"host", "c1"}), (63, {"host", "c1"}),
                       (64, {"host"})):
            frame = data4(three.wire, f"239.9.9.{i}", f"01:00:5e:09:09:{i:02x}")
            assert set(net.exchange("wire", frame)) == got
    assert three.drops() == {("c1", "group_limit"): 1}


def join4(node):
    with netns.inside(node.ns):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("=4s4si", socket.inet_aton(GROUP4),
                                    bytes(4), socket.if_nametoindex(node.dev)))
    return sock


def join6(node):
    with netns.inside(node.ns):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        struct.pack("=16si", socket.inet_pton(
                            socket.AF_INET6, GROUP6),
                            socket.if_nametoindex(node.dev)))
    return sock


def is_report4(frame):
    packet = Ether(frame)
    return IP in packet and packet[IP].proto == 2 and \
        socket.inet_aton(GROUP4) in frame


def is_report6(frame):
    return ICMPv6MLReport2 in Ether(frame) and \
        socket.inet_pton(socket.AF_INET6, GROUP6) in frame


@pytest.mark.parametrize("family", [4, 6])
def test_a_real_socket_joins_answers_queries_and_leaves(live_lab, family):
    lab = live_lab
    lab.slaves("c1", "c2")
    data, _, query = FAMILIES[family]
    data, query = data(lab.wire), query(lab.wire)
    join, is_report = (join4, is_report4) if family == 4 else (join6,
                                                               is_report6)

    def hear(net):
        got = net.exchange("wire", data)
        return {label for label, frames in got.items() if data in frames}

    with lab.watch() as net:
        assert hear(net) == {"host"}
        wire = net.ears["wire"]
        with join(lab.c1):
            wire.expect(is_report)
            assert hear(net) == {"host", "c1"}
            for _ in range(2):
                forget_queries(lab)
                net.send("wire", query)
                wire.expect(is_report)
                assert hear(net) == {"host", "c1"}
        wire.expect(is_report)
        assert hear(net) == {"host"}
