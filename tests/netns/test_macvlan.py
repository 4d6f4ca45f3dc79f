# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves with MACs of their own: who gets what, in each mode."""

from contextlib import closing

import pytest

from frames import (BROADCAST, FOREIGN, arp_announce, arp_request, dad_solicit,
                    echo4, echo6, neighbour_solicit, tagged, test_frame)
from masters import hairpin
from taps import add_guest

pytestmark = pytest.mark.hooks("tcx", "clsact")

# Whom what c1 sends reaches: by its mode, and that of c2. c3 is in bridge.
LISTED = "macaddr add 02:77:00:00:00:01"  # the wire's


def extra(mode):
    return LISTED if mode == "source" else ""


def trio(lab, first, second="bridge", kind="macvlan"):
    """c1, of that kind, and c2 in these modes; c3 in bridge."""
    if kind == "macvtap":
        lab.c1 = add_guest(lab, "c1", f"macvtap mode {first} {extra(first)}")
    else:
        lab.slaves("c1", mode=first, extra=extra(first))
    for label, mode in (("c2", second), ("c3", "bridge")):
        lab.slaves(label, mode=mode, extra=extra(mode))


def both(a, b):
    return [make(a, b, b.mac) for make in (echo4, echo6)] \
        + [test_frame(a.mac, b.mac)]


MODES = ("bridge", "private", "vepa", "source")
KINDS = ("macvlan", "macvtap")


def to_sibling(first, second):
    """Where a frame from c1 to c2's MAC goes, without a hairpin switch."""
    if first in ("vepa", "source"):
        return "wire"
    if "private" in (first, second):
        return None
    return "wire" if second in ("vepa", "source") else "c2"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("second", MODES)
@pytest.mark.parametrize("first", MODES)
def test_unicast_to_a_sibling(lab, kind, first, second):
    trio(lab, first, second, kind)
    to = to_sibling(first, second)
    frames = both(lab.c1, lab.c2)
    with lab.watch() as net:
        for frame in frames:
            assert net.exchange("c1", frame) == ({to: [frame]} if to else {})
    assert lab.drops() == ({} if to else {("c1", "private"): len(frames)})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_unicast_to_the_host_and_the_wire(lab, kind, mode):
    trio(lab, mode, kind=kind)
    own_way = mode in ("vepa", "source")
    with lab.watch() as net:
        for frame in both(lab.c1, lab.host):
            to = "wire" if own_way else "host"
            assert net.exchange("c1", frame) == {to: [frame]}
        for frame in both(lab.c1, lab.wire):
            assert net.exchange("c1", frame) == {"wire": [frame]}
    assert lab.drops() == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.core
def test_unicast_from_the_host_and_the_wire(lab, kind, mode):
    trio(lab, mode, kind=kind)
    with lab.watch() as net:
        for frame in both(lab.host, lab.c1):
            to = "wire" if mode == "source" else "c1"
            assert net.exchange("host", frame) == {to: [frame]}
        # A copy for source: the frame is the host's to throw away.
        to = ("c1", "host") if mode == "source" else ("c1",)
        for frame in both(lab.wire, lab.c1):
            assert net.exchange("wire", frame) == {
                label: [frame] for label in to}
    assert lab.drops() == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.core
def test_broadcast_of_a_slave(lab, kind, mode):
    trio(lab, mode, kind=kind)
    frame = test_frame(lab.c1.mac, BROADCAST)
    others = {"bridge": ("c2", "c3", "host"), "private": ("host",)}
    with lab.watch() as net:
        assert net.exchange("c1", frame) == {
            label: [frame] for label in (*others.get(mode, ()), "wire")}
    assert lab.drops() == {}


def test_broadcast_of_a_bridge_slave_is_no_private_vepa_or_source_ones(lab):
    for label, mode in (("c1", "bridge"), ("c2", "private"), ("c3", "vepa"),
                        ("c4", "source"), ("c5", "bridge")):
        lab.slaves(label, mode=mode, extra=extra(mode))
    frame = test_frame(lab.c1.mac, BROADCAST)
    with lab.watch() as net:
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("c5", "host", "wire")}


def test_broadcast_of_the_host_and_the_wire(lab):
    for label, mode in (("c1", "bridge"), ("c2", "private"), ("c3", "vepa"),
                        ("c4", "source")):
        lab.slaves(label, mode=mode, extra=extra(mode))
    with lab.watch() as net:
        frame = test_frame(lab.host.mac, BROADCAST)
        assert net.exchange("host", frame) == {
            label: [frame] for label in ("c1", "c2", "c3", "wire")}
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "c3", "c4", "host")}
        frame = test_frame(FOREIGN, BROADCAST, b"not listed")
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "c3", "host")}
    assert lab.drops() == {}


@pytest.mark.parametrize("mode", ("bridge", "private", "vepa"))
def test_questions_reach_whom_they_concern(lab, mode):
    """ARP, NS and DAD of the wire; c1's addresses are its own, static."""
    trio(lab, mode)
    with lab.watch() as net:
        for make in (arp_request, neighbour_solicit):
            frame = make(lab.wire, lab.c1)
            assert net.exchange("wire", frame) == {"c1": [frame]}
        frame = arp_request(lab.host, lab.c1)
        assert net.exchange("host", frame) == {"c1": [frame]}
        frame = dad_solicit(lab.wire, lab.c1.ip6)
        assert net.exchange("wire", frame) == {"c1": [frame]}


@pytest.mark.parametrize("flood, heard", (("flood", {"c1", "c2", "c3"}),
                                          ("filter", set())))
def test_who_hears_what_nobody_owns_is_a_switch(lab, flood, heard):
    """On as the driver has it, unless it is told otherwise."""
    for label in ("c1", "c2", "c3"):
        lab.slaves(label, mode="bridge",
                   extra="" if flood == "flood" else "arp filter")
    frame = arp_request(lab.wire, "10.77.0.99")
    with lab.watch() as net:
        assert net.exchange("wire", frame) == {
            label: [frame] for label in (*heard, "host")}


# What a hairpin switch sends back

def behind_hairpin(lab, *modes):
    for number, mode in enumerate(modes, 1):
        lab.slaves(f"c{number}", mode=mode, extra=extra(mode))
    hairpin(lab)
    return lab


def teach(net, lab):
    """The switch learns where the slaves are."""
    for node in list(lab.nodes.values()):
        if node.role == "slave":
            net.exchange(node.label,
                         test_frame(node.mac, lab.wire.mac, b"here"))


@pytest.mark.core
def test_vepa_slaves_meet_by_the_switch(lab):
    behind_hairpin(lab, "vepa", "vepa", "bridge", "private")
    with lab.watch() as net:
        teach(net, lab)
        for frame in both(lab.c1, lab.c2):
            assert net.exchange("c1", frame) == {"wire": [frame],
                                                 "c2": [frame]}
        frame = test_frame(lab.c1.mac, lab.c4.mac)
        assert net.exchange("c1", frame) == {"wire": [frame]}
        frame = test_frame(lab.c1.mac, BROADCAST)
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("wire", "c2", "c3", "host")}
    assert lab.drops() == {("c4", "private"): 1}


def test_what_a_bridge_slave_sends_comes_back_to_vepa_alone(lab):
    behind_hairpin(lab, "bridge", "vepa", "bridge", "private")
    with lab.watch() as net:
        teach(net, lab)
        frame = test_frame(lab.c1.mac, BROADCAST)
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("wire", "c2", "c3", "host")}
        for frame in both(lab.c1, lab.c2):
            assert net.exchange("c1", frame) == {"wire": [frame],
                                                 "c2": [frame]}
    assert lab.drops() == {("eth0", "reflected"): 1}


def test_what_a_private_slave_sends_comes_back_to_nobody(lab):
    behind_hairpin(lab, "private", "vepa", "bridge")
    with lab.watch() as net:
        frame = test_frame(lab.c1.mac, BROADCAST)
        assert net.exchange("c1", frame) == {"wire": [frame],
                                             "host": [frame]}
    assert lab.drops() == {("eth0", "reflected"): 1}


# Source

def test_source_hears_those_on_its_list_whatever_they_send_to(lab):
    lab.slaves("c1", mode="source", extra=f"macaddr set {FOREIGN} "
               f"{lab.wire.mac}")
    lab.slaves("c2", mode="source", extra=f"macaddr add {FOREIGN}")
    lab.slaves("c3", mode="bridge")
    with lab.watch("c1", "c3", "host", "wire") as net, \
            closing(lab.c2.listen()) as second:
        for target in ("host", "c3"):
            frame = test_frame(lab.wire.mac, lab.nodes[target].mac)
            assert net.exchange("wire", frame) == {"c1": [frame],
                                                   target: [frame]}
        assert second.read() == []
        frame = test_frame(FOREIGN, lab.host.mac)
        assert net.exchange("wire", frame) == {"c1": [frame], "host": [frame]}
        assert second.expect(lambda got: got == frame)
    lab.bv(f"link set c1 type macvlan macaddr del {lab.wire.mac}")
    with lab.watch("c3", "host", "wire") as net, \
            closing(lab.c1.listen()) as first:
        frame = test_frame(lab.wire.mac, lab.c1.mac)
        # To its MAC, which makes it the host's to throw away.
        assert net.exchange("wire", frame) == {"host": [frame]}
        assert first.read() == []


def test_nodst_keeps_it_from_all_others(lab):
    lab.slaves("c1", mode="source", extra=f"nodst macaddr add {FOREIGN}")
    lab.slaves("c2", mode="bridge")
    with lab.watch("c2", "host", "wire") as net, \
            closing(lab.c1.listen()) as first:
        for target in (lab.host.mac, lab.c2.mac, BROADCAST):
            frame = test_frame(FOREIGN, target)
            assert net.exchange("wire", frame) == {}
            assert first.expect(lambda got, want=frame: got == want)
    assert lab.drops() == {}


# Passthru

@pytest.mark.core
def test_passthru_has_the_master_for_itself(lab):
    lab.slaves("c1", mode="passthru")
    assert lab.c1.mac == lab.host.mac
    with lab.watch("c1", "wire", "host") as net:
        for frame in (*both(lab.c1, lab.wire),
                      test_frame(FOREIGN, lab.wire.mac),
                      tagged(test_frame(lab.c1.mac, lab.wire.mac), 7)):
            assert net.exchange("c1", frame) == {"wire": [frame]}
        for frame in (*both(lab.wire, lab.host),
                      test_frame(lab.wire.mac, FOREIGN),
                      tagged(test_frame(lab.wire.mac, FOREIGN), 7)):
            assert net.exchange("wire", frame) == {"c1": [frame]}
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame) == {"c1": [frame],
                                               "host": [frame]}
        frame = test_frame(lab.host.mac, BROADCAST)
        assert net.exchange("host", frame) == {"wire": [frame]}
    assert lab.drops() == {}


# MACs

def test_a_slave_may_send_from_other_macs_and_is_reached_by_them(lab):
    trio(lab, "bridge")
    with lab.watch() as net:
        frame = test_frame(FOREIGN, lab.wire.mac)
        assert net.exchange("c1", frame) == {"wire": [frame]}
        for source in ("wire", "c2", "host"):
            frame = test_frame(lab.nodes[source].mac, FOREIGN)
            assert net.exchange(source, frame) == {"c1": [frame]}
        # Another takes it over by sending from it.
        net.exchange("c2", arp_announce(lab.c2))
        frame = test_frame(FOREIGN, lab.wire.mac, b"failed over")
        assert net.exchange("c2", frame) == {"wire": [frame]}
        frame = test_frame(lab.wire.mac, FOREIGN, b"there")
        assert net.exchange("wire", frame) == {"c2": [frame]}
        # And the wire, by a broadcast: it is not here any more.
        frame = test_frame(FOREIGN, BROADCAST, b"gone")
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "c3", "host")}
        frame = test_frame(lab.c3.mac, FOREIGN, b"away")
        assert net.exchange("c3", frame) == {"wire": [frame]}
    assert lab.drops() == {}


def test_a_slave_cannot_send_from_the_mac_of_a_sibling_or_the_host(lab):
    trio(lab, "bridge")
    with lab.watch() as net:
        for mac in (lab.c2.mac, lab.host.mac):
            assert net.exchange("c1", test_frame(mac, lab.wire.mac)) == {}
    assert lab.drops() == {("c1", "mac_in_use"): 2}


@pytest.mark.core
def test_frames_follow_a_mac_that_is_changed_inside(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2", mode="bridge")
    assert lab.ping("c2", lab.c1.ip4)
    lab.ip("c1", "link set dev c1 address 02:00:00:00:12:34")
    for target in (lab.wire, lab.host, lab.c2):
        assert lab.ping("c1", target.ip4), target.label
        assert lab.ping("c1", target.ip6), target.label
    # Others have learned it by then, and reach it.
    for source in ("wire", "host", "c2"):
        assert lab.ping(source, lab.c1.ip4), source
    assert lab.drops() == {}


# VLANs

@pytest.mark.core
def test_tagged_frames_go_by_mac(lab):
    trio(lab, "bridge")
    with lab.watch() as net:
        for a, b in (("c1", "c2"), ("c1", "wire"), ("wire", "c1"),
                     ("host", "c1")):
            frame = tagged(test_frame(lab.nodes[a].mac, lab.nodes[b].mac), 7)
            assert net.exchange(a, frame) == {b: [frame]}
        frame = tagged(test_frame(lab.c1.mac, BROADCAST), 7)
        got = net.exchange("c1", frame)
        assert {"c2", "c3", "wire"} <= got.keys()
        frame = tagged(test_frame(lab.wire.mac, BROADCAST), 7)
        got = net.exchange("wire", frame)
        assert {"c1", "c2", "c3"} <= got.keys()
    assert lab.drops() == {}


# All of it at once

@pytest.mark.core
def test_stacks_of_all_kinds_talk_on_one_master_with_the_kernels_own(live_lab):
    """Both flavours, and the driver's macvlan on the same master."""
    lab = live_lab
    lab.slaves("m1", "m2", mode="bridge")
    lab.slaves("p1", mode="private")
    lab.slaves("l2", mode="l2")
    lab.slaves("l3", mode="l3", extra="proxy on")
    lab.spaces("kern")
    lab.ip("host", "link add k1 link eth0 type macvlan mode bridge",
           f"link set k1 netns {lab.name('kern')}")
    lab.ip("kern", "link set k1 up", "addr add 10.77.0.90/24 dev k1",
           "addr add fd77::90/64 dev k1 nodad")
    kern = lab.slave_at("kern", "k1", 90)
    reach = [("m1", "m2"), ("m1", "l2"), ("l2", "m1"), ("m1", "l3"),
             ("l3", "m1"), ("host", "m1"), ("m1", "host"), ("p1", "host"),
             ("host", "p1"), ("wire", "m1"), ("m1", "wire"), ("p1", "wire"),
             ("wire", "l2"), ("l2", "wire"), ("l3", "wire"), ("l2", "l3")]
    for source, target in reach:
        for address in (lab.nodes[target].ip4, lab.nodes[target].ip6):
            assert lab.ping(source, address), f"{source} to {address}"
    for source, target in ((kern.label, "wire"), ("wire", kern.label)):
        for address in (lab.nodes[target].ip4, lab.nodes[target].ip6):
            assert lab.ping(source, address), f"{source} to {address}"
    for target in ("m1", "l2"):
        assert not lab.ping("p1", lab.nodes[target].ip4, wait=0.3), target
