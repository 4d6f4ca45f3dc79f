# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves in l3 and l3s with the real stacks at both ends."""

import itertools

import pytest

import netns
from frames import ip_source
from lab import TC_INDEX_ROUTED, TC_INDEX_SLAVE
from test_reach import set_inside, unreachable

pytestmark = pytest.mark.hooks("tcx", "clsact")

ROUTED = ("l3", "l3s")


@pytest.fixture(autouse=True)
def forwarding(live_lab):
    netns.forward_ip6(live_lab.name("host"))


@pytest.mark.core
@pytest.mark.parametrize("mode", ROUTED)
def test_everybody_reaches_everybody(live_lab, mode):
    live_lab.slaves("c1", mode=mode, extra="proxy on")
    live_lab.slaves("c2")
    live_lab.slaves("c3", mode="l3", extra="proxy on")
    live_lab.slaves("c4", mode="l3s", extra="proxy on")
    everybody = list(live_lab.nodes)
    assert unreachable(live_lab, itertools.permutations(everybody, 2)) == []
    assert live_lab.drops() == {}


@pytest.mark.parametrize("mode", ROUTED)
def test_addresses_set_inside_are_learned_by_use(live_lab, mode):
    """Nobody is told: the slave's own packets are what tells."""
    live_lab.slaves("c1", mode=mode, extra="proxy on", addrs=False)
    set_inside(live_lab, "c1")
    there_and_back = [("c1", "host"), ("c1", "wire"), ("host", "c1"),
                      ("wire", "c1")]
    assert unreachable(live_lab, there_and_back) == []
    known = live_lab.addresses()
    assert (live_lab.c1.ip4, 32, "c1", "learned") in known
    assert (live_lab.c1.ip6, 128, "c1", "learned") in known


@pytest.mark.parametrize("mode", ROUTED)
def test_a_sibling_that_nobody_has_heard_of_is_reached_first(live_lab, mode):
    live_lab.slaves("c1", mode=mode)
    live_lab.slaves("c2", addrs=False)
    set_inside(live_lab, "c2")
    assert unreachable(live_lab, [("c1", "c2")]) == []


def set_up_strangers(lab, modes, private):
    """c1, and c2 of which nobody has heard; one is private."""
    for label, mode in zip(("c1", "c2"), modes):
        lab.slaves(label, mode=mode, addrs=label == "c1",
                   extra="private" if label == private else "")
    set_inside(lab, "c2")


def require_apart(lab, c2_answers):
    with lab.watch("c2", "host", "wire") as net:
        for address in (lab.c2.ip4, lab.c2.ip6):
            assert not lab.ping("c1", address, wait=0.3)
        heard = net.arrived().get("c2", [])
    ours = (lab.c1.ip4, lab.c1.ip6)
    assert [f.hex() for f in heard if ip_source(f) in ours] == []
    if c2_answers:  # and is known from then on
        netns.wait_for_change(
            lab.name("host"),
            lambda: lab.drops().get(("c1", "private"), 0) >= 2,
            "what waited for the neighbour is dropped")


@pytest.mark.parametrize("modes", [("l3", "l2"), ("l3s", "l2"),
                                   ("l3", "l3"), ("l3s", "l3")], ids="-".join)
@pytest.mark.parametrize("private", ["c1", "c2"])
@pytest.mark.core
def test_private_keeps_from_one_that_nobody_has_heard_of(
        live_lab, modes, private):
    """Not even by the host's question, and the stack's answer to it."""
    set_up_strangers(live_lab, modes, private)
    require_apart(live_lab, c2_answers=modes[1] == "l2")


@pytest.mark.parametrize("mode", ROUTED)
@pytest.mark.parametrize("tc_index", [TC_INDEX_SLAVE, TC_INDEX_ROUTED])
@pytest.mark.core
def test_private_holds_whatever_the_slave_marks_its_packets_with(
        live_lab, mode, tc_index):
    set_up_strangers(live_lab, (mode, "l2"), "c1")
    live_lab.mark("c1", tc_index)
    require_apart(live_lab, c2_answers=True)
