# SPDX-License-Identifier: GPL-2.0-or-later
"""A command killed anywhere leaves what the next one repairs or accepts."""

import random
import signal
import subprocess
import time

import pytest

import netns
from lab import TIMEOUT

pytestmark = pytest.mark.hooks("tcx", "clsact")

ROUNDS = 10 if netns.EMULATED else 30


def killed(lab, command, delay):
    """Runs a command; true if a timer of the kernel killed it meanwhile."""
    code = lab.spawn(["timeout", "-s", "KILL", f"{delay:.4f}",
                      *lab.command(command)], env=lab.environment(),
                     stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL).wait(TIMEOUT)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def duration(lab, command):
    start = time.monotonic()
    lab.bv(command)
    return time.monotonic() - start


def consistent(lab):
    """What is shown exists at both ends, and nothing else does."""
    shown = lab.slaves_json("-d")
    inside = {e["ifname"] for e in lab.ip_json("c", "link show")} - {"lo"}
    assert inside == {e["ifname"] for e in shown}
    assert lab.host_ends() == {e["linkinfo"]["info_data"]["host_dev"] for e in shown}
    hooks = lab.hooks()
    programs = sum(len(v) for v in hooks.values() if isinstance(v, list))
    assert programs == (2 if shown else 0), hooks
    return {e["ifname"] for e in shown}


def add(lab, name):
    return (f"link add link eth0 name {name} netns {lab.name('c')} up "
            "type ipvlan mode l2")


def repair_by_next_command(lab, rng):
    """Any command that changes the master; then all must fit again."""
    if rng.random() < 0.5:
        lab.bv(add(lab, "probe"))
        assert "probe" in consistent(lab)
        lab.bv("link del probe")
    else:
        lab.bv(add(lab, "probe"))
        lab.bv("addr add 10.77.7.7/24 dev probe")
        lab.bv("link del probe")
    return consistent(lab)


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with a sibling"])
def test_sigkill_at_any_moment(live_lab, others):
    lab = live_lab
    lab.spaces("c")
    rng = random.Random(11 + others)
    if others:
        lab.bv(add(lab, "sibling"))
    longest = duration(lab, add(lab, "x"))
    interrupted = 0
    for number in range(ROUNDS):
        present = consistent(lab)
        command = next_command(lab, rng, "x" in present, number)
        interrupted += killed(lab, command, rng.uniform(0.0005, longest))
        present = repair_by_next_command(lab, rng)
        assert ("sibling" in present) == bool(others)
        assert present <= {"x", "sibling"}
        if "x" in present:
            lab.bv("link set x type ipvlan private")
    assert interrupted >= ROUNDS // 4, "the test did not test"
    for name in sorted(consistent(lab)):
        lab.bv(f"link del {name}")
    assert consistent(lab) == set()


def next_command(lab, rng, there, number):
    if not there:
        return add(lab, "x")
    return rng.choice([
        "link del x", f"addr add 10.77.1.{number + 1}/24 dev x",
        "link set x name x", "link set x mtu 1400 type ipvlan vepa"])


def test_an_address_half_added_can_be_added_or_taken(live_lab):
    lab = live_lab
    lab.spaces("c")
    lab.batch([add(lab, "x"), add(lab, "y")])
    rng = random.Random(5)
    longest = duration(lab, "addr add 10.77.3.254/24 dev x")
    lab.bv("addr del 10.77.3.254/24 dev x")
    for number in range(1, 31):
        address = f"10.77.3.{number}/24"
        killed(lab, f"addr add {address} dev x", rng.uniform(0.0005, longest))
        done = lab.try_bv(f"addr add {address} dev x")
        assert done.rc == 0 or "File exists" in done.err, done.err
        lab.bv(f"addr del {address} dev x")
        lab.bv(f"addr add {address} dev y")
        lab.bv(f"addr del {address} dev y")
    assert [a for a in lab.addresses() if a[3] == "static"] == []
    left = [a["local"] for label in ("x", "y")
            for link in lab.ip_json("c", f"-4 addr show dev {label}")
            for a in link.get("addr_info", [])]
    assert left == []


@pytest.mark.core
def test_a_killed_batch_gives_the_machines_knob_back(
        live_lab, tmp_path, rcu_expedited):
    lab = live_lab
    lab.spaces("c")
    lines = tmp_path / "lines"
    lines.write_text("".join(add(lab, f"b{i}") + "\n" for i in range(300)))
    for delay in (0.02, 0.06, 0.12):
        assert killed(lab, f"-b {lines}", delay), "it was too fast"
        rcu_expedited.check()
        lab.bv(add(lab, "probe"))
        shown = consistent(lab)
        lab.batch([f"link del {name}" for name in shown])
        assert consistent(lab) == set()
