# SPDX-License-Identifier: GPL-2.0-or-later
"""A real guest behind a tap of each flavour, with a NIC that offloads.

It gets an address, is reached and reaches a container, the host and the wire, and
moves data both ways; what that looks like on the wire is recorded.
"""

import hashlib
import os
import re

import pytest

import dhcp
import netns
from frames import source_macs
from machine import SIZE, Machine, Peer, Recorder

MAC = "52:54:00:12:34:56"
IP4, IP6 = "10.77.0.50", "fd77::50"
FRAME = 1514  # the longest of an MTU of 1500
DATA = os.urandom(SIZE)


def boot(lab, files, folder, kind, mac=None):
    """A guest behind vm0, with its NIC up, its MAC, and who hears it."""
    lab.slaves("c1")
    lab.bv(f"link add link eth0 name vm0 up type {kind}")
    ears = {"wire": Recorder(lab.wire.ns, "w0"),
            "tap": Recorder(lab.name("host"), "vm0", outgoing=True)}
    mac = mac or lab.slaves_json("", "vm0")[0]["address"]
    guest = Machine(lab, files, folder, "vm0", mac)
    guest.run("ip link set eth0 up")
    return guest, mac, ears


def lease(guest, server):
    """By DHCP."""
    lines = guest.run("udhcpc -i eth0 -n -q -s /dhcp -t 20 -T 1")
    address, = re.findall("lease of ([0-9.]+) obtained", "\n".join(lines))
    assert address in server.leases()
    return address


def set_ip6(guest):
    guest.run(f"ip addr add {IP6}/64 dev eth0")
    netns.wait_until(lambda: "tentative" not in
                     "".join(guest.run("ip addr show eth0")),
                     "DAD has ended", 30 * netns.PATIENCE, step=0.1)


def check_pings(lab, guest, address):
    for node in (lab.c1, lab.host, lab.wire):
        for there in (node.ip4, node.ip6):
            assert guest.pings(there), f"the guest does not reach {there}"
        for here in (address, IP6):
            assert lab.ping(node.label, here, wait=10), \
                f"{node.label} does not reach {here}"


def check_tcp(lab, guest, label, address):
    """SIZE bytes there, and as many back."""
    sent = guest.run("md5sum </data")[0].split()[0]
    peer = Peer(lab, label, address)
    guest.start(f"nc {address} {peer.port} </data")
    assert peer.receive() == (sent, SIZE)
    assert guest.wait()[0] == 0
    guest.start(f"nc {address} {peer.port} </dev/null | md5sum")
    peer.send(DATA)
    got = guest.wait()[1][0].split()[0]
    assert got == hashlib.md5(DATA).hexdigest()
    peer.close()


def check_all(lab, guest, address):
    check_pings(lab, guest, address)
    guest.run(f"dd if=/dev/urandom of=/data bs=1M count={SIZE >> 20}")
    check_tcp(lab, guest, "wire", lab.wire.ip4)
    check_tcp(lab, guest, "c1", lab.c1.ip6)


def check_offloads(tap, guest_mac):
    """Both ways there were frames that somebody else was to segment."""
    others = max(size for mac, size in tap.longest.items() if mac != guest_mac)
    assert min(others, tap.longest[guest_mac]) > FRAME, tap.longest


def named(recorder):
    """The MACs by which frames name who sent them, deep inside too."""
    return recorder.sources.union(*map(source_macs, recorder.short))


def check_hidden(lab, wire, mac):
    """No frame on the wire has it, wherever."""
    raw = bytes.fromhex(mac.replace(":", ""))
    assert wire.short
    assert not [f.hex() for f in wire.short if raw in f]
    assert named(wire) == {lab.host.mac}
    info, = lab.slaves_json("-d", "vm0")
    assert info["linkinfo"]["info_data"]["guest"] == mac
    assert info["address"] == lab.host.mac


def test_a_guest_behind_ipvtap_in_l2_has_the_masters_mac(lab, tmp_path, files):
    server = dhcp.Server(lab, tmp_path, "wire")
    guest, mac, ears = boot(lab, files, tmp_path, "ipvtap mode l2", MAC)
    address = lease(guest, server)
    set_ip6(guest)
    check_all(lab, guest, address)
    guest.end()
    check_offloads(ears["tap"].stop(), mac)
    check_hidden(lab, ears["wire"].stop(), mac)
    assert lab.drops() == {}


def test_a_guest_behind_ipvtap_in_l3_needs_no_neighbours(lab, tmp_path, files):
    guest, mac, ears = boot(lab, files, tmp_path, "ipvtap mode l3 proxy on",
                            MAC)
    guest.run(f"ip addr add {IP4}/24 dev eth0")
    set_ip6(guest)
    check_all(lab, guest, IP4)
    guest.end()
    check_offloads(ears["tap"].stop(), mac)
    check_hidden(lab, ears["wire"].stop(), mac)
    # Its announcements and DAD.
    assert set(lab.drops()) <= {("vm0", "group")}


@pytest.mark.parametrize("mode", ["bridge"])
def test_a_guest_behind_macvtap_has_its_own(lab, tmp_path, files, mode):
    server = dhcp.Server(lab, tmp_path, "wire")
    guest, mac, ears = boot(lab, files, tmp_path, f"macvtap mode {mode}")
    address = lease(guest, server)
    assert server.leases()[address] == "01:" + mac
    set_ip6(guest)
    check_all(lab, guest, address)
    guest.end()
    check_offloads(ears["tap"].stop(), mac)
    assert named(ears["wire"].stop()) == {lab.host.mac, mac}
    assert lab.drops() == {}
