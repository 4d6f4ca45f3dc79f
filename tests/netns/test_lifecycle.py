# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves come and go: what is found again, and what is left."""

import pytest

import bpf
import netns
from conftest import BPF_DEADLINE
from frames import (BROADCAST, arp_request, echo4, echo6, neighbour_solicit,
                    test_frame)
from lab import TIMEOUT, devices

pytestmark = pytest.mark.hooks("tcx", "clsact")
NOTHING = {"tcx_ingress": [], "tcx_egress": [], "clsact": False,
           "ingress": [], "egress": []}


def names(lab):
    return [entry["ifname"] for entry in lab.slaves_json()]


def port_ids(lab):
    """Programs on the master, with what the kernel calls them."""
    return {i: bpf.prog_name(i) for ids in lab.hooks().values()
            if isinstance(ids, list) for i in ids}


def wait_freed(ids):
    netns.wait_until(lambda: not {("prog", i) for i in ids} & set(bpf.ours()),
                     f"programs {ids} are freed", BPF_DEADLINE)


def forget(lab, *labels):
    """Ends the slaves' namespaces as the end of a container does."""
    ends = {lab.host_dev(label) for label in labels}
    for label in labels:
        lab.drop_space(label)
        del lab.nodes[label]
    netns.wait_for_change(
        lab.name("host"), lambda: not ends & set(devices(lab.name("host"))),
        f"{ends} are gone")


@pytest.mark.core
def test_programs_are_on_the_hook_that_was_asked_for(lab):
    lab.slaves("c1")
    hooks = lab.hooks()
    assert lab.hook_in_use() == lab.hook
    ours = {"tcx": ("tcx_ingress", "tcx_egress"),
            "clsact": ("ingress", "egress")}[lab.hook]
    for key in ("tcx_ingress", "tcx_egress", "ingress", "egress"):
        expected = {"ingress": ["bv_wire_rx"], "egress": ["bv_host_tx"]}[
            key.removeprefix("tcx_")] if key in ours else []
        assert [bpf.prog_name(i) for i in hooks[key]] == expected, key
    host_end = lab.hooks(lab.host_dev("c1"))
    on_end = "netkit_peer" if lab.via == "netkit" else ours[0]
    assert {key: [bpf.prog_name(i) for i in ids]
            for key, ids in host_end.items() if ids and key != "clsact"} == {
        on_end: ["bv_slave_tx"]}


def test_the_host_end_is_named_by_its_slot_and_silent(lab):
    lab.slaves("c1")
    data = lab.slaves_json("-d")[0]["linkinfo"]["info_data"]
    master = lab.ip_json("host", "link show eth0")[0]
    assert data["host_dev"] == f"bv{master['ifindex']}.{data['slot']}"
    end = lab.ip_json("host", f"addr show {data['host_dev']}")[0]
    assert (end["address"], end["mtu"], end["addr_info"]) == (
        master["address"], master["mtu"], [])
    path = f"/proc/sys/net/ipv6/conf/{data['host_dev']}/disable_ipv6"
    with netns.inside(lab.name("host")), open(path, encoding="ascii") as file:
        assert file.read() == "1\n"


@pytest.mark.core
def test_the_last_slave_takes_the_programs_with_it(lab):
    before = lab.hooks()
    assert before == NOTHING
    lab.slaves("c1", "c2")
    ids = port_ids(lab)
    assert sorted(ids.values()) == ["bv_host_tx", "bv_wire_rx"]
    lab.bv("link del c1")
    assert port_ids(lab) == ids
    lab.bv("link del c2")
    assert lab.hooks() == before
    assert lab.bv("-j master show").json == []
    wait_freed(ids)


@pytest.mark.core
def test_the_next_command_of_another_process_finds_the_state(lab):
    lab.slaves("c1")
    lab.bv(lab.add_line("c2"), space=lab.spaces("c2") or "host")
    assert names(lab) == ["c1", "c2"]


def test_state_is_found_from_inside_ip_netns_exec(lab):
    """Where /sys is another mount, and no BPF file system is."""
    lab.slaves("c1")
    lab.spaces("c2")
    inside = ["ip", "netns", "exec", lab.name("host")]
    for command in (lab.add_line("c2"), "addr add 10.77.0.12/24 dev c2",
                    "-j link show", "link del c2"):
        process = lab.spawn(inside + lab.command(command, space=None),
                            env=lab.environment())
        assert process.wait(TIMEOUT) == 0, command
    assert names(lab) == ["c1"]


@pytest.mark.core
def test_a_slave_whose_namespace_died_is_gone(lab):
    lab.slaves("c1", "c2", "c3")
    before = {e["ifname"]: e["linkinfo"]["info_data"]["slot"]
              for e in lab.slaves_json("-d")}
    forget(lab, "c2")
    assert names(lab) == ["c1", "c3"]
    assert "10.77.0.12" not in lab.owners()
    lab.slaves("c4", addrs=False)
    slots = {e["ifname"]: e["linkinfo"]["info_data"]["slot"]
             for e in lab.slaves_json("-d")}
    assert slots == {"c1": before["c1"], "c3": before["c3"],
                     "c4": before["c2"]}
    lab.bv("addr add 10.77.0.12/24 dev c4")
    frame = echo4(lab.c1, "10.77.0.12", lab.c4.mac)
    with lab.watch() as net:
        assert net.exchange("c1", frame) == {"c4": [frame]}


@pytest.mark.core
def test_programs_left_by_dead_namespaces_go_with_the_next_del(lab):
    lab.slaves("c1", "c2")
    ids = port_ids(lab)
    forget(lab, "c2")
    lab.bv("link del c1")
    assert lab.hooks() == NOTHING
    wait_freed(ids)


def test_all_namespaces_died_and_the_master_can_be_used_again(lab):
    lab.slaves("c1", "c2")
    forget(lab, "c1", "c2")
    lab.slaves("c3")
    assert names(lab) == ["c3"]
    lab.bv("link del c3")
    assert lab.hooks() == NOTHING


def test_the_addresses_of_a_dead_slave_are_not_ours_any_more(lab):
    """No command tells us of a death: the next broadcast notices it."""
    lab.slaves("c1", "c2")
    dead = lab.c2
    forget(lab, "c2")
    with lab.watch() as net:
        net.exchange("wire", test_frame(lab.wire.mac, BROADCAST))
        for make in (echo4, echo6):
            for source in ("wire", "c1"):
                frame = make(lab.nodes[source], dead, lab.host.mac)
                assert net.exchange(source, frame) == {"host": [frame]}
        for make in (arp_request, neighbour_solicit):
            frame = make(lab.c1, dead)
            assert net.exchange("c1", frame) == {
                "host": [frame], "wire": [frame]}, make.__name__


def test_a_deleted_slave_can_be_made_again(lab):
    for _ in range(3):
        lab.slaves("c1")
        lab.bv("link del c1")
        del lab.nodes["c1"]
    assert lab.hooks() == NOTHING


def test_a_slave_deleted_by_ip_in_its_namespace_is_gone(lab):
    lab.slaves("c1", "c2")
    lab.ip("c1", "link del c1")
    assert names(lab) == ["c2"]
    lab.spaces("c1")
    lab.bv(lab.add_line("c1"))
    assert names(lab) == ["c2", "c1"] or names(lab) == ["c1", "c2"]


def test_a_slave_renamed_in_its_namespace_is_known_by_its_new_name(lab):
    lab.slaves("c1")
    lab.ip("c1", "link set c1 down", "link set c1 name eth0",
           "link set eth0 up")
    assert names(lab) == ["eth0"]
    assert lab.try_bv("link del c1").rc == 1
    lab.bv("link del eth0")
    assert names(lab) == []


@pytest.mark.core
@pytest.mark.parametrize("start", ["host", "c1"])
def test_a_slave_moved_to_another_namespace_still_works(live_lab, start):
    """As engines do: they make a link on the host, then move it."""
    lab = live_lab
    lab.spaces("c1", "c9")
    lab.slaves("c2")
    where = f"netns {lab.name(start)}" if start != "host" else ""
    lab.bv(f"link add link eth0 name c1 {where} type ipvlan mode l2")
    lab.ip(start, f"link set c1 netns {lab.name('c9')}")
    lab.ip("c9", "link set c1 up")
    lab.bv("addr add 10.77.0.50/24 dev c1")
    entry, = lab.slaves_json("", "c1")
    assert entry["netns"] == lab.name("c9")
    for source in ("c2", "wire", "host"):
        assert lab.ping(source, "10.77.0.50"), f"{source} to the moved slave"


def test_a_slave_moved_into_the_masters_namespace_still_works(lab):
    """Where bpf_redirect_peer() would drop every frame."""
    lab.slaves("c1", "c2")
    lab.ip("c1", f"link set c1 netns {lab.name('host')}")
    lab.bv("link set c1 up")
    lab.c1.ns = lab.name("host")
    entry, = lab.slaves_json("", "c1")
    assert "netns" not in entry or entry["netns"] == lab.name("host")
    netns.sysctl(lab.name("host"), {"ipv6/conf/c1/disable_ipv6": 1})
    with lab.watch() as net:
        for source in ("wire", "c2"):
            node = lab.nodes[source]
            frame = echo4(node, lab.c1, lab.c1.mac)
            assert net.exchange(source, frame) == {"c1": [frame]}


@pytest.mark.core
def test_a_master_that_is_deleted_leaves_nothing_behind(lab):
    lab.slaves("c1", "c2")
    ids = port_ids(lab)
    lab.ip("host", "link del eth0")
    assert lab.bv("-j master show").json == []
    assert lab.slaves_json() == []
    # Nothing can end the devices of a master that went; nor do they hurt.
    left = [e["ifname"] for e in lab.ip_json("host", "link show")
            if e["ifname"].startswith("bv")]
    for dev in left:
        lab.ip("host", f"link del {dev}")
    wait_freed(ids)


def test_a_master_that_came_back_can_be_used_again(lab):
    lab.slaves("c1", "c2", addrs=False)
    lab.ip("host", "link del eth0")
    lab.ip("host", "link add eth0 address 02:77:00:00:00:0a type veth "
           f"peer name w0 netns {lab.name('wire')}", "link set eth0 up")
    lab.spaces("c3")
    lab.bv(lab.add_line("c3"))
    assert names(lab) == ["c3"]
    lab.bv("link del c3")
    assert lab.hooks() == NOTHING


@pytest.mark.core
def test_a_master_whose_mac_and_mtu_change_is_followed(lab):
    lab.slaves("c1", "c2")
    lab.ip("host", "link set eth0 address 02:77:00:00:00:aa mtu 1400")
    lab.bv("link set c2 up")  # any command
    for label in ("c1", "c2"):
        link = lab.ip_json(label, f"link show {label}")[0]
        assert (link["address"], link["mtu"]) == ("02:77:00:00:00:aa", 1400)
    for node in (lab.host, lab.c1, lab.c2):
        node.mac = "02:77:00:00:00:aa"
    with lab.watch() as net:
        for a, b in (("c1", "c2"), ("wire", "c1"), ("c1", "wire"),
                     ("host", "c1"), ("c1", "host")):
            frame = echo4(lab.nodes[a], lab.nodes[b], lab.nodes[b].mac)
            assert net.exchange(a, frame) == {b: [frame]}, f"{a} to {b}"
