# SPDX-License-Identifier: GPL-2.0-or-later
"""Modes that change while slaves run: siblings, failures, kills."""

import ctypes
import itertools
import random
import socket
import struct
import threading

import pytest

import netns
from modes import MODES, OURS, check_refused, info, master, state
from test_kill import duration, killed

CLONE_NEWNS, MS_RDONLY, MS_REMOUNT, MS_BIND = 0x20000, 1, 32, 4096
MS_REC_PRIVATE = 0x4000 | 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def readonly_sysctls():
    """A preexec_fn: the child can read settings, but not write them."""
    path = b"/proc/sys"
    for step in (lambda: _libc.unshare(CLONE_NEWNS),
                 lambda: _libc.mount(b"none", b"/", None, MS_REC_PRIVATE,
                                     None),
                 lambda: _libc.mount(path, path, None, MS_BIND, None),
                 lambda: _libc.mount(b"none", path, None, MS_REMOUNT | MS_BIND
                                     | MS_RDONLY, None)):
        if step():
            raise OSError(ctypes.get_errno(), "mount")


def seen(lab):
    return (lab.snapshot(), lab.bv("-d link show").out, state(lab, "c1"),
            lab.addresses())


def refused(lab, command, words, **popen):
    check_refused(lab, seen, command, words, **popen)


# A step that fails

@pytest.mark.parametrize("old", ["l2", "l3"])
@pytest.mark.parametrize("sibling", [None, "l2", "l3s"])
def test_a_change_whose_route_is_taken_is_undone(live_lab, old, sibling):
    """The routes come last: devices and forwarding have changed before."""
    lab = live_lab
    lab.slaves("c1", mode=old)
    if sibling:
        lab.slaves("c2", mode=sibling)
    lab.ip("host", f"route add {lab.c1.ip6}/128 dev eth0")
    refused(lab, "link set c1 down mtu 1400 type ipvlan mode l3s private",
            [f"another route to {lab.c1.ip6}", "File exists"])
    lab.ip("host", f"route del {lab.c1.ip6}/128 dev eth0")
    lab.bv("link set c1 type ipvlan mode l3s")


@pytest.mark.parametrize("old, new", itertools.permutations(MODES, 2))
def test_a_change_whose_rename_fails_is_undone(live_lab, old, new):
    """By then the host end is ready for both modes."""
    lab = live_lab
    lab.slaves("c1", mode=old)
    # Linux 6.1 renames no device that is up, nor does it take it down first.
    lab.ip("c1", "link set c1 down")
    refused(lab, f"link set c1 down name lo type ipvlan mode {new}",
            ["lo", "File exists"])


@pytest.mark.parametrize("old, new", [
    ("l2", "l3"), ("l2", "l3s"), ("l3", "l2"), ("l3", "l3s"), ("l3s", "l2"),
    ("l3s", "l3")])
def test_a_change_whose_settings_fail_is_undone(live_lab, old, new):
    """From l3s to l2 they are the last step, after all else is done."""
    lab = live_lab
    lab.slaves("c1", mode=old)
    command = f"link set c1 mtu 1400 type ipvlan mode {new} private"
    if (old, new) == ("l3s", "l3"):
        # What is put back on the master is put back as far as can be.
        assert lab.try_bv(command, preexec_fn=readonly_sysctls).rc == 0
        assert info(lab, "c1")["mode"] == "l3"
        return
    refused(lab, command, ["Read-only file system"],
            preexec_fn=readonly_sysctls)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_slave_whose_settings_fail_is_not_made(live_lab, mode, first):
    lab = live_lab
    lab.spaces("c9")
    if not first:
        lab.slaves("c1")
    before = lab.snapshot(), lab.bv("-d link show").out
    done = lab.try_bv(f"link add link eth0 name c9 netns {lab.name('c9')} "
                      f"up type ipvlan mode {mode}",
                      preexec_fn=readonly_sysctls)
    assert done.rc == 2 and "Read-only file system" in done.err, done
    assert (lab.snapshot(), lab.bv("-d link show").out) == before
    assert master(lab)["allmulti"] == (not first)


def test_a_slave_can_be_deleted_where_settings_cannot_be_written(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2", mode="l3s")
    for name in ("c1", "c2"):
        done = lab.try_bv(f"link del {name}", preexec_fn=readonly_sysctls)
        assert (done.rc, done.err) == (0, "")
    assert lab.slaves_json() == []


# Siblings

class Stream:
    """Numbered datagrams between two nodes, each answered, until stopped."""

    def __init__(self, lab, source, target):
        with netns.inside(lab.nodes[target].ns):
            self._server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._server.bind((lab.nodes[target].ip4, 0))
        with netns.inside(lab.nodes[source].ns):
            self._client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._client.connect(self._server.getsockname())
        for sock in (self._client, self._server):
            sock.settimeout(netns.DEADLINE)
        self._stop = False
        self.failed = None
        self.count = 0
        self._went_by = threading.Condition()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        """Each must arrive: a lost one is waited for in vain."""
        try:
            while not self._stop:
                data = struct.pack("=Q", self.count)
                self._client.send(data)
                got, peer = self._server.recvfrom(99)
                self._server.sendto(got, peer)
                assert got == data == self._client.recv(99)
                self._tell(count=self.count + 1)
        except (OSError, AssertionError) as error:
            self._tell(failed=error)

    def _tell(self, **news):
        with self._went_by:
            vars(self).update(news)
            self._went_by.notify_all()

    def wait_for_more(self, start):
        with self._went_by:
            assert self._went_by.wait_for(
                lambda: self.count > start or self.failed, netns.DEADLINE)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop = True
        self._thread.join()
        self._client.close()
        self._server.close()
        assert not self.failed, f"after {self.count}: {self.failed!r}"


@pytest.mark.hooks("tcx", "clsact")
@pytest.mark.parametrize("target", ["c2", "wire", "host"])
def test_siblings_lose_nothing_while_a_slave_changes_its_mode(
        live_lab, target):
    lab = live_lab
    lab.slaves("c1", "c2", "c3")
    assert lab.ping("c1", lab.nodes[target].ip4)
    before = state(lab, "c1"), state(lab, "c2")
    with Stream(lab, "c1", target) as stream:
        for mode in ("l3", "l3s", "l2", "l3s", "l3", "l2"):
            start = stream.count
            lab.bv(f"link set c3 type ipvlan mode {mode}")
            stream.wait_for_more(start)
    assert (state(lab, "c1"), state(lab, "c2")) == before


@pytest.mark.core
def test_a_slave_that_went_through_all_modes_works_in_l2(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2")
    for mode in ("l3", "l3s", "l2", "l3s", "l3", "l2"):
        lab.bv(f"link set c1 type ipvlan mode {mode}")
    dropped = lab.drops()
    # In l3 there is nobody to hear of its groups.
    assert dropped.keys() <= {("c1", "group")}
    for target in (lab.c2, lab.wire, lab.host):
        for address in (target.ip4, target.ip6):
            assert lab.ping("c1", address), address
    assert lab.drops() == dropped


# A command that is killed

@pytest.mark.hooks("tcx", "clsact")
def test_a_change_of_mode_that_is_killed_is_completed_by_the_next_command(
        live_lab):
    """Completed or not begun: what a slave has is what its mode needs."""
    lab = live_lab
    rng = random.Random(17)
    lab.slaves("c1", "l2", "l3")
    lab.slaves("probe", mode="l2")
    wanted = {}
    for mode in MODES:
        lab.bv(f"link set probe type ipvlan mode {mode}")
        wanted[mode] = state(lab, "probe")
    lab.bv("link del probe")
    longest = duration(lab, "link set c1 type ipvlan mode l3s")
    interrupted = 0
    for _ in range(40):
        new = rng.choice([m for m in MODES if m != info(lab, "c1")["mode"]])
        interrupted += killed(lab, f"link set c1 type ipvlan mode {new}",
                              rng.uniform(0.0005, longest))
        lab.bv("link set l2 mtu 1500")
        mode = info(lab, "c1")["mode"]
        assert state(lab, "c1") == wanted[mode], mode
        routes = {lab.c1.ip4, lab.c1.ip6} if mode == "l3s" else set()
        assert {route[0] for route in lab.routes(OURS)} == routes
        assert master(lab)["forward4"] == ("1" if mode == "l3s" else "0")
    assert interrupted >= 10, "the test did not test"


# MTU

def mtus(lab, name):
    return [lab.ip_json(label, f"link show {dev}")[0]["mtu"]
            for label, dev in ((name, name), ("host", lab.host_dev(name)))]


def test_the_host_end_of_an_l3s_slave_has_its_mtu(live_lab):
    """The host's stack goes by it: it says what is too big for the slave."""
    lab = live_lab
    lab.slaves("c1", mode="l2")
    lab.bv("link set c1 mtu 1400")
    assert mtus(lab, "c1") == [1400, 1500]
    lab.bv("link set c1 type ipvlan mode l3s")
    assert mtus(lab, "c1") == [1400, 1400]
    lab.bv("link set c1 mtu 1300")
    assert mtus(lab, "c1") == [1300, 1300]
    lab.bv("link set c1 mtu 1350 type ipvlan mode l3")
    assert mtus(lab, "c1") == [1350, 1500]
    lab.spaces("c2")
    lab.bv(f"link add link eth0 name c2 mtu 1280 netns {lab.name('c2')} "
           "type ipvlan mode l3s")
    assert mtus(lab, "c2") == [1280, 1280]


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_what_ipv6_needs_is_there_again_after_a_master_was_too_small(
        live_lab, mode):
    """Below 1280 bytes devices have no IPv6, and forget its settings."""
    lab = live_lab
    lab.slaves("c1", mode=mode)
    before = state(lab, "c1")["host end"], lab.routes(OURS)
    for mtu in (1000, 1500):
        lab.ip("host", f"link set eth0 mtu {mtu}")
        if mtu == 1500:
            lab.ip("host", f"addr add {lab.host.ip6}/64 dev eth0 nodad")
        lab.bv("link set c1 up")
        assert mtus(lab, "c1") == [mtu, mtu]
    assert (state(lab, "c1")["host end"], lab.routes(OURS)) == before


def test_an_l3s_slave_too_small_for_ipv6_keeps_ipv4(live_lab):
    lab = live_lab
    lab.slaves("c1", mode="l3s")
    before = state(lab, "c1")["host end"], lab.routes(OURS)
    lab.bv("link set c1 mtu 1000")
    assert [route[0] for route in lab.routes(OURS)] == [lab.c1.ip4]
    lab.bv("link set c1 mtu 1500")
    assert (state(lab, "c1")["host end"], lab.routes(OURS)) == before


def test_a_new_mac_of_the_master_leaves_a_slaves_mtu_alone(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2", mode="l3s")
    lab.bv("link set c1 mtu 1400")
    lab.ip("host", "link set eth0 address 02:77:00:00:00:99")
    lab.bv("link set c2 up")
    assert mtus(lab, "c1") == [1400, 1400]
    for label, dev in (("c1", "c1"), ("host", lab.host_dev("c1"))):
        assert lab.ip_json(label, f"link show {dev}")[0]["address"] == \
            "02:77:00:00:00:99"
