# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves in l3 and l3s with the real stacks at both ends."""

import itertools

import pytest

from test_reach import set_inside, unreachable

pytestmark = pytest.mark.hooks("tcx", "clsact")

ROUTED = ("l3", "l3s")


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
