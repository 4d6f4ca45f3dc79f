# SPDX-License-Identifier: GPL-2.0-or-later
"""private, vepa and host off: what passes, what is dropped, and its count."""

import pytest

import masters
import netns
from capture import Watch
from frames import (BROADCAST, arp_announce, arp_reply, arp_request, echo4,
                    echo6, neighbour_solicit, test_frame)
from lab import TC_INDEX_ROUTED

pytestmark = pytest.mark.hooks("tcx", "clsact")


def mixed(lab, flag):
    """c1 has the flag; c2 and c3 are plain siblings."""
    lab.slaves("c1", extra=flag)
    lab.slaves("c2", "c3")
    return lab


# private

@pytest.mark.core
def test_private_meets_no_sibling_by_unicast(lab):
    mixed(lab, "private")
    with lab.watch() as net:
        for make in (echo4, echo6):
            for a, b in ((lab.c1, lab.c2), (lab.c2, lab.c1)):
                assert net.exchange(a.label, make(a, b, b.mac)) == {}
    assert lab.drops() == {("c1", "private"): 2, ("c2", "private"): 2}


def test_private_still_reaches_host_and_wire_and_they_it(lab):
    mixed(lab, "private")
    with lab.watch() as net:
        for other in ("host", "wire"):
            for a, b in ((other, "c1"), ("c1", other)):
                frame = echo4(lab.nodes[a], lab.nodes[b], lab.nodes[b].mac)
                assert net.exchange(a, frame) == {b: [frame]}
    assert lab.drops() == {}


def test_private_shares_no_broadcast_with_siblings(lab):
    mixed(lab, "private")
    with lab.watch() as net:
        frame = test_frame(lab.c1.mac, BROADCAST, b"from private")
        assert net.exchange("c1", frame) == {"host": [frame],
                                             "wire": [frame]}
        frame = test_frame(lab.c2.mac, BROADCAST, b"to private?")
        assert net.exchange("c2", frame) == {
            label: [frame] for label in ("c3", "host", "wire")}
        for source in ("wire", "host"):
            frame = test_frame(lab.nodes[source].mac, BROADCAST)
            got = net.exchange(source, frame)
            assert got["c1"] == [frame]


def test_private_gets_no_answer_about_a_sibling(lab):
    mixed(lab, "private")
    with lab.watch() as net:
        for make in (arp_request, neighbour_solicit):
            assert net.exchange("c1", make(lab.c1, lab.c2)) == {}
            assert net.exchange("c2", make(lab.c2, lab.c1)) == {}
    assert lab.drops() == {("c1", "private"): 2, ("c2", "private"): 2}


# vepa

@pytest.mark.core
def test_vepa_sends_everything_to_the_wire_only(lab):
    mixed(lab, "vepa")
    frames = [make(lab.c1, target, target.mac) for make in (echo4, echo6)
              for target in (lab.c2, lab.host, lab.wire)]
    frames += [test_frame(lab.c1.mac, BROADCAST),
               arp_request(lab.c1, lab.c2),
               neighbour_solicit(lab.c1, lab.c2)]
    with lab.watch() as net:
        for frame in frames:
            assert net.exchange("c1", frame) == {"wire": [frame]}
    assert lab.drops() == {}


def test_vepa_hears_siblings_host_and_wire(lab):
    mixed(lab, "vepa")
    with lab.watch() as net:
        for source in ("c2", "host", "wire"):
            frame = echo4(lab.nodes[source], lab.c1, lab.c1.mac)
            assert net.exchange(source, frame) == {"c1": [frame]}


@pytest.mark.core
def test_what_a_hairpin_switch_reflects_is_delivered_by_destination(lab):
    mixed(lab, "vepa")
    masters.hairpin(lab)
    with lab.watch() as net:
        # The switch must know where the MAC is, as it would.
        net.exchange("c1", echo4(lab.c1, lab.wire, lab.wire.mac))
        for make in (echo4, echo6):
            for target in (lab.c2, lab.host):
                frame = make(lab.c1, target, target.mac)
                assert net.exchange("c1", frame) == {
                    "wire": [frame], target.label: [frame]}
        for make in (arp_request, neighbour_solicit):
            frame = make(lab.c1, lab.c2)
            assert net.exchange("c1", frame) == {"wire": [frame],
                                                 "c2": [frame]}


def test_a_vepa_slaves_broadcast_comes_back_to_all_but_itself(lab):
    mixed(lab, "vepa")
    masters.hairpin(lab)
    frame = arp_announce(lab.c1)
    with lab.watch() as net:
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("wire", "host", "c2", "c3")}
    assert lab.drops() == {}


def test_a_bridge_slaves_broadcast_is_not_doubled_by_a_hairpin_switch(lab):
    mixed(lab, "vepa")
    masters.hairpin(lab)
    frame = arp_announce(lab.c2)
    with lab.watch() as net:
        assert net.exchange("c2", frame) == {
            label: [frame] for label in ("wire", "host", "c1", "c3")}
    assert lab.drops() == {("eth0", "reflected"): 1}


def test_a_private_sibling_stays_private_behind_a_hairpin_switch(lab):
    mixed(lab, "vepa")
    lab.bv("link set c2 type ipvlan private")
    masters.hairpin(lab)
    with lab.watch() as net:
        net.exchange("c1", echo4(lab.c1, lab.wire, lab.wire.mac))
        for frame in (echo4(lab.c1, lab.c2, lab.c2.mac),
                      arp_request(lab.c1, lab.c2)):
            assert net.exchange("c1", frame) == {"wire": [frame]}


def test_a_live_vepa_slave_pings_its_sibling_through_the_switch(live_lab):
    lab = mixed(live_lab, "vepa")
    masters.hairpin(lab)
    for target in (lab.c2, lab.host):
        for address in (target.ip4, target.ip6):
            assert lab.ping("c1", address), f"c1 to {address}"


# host off

@pytest.mark.core
def test_host_off_parts_host_and_slave_and_nobody_else(lab):
    mixed(lab, "host off")
    with lab.watch() as net:
        for make in (echo4, echo6):
            for a, b in ((lab.c1, lab.host), (lab.host, lab.c1)):
                assert net.exchange(a.label, make(a, b, b.mac)) == {}
        for a, b in (("c1", "c2"), ("c2", "c1"), ("c1", "wire"),
                     ("wire", "c1"), ("c2", "host"), ("host", "c2")):
            frame = echo4(lab.nodes[a], lab.nodes[b], lab.nodes[b].mac)
            assert net.exchange(a, frame) == {b: [frame]}
    assert lab.drops() == {("c1", "host_off"): 4}


def test_host_off_shares_no_broadcast_between_host_and_slave(lab):
    mixed(lab, "host off")
    with lab.watch() as net:
        frame = test_frame(lab.c1.mac, BROADCAST)
        assert net.exchange("c1", frame) == {
            label: [frame] for label in ("c2", "c3", "wire")}
        frame = test_frame(lab.host.mac, BROADCAST)
        assert net.exchange("host", frame) == {
            label: [frame] for label in ("c2", "c3", "wire")}
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "c3", "host")}


def test_host_off_gives_the_host_no_answer(lab):
    mixed(lab, "host off")
    with lab.watch() as net:
        frame = arp_request(lab.c1, lab.host)
        assert "host" not in net.exchange("c1", frame)
        assert "c1" not in net.exchange("host",
                                        arp_request(lab.host, lab.c1))
        frame = arp_reply(lab.c1, lab.host, lab.host.mac)
        assert net.exchange("c1", frame) == {}


def test_a_live_host_is_not_reached_with_host_off_and_reached_with_on(
        live_lab):
    lab = mixed(live_lab, "host off")
    assert lab.ping("c1", lab.wire.ip4) and lab.ping("c1", lab.c2.ip6)
    for address in (lab.host.ip4, lab.host.ip6):
        assert not lab.ping("c1", address, wait=0.3)
    lab.bv("link set c1 type ipvlan host on")
    lab.ip("c1", "neigh flush dev c1")
    for address in (lab.host.ip4, lab.host.ip6):
        assert lab.ping("c1", address)


@pytest.mark.core
def test_host_off_holds_for_others_who_mark_packets_as_slaves(routing_lab):
    """The host forwards for them. Slaves in l3 via netkit are marked so."""
    lab = routing_lab
    masters.veth(lab, 1)
    lab.slaves("c1", extra="host off")
    lab.know("c1")
    netns.sysctl(lab.name("host"), {
        f"{ip}/conf/all/forwarding": 1 for ip in ("ipv4", "ipv6")})
    lab.mark("wire1", TC_INDEX_ROUTED)
    with lab.watch() as net:
        for make in (echo4, echo6):
            frame = make(lab.wire1, lab.c1, lab.host1.mac)
            assert net.exchange("wire1", frame) == {"host1": [frame]}
    assert lab.drops() == {("c1", "host_off"): 2}


# Flags are each slave's own, and change while it runs.

@pytest.mark.core
def test_a_changed_flag_works_from_the_next_frame_on(lab):
    mixed(lab, "bridge")
    frame = echo4(lab.c1, lab.c2, lab.c2.mac)
    with Watch([lab.c1, lab.c2, lab.host, lab.wire]) as net:
        for flag, expected in (("private", {}), ("vepa", {"wire": [frame]}),
                               ("bridge", {"c2": [frame]})):
            lab.bv(f"link set c1 type ipvlan {flag}")
            assert net.exchange("c1", frame) == expected, flag
