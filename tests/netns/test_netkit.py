# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves via netkit beside slaves via veth, and what netkit must not let by."""

import dataclasses
import errno
import itertools
import socket

import pytest
from scapy.layers.l2 import Ether

import bpf
import masters
import netns
from frames import (BROADCAST, FOREIGN, arp_announce, arp_reply, arp_request,
                    echo4, echo6, neighbour_solicit, tagged, test_frame)

pytestmark = pytest.mark.hooks("tcx", "clsact")
needs_netkit = pytest.mark.skipif(not bpf.have_netkit(),
                                  reason=bpf.NO_NETKIT)
KINDS = ("veth", "netkit")
REFUSAL = ('Error: "via netkit" needs netkit (Linux 6.7, CONFIG_NETKIT).\n')


def via(lab, name):
    """What bpfvlan says, which must agree with what the kernel says."""
    shown, = lab.slaves_json("-d", name)
    said = shown["linkinfo"]["info_data"]["via"]
    label = name if shown.get("netns") else "host"
    for space, dev in ((label, name), ("host", lab.host_dev(name))):
        link, = lab.ip_json(space, f"link show {dev}")
        assert link["linkinfo"]["info_kind"] == said
    assert f" via {said} slot " in lab.bv(f"-d link show {name}").out
    return said


@pytest.fixture
def mixed(lab):
    """v1 and v2 are veth, n1 and n2 netkit; all on one master."""
    for kind in KINDS:
        lab.slaves(kind[0] + "1", kind[0] + "2", extra="via " + kind)
        assert via(lab, kind[0] + "1") == kind
    return lab


def everybody(lab, but):
    return sorted(label for label in lab.nodes if label != but)


@pytest.mark.core
def test_via_netkit_is_used_or_refused(lab):
    lab.spaces("c1")
    before = lab.snapshot()
    done = lab.try_bv(lab.add_line("c1", extra="via netkit"))
    if bpf.have_netkit():
        assert (done.rc, done.err) == (0, "")
        assert via(lab, "c1") == "netkit"
    else:
        assert (done.rc, done.err) == (2, REFUSAL)
        assert lab.snapshot() == before


@pytest.mark.core
def test_via_auto_prefers_netkit_and_takes_veth_where_there_is_none(lab):
    lab.via = None
    best = "netkit" if bpf.have_netkit() else "veth"
    lab.slaves("c1", extra="via auto")
    lab.slaves("c2")
    lab.slaves("c3", extra="via veth")
    assert [via(lab, c) for c in ("c1", "c2", "c3")] == [best, best, "veth"]
    with lab.watch() as net:
        for a, b in itertools.permutations(("c1", "c2", "c3", "host"), 2):
            frame = echo4(lab.nodes[a], lab.nodes[b], lab.nodes[b].mac)
            assert net.exchange(a, frame) == {b: [frame]}, f"{a} to {b}"


@pytest.mark.core
@needs_netkit
def test_unicast_between_all_kinds_the_host_and_the_wire(mixed):
    with mixed.watch() as net:
        for a, b in itertools.permutations(mixed.nodes, 2):
            source, target = mixed.nodes[a], mixed.nodes[b]
            for make in (echo4, echo6):
                frame = make(source, target, target.mac)
                assert net.exchange(a, frame) == {b: [frame]}, \
                    f"{make.__name__} {a} to {b}"
    assert mixed.drops() == {}


@pytest.mark.core
@needs_netkit
def test_broadcasts_reach_all_kinds_the_host_and_the_wire_once(mixed):
    with mixed.watch() as net:
        for source in mixed.nodes:
            for target in (BROADCAST, "01:00:5e:00:00:fb"):
                frame = test_frame(mixed.nodes[source].mac, target)
                got = net.exchange(source, frame)
                assert sorted(got) == everybody(mixed, source), source
                assert all(frames == [frame] for frames in got.values())
    assert mixed.drops() == {}


@needs_netkit
def test_questions_go_to_the_owner_of_either_kind(mixed):
    with mixed.watch() as net:
        for a, b in itertools.permutations(("v1", "n1", "n2", "host"), 2):
            for make in (arp_request, neighbour_solicit):
                if make == neighbour_solicit and b == "host":
                    continue  # no IPv6 there, in a quiet lab
                frame = make(mixed.nodes[a], mixed.nodes[b])
                got = net.exchange(a, frame)
                assert got[b] == [frame] and set(got) <= {b, "wire"}, \
                    f"{make.__name__} {a} to {b}"


@needs_netkit
def test_stacks_of_both_kinds_reach_each_other_the_host_and_the_wire(
        live_lab):
    lab = live_lab
    for kind in KINDS:
        lab.slaves(kind[0] + "1", extra="via " + kind)
    for a, b in itertools.permutations(lab.nodes, 2):
        for address in (lab.nodes[b].ip4, lab.nodes[b].ip6):
            assert lab.ping(a, address), f"{a} to {address}"


@pytest.mark.core
@needs_netkit
def test_slaves_of_both_kinds_in_the_masters_namespace(lab):
    """Where bpf_redirect_peer() would drop every frame."""
    lab.slaves("c1")
    for number, kind in enumerate(KINDS, 50):
        lab.bv(f"link add link eth0 name {kind} up type ipvlan mode l2 "
               f"via {kind}")
        netns.sysctl(lab.name("host"), {f"ipv6/conf/{kind}/disable_ipv6": 1})
        lab.slave_at("host", kind, number)
        lab.bv(f"addr add 10.77.0.{number}/24 dev {kind}")
    with lab.watch() as net:
        for a, b in itertools.permutations(("c1", "wire", *KINDS), 2):
            frame = echo4(lab.nodes[a], lab.nodes[b], lab.nodes[b].mac)
            assert net.exchange(a, frame) == {b: [frame]}, f"{a} to {b}"


@needs_netkit
@pytest.mark.parametrize("kind", KINDS)
def test_a_slave_of_either_kind_is_moved_about_by_others(live_lab, kind):
    """Out of the master's namespace, as engines do, on, and back."""
    lab = live_lab
    lab.spaces("c1", "c9")
    for label in KINDS:
        lab.slaves(label[0] + "1", extra="via " + label)
    lab.bv(f"link add link eth0 name c1 type ipvlan mode l2 via {kind}")
    was = "host"
    for space in ("c1", "c9", "host", "c1"):
        lab.ip(was, f"link set c1 netns {lab.name(space)}")
        was = space
        if space == "host":  # which would answer by its own route
            continue
        lab.ip(space, "link set c1 up")
        lab.bv("addr add 10.77.0.50/24 dev c1")
        for other in ("v1", "n1", "wire", "host"):
            assert lab.ping(other, "10.77.0.50"), f"{other} to {space}"
            assert lab.ping(space, lab.nodes[other].ip4), f"from {space}"
        lab.bv("addr del 10.77.0.50/24 dev c1")
    assert via(lab, "c1") == kind


@pytest.mark.core
@needs_netkit
def test_a_slave_that_lost_its_program_reaches_nobody(lab):
    """It fails closed: the pair's own policy is to drop."""
    lab.slaves("c1", extra="via netkit")
    lab.slaves("c2", extra="via veth")
    dev = lab.host_dev("c1")
    space = lab.name("host")
    with netns.inside(space):
        index = socket.if_nametoindex(dev)
    bpf.detach_netkit(space, index)
    assert bpf.netkit(space, index) == []
    with lab.watch() as net:
        for frame in (echo4(lab.c1, lab.c2, lab.c2.mac),
                      echo4(lab.c1, lab.wire, lab.wire.mac),
                      test_frame(lab.c1.mac, BROADCAST)):
            before = sent(lab, "c1")
            assert net.exchange("c1", frame) == {}
            assert sent(lab, "c1") == (before[0], before[1] + 1)
    assert lab.drops() == {}


def sent(lab, name):
    """(packets, dropped) of what the slave sent, by the kernel's account."""
    stats = lab.ip_json(name, f"-s link show {name}")[0]["stats64"]["tx"]
    return stats["packets"], stats["dropped"]


@needs_netkit
def test_a_program_is_shared_by_slaves_of_both_kinds(lab):
    """Whichever kind was first; also when a later command looks for it."""
    for first, second in (KINDS, KINDS[::-1]):
        lab.slaves("c1", extra="via " + first)
        lab.slaves("c2", extra="via " + second)
        found = {i for c in ("c1", "c2")
                 for key, ids in lab.hooks(lab.host_dev(c)).items()
                 if key != "clsact" for i in ids}
        assert [bpf.prog_name(i) for i in found] == ["bv_slave_tx"]
        lab.batch(["link del c1", "link del c2"])
        for label in ("c1", "c2"):
            del lab.nodes[label]


@needs_netkit
def test_a_port_is_found_again_by_its_netkit_slave(lab):
    """When somebody took all programs off the master."""
    lab.slaves("c1", "c2", extra="via netkit")
    space = lab.name("host")
    with netns.inside(space):
        index = socket.if_nametoindex("eth0")
    bpf.detach_all(space, "eth0", index)
    assert lab.bv("-j master show").json == []
    lab.bv("link set c1 up")
    assert [e["ifname"] for e in lab.slaves_json()] == ["c1", "c2"]
    with lab.watch() as net:
        frame = echo4(lab.wire, lab.c1, lab.c1.mac)
        assert net.exchange("wire", frame) == {"c1": [frame]}


@needs_netkit
def test_a_netkit_slave_is_no_master(lab):
    lab.spaces("c2")
    lab.slaves("c1", extra="via netkit")
    done = lab.try_bv("link add link c1 name c2 type ipvlan", space="c1")
    assert done.rc == 2
    assert "c1 cannot be a master: it is a slave" in done.err


@needs_netkit
@pytest.mark.parametrize("end", [masters.netkit_primary, masters.netkit_peer],
                         ids=["primary", "peer"])
def test_somebody_elses_netkit_pair_is_a_master(empty_lab, end):
    """As a container's eth0, where its engine connects it so."""
    lab = empty_lab
    end(lab)
    lab.via = None
    lab.slaves("n1")
    lab.slaves("v1", extra="via veth")
    assert [via(lab, name) for name in ("n1", "v1")] == ["netkit", "veth"]
    with lab.watch() as net:
        for a, b in itertools.permutations(lab.nodes, 2):
            source, target = lab.nodes[a], lab.nodes[b]
            frame = echo4(source, target, target.mac)
            assert net.exchange(a, frame) == {b: [frame]}, f"{a} to {b}"
    assert lab.drops() == {}


@needs_netkit
def test_the_slaves_kernel_is_told_of_a_drop(lab):
    lab.slaves("c1", extra="via netkit")
    sock = raw_socket(lab.c1, 0)
    packets, dropped = sent(lab, "c1")
    with pytest.raises(OSError) as caught:
        sock.send(echo4(lab.c1, lab.wire, lab.wire.mac, src_mac=FOREIGN))
    sock.close()
    assert caught.value.errno == errno.ENOBUFS
    assert sent(lab, "c1") == (packets, dropped + 1)
    assert lab.drops() == {("c1", "foreign_mac"): 1}


# What a raw socket tells its kernel of a frame is not what is in the frame.

def raw_socket(node, protocol):
    with netns.inside(node.ns):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.bind((node.dev, protocol))
    return sock


def send_as(node, protocol, frame):
    sock = raw_socket(node, 0)
    try:
        sock.sendto(frame, (node.dev, protocol))
    except OSError as error:
        assert error.errno == errno.ENOBUFS
    finally:
        sock.close()


def lies(lab):
    """(protocol, frame): each would pass, or be heard, as something else."""
    forged = arp_reply(lab.c1, lab.wire, lab.wire.mac, sender_mac=FOREIGN)
    yield 0x0800, forged
    yield 0x88b5, forged
    yield 0x0800, arp_announce(lab.c1, lab.c2.ip4)
    yield 0x0806, test_frame(lab.c1.mac, BROADCAST)
    yield 0x0800, echo6(lab.c1, lab.c2, lab.c2.mac)
    yield 0x0004, arp_announce(lab.c1, lab.c2.ip4)  # ETH_P_802_2
    length = bytes(Ether(src=lab.c1.mac, dst=BROADCAST, type=64)) + bytes(64)
    yield 0x0806, length


@pytest.mark.core
@needs_netkit
def test_a_frame_sent_as_another_protocol_than_its_own_is_dropped(lab):
    lab.slaves("c1", extra="via netkit")
    lab.slaves("c2", extra="via netkit")
    with lab.watch() as net:
        for number, (protocol, frame) in enumerate(lies(lab), 1):
            send_as(lab.c1, protocol, frame)
            assert net.arrived() == {}, f"{protocol:#x}: {frame.hex()}"
            assert lab.drops() == {("c1", "protocol"): number}


@needs_netkit
def test_a_frame_of_which_no_protocol_was_told_passes(lab):
    """The kernel then looks for itself; and 802.3 has a length there."""
    lab.slaves("c1", extra="via netkit")
    lab.slaves("c2", extra="via netkit")
    length = bytes(Ether(src=lab.c1.mac, dst=BROADCAST, type=64)) + bytes(64)
    with lab.watch() as net:
        for protocol, frame, heard in (
                (0, echo4(lab.c1, lab.c2, lab.c2.mac), {"c2"}),
                (3, echo4(lab.c1, lab.wire, lab.wire.mac), {"wire"}),
                (4, length, {"c2", "wire"})):
            send_as(lab.c1, protocol, frame)
            assert set(net.arrived()) == heard, hex(protocol)
    assert lab.drops() == {}


@needs_netkit
@pytest.mark.parametrize("way", ["inside the frame", "beside the frame"])
def test_a_tag_is_seen_where_the_kernel_keeps_it(lab, way):
    lab.slaves("c1", extra="via netkit")
    lab.slaves("c2", extra="via netkit")
    with lab.watch() as net:
        if way == "inside the frame":
            for tags in ((5,), (0,), (5, 6)):
                frame = tagged(echo4(lab.c1, lab.wire, lab.wire.mac), *tags)
                assert net.exchange("c1", frame) == {}
            assert lab.drops() == {("c1", "vlan"): 3}
        else:
            lab.ip("c1", "link add link c1 name v5 type vlan id 5",
                   "link set v5 up")
            above = dataclasses.replace(lab.c1, dev="v5")
            send_as(above, 0x88b5, test_frame(lab.c1.mac, BROADCAST))
            assert net.arrived() == {}
            assert lab.drops() == {("c1", "vlan"): 1}


@needs_netkit
def test_what_is_for_another_mac_is_the_wires_whatever_its_type(lab):
    """As before Linux 6.10: the frame is of type HOST, and not for us."""
    lab.slaves("c1", extra="via netkit")
    lab.slaves("c2", extra="via netkit")
    other = "02:00:00:00:77:77"
    lab.ip("host", f"link set {lab.host_dev('c1')} address {other}")
    with lab.watch() as net:
        frame = echo4(lab.c1, lab.c2, other)
        assert net.exchange("c1", frame) == {"wire": [frame]}
