# SPDX-License-Identifier: GPL-2.0-or-later
"""Who reaches whom, with the real stacks at both ends."""

import pytest

PAIRS = [("c1", "c2"), ("c2", "c1"), ("c1", "wire"), ("wire", "c1"),
         ("c1", "host"), ("host", "c1"), ("host", "wire"), ("wire", "host")]

pytestmark = pytest.mark.hooks("tcx", "clsact")


def unreachable(lab, pairs):
    """Pairs and families that do not answer; [] is what we want."""
    return [(source, target, address) for source, target in pairs
            for address in (lab.nodes[target].ip4, lab.nodes[target].ip6)
            if not lab.ping(source, address)]


def set_inside(lab, *labels):
    """Gives the slaves addresses as a container does: nobody is told."""
    for label in labels:
        node = lab.nodes[label]
        lab.ip(label, f"addr add {node.ip4}/24 dev {label}",
               f"addr add {node.ip6}/64 dev {label} nodad")


@pytest.mark.core
def test_registered_addresses_reach_each_other_the_host_and_the_wire(
        live_lab):
    live_lab.slaves("c1", "c2")
    assert unreachable(live_lab, PAIRS) == []
    assert live_lab.hook_in_use() == live_lab.hook


@pytest.mark.core
def test_addresses_set_inside_the_namespace_are_learned_and_reachable(
        live_lab):
    slaves = live_lab.slaves("c1", "c2", addrs=False)
    set_inside(live_lab, "c1", "c2")
    assert unreachable(live_lab, PAIRS) == []
    assert live_lab.hook_in_use() == live_lab.hook
    known = live_lab.addresses()
    for slave in slaves:
        assert (slave.ip4, 32, slave.label, "learned") in known
        assert (slave.ip6, 128, slave.label, "learned") in known


def test_a_slave_that_nobody_has_heard_of_is_reached_first(live_lab):
    """Each first packet comes from the other side: nothing was learned yet."""
    live_lab.slaves("c1", "c2", addrs=False)
    set_inside(live_lab, "c1", "c2")
    for source in ("wire", "host", "c2"):
        for address in (live_lab.c1.ip4, live_lab.c1.ip6):
            assert live_lab.ping(source, address), f"{source} to {address}"


def test_several_addresses_of_one_slave_are_all_reachable(live_lab):
    live_lab.slaves("c1", "c2")
    more = ["10.77.0.101", "10.77.0.102", "fd77::101", "fd77::102"]
    live_lab.batch([f"addr add {a}/{64 if ':' in a else 24} dev c1"
                    for a in more])
    for source in ("c2", "wire", "host"):
        for address in more:
            assert live_lab.ping(source, address), f"{source} to {address}"
