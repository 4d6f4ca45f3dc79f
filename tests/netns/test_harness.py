# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness itself, without bpfvlan: a capture that cannot fail is none."""

import dataclasses

import pytest

import lab as lab_module
import masters
import netns
from capture import ETH_P_IP, Ears, Watch
from frames import (BROADCAST, arp_request, checksums_valid, echo4, echo6,
                    source_macs, tagged, test_frame)
from lab import Lab


@pytest.fixture
def cable():
    lab = Lab()
    try:
        masters.veth(lab)
        yield lab
    finally:
        lab.close()


@pytest.mark.core
def test_a_frame_arrives_unchanged_at_the_other_end_only(cable):
    frame = echo4(cable.host, cable.wire, cable.wire.mac)
    with cable.watch() as net:
        assert net.exchange("host", frame) == {"wire": [frame]}
        assert net.exchange("wire", frame) == {"host": [frame]}
        assert net.arrived() == {}


def test_frames_keep_their_order_and_number(cable):
    sent = [test_frame(cable.host.mac, BROADCAST, b"%d" % i)
            for i in range(100)]
    with cable.watch() as net:
        assert net.exchange("host", *sent) == {"wire": sent}


@pytest.mark.core
def test_a_vlan_tag_is_shown(cable):
    frame = tagged(echo4(cable.host, cable.wire, cable.wire.mac), 5, 6)
    assert len(frame) == 14 + 8 + 20 + 8 + 64
    with cable.watch() as net:
        assert net.exchange("host", frame) == {"wire": [frame]}


def test_a_node_that_cannot_be_reached_is_not_taken_for_a_silent_one(cable):
    masters.veth(cable, 1)
    lost = dataclasses.replace(cable.wire1, label="c1", role="slave",
                               lan="eth0")
    with Watch([cable.host, cable.wire, lost]) as net:
        net.deadline = 0.2
        with pytest.raises(AssertionError, match="did not reach .*c1"):
            net.exchange("host", test_frame(cable.host.mac, BROADCAST))


@pytest.mark.core
def test_a_frame_marked_for_another_host_is_an_error(cable):
    """As a wrongly redirected frame would be, which IP throws away."""
    frame = echo4(cable.wire, cable.host, "02:00:00:00:00:99")
    liar = dataclasses.replace(cable.host, role="slave",
                               mac="02:00:00:00:00:99")
    ears, voice = Ears(liar, (ETH_P_IP,)), Ears(cable.wire)
    voice.send(frame)
    with pytest.raises(AssertionError, match="OTHERHOST"):
        ears.expect(lambda seen: seen == frame)
    ears.close()
    voice.close()


@pytest.mark.core
def test_a_quiet_lab_answers_nothing(cable):
    with cable.watch() as net:
        for frame in (arp_request(cable.wire, cable.host),
                      echo4(cable.wire, cable.host, cable.host.mac),
                      echo6(cable.wire, cable.host, cable.host.mac)):
            assert net.exchange("wire", frame) == {"host": [frame]}


def test_an_address_of_a_quiet_lab_has_no_group_to_report(lab, monkeypatch):
    """Reports would come when the stack likes, and count as the slave's."""
    joined = []

    def look_first(node, enable, switch=lab_module.ipv6):
        if not enable:
            with netns.inside(node.ns), open("/proc/thread-self/net/igmp6",
                                             encoding="ascii") as file:
                joined.append([line.split()[2] for line in file
                               if line.split()[1] == node.dev])
        switch(node, enable)

    monkeypatch.setattr(lab_module, "ipv6", look_first)
    lab.slaves("c1")
    # Of these nobody tells: RFC 3810, 6.
    assert sorted(*joined) == ["ff01" + 27 * "0" + "1", "ff02" + 27 * "0" + "1"]


def test_pings_cross_a_live_lab_on_every_kind_of_master():
    for kind in (masters.veth, masters.bridge, masters.bridge_port):
        lab = Lab(quiet=False)
        try:
            kind(lab)
            for target in (lab.wire.ip4, lab.wire.ip6):
                assert lab.ping("host", target), f"{kind.__name__} {target}"
        finally:
            lab.close()


@pytest.mark.core
def test_a_tap_is_a_wire():
    lab = Lab()
    try:
        masters.tap(lab)
        frame = echo4(lab.host, lab.wire, lab.wire.mac)
        with lab.watch() as net:
            assert net.exchange("host", frame) == {"wire": [frame]}
            assert net.exchange("wire", frame) == {"host": [frame]}
    finally:
        lab.close()


def test_a_leftover_is_noticed():
    lab = Lab()
    lab.spaces("host")
    stray = lab.name("stray")
    netns.create([stray])
    with pytest.raises(AssertionError, match="stray"):
        lab.close()
    netns.delete([stray])


def test_source_macs_and_checksums_are_judged(cable):
    frame = arp_request(cable.host, cable.wire, sender_mac="02:00:00:00:00:09")
    assert source_macs(frame) == {cable.host.mac, "02:00:00:00:00:09"}
    good = echo4(cable.host, cable.wire, cable.wire.mac)
    assert checksums_valid(good)
    bad = bytearray(good)
    bad[22] ^= 1  # TTL
    assert not checksums_valid(bytes(bad))
