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
    return live_lab, adds, deletes


def timed(lab, what, path):
    start = time.monotonic()
    lab.bv(f"-b {path}")
    each = (time.monotonic() - start) * 1000 / COUNT
    print(f"{lab.hook}: {COUNT} slaves {what}: {each:.3f} ms each")
    return each


@pytest.mark.skipif(netns.EMULATED,
                    reason="the CPU is emulated: times say nothing")
def test_a_thousand_slaves_in_time(crowd, rcu_expedited):
    """In one of some rounds: others may be using the machine as well."""
    lab, add_file, delete_file = crowd
    created, deleted = [CREATE_MS + 1], [DELETE_MS + 1]
    while min(created) > CREATE_MS or min(deleted) > DELETE_MS:
        assert len(created) <= ROUNDS, (created, deleted)
        created.append(timed(lab, "created", add_file))
        rcu_expedited.check()
        assert len(lab.slaves_json()) == COUNT
        deleted.append(timed(lab, "deleted", delete_file))
        rcu_expedited.check()
        assert lab.slaves_json() == []
        assert not any(lab.hooks().values())


def add(lab, name, extra=""):
    return (f"link add link eth0 name {name} netns {lab.name('c')} "
            f"type ipvlan mode l2 {extra}\n")


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
