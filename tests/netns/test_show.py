# SPDX-License-Identifier: GPL-2.0-or-later
"""link, addr and master show: what ip(8) would say, and what only we know."""

import pytest

from frames import FOREIGN, echo4

# Keys that are about the veth underneath, and not what we say about a slave.
OWN_KEYS = {"link", "link_index", "link_netnsid", "netns", "linkinfo",
            "ifindex"}


@pytest.fixture
def two(live_lab):
    live_lab.slaves("c1", extra="private")
    live_lab.slaves("c2", extra="host off")
    return live_lab


@pytest.mark.core
def test_json_agrees_with_ip_key_by_key(two):
    for label in ("c1", "c2"):
        theirs = two.ip_json(label, f"link show {label}")[0]
        ours, = two.slaves_json("-d", label)
        assert ours["ifindex"] == theirs["ifindex"]
        common = [key for key in theirs if key not in OWN_KEYS]
        # An older ip(8) does not know all.
        assert [key for key in ours if key in common] == common
        assert {key: ours[key] for key in common} == {
            key: theirs[key] for key in common}


@pytest.mark.core
def test_json_says_what_ip_says_of_the_drivers_slaves(two):
    first, second = two.slaves_json("-d")
    assert first["link"] == second["link"] == "eth0"
    assert first["netns"] == two.name("c1")
    assert first["linkinfo"]["info_kind"] == "ipvlan"
    data = first["linkinfo"]["info_data"]
    assert (data["mode"], data["private"], data["host"]) == ("l2", True, True)
    assert "bridge" not in data and "vepa" not in data
    assert second["linkinfo"]["info_data"]["host"] is False


@pytest.mark.core
def test_counters_agree_with_ip(two):
    two.ping("c1", two.wire.ip4, count=5)
    theirs = two.ip_json("c1", "-s link show c1")[0]["stats64"]
    ours = two.slaves_json("-s", "c1")[0]["stats64"]
    for way in ("rx", "tx"):
        assert set(theirs[way]) <= set(ours[way])
        # A frame may come between the two looks.
        assert 5 <= theirs[way]["packets"] <= ours[way]["packets"]


@pytest.mark.core
def test_drops_are_shown_by_reason_in_json_and_text(lab):
    lab.slaves("c1", "c2")
    with lab.watch() as net:
        net.exchange("c1", *[echo4(lab.c1, lab.c2, lab.c2.mac,
                                   src_mac=FOREIGN)] * 3)
    shown, = lab.slaves_json("-s", "c1")
    assert shown["drops"] == {"foreign_mac": 3}
    assert lab.slaves_json("-s", "c2")[0]["drops"] == {}
    assert "drops" not in lab.slaves_json("", "c1")[0]
    text = lab.bv("-s link show c1").out
    assert "drops: foreign_mac 3" in text


def test_text_begins_as_ip_does(two):
    lines = two.bv("-d link show c1").out.splitlines()
    entry, = two.slaves_json("-d", "c1")
    assert lines[0].startswith(f"{entry['ifindex']}: c1@eth0: <BROADCAST,"
                               "MULTICAST,UP,LOWER_UP> mtu 1500 qdisc ")
    assert lines[1].startswith(f"    link/ether {two.host.mac} brd "
                               "ff:ff:ff:ff:ff:ff")
    assert lines[2].startswith("    ipvlan  mode l2 private ")


def test_a_master_that_is_down_is_shown(two):
    assert "M-DOWN" not in two.slaves_json("", "c1")[0]["flags"]
    two.ip("host", "link set eth0 down")
    assert two.slaves_json("", "c1")[0]["flags"][-1] == "M-DOWN"
    assert ",M-DOWN> mtu" in two.bv("link show c1").out


def test_pretty_json_is_the_same_json(two):
    plain, pretty = two.bv("-d -j link show"), two.bv("-d -j -p link show")
    assert plain.out.count("\n") == 1 < pretty.out.count("\n")
    assert plain.json == pretty.json


def test_filters(two):
    def shown(what):
        return [e["ifname"] for e in two.slaves_json("", what)]
    assert shown("") == ["c1", "c2"]
    assert shown("c2") == shown("dev c2") == ["c2"]
    assert shown(f"netns {two.name('c1')}") == ["c1"]
    assert shown("link eth0") == ["c1", "c2"]
    assert shown("link nosuch") == []
    done = two.try_bv("link show nosuch")
    assert (done.rc, done.err) == (1, 'Device "nosuch" does not exist.\n')


def test_nothing_is_shown_where_there_is_nothing(live_lab):
    for what in ("link", "addr", "master"):
        assert live_lab.bv(f"-j {what} show").json == []
        assert live_lab.bv(f"{what} show").out == ""


def test_master_show(two):
    master, = two.bv("-j master show").json
    assert master["ifname"] == "eth0"
    assert master["slaves"] == 2
    assert master["maxslaves"] == 4096
    assert master["maxaddrs"] == 16384
    assert 100_000 < master["memory"] < 64_000_000


def test_addresses_are_shown_with_their_origin(two):
    entry, = two.bv("-j addr show c1").json
    assert entry["ifname"] == "c1"
    static = [a for a in entry["addr_info"] if a["origin"] == "static"]
    assert [(a["family"], a["local"], a["prefixlen"], a["scope"])
            for a in static] == [
        ("inet", two.c1.ip4, 24, "global"), ("inet6", two.c1.ip6, 64,
                                             "global")]
    text = two.bv("addr show c1").out
    assert f"    inet {two.c1.ip4}/24 scope global static" in text


def test_show_does_not_change_or_need_the_lock(two):
    before = two.snapshot()
    two.bv("-d -s link show")
    two.bv("-d -s addr show")
    two.bv("-s master show")
    assert two.snapshot() == before
