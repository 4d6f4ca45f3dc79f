# SPDX-License-Identifier: GPL-2.0-or-later
"""What the wire may send: nothing of it is dropped or misled by us."""

import struct

import pytest

from frames import (BROADCAST, arp_request, echo4, echo6, neighbour_solicit,
                    tagged, test_frame)
from test_slave_drops import lying_frames, patched

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def two(lab):
    lab.slaves("c1", "c2")
    return lab


@pytest.mark.core
def test_a_vlan_tagged_frame_to_a_slaves_address_is_no_slaves(two):
    with two.watch() as net:
        for frame in (echo4(two.wire, two.c1, two.c1.mac),
                      echo6(two.wire, two.c1, two.c1.mac),
                      arp_request(two.wire, two.c1),
                      test_frame(two.wire.mac, BROADCAST)):
            for tags in ((5,), (5, 6)):
                assert net.exchange("wire", tagged(frame, *tags)) == {}
            # The host got it, has no VLAN 5, and would throw it away.
            assert net.ears["host"].otherhost.pop() == frame
    assert two.drops() == {}


def test_lying_lengths_are_the_hosts_to_judge(two):
    with two.watch() as net:
        for frame in lying_frames(two.wire, two.host.mac):
            assert net.exchange("wire", frame) == {"host": [frame]}, \
                frame.hex()
    assert two.drops() == {}


def test_lengths_that_lie_about_a_slaves_packet_do_not_hurt(two):
    v4 = echo4(two.wire, two.c1, two.c1.mac)
    v6 = echo6(two.wire, two.c1, two.c1.mac)
    liars = [patched(v4, 16, b"\xff\xff"), patched(v4, 14, b"\x44"),
             patched(v6, 18, b"\xff\xff"), v4[:30], v6[:50], v6[:54]]
    with two.watch() as net:
        for frame in liars:
            got = net.exchange("wire", frame)
            assert list(got.values()) == [[frame]], frame.hex()
            assert set(got) <= {"c1", "host"}
    assert two.drops() == {}


@pytest.mark.core
def test_broken_questions_are_flooded_or_the_hosts_but_never_dropped(two):
    arp = arp_request(two.wire, two.c1)
    nd = neighbour_solicit(two.wire, two.c1)
    broken = [arp[:14 + 27], arp[:14 + 4], patched(arp, 18, b"\x08"),
              nd[:14 + 40 + 23], nd[:14 + 40 + 4], nd[:14 + 40],
              patched(nd, 14 + 40 + 24 + 1, b"\0")]
    with two.watch() as net:
        for frame in broken:
            got = net.exchange("wire", frame)
            assert got, "somebody must get it"
            assert all(frames == [frame] for frames in got.values())
    assert two.drops() == {}


def test_a_length_of_zero_in_the_options_of_the_wire_is_not_ours(two):
    nd = neighbour_solicit(two.wire, two.c1)
    frame = patched(nd, 14 + 40 + 24 + 1, struct.pack("B", 0))
    with two.watch() as net:
        assert net.exchange("wire", frame) == {"c1": [frame]}


@pytest.mark.core
def test_a_frame_of_fourteen_bytes(two):
    frame = test_frame(two.wire.mac, two.host.mac, b"")
    with two.watch() as net:
        assert net.exchange("wire", frame) == {"host": [frame]}
        frame = test_frame(two.wire.mac, BROADCAST, b"")
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "host")}
