# SPDX-License-Identifier: GPL-2.0-or-later
"""DHCP with the programs that people use: who gets which lease, and hears it."""

import signal
import subprocess

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from dhcp import (Server, client_id4, dhclient, duid_mac, is_reply4,
                  is_reply6, is_request4, is_request6, udhcpc)
from frames import checksums_valid

RANGE6 = "fd77::1000,fd77::1fff,64,600"


def heard(net, is_what):
    """{label: [frame, ...]} of those frames since the last call."""
    found = {label: [f for f in frames if is_what(f)]
             for label, frames in net.arrived().items()}
    return {label: frames for label, frames in found.items() if frames}


def mac_id(node):
    return b"\1" + node.mac_bytes


def make_slaves(lab, server):
    """c1 and c2 want addresses; c3 has some."""
    lab.slaves("c1", "c2", addrs=False)
    lab.slaves("c3")
    return {"wire": "wire", "host": "host", "sibling": "c3"}[server]


def check_each_its_own(replies, **addresses):
    """Each got its address in the end, no reply to the other, and no id of ours.

    dnsmasq offers what it finds free to all that ask at the same time, and
    refuses it to all but one of those that take it; they ask again.
    """
    for label, address in addresses.items():
        messages = [Ether(f)[BOOTP] for f in replies[label]]
        assert messages[-1].yiaddr == address
        for frame in replies[label]:
            assert client_id4(frame) in (None, b"\1" + messages[0].chaddr[:6])


@pytest.mark.hooks("tcx", "clsact")
@pytest.mark.parametrize("where", ["wire", "host", "sibling"])
def test_two_udhcpc_have_a_lease_each(live_lab, tmp_path, where):
    lab = live_lab
    at = make_slaves(lab, where)
    server = Server(lab, tmp_path, at)
    with lab.watch() as net:
        clients = [udhcpc(lab, tmp_path, label) for label in ("c1", "c2")]
        first, second = [c.wait("bound") for c in clients]
        replies = heard(net, is_reply4)
    assert first != second
    assert replies.keys() == {"c1", "c2"}
    check_each_its_own(replies, c1=first, c2=second)
    for client, address in zip(clients, (first, second)):
        client.process.send_signal(signal.SIGUSR1)
        assert client.wait("renew") == address
    assert lab.ping(at, first) and lab.ping(at, second)
    assert lab.ping("c1", second)
    assert server.leases().keys() == {first, second}
    assert lab.drops() == {}


def no_offload(lab, label, dev):
    assert lab.spawn(["ethtool", "-K", dev, "tx", "off"], label,
                     stdout=subprocess.DEVNULL).wait() == 0


def discover(node, xid):
    return (Ether(src=node.mac, dst="ff:ff:ff:ff:ff:ff") /
            IP(src="0.0.0.0", dst="255.255.255.255") /
            UDP(sport=68, dport=67) /
            BOOTP(chaddr=node.mac_bytes, xid=xid) /
            DHCP(options=[("message-type", "discover"), "end"]))


@pytest.mark.core
def test_one_transaction_id_of_three_clients(live_lab, tmp_path):
    """As of some udhcpc that are started in the same moment."""
    lab = live_lab
    make_slaves(lab, "wire")
    no_offload(lab, "wire", "w0")  # its checksums are to be seen
    Server(lab, tmp_path, "wire")
    clients = "c1", "c2", "host"
    with lab.watch() as net:
        for label in clients:
            net.send(label, discover(lab.nodes[label], 0x1d))
            offer = Ether(net.ears[label].expect(is_reply4))
            assert offer[BOOTP].xid == 0x1d
            assert checksums_valid(bytes(offer))
        frames = net.arrived()
    sent = [Ether(f)[BOOTP].xid for f in frames["wire"] if is_request4(f)]
    assert sent[0] == 0x1d and len(set(sent)) == len(sent) == 3
    assert not any(is_reply4(f) for label in clients
                   for f in frames.get(label, ()))
    assert lab.drops() == {}


@pytest.mark.core
def test_the_wire_sees_one_mac_and_two_identities(live_lab, tmp_path):
    lab = live_lab
    make_slaves(lab, "wire")
    server = Server(lab, tmp_path, "wire")
    with lab.watch() as net:
        udhcpc(lab, tmp_path, "c1").wait("bound")
        first = heard(net, is_request4)["wire"]
        dhclient(lab, tmp_path, "c2").wait("BOUND")
        second = heard(net, is_request4)["wire"]
    for frame in first + second:
        assert checksums_valid(frame)
        assert Ether(frame).src == lab.host.mac
        assert Ether(frame)[BOOTP].chaddr[:6] == lab.host.mac_bytes
    id1, id2 = ({client_id4(f) for f in frames} for frames in (first, second))
    assert len(id1) == len(id2) == 1 and id1 != id2
    for only, in id1, id2:
        assert len(only) == 7 and only[0] == 1 and only[1] & 3 == 2
        assert only != mac_id(lab.host)
    assert {i.replace(":", "") for i in server.leases().values()} == {
        only.hex() for only, in (id1, id2)}


@pytest.mark.parametrize("where", ["wire", "host", "sibling"])
def test_two_dhclients_have_a_lease_each_and_renew_it(live_lab, tmp_path,
                                                     where):
    lab = live_lab
    at = make_slaves(lab, where)
    server = Server(lab, tmp_path, at)
    with lab.watch() as net:
        # One after the other: it waits long before it asks again.
        clients = {}
        for label in ("c1", "c2"):
            client = dhclient(lab, tmp_path, label,
                              config="supersede dhcp-renewal-time 2;\n")
            clients[client] = client.wait("BOUND")
        for client, address in clients.items():
            assert client.wait("RENEW") == address
        replies = heard(net, is_reply4)
    first, second = clients.values()
    assert first != second
    assert replies.keys() == {"c1", "c2"}
    check_each_its_own(replies, c1=first, c2=second)
    assert server.leases().keys() == {first, second}
    assert "*" not in server.leases().values()
    assert lab.drops() == {}


def test_broadcast_replies_are_the_clients_alone(live_lab, tmp_path):
    lab = live_lab
    make_slaves(lab, "wire")
    Server(lab, tmp_path, "wire", "--dhcp-broadcast")
    with lab.watch() as net:
        clients = [udhcpc(lab, tmp_path, label, "-B")
                   for label in ("c1", "c2")]
        addresses = [c.wait("bound") for c in clients]
        replies = heard(net, is_reply4)
    assert len(set(addresses)) == 2
    assert replies.keys() == {"c1", "c2"}
    assert {Ether(f).dst for fs in replies.values() for f in fs} == {
        "ff:ff:ff:ff:ff:ff"}
    check_each_its_own(replies, c1=addresses[0], c2=addresses[1])


def test_a_client_with_an_identity_keeps_it(live_lab, tmp_path):
    lab = live_lab
    make_slaves(lab, "wire")
    server = Server(lab, tmp_path, "wire")
    # As RFC 4361 and systemd-networkd have it: IAID, DUID-EN.
    identity = "ff:00:00:00:01:00:02:00:00:ab:11:01:02:03:04:05:06:07"
    with lab.watch() as net:
        address = dhclient(
            lab, tmp_path, "c1",
            config=f"send dhcp-client-identifier {identity};\n").wait("BOUND")
        frames = net.arrived()
    ids = {client_id4(f) for f in frames["wire"] if is_request4(f)}
    assert ids == {bytes.fromhex(identity.replace(":", ""))}
    assert any(is_reply4(f) for f in frames["c1"])
    assert server.leases() == {address: identity}


def test_host_and_slaves_are_clients_side_by_side(live_lab, tmp_path):
    lab = live_lab
    make_slaves(lab, "wire")
    server = Server(lab, tmp_path, "wire")
    with lab.watch() as net:
        addresses = [udhcpc(lab, tmp_path, label).wait("bound")
                     for label in ("host", "c1", "c2")]
        replies = heard(net, is_reply4)
    assert len(set(addresses)) == 3
    assert replies.keys() == {"host", "c1", "c2"}
    assert server.leases()[addresses[0]].replace(":", "") == \
        mac_id(lab.host).hex()


def test_a_slave_made_again_has_its_lease_again(live_lab, tmp_path):
    lab = live_lab
    lab.slaves("c1", addrs=False)
    server = Server(lab, tmp_path, "wire")
    client = udhcpc(lab, tmp_path, "c1", "-q")
    address = client.wait("bound")
    assert client.process.wait() == 0
    lab.batch(["link del c1", lab.add_line("c1")])
    (tmp_path / "again").mkdir()
    again = dhclient(lab, tmp_path / "again", "c1")
    assert again.wait("BOUND") == address
    assert server.leases().keys() == {address}


@pytest.mark.core
def test_checksums_left_to_the_device_are_right(live_lab, tmp_path):
    """A renewal comes from a socket: its checksum is not in it yet."""
    lab = live_lab
    make_slaves(lab, "wire")
    # What the master cannot do the kernel does, after us.
    no_offload(lab, "host", "eth0")
    Server(lab, tmp_path, "wire")
    clients = [udhcpc(lab, tmp_path, "c1"), udhcpc(lab, tmp_path, "c2", "-C")]
    for client in clients:
        client.wait("bound")
    with lab.watch() as net:
        for client in clients:
            client.process.send_signal(signal.SIGUSR1)
            client.wait("renew")
        requests = heard(net, is_request4)["wire"]
    # An answer that is there at once goes to the socket that has just sent the
    # question, and is lost; then udhcpc asks again, by broadcast and raw.
    renewals = [f for f in requests if Ether(f).dst == lab.wire.mac]
    assert all(checksums_valid(f) for f in renewals)
    assert len({client_id4(f) for f in renewals}) == 2


@pytest.mark.hooks("tcx", "clsact")
@pytest.mark.parametrize("where", ["wire", "host", "sibling"])
def test_two_dhcpv6_clients_have_a_lease_each(live_lab, tmp_path, where):
    lab = live_lab
    at = make_slaves(lab, where)
    server = Server(lab, tmp_path, at, "--enable-ra", ranges=[RANGE6])
    with lab.watch() as net:
        # A DUID of nothing but the MAC.
        clients = [dhclient(lab, tmp_path, label, "-6", "-D", "LL")
                   for label in ("c1", "c2")]
        first, second = [c.wait("BOUND6") for c in clients]
        frames = net.arrived()
    assert first != second
    replies = {label: [f for f in fs if is_reply6(f)]
               for label, fs in frames.items()}
    assert {label for label, fs in replies.items() if fs} == {"c1", "c2"}
    assert {duid_mac(f) for fs in replies.values() for f in fs} == {
        lab.host.mac}
    macs = {duid_mac(f) for f in frames[at] if is_request6(f)}
    assert len(macs) == 2 and lab.host.mac not in macs
    assert lab.ping(at, first) and lab.ping(at, second)
    assert server.leases().keys() == {first, second}
    assert lab.drops() == {}
