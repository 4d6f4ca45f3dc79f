# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hundred commands at once on one master end as some order would."""

import random
import subprocess

import pytest

from lab import TIMEOUT

pytestmark = pytest.mark.hooks("tcx", "clsact")

STANDING = [f"s{i}" for i in range(10)]
DOOMED = [f"d{i}" for i in range(10)]
NEW = [f"n{i}" for i in range(20)]
ADDRESSES = [f"10.77.1.{i}" for i in range(1, 11)] + [
    f"fd77::1:{i}" for i in range(1, 11)]
CONTENDERS = 3
FLAGS = ("bridge", "private", "vepa")


def line(lab, name):
    return (f"link add link eth0 name {name} netns {lab.name('c')} up "
            "type ipvlan mode l2")


def commands(lab, rng):
    """[(what it contends for, who, command)], 200 of them, shuffled."""
    todo = [("name " + name, None, line(lab, name))
            for name in NEW for _ in range(CONTENDERS)]
    for address in ADDRESSES:
        plen = 64 if ":" in address else 24
        todo += [("addr " + address, who, f"addr add {address}/{plen} "
                  f"dev {who}") for who in rng.sample(STANDING, CONTENDERS)]
    todo += [("del " + name, None, f"link del {name}")
             for name in DOOMED for _ in range(CONTENDERS)]
    for _ in range(200 - len(todo)):
        who, flag = rng.choice(STANDING), rng.choice(FLAGS)
        todo.append((f"set {who}", flag, f"link set {who} type ipvlan {flag}"))
    rng.shuffle(todo)
    return todo


def run_all(lab, todo):
    """All at once; [(what, who, exit code, stderr)]."""
    running = [(what, who, lab.spawn(
        lab.command(command), env=lab.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        for what, who, command in todo]
    done = []
    for what, who, process in running:
        out, err = process.communicate(timeout=2 * TIMEOUT)
        assert out == ""
        done.append((what, who, process.returncode, err))
    return done


def winners(done, kind):
    """{object: who} of the one success each; the others were refused."""
    won = {}
    for what, who, code, err in done:
        if not what.startswith(kind):
            continue
        if code == 0:
            assert what not in won, f"two winners of {what}"
            assert err == ""
            won[what] = who
        else:
            assert err.count("\n") == 1, err
            expected = (1,) if kind == "del" else (2,)
            assert code in expected, f"{what}: {code}: {err}"
    return {what.split()[1]: who for what, who in won.items()}


def test_two_hundred_commands_at_once(live_lab):
    lab = live_lab
    lab.spaces("c")
    lab.batch([line(lab, name) for name in STANDING + DOOMED])
    rng = random.Random(20240612)
    todo = commands(lab, rng)
    assert len(todo) == 200
    done = run_all(lab, todo)

    assert sorted(winners(done, "name")) == sorted(NEW)
    assert sorted(winners(done, "del")) == sorted(DOOMED)
    owners = winners(done, "addr")
    assert sorted(owners) == sorted(ADDRESSES)
    assert all(code == 0 for what, _, code, _ in done
               if what.startswith("set"))

    shown = {e["ifname"]: e for e in lab.slaves_json("-d")}
    assert sorted(shown) == sorted(STANDING + NEW)
    wanted = {(what.split()[1], flag) for what, flag, _, _ in done
              if what.startswith("set")}
    for name in STANDING:
        data = shown[name]["linkinfo"]["info_data"]
        flag = next(f for f in FLAGS if f in data)
        asked = {f for who, f in wanted if who == name}
        assert flag in (asked or {"bridge"})
    slots = [e["linkinfo"]["info_data"]["slot"] for e in shown.values()]
    assert len(set(slots)) == len(slots)
    assert {a: s for a, _, s, origin in lab.addresses()
            if origin == "static"} == owners
    check_devices(lab, shown)
    lab.batch([f"link del {name}" for name in shown])
    assert lab.slaves_json() == []
    assert not any(lab.hooks().values())


def check_devices(lab, shown):
    """What is shown is what exists, at both ends."""
    inside = {e["ifname"] for e in lab.ip_json("c", "link show")} - {"lo"}
    assert inside == set(shown)
    assert lab.host_ends() == {e["linkinfo"]["info_data"]["host_dev"]
                               for e in shown.values()}


@pytest.mark.core
def test_first_adds_at_once_make_one_port(live_lab):
    lab = live_lab
    lab.spaces("c")
    todo = [("name " + name, None, line(lab, name)) for name in NEW]
    done = run_all(lab, todo)
    assert sorted(winners(done, "name")) == sorted(NEW)
    master, = lab.bv("-j master show").json
    assert master["slaves"] == len(NEW)
    hooks = lab.hooks()
    assert sorted(map(len, (v for v in hooks.values()
                            if isinstance(v, list)))) == [0, 0, 1, 1]
    done = run_all(lab, [("del " + name, None, f"link del {name}")
                         for name in NEW])
    assert sorted(winners(done, "del")) == sorted(NEW)
    assert not any(lab.hooks().values())


def test_adds_and_dels_of_the_only_slave_at_once(live_lab):
    """The port is made and taken off all the time."""
    lab = live_lab
    lab.spaces("c")
    todo = [("name x", None, line(lab, "x")) for _ in range(20)]
    todo += [("del x", None, "link del x") for _ in range(20)]
    random.Random(7).shuffle(todo)
    done = run_all(lab, todo)
    added = sum(code == 0 for what, _, code, _ in done if what == "name x")
    gone = sum(code == 0 for what, _, code, _ in done if what == "del x")
    assert added - gone == len(lab.slaves_json())
    assert added - gone in (0, 1)
    if added > gone:
        lab.bv("link del x")
    assert not any(lab.hooks().values())
