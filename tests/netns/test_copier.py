# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies beyond what one CPU makes at once, by the port's copier."""

import collections
import contextlib
import os
import select
import socket
import struct
import subprocess
import time

import pytest

import netns
from capture import SOL_PACKET
from frames import BROADCAST, test_frame

ETH_P_TEST = 0x88b5
PACKET_STATISTICS = 6
MANY = 100
INLINE = 15

pytestmark = pytest.mark.hooks("tcx", "clsact")


class Crowd:
    """All slaves of one namespace: who has received what."""

    def __init__(self, lab, count=MANY):
        self.lab = lab
        self.names = [f"m{i}" for i in range(1, count + 1)]
        lab.spaces("many")
        space = lab.name("many")
        lab.batch([f"link add link eth0 name {name} netns {space} up "
                   "type ipvlan mode l2" for name in self.names])
        with netns.inside(space):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(ETH_P_TEST))
            self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
        self.sock.setblocking(False)
        self.heard = collections.Counter()
        lab.on_close(self.sock.close)

    def read(self):
        """{(slave, frame): times}, of all that has come so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self.sock.recvfrom(2048)
                if address[2] != socket.PACKET_OUTGOING:
                    self.heard[address[0], frame] += 1
        _, lost = struct.unpack("=II", self.sock.getsockopt(
            SOL_PACKET, PACKET_STATISTICS, 8))
        assert not lost, f"the test's own socket had no room for {lost}"
        return self.heard

    def wait_for(self, frame, names):
        end = time.monotonic() + netns.DEADLINE
        while not all(self.read()[name, frame] for name in names):
            left = end - time.monotonic()
            assert left > 0 and select.select([self.sock], [], [], left)[0], \
                "not everybody has the frame"

    def each_once(self, *frames):
        return {(name, frame): 1 for name in self.names for frame in frames}


@pytest.fixture
def crowd(lab):
    return Crowd(lab)


def copier_devices(lab):
    return [link["ifname"] for link in lab.ip_json("host", "link show")
            if link["ifname"].endswith((".0", ".q"))]


def test_a_broadcast_reaches_each_of_many_exactly_once(crowd, lab):
    """In order, too: who has the second has had the first."""
    first = test_frame(lab.wire.mac, BROADCAST, b"first")
    second = test_frame(lab.wire.mac, BROADCAST, b"second")
    with lab.watch("wire", "host") as net:
        got = net.exchange("wire", first, second)
    assert got == {"host": [first, second]}
    crowd.wait_for(second, crowd.names)
    assert crowd.read() == crowd.each_once(first, second)
    assert lab.drops() == {}


def test_a_slaves_and_the_hosts_too_but_for_themselves(crowd, lab):
    sender = lab.slave_at("many", "m50", 50)
    lab.bv("link set m60 type ipvlan private")
    lab.bv("link set m70 type ipvlan host off")
    own = test_frame(sender.mac, BROADCAST, b"slave")
    hosts = test_frame(sender.mac, BROADCAST, b"host")
    with lab.watch("wire", "host") as net, \
            lab.watch(sender.label) as slave:
        slave.send(sender.label, own)
        crowd.wait_for(own, set(crowd.names) - {"m50", "m60"})
        net.send("host", hosts)
        crowd.wait_for(hosts, set(crowd.names) - {"m70"})
        assert net.arrived() == {"host": [own], "wire": [own, hosts]}
    expected = crowd.each_once(own, hosts)
    for who in (("m50", own), ("m60", own), ("m70", hosts)):
        del expected[who]
    assert crowd.read() == expected
    assert lab.drops() == {}


@contextlib.contextmanager
def undisturbed():
    """Nothing else runs on the thread's CPU meanwhile."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.mark.real_time
def test_a_queue_that_is_full_counts_what_it_refuses(crowd, lab):
    """The first fifteen slots have their copies from who sends.

    So many are sent that their copies, should all be made, fit into the socket;
    and without a pause, in which the queue would become empty.
    """
    sent = [test_frame(lab.wire.mac, BROADCAST, b"%d" % i)
            for i in range(1000)]
    with lab.watch("wire", "host") as net, undisturbed():
        net.send("wire", *sent)
    last = crowd.names[-1]

    def all_accounted_for():
        got = sum(n for (name, _), n in crowd.read().items() if name == last)
        dropped = lab.drops().get(("eth0", "queue_full"), 0)
        return got + dropped == len(sent) and (got, dropped)

    got, dropped = netns.wait_until(all_accounted_for, "all are accounted for")
    assert got and dropped
    assert all(n == 1 for n in crowd.read().values())
    # What was let in was copied for everybody behind the first fifteen.
    for name in crowd.names[INLINE:]:
        assert sum(n for (who, _), n in crowd.read().items()
                   if who == name) == got
    assert lab.drops() == {("eth0", "queue_full"): dropped}


def test_the_copier_comes_with_slot_17_and_goes_with_the_port(lab):
    lab.slaves("c1", addrs=False)
    assert copier_devices(lab) == []
    crowd = Crowd(lab, INLINE)
    assert len(copier_devices(lab)) == 2
    assert {entry["ifname"] for entry in lab.slaves_json()} == \
        {"c1", *crowd.names}
    lab.batch([f"link del {name}" for name in ("c1", *crowd.names)])
    assert copier_devices(lab) == []


def test_a_slave_that_cannot_be_made_leaves_no_copier(lab):
    Crowd(lab, INLINE)
    before = lab.snapshot()
    done = lab.try_bv(f"link add link eth0 name m1 netns {lab.name('many')} "
                      "type ipvlan mode l2")
    assert done.rc == 2 and "in use" in done.err
    assert lab.snapshot() == before
    assert copier_devices(lab) == []


@pytest.mark.parametrize("damage", ["link del bv{}.0", "link set bv{}.q down",
                                    "link set bv{}.0 down"])
def test_a_copier_taken_apart_is_made_anew_by_the_next_command(lab, damage):
    crowd = Crowd(lab, INLINE + 4)
    index = lab.ip_json("host", "link show eth0")[0]["ifindex"]
    lab.ip("host", damage.format(index))
    lost = test_frame(lab.wire.mac, BROADCAST, b"lost")
    with lab.watch("wire") as wire:
        wire.send("wire", lost)
    crowd.wait_for(lost, crowd.names[:INLINE])
    lab.bv("link set m1 type ipvlan bridge")
    frame = test_frame(lab.wire.mac, BROADCAST, b"mended")
    with lab.watch("wire") as wire:
        wire.send("wire", frame)
    crowd.wait_for(frame, crowd.names)
    heard = {name for name, got in crowd.read() if got == lost}
    assert heard == set(crowd.names[:INLINE])
    assert lab.drops() == {("eth0", "queue_full"): 1}


def test_the_copier_serves_by_a_thread_of_its_own(lab):
    Crowd(lab, INLINE + 1)
    far, = [dev for dev in copier_devices(lab) if dev.endswith(".q")]
    threaded = lab.spawn(["ip", "netns", "exec", lab.name("host"), "cat",
                          f"/sys/class/net/{far}/threaded"],
                         stdout=subprocess.PIPE, text=True)
    assert threaded.communicate()[0] == "1\n"
