# SPDX-License-Identifier: GPL-2.0-or-later
"""Taps: what they are made of, and who gets what a guest sends, frame by frame."""

import errno
import os
import random
import struct
import sys

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

import netns
from frames import (BROADCAST, arp_announce, arp_reply, arp_request, echo4,
                    echo6, neighbour_advert, neighbour_solicit, readdressed,
                    source_macs, test_frame)
from masters import HOST_MAC
from taps import (GUEST_MAC, IFF_MULTI_QUEUE, NEEDS_CSUM, TAP_FLAGS,
                  TUNSETIFF, TapEars, add_guest, open_tap)
from test_kill import duration, killed

pytestmark = pytest.mark.hooks("tcx", "clsact")
KINDS = ("ipvtap mode l2", "ipvtap mode l3", "macvtap mode bridge")
NEW_MAC = "02:77:00:00:00:77"
ROUNDS = 5 if netns.EMULATED else 12


def info(lab, name):
    entry, = lab.slaves_json("-d", name)
    return entry


def tap_device(lab, name):
    link, = lab.ip_json("host", f"link show {name}")
    return link


# Devices


@pytest.mark.core
@pytest.mark.parametrize("kind", KINDS)
def test_a_tap_is_a_device_of_the_masters_namespace(lab, kind):
    lab.bv(f"link add link eth0 name vm0 type {kind} user nobody group 4711 "
           "vnet_hdr")
    link = tap_device(lab, "vm0")
    assert link["ifindex"] >= 4096 << 16
    assert link["address"] == lab.host.mac
    assert (link["txqlen"], link["mtu"]) == (500, 1500)
    assert "UP" not in link["flags"]
    data = link["linkinfo"]["info_data"]
    assert link["linkinfo"]["info_kind"] == "tun"
    assert [data[key] for key in ("type", "pi", "vnet_hdr", "multi_queue",
                                  "persist", "user")] == [
        "tap", False, True, False, True, "nobody"]
    shown = info(lab, "vm0")
    assert shown["ifindex"] == link["ifindex"]
    assert shown["linkinfo"]["info_kind"] == kind.split()[0]
    ours = shown["linkinfo"]["info_data"]
    assert (ours["mode"], ours["multi_queue"], ours["user"], ours["group"],
            ours["host_dev"]) == (kind.split()[2], False, "nobody", 4711,
                                  "vm0")
    macvtap = kind.startswith("macvtap")
    assert (shown["address"] == lab.host.mac) != macvtap
    lab.bv("link del vm0")
    assert "vm0" not in lab.host_ends() | set(netns_devices(lab))
    assert lab.hooks()["ingress"] == []


def netns_devices(lab):
    return [entry["ifname"] for entry in lab.ip_json("host", "link show")]


def test_the_default_modes_are_the_drivers(lab):
    lab.bv("link add link eth0 name vm0 type ipvtap")
    lab.bv("link add link eth0 name vm1 type macvtap")
    modes = [info(lab, vm)["linkinfo"]["info_data"]["mode"]
             for vm in ("vm0", "vm1")]
    assert modes == ["l3", "vepa"]


def test_an_l2_tap_has_no_ipv6_of_the_hosts(routing_lab):
    lab = routing_lab
    lab.bv("link add link eth0 name vm0 up type ipvtap mode l2")
    assert lab.conf("vm0")["ipv6/disable_ipv6"] == "1"


@pytest.mark.parametrize("line, words", [
    ("name x type ipvtap mode l3s", ["l3s"]),
    ("name x type ipvtap via veth", ["via"]),
    ("name x type macvtap via auto mtu 1501", None),
    ("name eth0 type ipvtap", ["eth0", "File exists"]),
    ("name x netns {c} type ipvtap", ["namespace"]),
    ("name x netns {c} type macvtap mode bridge", ["namespace"]),
    ("name x address 02:00:00:00:00:99 type ipvtap mode l2",
     ["Operation not supported"]),
    ("name x address {host} type macvtap mode bridge",
     ["Address already in use"]),
    ("name x mtu 1501 type macvtap", ["1501"]),
])
def test_what_is_refused_changes_nothing(lab, line, words):
    lab.spaces("c")
    before = lab.snapshot()
    done = lab.try_bv("link add link eth0 " + line.format(
        c=lab.name("c"), host=lab.host.mac))
    assert done.rc == (2 if words else 1)
    assert all(word in done.err for word in words or ()), done.err
    assert lab.snapshot() == before


def test_what_a_tap_was_made_with_stays(lab):
    lab.bv("link add link eth0 name vm0 type ipvtap mode l2")
    for words in ("mode l3s", "mode bridge"):
        done = lab.try_bv(f"link set vm0 type ipvtap {words}")
        assert done.rc != 0
    assert info(lab, "vm0")["linkinfo"]["info_data"]["mode"] == "l2"


@pytest.mark.core
def test_it_outlives_who_opens_it(lab):
    lab.bv("link add link eth0 name vm0 up type ipvtap mode l2")
    before = tap_device(lab, "vm0")["ifindex"]
    for _ in range(2):
        fd = open_tap(lab.name("host"), "vm0")
        with pytest.raises(OSError) as error:
            open_tap(lab.name("host"), "vm0")
        assert error.value.errno == errno.EBUSY
        os.close(fd)
    assert tap_device(lab, "vm0")["ifindex"] == before


def test_a_multi_queue_tap_is_opened_several_times(lab):
    lab.bv("link add link eth0 name vm0 up type macvtap mode bridge "
           "multi_queue")
    space = lab.name("host")
    fds = [open_tap(space, "vm0", IFF_MULTI_QUEUE) for _ in range(3)]
    with pytest.raises(OSError) as error:
        open_tap(space, "vm0")
    assert error.value.errno == errno.EINVAL
    assert tap_device(lab, "vm0")["linkinfo"]["info_data"]["numqueues"] == 3
    assert info(lab, "vm0")["linkinfo"]["info_data"]["multi_queue"]
    for fd in fds:
        os.close(fd)


TRY = f"""import fcntl, os, struct, sys
fd = os.open("/dev/net/tun", os.O_RDWR)
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
try: fcntl.ioctl(fd, {TUNSETIFF}, struct.pack("16sH22x", b"vm0", {TAP_FLAGS}))
except OSError as error: sys.exit(error.errno)
"""


def opened_by(lab, uid, gid):
    """0, or the errno that somebody gets who takes the tap."""
    return lab.spawn([sys.executable, "-I", "-c", TRY, str(uid), str(gid)],
                     "host").wait()


def test_owner_and_group_may_open_it(lab):
    lab.bv("link add link eth0 name vm0 up type ipvtap mode l2 user 4711")
    assert opened_by(lab, 4711, 65534) == 0
    assert opened_by(lab, 4712, 65534) == errno.EPERM
    lab.bv("link del vm0")
    lab.bv("link add link eth0 name vm0 up type ipvtap mode l2 group 4713")
    assert opened_by(lab, 4711, 4713) == 0
    assert opened_by(lab, 4711, 65534) == errno.EPERM


@pytest.mark.core
def test_it_may_be_deleted_while_it_is_open(lab):
    guest = add_guest(lab, "vm0", "ipvtap mode l2", GUEST_MAC)
    ears = TapEars(guest)
    lab.bv("link del vm0")
    assert "vm0" not in netns_devices(lab)
    assert lab.slaves_json() == []
    with pytest.raises(OSError) as error:
        ears.read()
    assert error.value.errno == errno.EBADFD
    ears.close()


def test_a_master_that_is_deleted_takes_its_taps_along(lab):
    lab.bv("link add link eth0 name vm0 up type ipvtap mode l2")
    lab.ip("host", "link del eth0",
           "link add eth1 type veth peer name w1")
    lab.bv("link add link eth1 name vm1 type macvtap mode bridge")
    lab.try_bv("link del vm0")
    assert "vm0" not in netns_devices(lab)
    assert [e["ifname"] for e in lab.slaves_json()] == ["vm1"]


def consistent(lab):
    """What is shown is there, and no other tap is."""
    shown = {e["ifname"] for e in lab.slaves_json()}
    taps = {e["ifname"] for e in lab.ip_json("host", "link show")
            if e.get("linkinfo", {}).get("info_kind") == "tun"}
    assert taps == shown
    return shown


def test_sigkill_at_any_moment(lab):
    probe = "link add link eth0 name probe type ipvtap mode l2"
    rng = random.Random(7)
    adds = [f"link add link eth0 name vm0 up type {kind} user nobody"
            for kind in KINDS[1:]]
    longest = duration(lab, adds[0])
    interrupted = 0
    for _ in range(ROUNDS):
        there = any(e["ifname"] == "vm0" for e in lab.slaves_json())
        command = "link del vm0" if there else rng.choice(adds)
        interrupted += killed(lab, command, rng.uniform(0.0005, longest))
        lab.bv(probe)
        assert consistent(lab) <= {"vm0", "probe"}
        lab.bv("link del probe")
        assert consistent(lab) <= {"vm0"}
    assert interrupted >= ROUNDS // 4, "the test did not test"


# Frames


def hidden(lab, frame):
    """What a guest sends, as others get it: with the master's MAC."""
    return readdressed(frame, frame[:6].hex(":"), lab.host.mac)


def to_guest(lab, frame):
    return readdressed(frame, lab.vm.mac, frame[6:12].hex(":"))


@pytest.fixture
def guest_l2(lab):
    """c1 and a guest in l2, whose addresses and MAC are known."""
    lab.slaves("c1")
    lab.vm = add_guest(lab, "vm", "ipvtap mode l2", GUEST_MAC)
    with lab.watch() as net:
        heard = net.exchange("vm", arp_announce(lab.vm),
                             neighbour_advert(lab.vm, "33:33:00:00:00:01",
                                              "ff02::1"))
    for label in ("c1", "host", "wire"):
        assert {mac for f in heard[label] for mac in source_macs(f)} == {
            lab.host.mac}
    assert lab.owners()[lab.vm.ip4] == lab.owners()[lab.vm.ip6] == "vm"
    return lab


@pytest.mark.core
def test_a_guest_in_l2_has_the_masters_mac_to_everybody(guest_l2):
    lab = guest_l2
    with lab.watch() as net:
        for label in ("c1", "host", "wire"):
            node = lab.nodes[label]
            for echo in (echo4, echo6):
                frame = echo(lab.vm, node, node.mac)
                assert net.exchange("vm", frame) == {
                    label: [hidden(lab, frame)]}
                frame = echo(node, lab.vm, lab.host.mac)
                assert net.exchange(label, frame) == {
                    "vm": [to_guest(lab, frame)]}
        frame = test_frame(lab.vm.mac, BROADCAST)
        assert net.exchange("vm", frame) == dict.fromkeys(
            ("c1", "host", "wire"), [hidden(lab, frame)])
        for label in ("c1", "host", "wire"):
            frame = test_frame(lab.nodes[label].mac, BROADCAST)
            assert net.exchange(label, frame)["vm"] == [frame]
    data = info(lab, "vm")["linkinfo"]["info_data"]
    assert data["guest"] == GUEST_MAC
    assert lab.drops() == {}


def test_arp_and_nd_of_a_guest_in_l2_name_the_masters_mac(guest_l2):
    lab = guest_l2
    with lab.watch() as net:
        asked = net.exchange("vm", arp_request(lab.vm, lab.c1))
        assert asked["c1"] == [arp_request(lab.vm, lab.c1,
                                           sender_mac=lab.host.mac,
                                           src_mac=lab.host.mac)]
        answer = arp_reply(lab.c1, lab.vm, lab.host.mac)
        got, = net.exchange("c1", answer)["vm"]
        assert Ether(got).hwdst == Ether(got).dst == GUEST_MAC
        asked = net.exchange("wire", neighbour_solicit(lab.wire, lab.vm))
        answer = neighbour_advert(lab.vm, lab.wire.mac, lab.wire.ip6)
        heard, = net.exchange("vm", answer)["wire"]
        assert source_macs(heard) == {lab.host.mac}


def test_a_guest_that_changes_its_mac_is_followed(guest_l2):
    lab = guest_l2
    with lab.watch() as net:
        frame = echo4(lab.vm, lab.wire, lab.wire.mac, src_mac=NEW_MAC)
        assert net.exchange("vm", frame) == {"wire": [hidden(lab, frame)]}
        frame = echo4(lab.wire, lab.vm, lab.host.mac)
        assert net.exchange("wire", frame) == {
            "vm": [readdressed(frame, NEW_MAC, lab.wire.mac)]}


def test_checksums_that_the_guest_left_to_others_stay_so(guest_l2):
    """The field has the sum of the pseudo header, which has no MAC in it."""
    lab = guest_l2

    def request(src, chaddr):
        return bytes(
            Ether(src=src, dst=lab.wire.mac)
            / IP(src=lab.vm.ip4, dst="10.77.0.99")
            / UDP(sport=68, dport=67, chksum=0x1234)
            / BOOTP(chaddr=bytes.fromhex(chaddr.replace(":", "")))
            / DHCP(options=[("message-type", "request"),
                            ("client_id", b"\0web"), "end"]))

    header = struct.pack("=BBHHHH", NEEDS_CSUM, 0, 0, 0, 14 + 20, 6)
    with lab.watch() as net:
        net.ears["vm"].send(request(lab.vm.mac, lab.vm.mac), header)
        assert net.arrived() == {"wire": [request(lab.host.mac,
                                                  lab.host.mac)]}


def test_the_masters_new_mac_is_the_guests(guest_l2):
    lab = guest_l2
    lab.ip("host", f"link set eth0 address {NEW_MAC}")
    lab.bv("addr add 10.77.9.9/24 dev vm")
    lab.host.mac = lab.c1.mac = NEW_MAC
    assert tap_device(lab, "vm")["address"] == NEW_MAC
    with lab.watch() as net:
        frame = echo4(lab.vm, lab.wire, lab.wire.mac)
        assert net.exchange("vm", frame) == {"wire": [hidden(lab, frame)]}
        frame = echo4(lab.wire, lab.vm, NEW_MAC)
        assert net.exchange("wire", frame) == {"vm": [to_guest(lab, frame)]}


@pytest.mark.core
def test_an_address_for_a_guest_is_set_on_no_device(lab):
    lab.vm = add_guest(lab, "vm", "ipvtap mode l2", GUEST_MAC)
    lab.bv(f"addr add {lab.vm.ip4}/24 dev vm")
    assert lab.addresses() == [(lab.vm.ip4, 24, "vm", "static")]
    assert all(not entry.get("addr_info")
               for entry in lab.ip_json("host", "addr show vm"))
    frame = echo4(lab.wire, lab.vm, lab.host.mac)
    with lab.watch() as net:
        # A guest that has said nothing yet: whoever it is.
        assert net.exchange("wire", frame) == {
            "vm": [readdressed(frame, BROADCAST, lab.wire.mac)]}
    done = lab.try_bv(f"addr del {lab.vm.ip4}/25 dev vm")
    assert done.rc == 2 and "prefix length 24" in done.err
    lab.bv(f"addr del {lab.vm.ip4}/24 dev vm")
    assert lab.addresses() == []


@pytest.fixture
def guest_l3(routing_lab):
    lab = routing_lab
    lab.slaves("c1")
    lab.vm = add_guest(lab, "vm", "ipvtap mode l3", GUEST_MAC, hears=False)
    return lab


@pytest.mark.core
def test_a_guest_in_l3_is_answered_whomever_it_asks_for(guest_l3):
    lab = guest_l3
    with lab.watch() as net:
        for target in (lab.wire, lab.host, lab.c1):
            answer, = net.exchange("vm", arp_request(lab.vm, target))["vm"]
            packet = Ether(answer)
            assert (packet.src, packet.dst, packet.hwsrc, packet.psrc) == (
                lab.host.mac, GUEST_MAC, lab.host.mac, target.ip4)
            answer, = net.exchange("vm",
                                   neighbour_solicit(lab.vm, target))["vm"]
            assert source_macs(answer) == {lab.host.mac}
            assert answer[:6].hex(":") == GUEST_MAC
        # Its own address is its own affair.
        assert net.exchange("vm", arp_request(lab.vm, lab.vm.ip4,
                                              sender_ip="0.0.0.0")) == {}
        assert net.exchange("vm", arp_announce(lab.vm)) == {}
    assert lab.drops() == {("vm", "group"): 2}
    assert lab.owners()[lab.vm.ip4] == "vm"


def test_packets_of_a_guest_in_l3_go_by_their_addresses(guest_l3):
    lab = guest_l3
    with lab.watch() as net:
        for label in ("c1", "host", "wire"):
            node = lab.nodes[label]
            for echo in (echo4, echo6):
                # To the MAC that it was told, and to any other.
                for mac in (lab.host.mac, NEW_MAC):
                    frame = echo(lab.vm, node, mac)
                    assert net.exchange("vm", frame) == {label: [
                        readdressed(frame, node.mac, lab.host.mac)]}
                frame = echo(node, lab.vm, lab.host.mac)
                assert net.exchange(label, frame) == {
                    "vm": [to_guest(lab, frame)]}
        frame = test_frame(lab.vm.mac, BROADCAST)
        assert net.exchange("vm", frame) == {}
    assert lab.drops() == {("vm", "not_ip"): 1}


def test_a_guest_changes_its_mode_while_it_runs(guest_l2):
    lab = guest_l2
    before = lab.conf("vm"), tap_device(lab, "vm")["flags"]
    lab.bv("link set vm type ipvtap mode l3")
    assert "NOARP" not in tap_device(lab, "vm")["flags"]
    lab.vm.end = (lab.vm.ns, "vm")
    with lab.watch() as net:
        answer, = net.exchange("vm", arp_request(lab.vm, lab.wire))["vm"]
        assert Ether(answer).psrc == lab.wire.ip4
    lab.bv("link set vm type ipvtap mode l2")
    assert (lab.conf("vm"), tap_device(lab, "vm")["flags"]) == before
    lab.vm.end = ()
    with lab.watch() as net:
        frame = echo4(lab.vm, lab.wire, lab.wire.mac)
        assert net.exchange("vm", frame) == {"wire": [hidden(lab, frame)]}


@pytest.mark.core
def test_a_guest_of_macvtap_has_its_own_mac_to_everybody(lab):
    lab.spaces("m1")
    lab.slaves("c1")
    lab.bv(f"link add link eth0 name m1 netns {lab.name('m1')} up type "
           "macvlan mode bridge")
    lab.slave_at("m1", "m1", 13)
    lab.vm = add_guest(lab, "vm", "macvtap mode bridge")
    assert lab.vm.mac != HOST_MAC
    assert tap_device(lab, "vm")["address"] == lab.host.mac
    for node in (lab.m1, lab.vm):
        lab.bv(f"addr add {node.ip4}/24 dev {node.dev}")
    with lab.watch() as net:
        for label in ("c1", "host", "wire", "m1"):
            node = lab.nodes[label]
            for echo in (echo4, echo6) if label in ("wire", "m1") else (
                    echo4,):
                frame = echo(lab.vm, node, node.mac)
                assert net.exchange("vm", frame) == {label: [frame]}
                frame = echo(node, lab.vm, lab.vm.mac)
                assert net.exchange(label, frame) == {"vm": [frame]}
        frame = test_frame(lab.vm.mac, BROADCAST)
        assert net.exchange("vm", frame) == dict.fromkeys(
            ("c1", "host", "wire", "m1"), [frame])
        frame = test_frame(lab.wire.mac, BROADCAST)
        assert net.exchange("wire", frame)["vm"] == [frame]
    assert lab.drops() == {}


def test_a_macvtap_is_given_another_mac_but_not_its_device(lab):
    lab.vm = add_guest(lab, "vm", "macvtap mode bridge")
    old = lab.vm.mac
    lab.bv(f"link set vm address {NEW_MAC}")
    assert info(lab, "vm")["address"] == NEW_MAC
    assert tap_device(lab, "vm")["address"] == lab.host.mac
    with lab.watch() as net:
        frame = echo4(lab.wire, lab.vm, NEW_MAC)
        assert net.exchange("wire", frame) == {"vm": [frame]}
        frame = echo4(lab.wire, lab.vm, old)
        assert "vm" not in net.exchange("wire", frame)
    # It stays so: no command takes the device's for the guest's.
    lab.bv(f"addr add {lab.vm.ip4}/24 dev vm")
    assert info(lab, "vm")["address"] == NEW_MAC


def test_counters_are_the_guests(lab):
    lab.vm = add_guest(lab, "vm", "macvtap mode bridge")
    with lab.watch("vm", "wire", "host") as net:
        net.arrived()
        before = lab.slaves_json("-s", "vm")[0]["stats64"]
        sent = [test_frame(lab.vm.mac, lab.wire.mac)] * 3
        net.exchange("vm", *sent)
        after = lab.slaves_json("-s", "vm")[0]["stats64"]
    assert after["tx"]["packets"] - before["tx"]["packets"] == 3
