# SPDX-License-Identifier: GPL-2.0-or-later
"""What a master has to take for its macvlan slaves, and gives back."""

import random

import pytest

import netns
from macvlan import (GIVEN, add, add_line, change, die, filtering, info, link,
                     mac, promiscuity, take, taken)
from test_kill import duration, killed
from test_macvlan_config import refused

pytestmark = pytest.mark.hooks("tcx")
ONE, TWO, THREE = (GIVEN.format(n) for n in (0x11, 0x12, 0x13))
ROUNDS = 10 if netns.EMULATED else 30


@pytest.fixture
def lab(live_lab):
    live_lab.spaces("c", "d")
    return live_lab


def state(lab, dev="eth0"):
    return taken(lab, dev), promiscuity(lab, dev), mac(lab, dev, "host")


# The filter

@pytest.mark.core
def test_a_master_with_a_filter_need_not_be_promiscuous(lab):
    dev = filtering(lab)
    lab.batch([add_line(lab, f"m{i}", "mode bridge", master=dev, common="up")
               for i in range(100)])
    assert promiscuity(lab, dev) == 0
    assert taken(lab, dev) == {mac(lab, f"m{i}") for i in range(100)}
    lab.batch([f"link del m{i}" for i in range(100)])
    assert state(lab, dev)[:2] == (set(), 0)


@pytest.mark.core
def test_a_master_without_is_promiscuous_by_the_kernel(lab):
    add(lab, "m", common=f"address {ONE}")
    assert state(lab)[:2] == ({ONE}, 1)
    assert "PROMISC" not in link(lab, "eth0")["flags"]
    assert "promiscuity 1" in lab.bv("master show").out
    lab.bv("link del m")
    assert state(lab)[:2] == (set(), 0)


@pytest.mark.core
def test_a_master_that_refuses_is_promiscuous_by_us(lab):
    lab.ip("host", "link add vx type vxlan id 7 dstport 4789 local 10.77.0.2",
           "link set vx up")
    add(lab, "m", master="vx")
    assert "PROMISC" in link(lab, "vx")["flags"]
    lab.bv("link set m type macvlan mode bridge")
    add(lab, "n", master="vx")
    lab.bv("link del m")
    assert promiscuity(lab, "vx") == 1
    lab.bv("link del n")
    assert promiscuity(lab, "vx") == 0


def test_somebody_elses_promiscuity_stays(lab):
    lab.ip("host", "link add vx type vxlan id 7 dstport 4789 local 10.77.0.2",
           "link set vx up promisc on", "link set eth0 promisc on")
    add(lab, "m", master="vx")
    add(lab, "p", "mode passthru")
    for name in ("m", "p"):
        lab.bv(f"link del {name}")
    assert promiscuity(lab, "vx") == promiscuity(lab) == 1


@pytest.mark.core
def test_a_bridge_hears_for_its_slaves(lab):
    lab.ip("host", "link add br0 type bridge", "link set br0 up")
    add(lab, "m", master="br0", common=f"address {ONE}")
    assert ONE in taken(lab, "br0")
    assert promiscuity(lab, "br0") == 0
    lab.bv("link del m")
    assert ONE not in taken(lab, "br0")


def test_what_somebody_else_put_there_stays(lab):
    dev = filtering(lab)
    take(lab, "add", ONE, dev)
    add(lab, "m", master=dev, common=f"address {ONE}")
    lab.bv(f"link set m address {TWO}")
    lab.bv(f"link set m address {ONE}")
    lab.bv("link del m")
    assert taken(lab, dev) == {ONE}


def test_what_somebody_else_took_away_comes_back(lab):
    add(lab, "m", common=f"address {ONE}")
    take(lab, "del", ONE)
    assert taken(lab) == set()
    change(lab)
    assert taken(lab) == {ONE}
    lab.bv("link del m")
    assert taken(lab) == set()


@pytest.mark.core
def test_beside_the_kernels_own_macvlan(lab):
    lab.ip("host", f"link add kernel0 link eth0 address {ONE} type macvlan "
           "mode bridge", "link set kernel0 up")
    add(lab, "m", common=f"address {ONE}")
    add(lab, "n", common=f"address {TWO}")
    lab.batch(["link del m", "link del n"])
    assert taken(lab) == {ONE}
    add(lab, "m", common=f"address {ONE}")
    lab.ip("host", "link del kernel0")
    change(lab)
    assert taken(lab) == {ONE}
    lab.bv("link del m")
    assert taken(lab) == set()


def test_the_filter_after_all_slaves_died(lab):
    dev = filtering(lab)
    for where in ("c", "d"):
        add(lab, f"m{where}", where=where, master=dev)
    survivor = mac(lab, "mc")
    die(lab, "d")
    lab.bv("link set mc up")
    assert taken(lab, dev) == {survivor}


# MACs that are changed in the slave's namespace

@pytest.mark.core
def test_a_mac_that_was_changed_inside_is_followed(lab):
    add(lab, "m", "mode bridge", common=f"address {ONE} up")
    lab.ip("c", f"link set dev m address {TWO}")
    change(lab)
    assert taken(lab) == {TWO}
    add(lab, "n", common=f"address {ONE}")
    refused(lab, f"link set n address {TWO}", ["Address already in use"])
    lab.bv("link del m")
    assert taken(lab) == {ONE}


@pytest.mark.parametrize("whose", ["a sibling's", "the master's"])
def test_a_mac_that_is_taken_is_not_followed(lab, whose):
    add(lab, "n", common=f"address {TWO}")
    add(lab, "m", common=f"address {ONE}")
    other = {"a sibling's": TWO, "the master's": lab.host.mac}[whose]
    lab.ip("c", f"link set dev m address {other}")
    change(lab)
    assert taken(lab) == {ONE, TWO}
    refused(lab, add_line(lab, "x", common=f"address {ONE}"),
            ["Address already in use"])
    lab.bv(f"link set m address {THREE}")
    assert (taken(lab), mac(lab, "m")) == ({TWO, THREE}, THREE)
    lab.bv("link del n")
    assert taken(lab) == {THREE}


def test_two_slaves_that_change_places(lab):
    add(lab, "m", common=f"address {ONE}")
    add(lab, "n", common=f"address {TWO}")
    lab.ip("c", f"link set dev m address {THREE}",
           f"link set dev n address {ONE}")
    change(lab)
    # By then the first has left its place.
    assert taken(lab) == {ONE, THREE}
    lab.batch(["link del m", "link del n"])
    assert taken(lab) == set()


# Passthru

@pytest.fixture
def before(lab):
    return state(lab)


@pytest.mark.core
def test_passthru_takes_the_master_over_and_gives_it_back(lab, before):
    add(lab, "p", "mode passthru", common="up")
    assert mac(lab, "p") == lab.host.mac
    assert state(lab) == (set(), 1, lab.host.mac)
    lab.bv(f"link set p address {ONE}")
    ends = mac(lab, "p"), mac(lab, lab.host_dev("p"), "host")
    assert (ends, mac(lab, "eth0", "host")) == ((ONE, ONE), ONE)
    lab.bv(f"link set p address {TWO}")
    lab.bv("link del p")
    assert state(lab) == before


def test_passthru_ignores_another_mac_when_it_is_made(lab):
    add(lab, "p", "mode passthru", common=f"address {ONE}")
    assert mac(lab, "p") == lab.host.mac == mac(lab, "eth0", "host")


def test_passthru_is_alone(lab):
    add(lab, "p", "mode passthru")
    for line in (add_line(lab, "q", "mode passthru"), add_line(lab, "m"),
                 "link add link eth0 name i type ipvlan"):
        refused(lab, line, ["Invalid argument", "passthru"])
    lab.bv("link del p")
    lab.bv("link add link eth0 name i type ipvlan")
    refused(lab, add_line(lab, "p", "mode passthru"), ["Invalid argument"])


def test_nopromisc_changes_while_it_runs(lab):
    add(lab, "p", "mode passthru nopromisc")
    assert (promiscuity(lab), info(lab, "p")["nopromisc"]) == (0, True)
    lab.bv("link set p type macvlan mode passthru flag null")
    assert (promiscuity(lab), "nopromisc" in info(lab, "p")) == (1, False)
    lab.bv("link set p type macvlan mode passthru nopromisc")
    assert promiscuity(lab) == 0
    lab.bv("link set p type macvlan mode passthru flag null")
    lab.bv("link del p")
    assert promiscuity(lab) == 0


def test_passthru_and_master_follow_each_other(lab, before):
    add(lab, "p", "mode passthru")
    lab.ip("c", f"link set dev p address {ONE}")
    lab.bv("link set p up")
    assert mac(lab, "eth0", "host") == ONE
    lab.ip("host", f"link set eth0 address {TWO}")
    lab.bv("link set p mtu 1400")
    ends = mac(lab, "p"), mac(lab, lab.host_dev("p"), "host")
    assert ends == (TWO, TWO)
    lab.bv("link del p")
    assert state(lab) == before


def test_passthru_that_died_gives_the_master_back(lab, before):
    add(lab, "p", "mode passthru", where="d")
    lab.bv(f"link set p address {ONE}")
    die(lab, "d")
    change(lab)
    assert state(lab) == before


def test_passthru_whose_change_fails_is_undone(lab):
    add(lab, "p", "mode passthru")
    refused(lab, f"link set p name lo address {ONE} type macvlan "
            "mode passthru nopromisc", ["lo", "File exists"])
    refused(lab, "link set p address 01:00:00:00:00:01",
            ["Cannot assign requested address"])


# Kills

class Killer:
    """Kills commands at a moment at which such commands are at work."""

    def __init__(self, lab, add_it, set_it, seed):
        self.lab = lab
        self.rng = random.Random(seed)
        self.longest = {"add": duration(lab, add_it),
                        "set": duration(lab, set_it)}
        self.longest["del"] = self.longest["add"]
        self.interrupted = 0

    def try_one(self, command):
        delay = self.rng.uniform(0.0005, self.longest[command.split()[1]])
        self.interrupted += killed(self.lab, command, delay)

    def check(self):
        assert self.interrupted >= ROUNDS // 4, "the test did not test"


def next_command(lab, rng, there, number):
    if not there:
        return add_line(lab, "x", "mode source macaddr add " + THREE,
                        common="up")
    return rng.choice([
        "link del x", f"link set x address {GIVEN.format(0x40 + number)}",
        "link set x type macvlan mode source macaddr set "
        f"{GIVEN.format(number)} {GIVEN.format(number + 1)}",
        "link set x type macvlan mode bridge"])


def test_a_command_killed_anywhere_loses_no_entry(lab):
    add(lab, "sibling", common=f"address {ONE}")
    killer = Killer(lab, next_command(lab, None, False, 0),
                    f"link set x address {GIVEN.format(0x3f)}", 3)
    rng = killer.rng
    for number in range(ROUNDS):
        there = "x" in {e["ifname"] for e in lab.slaves_json()}
        killer.try_one(next_command(lab, rng, there, number))
        change(lab)
        shown = {e["ifname"]: e["address"] for e in lab.slaves_json()}
        assert "sibling" in shown
        assert taken(lab) == set(shown.values())
        if "x" in shown and rng.random() < 0.5:
            lab.bv("link set x type macvlan mode source macaddr flush")
            assert info(lab, "x")["macaddr_count"] == 0
    killer.check()
    if "x" in shown:
        lab.bv("link del x")
    lab.bv("link del sibling")
    assert taken(lab) == set()


def test_a_killed_passthru_gives_the_master_back(lab, before):
    line = add_line(lab, "p", "mode passthru", common="up")
    killer = Killer(lab, line, f"link set p address {THREE}", 4)
    for number in range(ROUNDS):
        if "p" in {e["ifname"] for e in lab.slaves_json()}:
            command = killer.rng.choice([
                f"link set p address {GIVEN.format(number)}", "link del p",
                "link set p type macvlan mode passthru nopromisc"])
        else:
            command = line
        killer.try_one(command)
        if "p" in {e["ifname"] for e in lab.slaves_json()}:
            lab.bv("link set p mtu 1400")
            assert mac(lab, "p") == mac(lab, "eth0", "host")
            assert promiscuity(lab) == (
                "nopromisc" not in info(lab, "p"))
        else:
            change(lab)
            assert state(lab) == before
    killer.check()
    lab.try_bv("link del p")
    change(lab)
    assert state(lab) == before
