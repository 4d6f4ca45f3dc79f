# SPDX-License-Identifier: GPL-2.0-or-later
"""link set: what changes while a slave runs, and what is refused."""

import pytest

import netns

FLAGS = ("bridge", "private", "vepa")


@pytest.fixture
def two(live_lab):
    live_lab.slaves("c1", "c2")
    return live_lab


def info_data(lab, name="c1"):
    entry, = lab.slaves_json("-d", name)
    return entry["linkinfo"]["info_data"]


def device(lab, name="c1", label="c1"):
    return lab.ip_json(label, f"link show {name}")[0]


def flag_of(lab, name="c1"):
    return [flag for flag in FLAGS if flag in info_data(lab, name)]


@pytest.mark.core
def test_flags_are_each_slaves_own(two):
    two.bv("link set c1 type ipvlan private")
    assert (flag_of(two, "c1"), flag_of(two, "c2")) == (["private"],
                                                        ["bridge"])
    two.bv("link set c2 type ipvlan vepa")
    two.bv("link set c1 type ipvlan mode l2 bridge")
    assert (flag_of(two, "c1"), flag_of(two, "c2")) == (["bridge"], ["vepa"])


def test_host_is_independent_of_the_flag(two):
    two.bv("link set c1 type ipvlan private host off")
    data = info_data(two)
    assert (flag_of(two), data["host"]) == (["private"], False)
    two.bv("link set c1 type ipvlan vepa")
    assert (flag_of(two), info_data(two)["host"]) == (["vepa"], False)
    two.bv("link set c1 type ipvlan host on")
    assert (flag_of(two), info_data(two)["host"]) == (["vepa"], True)


@pytest.mark.core
def test_up_and_down(two):
    two.bv("link set c1 down")
    assert "UP" not in device(two)["flags"]
    assert not two.ping("c2", two.c1.ip4, wait=0.2)
    two.bv("link set c1 up")
    assert "UP" in device(two)["flags"]
    netns.wait_for_change(two.name("c1"),
                        lambda: device(two)["operstate"] == "UP", "c1 is up")
    # Else the last of the questions in vain may take our echo with it.
    two.ip("c2", "neigh flush dev c2")
    assert two.ping("c2", two.c1.ip4)


def test_a_slave_is_down_unless_asked_otherwise(live_lab):
    live_lab.spaces("c1")
    live_lab.bv(live_lab.add_line("c1", up=False))
    assert "UP" not in device(live_lab)["flags"]


@pytest.mark.core
def test_mtu_up_to_the_masters(two):
    two.bv("link set c1 mtu 1280")
    assert device(two)["mtu"] == 1280
    two.bv("link set c1 mtu 1500")
    assert device(two)["mtu"] == 1500


def test_an_mtu_at_creation(live_lab):
    live_lab.spaces("c1")
    live_lab.bv(f"link add link eth0 name c1 mtu 1300 netns "
                f"{live_lab.name('c1')} type ipvlan mode l2")
    assert device(live_lab)["mtu"] == 1300


@pytest.mark.core
def test_a_new_name(two):
    two.bv("link set c1 down")
    two.bv("link set c1 name web")
    assert device(two, "web")["ifname"] == "web"
    assert sorted(e["ifname"] for e in two.slaves_json()) == ["c2", "web"]
    assert two.owners()[two.c1.ip4] == "web"
    assert two.try_bv("link set c1 up").rc == 1
    two.bv("link set web up")
    assert two.ping("wire", two.c1.ip4)


@pytest.mark.core
def test_the_name_it_has_already_is_no_change(two):
    """Of a link that is up, too: before 6.2 the kernel refuses even that."""
    two.bv("link set c1 name c1 mtu 1400")
    link = device(two)
    assert (link["mtu"], "UP" in link["flags"]) == (1400, True)
    assert two.owners()[two.c1.ip4] == "c1"
    assert two.ping("wire", two.c1.ip4)


def test_several_changes_in_one_command(two):
    two.bv("link set dev c1 down mtu 1400 type ipvlan private host off")
    link, data = device(two), info_data(two)
    assert (link["mtu"], "UP" in link["flags"]) == (1400, False)
    assert (flag_of(two), data["host"]) == (["private"], False)


def test_the_masters_own_mac_is_accepted_as_it_changes_nothing(two):
    two.bv(f"link set c1 address {two.host.mac}")
    assert device(two)["address"] == two.host.mac


@pytest.mark.parametrize("command, words", [
    ("link set c1 address 02:00:00:00:00:99", ["Operation not supported"]),
    ("link set c1 mtu 1501", ["1501", "eth0"]),
    ("link set c1 name lo", ["lo", "File exists"]),
    ("link set c1 mtu 1400 name lo", ["lo", "File exists"]),
    ("link set c1 type macvlan mode bridge", ["c1",
                                              "Operation not supported"]),
    ("link set c1 type ipvtap mode l2", ["c1", "Operation not supported"]),
])
def test_what_is_refused_changes_nothing(two, command, words):
    if " name " in command:
        # Before 6.2 that the link is up is the reason, whatever the name.
        two.bv("link set c1 down")
    before = two.snapshot()
    done = two.try_bv(command)
    assert (done.rc, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert all(word in done.err for word in words), done.err
    assert two.snapshot() == before


def test_a_new_slave_with_another_mac_is_refused(two):
    two.spaces("c3")
    before = two.snapshot()
    done = two.try_bv("link add link eth0 name c3 address 02:00:00:00:00:99 "
                      f"netns {two.name('c3')} type ipvlan mode l2")
    assert done.rc == 2 and "Operation not supported" in done.err
    assert two.snapshot() == before


def test_of_two_slaves_of_one_name_the_netns_says_which(live_lab):
    lab = live_lab
    lab.spaces("c1", "c2")
    lab.batch([f"link add link eth0 name eth0 netns {lab.name(label)} "
               "type ipvlan mode l2" for label in ("c1", "c2")])
    done = lab.try_bv("link set eth0 mtu 1400")
    assert done.rc == 2 and "netns" in done.err
    lab.bv(f"link set eth0 netns {lab.name('c2')} mtu 1400")
    assert device(lab, "eth0", "c1")["mtu"] == 1500
    assert device(lab, "eth0", "c2")["mtu"] == 1400
    lab.bv(f"link del eth0 netns {lab.name('c1')}")
    assert [e["netns"] for e in lab.slaves_json()] == [lab.name("c2")]
