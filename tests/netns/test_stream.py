# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP with segmentation and checksum offload left on, checked by hash."""

import hashlib
import os
import select
import socket
import threading

import pytest

import netns
from capture import Watch

SIZE = (1 if netns.EMULATED else 8) << 20
DEADLINE = 20 * netns.PATIENCE
BLOCK = os.urandom(1 << 20)
PAIRS = [("c1", "c2"), ("c1", "wire"), ("wire", "c1"), ("c1", "host"),
         ("host", "c1")]

pytestmark = pytest.mark.hooks("tcx", "clsact")


def connect(lab, source, target, address):
    """A connected pair of sockets, one in each node's namespace."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with netns.inside(lab.nodes[target].ns):
        listener = socket.create_server((address, 0), family=family)
    port = listener.getsockname()[1]
    with netns.inside(lab.nodes[source].ns):
        sender = socket.create_connection((address, port), timeout=DEADLINE)
    listener.settimeout(DEADLINE)
    receiver, _ = listener.accept()
    listener.close()
    receiver.settimeout(DEADLINE)
    return sender, receiver


def digest(receiver, size):
    done = hashlib.sha256()
    while size:
        data = receiver.recv(min(size, 1 << 20))
        assert data, f"the connection ended {size} bytes early"
        done.update(data)
        size -= len(data)
    return done.hexdigest()


def send_all(sender, size):
    for _ in range(0, size, len(BLOCK)):
        sender.sendall(BLOCK)


def transfer(lab, source, target, address, size=SIZE):
    sender, receiver = connect(lab, source, target, address)
    with sender, receiver:
        thread = threading.Thread(target=send_all, args=(sender, size))
        thread.start()
        got = digest(receiver, size)
        thread.join(DEADLINE)
    expected = hashlib.sha256(BLOCK * (size // len(BLOCK))).hexdigest()
    assert got == expected, f"{source} to {target}"


@pytest.mark.core
def test_megabytes_arrive_unharmed_between_all_kinds_of_node(live_lab):
    live_lab.slaves("c1", "c2")
    for source, target in PAIRS:
        node = live_lab.nodes[target]
        for address in (node.ip4, node.ip6):
            transfer(live_lab, source, target, address)
    assert live_lab.drops() == {}


@pytest.mark.core
def test_segments_stay_whole_between_slaves(live_lab):
    """Frames larger than the MTU arrive: nobody cut them on the way."""
    live_lab.slaves("c1", "c2")
    with Watch([live_lab.c2]) as net:
        transfer(live_lab, "c1", "c2", live_lab.c2.ip4, 1 << 20)
        sizes = [len(frame) for frame in net.ears["c2"].read()]
    assert max(sizes) > 1514


def test_both_directions_at_once(live_lab):
    live_lab.slaves("c1", "c2")
    errors = []

    def run(source, target):
        try:
            transfer(live_lab, source, target, live_lab.nodes[target].ip4)
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair)
               for pair in (("c1", "c2"), ("c2", "c1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert errors == []


@pytest.mark.core
def test_udp_of_the_largest_size_is_fragmented_and_arrives(live_lab):
    live_lab.slaves("c1", "c2")
    data = os.urandom(60000)
    for source, target in PAIRS:
        node = live_lab.nodes[target]
        for address in (node.ip4, node.ip6):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with netns.inside(node.ns):
                there = socket.socket(family, socket.SOCK_DGRAM)
                there.bind((address, 0))
            with netns.inside(live_lab.nodes[source].ns):
                here = socket.socket(family, socket.SOCK_DGRAM)
            with here, there:
                here.sendto(data, there.getsockname())
                assert select.select([there], [], [], DEADLINE)[0], \
                    f"{source} to {address}"
                assert there.recv(1 << 16) == data
