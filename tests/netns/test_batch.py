# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand slaves in one batch, and what a batch says when it fails."""

import subprocess
import time

import pytest

import masters
import netns
from lab import TIMEOUT, Lab

COUNT = 1000
CREATE_MS = 1.0
DELETE_MS = 0.5
VETH_MS = 0.25  # for a plain pair, where the two above hold
ROUNDS = 6

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def crowd(live_lab, tmp_path):
    """A lab, a thousand namespaces, and the files that fill and empty them."""
    spaces = [live_lab.name(f"s{i}") for i in range(COUNT)]
    netns.create(spaces)
    live_lab.adopt(spaces)
    adds, deletes = tmp_path / "add", tmp_path / "del"
    adds.write_text("".join(
        f"link add link eth0 name s{i} netns {space} type ipvlan mode l2\n"
        for i, space in enumerate(spaces)))
    deletes.write_text("".join(f"link del s{i}\n" for i in range(COUNT)))
    return live_lab, spaces, adds, deletes


def ms_each(action, count=COUNT):
    start = time.monotonic()
    action()
    return (time.monotonic() - start) * 1000 / count


def slowness(lab, spaces):
    """How much slower than usual plain veth pairs are made right now."""
    lines = [f"link add v{i} group 7 type veth peer name v{i} netns {space}"
             for i, space in enumerate(spaces[:200])]
    each = ms_each(lambda: lab.ip("host", *lines), len(lines))
    lab.ip("host", "link del group 7")
    return max(1.0, each / VETH_MS)


def one_round(lab, spaces, adds, deletes):
    """Whether both were fast enough, for the machine as it is now."""
    allowed = slowness(lab, spaces)
    created = ms_each(lambda: lab.bv(f"-b {adds}"))
    assert len(lab.slaves_json()) == COUNT
    deleted = ms_each(lambda: lab.bv(f"-b {deletes}"))
    assert lab.slaves_json() == []
    assert not any(lab.hooks().values())
    print(f"{lab.hook}: {COUNT} slaves: {created:.3f} ms each to create, "
          f"{deleted:.3f} to delete; others slow the machine down to "
          f"1/{allowed:.1f}")
    return created <= CREATE_MS * allowed and deleted <= DELETE_MS * allowed


@pytest.mark.real_time
def test_a_thousand_slaves_in_time(crowd, rcu_expedited):
    """In one of some rounds: others may be using the machine as well."""
    for _ in range(ROUNDS):
        in_time = one_round(*crowd)
        rcu_expedited.check()
        if in_time:
            return
    pytest.fail(f"more than {CREATE_MS} or {DELETE_MS} ms in every round")


def add(lab, name, extra=""):
    return (f"link add link eth0 name {name} netns {lab.name('c')} "
            f"type ipvlan mode l2 {extra}\n")


@pytest.mark.core
def test_a_batch_ends_at_the_first_failure_and_says_where(live_lab):
    lab = live_lab
    lab.spaces("c")
    lines = add(lab, "a") + "\n# a comment\n" + add(lab, "a") + add(lab, "b")
    done = lab.try_bv("-b -", stdin=lines)
    assert done.rc == 1
    first, second = done.err.splitlines()
    assert "File exists" in first
    assert second == "Command failed -:4"
    assert [e["ifname"] for e in lab.slaves_json()] == ["a"]


def test_force_goes_on_after_a_failure(live_lab):
    lab = live_lab
    lab.spaces("c")
    done = lab.try_bv("-force -b -", stdin=add(lab, "a") + add(lab, "a")
                      + add(lab, "b"))
    assert done.rc == 1
    assert "Command failed -:2" in done.err
    assert [e["ifname"] for e in lab.slaves_json()] == ["a", "b"]


@pytest.mark.core
def test_deletes_around_other_commands_keep_their_order(live_lab):
    lab = live_lab
    lab.spaces("c")
    lab.bv("-b -", stdin=add(lab, "a") + "link del a\n" + add(lab, "a")
           + add(lab, "b") + "link del a\nlink del b\n" + add(lab, "b")
           + "addr add 10.77.0.50/24 dev b\n")
    assert [e["ifname"] for e in lab.slaves_json()] == ["b"]
    assert lab.owners()["10.77.0.50"] == "b"


def test_a_delete_of_many_with_one_unknown_says_which(live_lab):
    lab = live_lab
    lab.spaces("c")
    lab.bv("-b -", stdin="".join(add(lab, f"a{i}") for i in range(5)))
    done = lab.try_bv("-b -", stdin="".join(
        f"link del {name}\n" for name in ("a0", "a1", "nosuch", "a3")))
    assert done.rc == 1
    assert "nosuch" in done.err.splitlines()[0]
    assert done.err.splitlines()[1] == "Command failed -:3"
    assert [e["ifname"] for e in lab.slaves_json()] == ["a2", "a3", "a4"]


def test_batches_on_two_masters_at_once(hook, built, rcu_expedited):
    labs = []
    try:
        for _ in range(2):
            labs.append(lab := Lab(hook, quiet=False))
            masters.veth(lab)
            lab.spaces("c")
            running = [lab.spawn(lab.command("-b -"), env=lab.environment(),
                             stdin=subprocess.PIPE, text=True) for lab in labs]
        for lab, process in zip(labs, running):
            process.stdin.write("".join(add(lab, f"a{i}") for i in range(50)))
            process.stdin.close()
        assert [p.wait(TIMEOUT) for p in running] == [0, 0]
        rcu_expedited.check()
        for lab in labs:
            assert len(lab.slaves_json()) == 50
    finally:
        for lab in labs:
            lab.close()
