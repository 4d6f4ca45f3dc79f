# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of master and the LAN behind each.

Every function leaves a node of role "host" (the master and the host's
addresses) and one of role "wire" (a neighbour) in the lab.
"""

import fcntl
import os
import select
import socket
import struct

import netns
from lab import Node, v6_prefix, wait_running

RTM_NEWLINK = 16
NEW_AND_ACKED = 0x605  # NLM_F_REQUEST, _ACK, _EXCL, _CREATE
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 1, 3, 18, 28
IFLA_INFO_KIND, IFLA_INFO_DATA = 1, 2
IFLA_NETKIT_PEER_INFO, IFLA_NETKIT_MODE, NETKIT_L2 = 1, 5, 0
TUNSETIFF = 0x400454ca
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
WIRE_MAC = "02:77:00:00:00:01"
HOST_MAC = "02:77:00:00:00:02"


def _mac(base, net):
    return base[:-5] + f"{net:02x}" + base[-3:]


def _suffix(net):
    return str(net) if net else ""


def _address_lines(lab, label, dev, net, last):
    lines = [f"addr add 10.77.{net}.{last}/24 dev {dev}"]
    if lab.has_ipv6(lab.name(label)):
        lines.append(f"addr add {v6_prefix(net)}{last}/64 dev {dev} nodad")
    return lines


def _node(lab, role, lan, dev, net, space=None):
    last = {"wire": 1, "host": 2}[role]
    label = role + _suffix(net)
    node = Node(label, role, lan, lab.name(space or label), dev,
                f"10.77.{net}.{last}", f"{v6_prefix(net)}{last}")
    return lab.add_node(node)


def _cable(lab, net, near, mtu):
    """A veth pair: `near` in the host, w0 of a wire with its addresses."""
    wire = "wire" + _suffix(net)
    lab.spaces("host", wire)
    lab.ip("host", f"link add {near} address {_mac(HOST_MAC, net)} mtu {mtu} "
           f"type veth peer name w0 address {_mac(WIRE_MAC, net)} mtu {mtu} "
           f"netns {lab.name(wire)}", f"link set {near} up")
    lab.ip(wire, "link set w0 up", *_address_lines(lab, wire, "w0", net, 1))


def _nodes(lab, net, master, address_dev=None):
    dev = address_dev or master
    lab.ip("host", *_address_lines(lab, "host", dev, net, 2))
    wait_running(lab.name("host"), dev)
    wait_running(lab.name("wire" + _suffix(net)), "w0")
    _node(lab, "host", master, dev, net, "host")
    wire = _node(lab, "wire", master, "w0", net)
    if lab.routing:
        lab.know(wire.label)


def veth(lab, net=0, mtu=1500):
    """The usual master eth0 (eth1, ... for more of them)."""
    master = f"eth{net}"
    _cable(lab, net, master, mtu)
    _nodes(lab, net, master)
    return master


def _attribute(kind, data):
    if isinstance(data, str):
        data = data.encode() + b"\0"
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + bytes(-size % 4)


def _netkit_end(name, mac):
    return (_attribute(IFLA_IFNAME, name)
            + _attribute(IFLA_ADDRESS, bytes.fromhex(mac.replace(":", ""))))


def _netkit_pair(space, near, peer_space, far):
    """RTM_NEWLINK: Debian 12's ip(8) does not know netkit. near is primary."""
    there = os.open(netns.RUN_NETNS / peer_space, os.O_RDONLY)
    header = bytes(16)  # struct ifinfomsg
    info = _attribute(IFLA_NETKIT_PEER_INFO, header + _netkit_end(*far)
                      + _attribute(IFLA_NET_NS_FD, struct.pack("=I", there)))
    info += _attribute(IFLA_NETKIT_MODE, struct.pack("=I", NETKIT_L2))
    body = header + _netkit_end(*near) + _attribute(
        IFLA_LINKINFO, _attribute(IFLA_INFO_KIND, "netkit")
        + _attribute(IFLA_INFO_DATA, info))
    request = struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK,
                          NEW_AND_ACKED, 1, 0) + body
    with netns.inside(space), socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.send(request)
        error = struct.unpack_from("=i", sock.recv(4096), 16)[0]
    os.close(there)
    assert error == 0, os.strerror(-error)


def _netkit(lab, primary):
    lab.spaces("host", "wire")
    ends = [(lab.name("host"), ("eth0", HOST_MAC)),
            (lab.name("wire"), ("w0", WIRE_MAC))]
    if not primary:
        ends.reverse()
    _netkit_pair(*ends[0], *ends[1])
    lab.ip("host", "link set eth0 up")
    lab.ip("wire", "link set w0 up", *_address_lines(lab, "wire", "w0", 0, 1))
    _nodes(lab, 0, "eth0")
    return "eth0"


def netkit_primary(lab):
    """The master is the end of a netkit pair that programs are attached by."""
    return _netkit(lab, True)


def netkit_peer(lab):
    """The master is the other end, as in a container."""
    return _netkit(lab, False)


def bridge(lab):
    """The master is a bridge with the cable as its port."""
    _cable(lab, 0, "p0", 1500)
    lab.ip("host", f"link add br0 address {HOST_MAC} type bridge "
           "mcast_snooping 0 forward_delay 0",
           "link set p0 master br0", "link set br0 up")
    _nodes(lab, 0, "br0")
    return "br0"


def bridge_port(lab):
    """The master is a port of a bridge, which has its MAC and addresses."""
    _cable(lab, 0, "eth0", 1500)
    lab.ip("host",
           "link add br0 type bridge mcast_snooping 0 forward_delay 0",
           "link set eth0 master br0", "link set br0 up")
    _nodes(lab, 0, "eth0", "br0")
    return "eth0"


def hairpin(lab):
    """The switch at the other end sends frames back where they came from."""
    lab.ip("wire", "link add sw type bridge mcast_snooping 0",
           "link set w0 master sw", "link set w0 type bridge_slave hairpin on",
           "link set sw up")


class TapEars:
    """The wire behind a tap: what the device sends is read from its file."""

    def __init__(self, node):
        self.node = node
        self.read()  # unlike a socket it has heard what came before

    def filenos(self):
        return [self.node.fd]

    def read(self):
        frames = []
        while select.select([self.node.fd], [], [], 0)[0]:
            frames.append(os.read(self.node.fd, 1 << 17))
        return frames

    def send(self, frame):
        os.write(self.node.fd, frame)

    def close(self):
        """The tap lives as long as its lab."""


class TapWire(Node):
    """A neighbour without a stack: the test itself holds the tap open."""

    fd = -1

    def listen(self):
        return TapEars(self)


def tap(lab):
    """The master is a tap; the wire is the test."""
    lab.spaces("host")
    with netns.inside(lab.name("host")):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(fd, TUNSETIFF,
                    struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
    lab.on_close(lambda: os.close(fd))
    lab.ip("host", f"link set eth0 address {HOST_MAC} up",
           *_address_lines(lab, "host", "eth0", 0, 2))
    wait_running(lab.name("host"), "eth0")
    _node(lab, "host", "eth0", "eth0", 0)
    wire = TapWire("wire", "wire", "eth0", "", "", "10.77.0.1", "fd77::1",
                   WIRE_MAC)
    wire.fd = fd
    lab.nodes["wire"] = lab.wire = wire
    return "eth0"
