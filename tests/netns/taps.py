# SPDX-License-Identifier: GPL-2.0-or-later
"""Taps as a virtual machine monitor opens them, and guests behind them."""

import dataclasses
import errno
import fcntl
import os
import struct

import netns
from lab import Node, wait_running

TUNSETIFF = 0x400454ca
TAP_FLAGS = 0x0002 | 0x1000 | 0x4000  # IFF_TAP, IFF_NO_PI, IFF_VNET_HDR
IFF_MULTI_QUEUE = 0x0100
HEADER = 10  # struct virtio_net_hdr
NEEDS_CSUM = 1
GUEST_MAC = "52:54:00:00:00:01"


def open_tap(space, dev, flags=0):
    """An fd, not blocking; OSError as the kernel has it."""
    with netns.inside(space):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        request = struct.pack("16sH22x", dev.encode(),
                              TAP_FLAGS | flags)
        try:
            fcntl.ioctl(fd, TUNSETIFF, request)
        except OSError:
            os.close(fd)
            raise
    return fd


class TapEars:
    """All that a guest hears, and its voice: see capture.Ears."""

    def __init__(self, node):
        self.node = node
        self._fd = open_tap(node.ns, node.dev)
        wait_running(node.ns, node.dev)

    def filenos(self):
        return [self._fd]

    def read(self):
        frames = []
        try:
            while True:
                frames.append(os.read(self._fd, 1 << 17)[HEADER:])
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
        return frames

    def send(self, frame, header=bytes(HEADER)):
        os.write(self._fd, header + frame)

    def close(self):
        os.close(self._fd)


@dataclasses.dataclass
class TapNode(Node):
    """The guest: its mac is its own."""

    def listen(self):
        return TapEars(self)


def add_guest(lab, dev, kind, mac=None, number=50, hears=True):
    """A tap that is up, and the guest behind it, as a node of that name."""
    lab.bv(f"link add link eth0 name {dev} up type {kind}")
    mac = mac or lab.slaves_json("", dev)[0]["address"]
    space = lab.name("host")
    node = TapNode(dev, "slave", "eth0", space, dev, f"10.77.0.{number}",
                   f"fd77::{number}", mac,
                   # In l3 it hears no sentinel but by its own device.
                   () if hears else (space, dev))
    lab.nodes[dev] = node
    return node
