# SPDX-License-Identifier: GPL-2.0-or-later
"""What a master and the host's routes get for their slaves, and lose again."""

import contextlib
import socket
import struct
import time

import pytest
from scapy.layers.inet6 import (ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPv6)
from scapy.layers.l2 import Ether

import bpf
import masters
import netns
from capture import ETH_P_ALL, Ears
from frames import arp_announce
from lab import Node, wait_running
from modes import MODES, OURS, info, master

NO_FWD6 = 1 << 11  # BV_SLAVE_NO_FWD6
OFF = {"allmulti": False, "forward4": "0", "forward6": "0"}


def is_off(lab, dev="eth0"):
    now = master(lab, dev)
    assert now.pop("force6") in ("0", None)
    return now == OFF


def forwards(lab):
    now = master(lab)
    if now["force6"] is not None:  # before 6.17
        assert now["force6"] == now["forward4"]
    return now["forward4"] == "1"


def drop(lab, name):
    lab.drop_space(name)
    netns.wait_for_change(
        lab.name("host"),
        lambda: name not in {e["ifname"] for e in lab.slaves_json()},
        f"{name} is gone")


def ourselves(lab):
    return {dst: (dev, src) for dst, dev, src in lab.routes(OURS)}


# IFF_ALLMULTI

@pytest.mark.core
@pytest.mark.hooks("tcx", "clsact")
@pytest.mark.parametrize("mode", MODES)
def test_a_master_is_as_before_when_its_last_slave_is_deleted(live_lab, mode):
    lab = live_lab
    assert is_off(lab)
    lab.slaves("c1", "c2", mode=mode)
    assert master(lab)["allmulti"]
    lab.bv("link del c1")
    assert master(lab)["allmulti"]
    lab.bv("link del c2")
    assert is_off(lab)


def test_what_was_on_before_stays_on(live_lab):
    lab = live_lab
    lab.ip("host", "link set eth0 allmulticast on")
    netns.sysctl(lab.name("host"), {"ipv4/conf/eth0/forwarding": 1})
    before = master(lab)
    lab.slaves("c1", mode="l3s")
    lab.bv("link del c1")
    assert master(lab) == before
    assert before["allmulti"] and before["forward4"] == "1"


def test_a_first_slave_that_fails_leaves_the_master_alone(live_lab):
    lab = live_lab
    lab.spaces("c1")
    before = lab.snapshot()
    lab.ip("c1", "link add x type veth peer name y")
    done = lab.try_bv(f"link add link eth0 name x netns {lab.name('c1')} "
                      "type ipvlan mode l3s")
    assert done.rc == 2 and "File exists" in done.err
    lab.ip("c1", "link del x")
    assert lab.snapshot() == before
    assert is_off(lab)


def test_a_master_that_lost_it_gets_it_again(live_lab):
    lab = live_lab
    lab.slaves("c1")
    lab.ip("host", "link set eth0 allmulticast off")
    lab.bv("link set c1 mtu 1400")
    assert master(lab)["allmulti"]
    lab.bv("link del c1")
    assert is_off(lab)


def test_slaves_that_vanished_leave_no_trace_behind(live_lab):
    """Nobody sees them go; the next command finds it."""
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    drop(lab, "c1")
    lab.slaves("c2")
    assert not forwards(lab) and master(lab)["allmulti"]
    lab.bv("link del c2")
    assert is_off(lab)


def join(lab, space, dev, group):
    with netns.inside(lab.name(space)):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        index = socket.if_nametoindex(dev)
    sock.bind(("", 7788))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    struct.pack("=4s4si", socket.inet_aton(group), bytes(4),
                                index))
    return sock


def send_to_group(lab, group, payload):
    with netns.inside(lab.name("wire")), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        socket.inet_aton("10.77.0.1"))
        sock.sendto(payload, (group, 7788))


def hear_from_group(lab, sock, group, payload):
    """Sends until it is heard: the kernel reports a join a little later."""
    sock.settimeout(0.1)
    end = time.monotonic() + netns.DEADLINE
    heard = None
    while heard != payload:
        assert time.monotonic() < end, f"{payload} is not heard"
        send_to_group(lab, group, payload)
        with contextlib.suppress(TimeoutError):
            heard = sock.recv(99)


def test_groups_that_only_a_slave_joined_pass_the_masters_filter(
        live_lab):
    """On a master with a filter of its own, which a macvlan has."""
    lab = live_lab
    lab.ip("host", "link add link eth0 name mv0 type macvlan mode bridge",
           "link set mv0 up")
    lab.spaces("c1")
    lab.bv(f"link add link mv0 name c1 netns {lab.name('c1')} up "
           "type ipvlan mode l2")
    lab.bv("addr add 10.77.0.11/24 dev c1")
    wait_running(lab.name("c1"), "c1")
    node = Node("mv0", "host", "eth0", lab.name("host"), "mv0", "", "")
    with join(lab, "c1", "c1", "239.1.2.3") as sock:
        hear_from_group(lab, sock, "239.1.2.3", b"with")
        # Without it that does not come, which proves that there is a filter:
        # a broadcast behind it comes alone.
        lab.ip("host", "link set mv0 allmulticast off")
        ears = Ears(node, (ETH_P_ALL,))
        try:
            # Its filter is a hash, which may let one or the other pass.
            groups = [f"239.1.2.{i}" for i in range(3, 11)]
            for group in groups:
                send_to_group(lab, group, b"without")
            broadcast_from_wire(lab, b"behind")
            heard = []
            ears.expect(lambda f: heard.append(f) or b"behind" in f)
            passed = [f for f in heard if b"without" in f]
            assert len(passed) < len(groups)
        finally:
            ears.close()
    lab.bv("link del c1")
    assert is_off(lab, "mv0")


def broadcast_from_wire(lab, payload):
    with netns.inside(lab.name("wire")), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.sendto(payload, ("10.77.0.255", 7789))


# Forwarding

@pytest.mark.parametrize("end", ["mode l3", "mode l2", "del", "gone"])
def test_a_master_forwards_while_it_has_an_l3s_slave(live_lab, end):
    lab = live_lab
    lab.slaves("other", mode="l3")
    assert not forwards(lab)
    lab.slaves("c1", "c2", mode="l3s")
    assert forwards(lab)
    lab.bv("link del c1")
    assert forwards(lab)
    if end == "del":
        lab.bv("link del c2")
    elif end == "gone":
        drop(lab, "c2")
        lab.bv("link set other mtu 1400")
    else:
        lab.bv(f"link set c2 type ipvlan {end}")
    assert not forwards(lab)
    assert master(lab)["allmulti"]


def test_forwarding_that_somebody_wants_meanwhile_stays(live_lab):
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    netns.sysctl(lab.name("host"), {"ipv4/ip_forward": 1,
                                    "ipv6/conf/all/forwarding": 1})
    lab.bv("link del c1")
    now = master(lab)
    assert (now["forward4"], now["forward6"]) == ("1", "1")
    assert now["force6"] in ("0", None)


def test_a_host_that_forwards_everything_needs_nothing(live_lab):
    lab = live_lab
    netns.sysctl(lab.name("host"), {"ipv4/ip_forward": 1,
                                    "ipv6/conf/all/forwarding": 1})
    before = master(lab)
    lab.slaves("c1", mode="l3s")
    assert master(lab) == before | {"allmulti": True}
    lab.bv("link del c1")
    assert master(lab) == before


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_host_ends_forward_again_after_the_host_was_told_not_to(
        live_lab, mode):
    """Writing it for the whole host writes it for each device."""
    lab = live_lab
    lab.slaves("c1", "c2", mode=mode)
    before = lab.snapshot()
    ends = [lab.host_dev(name) for name in ("c1", "c2")]
    netns.sysctl(lab.name("host"), {
        "ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1})
    netns.sysctl(lab.name("host"), {
        "ipv4/ip_forward": 0, "ipv6/conf/all/forwarding": 0})
    assert lab.conf(ends[0])["ipv4/forwarding"] == "0"
    lab.bv("link set c1 mtu 1500")
    assert lab.snapshot() == before


def test_the_whole_hosts_settings_are_never_touched(live_lab):
    lab = live_lab
    before = lab.conf("all"), lab.conf("default")
    for mode in MODES:
        lab.slaves(mode, mode=mode)
        for new in MODES:
            lab.bv(f"link set {mode} type ipvlan mode {new}")
    assert (lab.conf("all"), lab.conf("default")) == before


def router_advert(lab):
    return bytes(Ether(src=lab.wire.mac, dst="33:33:00:00:00:01")
                 / IPv6(src="fe80::77", dst="ff02::1", hlim=255)
                 / ICMPv6ND_RA(routerlifetime=1800)
                 / ICMPv6NDOptSrcLLAddr(lladdr=lab.wire.mac))


def default_routes(lab):
    return [route["gateway"] for route in
            lab.ip_json("host", "-6 route show default")]


def advertise(lab, ears):
    ears.send(router_advert(lab))
    netns.wait_for_change(lab.name("host"),
                          lambda: default_routes(lab) == ["fe80::77"],
                          "the host has a default route")


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_the_host_keeps_its_default_route_by_router_advertisement(
        live_lab, mode):
    """The kernel would drop it: see bv_conf_forward6()."""
    lab = live_lab
    ears = lab.wire.listen()
    try:
        advertise(lab, ears)
        # So it does if somebody else writes this, for any device.
        for value in (0, 1):
            netns.sysctl(lab.name("host"),
                         {"ipv6/conf/lo/forwarding": value})
        assert default_routes(lab) == []
        advertise(lab, ears)
        lab.slaves("c1", mode=mode)
        lab.slaves("c2")
        lab.bv(f"link set c2 type ipvlan mode {mode}")
        lab.bv("link set c2 type ipvlan mode l2")
        assert default_routes(lab) == ["fe80::77"]
        assert lab.conf("eth0")["ipv6/accept_ra"] == "1"
    finally:
        ears.close()


# Routes

@pytest.mark.core
def test_every_address_of_an_l3s_slave_has_a_route(live_lab):
    lab = live_lab
    lab.ip("host", "addr add 10.88.0.2/24 dev eth0")
    lab.slaves("c1", mode="l3s")
    dev = lab.host_dev("c1")
    lab.bv("addr add 10.88.0.9/32 dev c1")
    lab.bv("addr add 192.0.2.9/32 dev c1")
    lab.bv("addr add fe80::9/64 dev c1")
    assert ourselves(lab) == {
        lab.c1.ip4: (dev, lab.host.ip4), lab.c1.ip6: (dev, lab.host.ip6),
        "10.88.0.9": (dev, "10.88.0.2"), "192.0.2.9": (dev, lab.host.ip4)}
    lab.bv("addr del 10.88.0.9 dev c1")
    lab.bv(f"addr del {lab.c1.ip6} dev c1")
    assert ourselves(lab) == {lab.c1.ip4: (dev, lab.host.ip4),
                              "192.0.2.9": (dev, lab.host.ip4)}
    lab.bv("link set c1 type ipvlan host off")
    assert len(ourselves(lab)) == 2
    lab.bv("link del c1")
    assert ourselves(lab) == {}


@pytest.mark.parametrize("mode", ["l2", "l3"])
def test_slaves_of_other_modes_have_no_routes(live_lab, mode):
    lab = live_lab
    lab.slaves("c1", mode=mode)
    assert ourselves(lab) == {}
    lab.bv("link set c1 type ipvlan mode l3s")
    assert set(ourselves(lab)) == {lab.c1.ip4, lab.c1.ip6}
    lab.bv(f"link set c1 type ipvlan mode {mode}")
    assert ourselves(lab) == {}


def test_learned_addresses_follow_with_the_next_command(lab):
    """Learned while it was l2; an address that changes hands, too."""
    lab.slaves("c1", "c2", addrs=False)
    lab.announce4("c1")
    lab.bv("link set c1 type ipvlan mode l3s")
    dev = lab.host_dev("c1")
    assert ourselves(lab) == {lab.c1.ip4: (dev, lab.host.ip4)}
    lab.bv("link set c2 type ipvlan mode l3s")
    lab.bv(f"addr del {lab.c1.ip4} dev c1")
    assert ourselves(lab) == {}
    lab.bv("link set c2 type ipvlan mode l2")
    with lab.watch("c2", "host", "wire") as net:
        net.exchange("c2", arp_announce(lab.c2, lab.c1.ip4))
    assert lab.owners()[lab.c1.ip4] == "c2"
    lab.bv("link set c2 type ipvlan mode l3s")
    assert ourselves(lab) == {
        lab.c1.ip4: (lab.host_dev("c2"), lab.host.ip4)}


def test_a_learned_address_made_static_keeps_its_route(lab):
    lab.slaves("c1", addrs=False)
    lab.announce4("c1")
    lab.bv("link set c1 type ipvlan mode l3s")
    before = ourselves(lab)
    lab.bv(f"addr add {lab.c1.ip4}/24 dev c1")
    assert ourselves(lab) == before and len(before) == 1


def test_routes_follow_the_masters_address(live_lab):
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    dev = lab.host_dev("c1")
    lab.ip("host", "addr del 10.77.0.2/24 dev eth0",
           "addr add 10.77.0.3/24 dev eth0",
           "addr del fd77::2/64 dev eth0",
           "addr add fd77::3/64 dev eth0 nodad")
    lab.bv("link set c1 mtu 1500")
    assert ourselves(lab) == {lab.c1.ip4: (dev, "10.77.0.3"),
                              lab.c1.ip6: (dev, "fd77::3")}


def test_a_route_that_was_deleted_comes_back(live_lab):
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    before = ourselves(lab)
    lab.ip("host", f"route del {lab.c1.ip4}/32", f"route del {lab.c1.ip6}")
    assert ourselves(lab) == {}
    lab.bv("link set c1 mtu 1500")
    assert ourselves(lab) == before


@pytest.mark.parametrize("address", ["10.77.0.99", "fd77::99"])
def test_another_route_to_the_address_is_left_alone(live_lab, address):
    """Whose it is, we do not know; and we cannot have two."""
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    plen = 128 if ":" in address else 32
    lab.ip("host", f"route add {address}/{plen} dev eth0")
    before = lab.snapshot(), lab.addresses()
    done = lab.try_bv(f"addr add {address}/{plen} dev c1")
    assert (done.rc, done.err) == (
        2, f"Error: the host has another route to {address}: File exists.\n")
    assert (lab.snapshot(), lab.addresses()) == before
    lab.ip("host", f"route del {address}/{plen} dev eth0")
    lab.bv(f"addr add {address}/{plen} dev c1")


def test_no_route_for_an_address_that_the_device_refuses(live_lab):
    """With IPv6 off in the namespace the second step fails."""
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    netns.sysctl(lab.c1.ns, {"ipv6/conf/c1/disable_ipv6": 1})
    before = ourselves(lab), lab.addresses()
    done = lab.try_bv("addr add fd77::99/64 dev c1")
    assert done.rc == 2 and "fd77::99" in done.err
    assert (ourselves(lab), lab.addresses()) == before


def test_two_masters_keep_their_routes_apart(live_lab):
    lab = live_lab
    masters.veth(lab, 1)
    lab.slaves("c1", mode="l3s")
    lab.slaves("d1", lan="eth1", mode="l3s")
    both = ourselves(lab)
    assert both[lab.d1.ip4] == (lab.host_dev("d1"), lab.host1.ip4)
    assert len(both) == 4
    lab.bv("link set c1 type ipvlan mode l2")
    assert set(ourselves(lab)) == {lab.d1.ip4, lab.d1.ip6}
    assert master(lab, "eth1")["forward4"] == "1" and not forwards(lab)


def test_a_thousand_routes_in_one_command(live_lab):
    lab = live_lab
    lab.slaves("c1", mode="l3")
    lab.batch([f"addr add 10.78.{i >> 8}.{i & 255}/32 dev c1"
               for i in range(1000)])
    lab.bv("link set c1 type ipvlan mode l3s")
    assert len(ourselves(lab)) == 1002
    lab.bv("link set c1 type ipvlan mode l3")
    assert ourselves(lab) == {}


# The host speaks to its l3s slaves by these routes: from its own address.

@pytest.mark.core
def test_the_host_uses_the_masters_address_towards_an_l3s_slave(live_lab):
    lab = live_lab
    lab.ip("host", "addr add 172.16.0.1/32 dev lo")
    lab.slaves("c1", mode="l3s")
    for address, source in ((lab.c1.ip4, lab.host.ip4),
                            (lab.c1.ip6, lab.host.ip6)):
        route, = lab.ip_json("host", f"route get {address}")
        assert (route["dev"], route["prefsrc"]) == (lab.host_dev("c1"),
                                                    source)


def test_an_l3s_slave_without_ipv6_forwarding_is_marked(live_lab):
    """Before 6.17, unless the whole host forwards IPv6."""
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    lab.slaves("c2", mode="l3")
    marked = 0 if "ipv6/force_forwarding" in lab.conf("eth0") else NO_FWD6
    assert (slave_flags(lab, "c1"), slave_flags(lab, "c2")) == (marked, 0)
    netns.sysctl(lab.name("host"), {"ipv6/conf/all/forwarding": 1})
    lab.bv("link set c1 mtu 1500")
    assert slave_flags(lab, "c1") == 0
    netns.sysctl(lab.name("host"), {"ipv6/conf/all/forwarding": 0})
    lab.bv("link set c1 mtu 1500")
    assert slave_flags(lab, "c1") == marked
    lab.bv("link set c1 type ipvlan mode l3")
    assert slave_flags(lab, "c1") == 0


def slave_flags(lab, name):
    """That bit of the record that the programs read."""
    hooks = lab.hooks()
    program = (hooks["tcx_ingress"] or hooks["ingress"])[0]
    record = bpf.element(program, "bv_slaves", info(lab, name)["slot"])
    return struct.unpack_from("=I", record)[0] & NO_FWD6
