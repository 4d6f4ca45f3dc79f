# SPDX-License-Identifier: GPL-2.0-or-later
"""A command killed at each of its steps leaves nothing that the next one keeps."""

import itertools

import pytest

import bpf
import kills
from modes import OURS, info, master, state

CHANGES = [pytest.param("l2", "l3s", marks=pytest.mark.core), ("l3s", "l2"),
           ("l3", "l3s"), ("l3s", "l3")]


def at_each_step(lab, command):
    """Kills the command at each of its moments in turn; yields which it was."""
    for moment in itertools.count():
        step = kills.killed_at(lab.command(command), moment,
                               lab.environment())
        if step is None:
            return
        yield f"{moment}: {step}"


@pytest.mark.parametrize("old, new", CHANGES)
def test_a_change_of_mode_is_completed_or_not_begun(live_lab, old, new):
    """What slave and master have is what the mode that is shown needs."""
    lab = live_lab
    lab.slaves("c1", "c2", mode="l2")
    wanted = {}
    for mode in (new, old):
        lab.bv(f"link set c1 type ipvlan mode {mode}")
        wanted[mode] = needs(lab)
    assert wanted[old] != wanted[new]
    found = set()
    for step in at_each_step(lab, f"link set c1 type ipvlan mode {new}"):
        lab.bv("link set c2 mtu 1500")
        mode = info(lab, "c1")["mode"]
        assert needs(lab) == wanted[mode], (step, mode)
        found.add(mode)
        if mode != old:
            lab.bv(f"link set c1 type ipvlan mode {old}")
    assert found == {old, new}
    assert needs(lab) == wanted[new]


def needs(lab):
    return state(lab, "c1"), lab.routes(OURS), master(lab)


def add(lab):
    return (f"link add link eth0 name x netns {lab.name('c')} up "
            "type ipvlan mode l3s")


def add_again(lab):
    """Whether the slave was not there."""
    done = lab.try_bv(add(lab))
    assert done.rc == 0 or "File exists" in done.err, done
    return done.rc == 0


def bare(lab):
    return lab.hooks(), master(lab)


def test_a_first_slave_half_made_leaves_the_master_as_it_was(live_lab):
    lab = live_lab
    lab.spaces("c")
    before = bare(lab)
    anew, empty = [], []
    for step in at_each_step(lab, add(lab)):
        # An empty one could be anybody's.
        if lab.hooks() == {**before[0], "clsact": True}:
            empty.append(step)
            bpf.del_clsact(lab.name("host"), "eth0")
        anew.append(add_again(lab))
        lab.batch(["link del x"])
        assert bare(lab) == before, step
    assert set(anew) == {True, False}
    assert bool(empty) == (lab.hook == "clsact")


@pytest.mark.hooks("tcx", "clsact")
def test_a_last_slave_half_deleted_leaves_the_master_as_it_was(live_lab):
    """What a port found on a master when it was made, it leaves there."""
    lab = live_lab
    lab.spaces("c")
    before = bare(lab)
    lab.bv(add(lab))
    anew = [add_again(lab) for _ in at_each_step(lab, "link del x")]
    assert set(anew) == {True, False}
    assert bare(lab) == before
