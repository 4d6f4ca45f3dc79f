# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds and numbers of masters, and slaves in the master's own namespace."""

import subprocess

import pytest

import masters
import netns
from frames import BROADCAST, arp_announce, echo4, echo6, test_frame
from lab import Lab
from test_reach import PAIRS, unreachable

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def bare(hook, built):
    """A live lab without a master."""
    lab = Lab(hook, quiet=False)
    yield lab
    lab.close()


@pytest.mark.core
@pytest.mark.parametrize("kind", [masters.bridge, masters.bridge_port],
                         ids=lambda kind: kind.__name__)
def test_a_bridge_and_a_port_of_one_are_masters(bare, kind):
    master = kind(bare)
    bare.slaves("c1", "c2", lan=master)
    assert bare.hook_in_use(master) == bare.hook
    assert unreachable(bare, PAIRS) == []
    assert bare.drops() == {}


@pytest.mark.core
def test_a_tap_is_a_master(empty_lab):
    lab = empty_lab
    masters.tap(lab)
    lab.slaves("c1", "c2")
    with lab.watch() as net:
        for source, target in PAIRS:
            for make in (echo4, echo6):
                frame = make(lab.nodes[source], lab.nodes[target],
                             lab.nodes[target].mac)
                assert net.exchange(source, frame) == {target: [frame]}, \
                    f"{make.__name__} {source} to {target}"
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "c2", "host")}
    assert lab.drops() == {}


@pytest.mark.core
def test_masters_side_by_side_do_not_mix(lab):
    masters.veth(lab, 1)
    lab.slaves("c1", "c2")
    lab.slaves("d1", "d2", lan="eth1")
    with lab.watch() as net:
        for source, target in (("c1", "c2"), ("d1", "d2"), ("d1", "wire1"),
                               ("wire1", "d1"), ("host1", "d1"),
                               ("d1", "host1"), ("wire", "c1")):
            frame = echo4(lab.nodes[source], lab.nodes[target],
                          lab.nodes[target].mac)
            assert net.exchange(source, frame) == {target: [frame]}
        # To the other LAN's slave, by its address: only the router's business.
        frame = echo4(lab.c1, lab.d1, lab.c1.mac)
        assert net.exchange("c1", frame) == {"host": [frame]}
        frame = test_frame(lab.d1.mac, BROADCAST)
        assert net.exchange("d1", frame) == {
            label: [frame] for label in ("d2", "host1", "wire1")}
    lab.bv("link del d1")
    lab.bv("link del d2")
    assert [m["ifname"] for m in lab.bv("-j master show").json] == ["eth0"]


def test_the_same_name_on_two_masters_is_two_slaves(lab):
    masters.veth(lab, 1)
    lab.spaces("c1", "c2")
    for master, label in (("eth0", "c1"), ("eth1", "c2")):
        lab.bv(f"link add link {master} name net0 netns {lab.name(label)} "
               "type ipvlan mode l2")
    shown = lab.bv("-j link show link eth1").json
    assert [(e["ifname"], e["netns"]) for e in shown] == [
        ("net0", lab.name("c2"))]
    lab.bv(f"link del net0 netns {lab.name('c2')}")
    assert [e["link"] for e in lab.slaves_json()] == ["eth0"]


@pytest.mark.core
def test_a_slave_in_the_masters_own_namespace(lab):
    lab.slaves("c1")
    lab.bv("link add link eth0 name own type ipvlan mode l2")
    netns.sysctl(lab.name("host"), {"ipv6/conf/own/disable_ipv6": 1})
    lab.ip("host", "link set own up")
    lab.slave_at("host", "own", 50)
    with lab.watch() as net:
        net.exchange("own", arp_announce(lab.own))
        for source, target in (("own", "c1"), ("c1", "own"), ("own", "wire"),
                               ("wire", "own"), ("own", "host"),
                               ("host", "own")):
            frame = echo4(lab.nodes[source], lab.nodes[target],
                          lab.nodes[target].mac)
            assert net.exchange(source, frame) == {target: [frame]}, \
                f"{source} to {target}"
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame) == {
            label: [frame] for label in ("c1", "own", "host")}
        frame = test_frame(lab.own.mac, BROADCAST)
        assert net.exchange("own", frame) == {
            label: [frame] for label in ("c1", "wire", "host")}
    entry, = lab.slaves_json("", "own")
    assert "netns" not in entry and "link_netnsid" not in entry


def test_a_master_in_another_namespace_and_slaves_in_a_third(bare):
    """-n names the master's namespace; the command runs in neither."""
    masters.veth(bare)
    bare.slaves("c1", "c2")
    assert bare.bv("-j link show", space="wire").json == []
    assert unreachable(bare, [("c1", "c2"), ("wire", "c1")]) == []


def test_namespaces_may_be_given_as_paths(lab):
    lab.spaces("c1")
    by_path = f"-n /run/netns/{lab.name('host')}"
    lab.bv(f"{by_path} link add link eth0 name c1 netns "
           f"/run/netns/{lab.name('c1')} type ipvlan mode l2", space=None)
    entry, = lab.bv(f"{by_path} -j link show", space=None).json
    assert (entry["ifname"], entry["netns"]) == ("c1", lab.name("c1"))
    lab.bv(f"{by_path} link del c1 netns /run/netns/{lab.name('c1')}",
           space=None)
    assert lab.slaves_json() == []


@pytest.mark.core
def test_a_slave_in_a_namespace_without_a_name(bare):
    """As containers have: known by a process that lives there."""
    masters.veth(bare)
    holder = bare.spawn(["unshare", "--net", "cat"], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE)
    # cat answers when it runs, and unshare has made the namespace before.
    holder.stdin.write(b"ready\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == b"ready\n"
    path = f"/proc/{holder.pid}/ns/net"
    bare.bv(f"link add link eth0 name c1 netns {path} up type ipvlan mode l2")
    bare.bv(f"addr add 10.77.0.50/24 dev c1 netns {path}")
    entry, = bare.slaves_json()
    assert "netns" not in entry and entry["link_netnsid"] >= 0
    for source in ("host", "wire"):
        assert bare.ping(source, "10.77.0.50"), source
    holder.kill()
    holder.wait()
    netns.wait_for_change(bare.name("host"), lambda: bare.slaves_json() == [],
                        "the slave is gone")
