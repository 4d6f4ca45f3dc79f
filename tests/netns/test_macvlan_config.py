# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves of macvlan, made and changed; what ip(8) says is what counts."""

import pytest

import syscalls
from lab import devices
from macvlan import GIVEN, add, add_line, die, info, link, mac, taken
from modes import check_refused
from test_modes_live import readonly_sysctls

pytestmark = pytest.mark.hooks("tcx")
MODES = ("private", "vepa", "bridge", "passthru", "source")
ONE, TWO, THREE = (GIVEN.format(n) for n in (0x11, 0x12, 0x13))
IN_USE = "Address already in use"


@pytest.fixture
def lab(live_lab):
    live_lab.spaces("c", "d")
    return live_lab


def seen(lab):
    return lab.snapshot(), lab.bv("-d link show").out, taken(lab)


def refused(lab, command, words, **popen):
    check_refused(lab, seen, command, words, **popen)


@pytest.mark.parametrize("mode", MODES)
def test_a_slave_of_each_mode_comes_and_goes(lab, mode):
    before = seen(lab)
    add(lab, "m", f"mode {mode}", common="up")
    data = info(lab, "m")
    assert data["mode"] == mode
    assert "UP" in link(lab, "m", "c")["flags"]
    assert (data["host"], data["arp"]) == (True, "flood")
    lab.bv("link del m")
    assert seen(lab) == before


def test_the_default_is_vepa_and_a_random_mac(lab):
    for name in ("m1", "m2"):
        add(lab, name)
        assert info(lab, name)["mode"] == "vepa"
    macs = {mac(lab, name) for name in ("m1", "m2")}
    assert len(macs) == 2 and lab.host.mac not in macs
    for address in macs:
        assert int(address[:2], 16) & 3 == 2


@pytest.mark.core
def test_host_end_and_slave_have_their_macs(lab):
    add(lab, "m", "mode bridge", common=f"address {ONE}")
    assert mac(lab, "m") == ONE
    assert mac(lab, lab.host_dev("m"), "host") == lab.host.mac
    assert link(lab, "m", "c")["mtu"] == 1500
    assert link(lab, "m", "c")["inet6_addr_gen_mode"] == "eui64"


def test_other_words_are_as_for_ipvlan(lab):
    add(lab, "m", "mode private host off arp filter via veth "
        "maxslaves 20 maxaddrs 50", common="mtu 1400")
    data = info(lab, "m")
    assert (data["host"], data["arp"], data["via"]) == (False, "filter",
                                                        "veth")
    assert link(lab, "m", "c")["mtu"] == 1400
    entry, = lab.bv("-j master show").json
    assert (entry["maxslaves"], entry["maxaddrs"]) == (20, 50)


@pytest.mark.parametrize("common, words, errors", [
    (f"address {ONE}", "", [IN_USE, "another slave"]),
    ("address {master}", "", [IN_USE, "eth0"]),
    ("address 01:00:00:00:00:01", "", ["Cannot assign requested address"]),
    ("address 00:00:00:00:00:00", "", ["Cannot assign requested address"]),
    ("mtu 1501", "", ["1501", "Invalid argument"]),
    ("", "mode passthru", ["Invalid argument"]),
    ("", f"mode bridge macaddr add {TWO}", ["Invalid argument"]),
    ("", "mode source macaddr add 01:00:00:00:00:01",
     ["Cannot assign requested address"]),
])
def test_what_is_refused_changes_nothing(lab, common, words, errors):
    add(lab, "m", "mode bridge", common=f"address {ONE}")
    common = common.format(master=lab.host.mac)
    refused(lab, add_line(lab, "n", words, common=common), errors)


def test_a_mac_is_free_again_after_its_slave(lab):
    for where in ("c", "d"):
        add(lab, "m", common=f"address {ONE}", where=where)
        lab.bv("link del m")
    add(lab, "m", common=f"address {ONE}", where="d")
    die(lab, "d")
    add(lab, "m", common=f"address {ONE}")
    assert taken(lab) == {ONE}


@pytest.mark.core
def test_both_families_on_one_master(lab):
    add(lab, "m", "mode bridge")
    lab.bv("link add link eth0 name i type ipvlan mode l2")
    assert {e["ifname"]: e["linkinfo"]["info_kind"]
            for e in lab.slaves_json("-d")} == {"m": "macvlan", "i": "ipvlan"}
    assert mac(lab, "i", "host") == lab.host.mac
    refused(lab, "link set m type ipvlan", ["Operation not supported"])
    refused(lab, "link set i type macvlan", ["Operation not supported"])
    lab.bv("link set m type macvlan arp filter")
    lab.bv("link set i type ipvlan arp flood")


# Changes while it runs

@pytest.mark.core
def test_modes_change_but_not_to_or_from_passthru(lab):
    add(lab, "m", "mode bridge")
    for mode in ("private", "vepa", "source", "bridge"):
        lab.bv(f"link set m type macvlan mode {mode}")
        assert info(lab, "m")["mode"] == mode
    refused(lab, "link set m type macvlan mode passthru",
            ["Invalid argument"])
    lab.bv("link del m")
    add(lab, "m", "mode passthru")
    refused(lab, "link set m type macvlan mode bridge", ["Invalid argument"])


@pytest.mark.core
def test_a_mac_changes_while_the_slave_is_up(lab):
    add(lab, "m", common=f"up address {ONE}")
    add(lab, "n", common=f"address {THREE}")
    lab.bv(f"link set m address {TWO}")
    assert (mac(lab, "m"), taken(lab)) == (TWO, {TWO, THREE})
    lab.bv(f"link set m address {TWO}")
    refused(lab, f"link set m address {THREE}", [IN_USE])
    refused(lab, f"link set m address {lab.host.mac}", [IN_USE])
    refused(lab, "link set m address 03:00:00:00:00:01",
            ["Cannot assign requested address"])
    lab.bv(f"link set n address {ONE}")
    assert taken(lab) == {TWO, ONE}


def test_a_change_whose_rename_fails_is_undone(lab):
    add(lab, "m", f"mode source macaddr add {TWO} bcqueuelen 7 bclim 3",
        common=f"address {ONE}")
    refused(lab, f"link set m name lo mtu 1300 address {THREE} type macvlan "
            f"mode source nodst macaddr set {ONE} {THREE} bcqueuelen 9 "
            "bclim -1", ["lo", "File exists"])
    refused(lab, "link set m name lo type macvlan mode bridge", ["lo"])


def test_a_change_whose_table_fails_is_undone(lab):
    add(lab, "m", f"mode source macaddr set {TWO} {THREE}")
    for command, words in (
            (f"link set m address {ONE}", "table of MACs"),
            (f"link set m type macvlan macaddr set {ONE}",
             "cannot change the list")):
        refused(lab, command, [words, "Cannot allocate memory"],
                preexec_fn=syscalls.refuse_bpf("ENOMEM",
                                               syscalls.BPF_MAP_UPDATE_ELEM))


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("mode", ["bridge", "passthru"])
def test_a_slave_whose_settings_fail_is_not_made(lab, mode, first):
    if not first and mode == "passthru":
        lab.bv("link add link eth0 name i type ipvlan mode l2")
        lab.bv("link del i")
    elif not first:
        add(lab, "m", common=f"address {ONE}")
    refused(lab, add_line(lab, "n", f"mode {mode}", where=None, common="up"),
            ["Read-only file system"], preexec_fn=readonly_sysctls)


def test_a_slave_whose_table_fails_is_not_made(lab):
    add(lab, "m", common=f"address {ONE}")
    refused(lab, add_line(lab, "n", "mode bridge"), ["table of MACs"],
            preexec_fn=syscalls.refuse_bpf("ENOMEM",
                                           syscalls.BPF_MAP_UPDATE_ELEM))


def test_flags_are_given_all_at_once(lab):
    add(lab, "m", "mode source nodst")
    assert info(lab, "m")["nodst"] is True
    lab.bv("link set m type macvlan mode source")
    assert info(lab, "m")["nodst"] is True
    lab.bv("link set m type macvlan flag null")
    assert "nodst" not in info(lab, "m")
    lab.bv("link set m type macvlan flag nodst")
    assert info(lab, "m")["nodst"] is True


# The list of mode source

def listed(lab, name):
    data = info(lab, name)
    assert data["macaddr_count"] == len(data.get("macaddr_data", []))
    return data.get("macaddr_data", [])


@pytest.mark.core
def test_the_list_of_a_source(lab):
    add(lab, "m", f"mode source macaddr set {TWO} {ONE}")
    for words, expected in (
            ("", [ONE, TWO]), (f"macaddr add {THREE}", [ONE, TWO, THREE]),
            (f"macaddr add {THREE}", [ONE, TWO, THREE]),
            (f"macaddr del {ONE}", [TWO, THREE]),
            (f"macaddr del {ONE}", [TWO, THREE]),
            (f"macaddr set {ONE} {THREE}", [ONE, THREE]),
            ("macaddr set", []), (f"macaddr add {ONE}", [ONE]),
            ("macaddr flush", [])):
        lab.bv(f"link set m type macvlan mode source {words}")
        assert listed(lab, "m") == expected, words
    # None of it is the master's to take.
    assert taken(lab) == {mac(lab, "m")}


def test_the_list_is_forgotten_with_the_mode(lab):
    add(lab, "m", f"mode source macaddr add {TWO}")
    lab.bv("link set m type macvlan mode bridge")
    lab.bv("link set m type macvlan mode source")
    assert listed(lab, "m") == []


def test_a_mac_is_on_the_lists_of_64_slaves(lab):
    lab.batch([add_line(lab, f"m{i}", f"mode source macaddr set {ONE} {TWO}")
               for i in range(64)])
    refused(lab, add_line(lab, "n", f"mode source macaddr set {THREE} {ONE}"),
            ["64", "No space left on device"])
    add(lab, "n", f"mode source macaddr add {THREE}")
    refused(lab, f"link set n type macvlan macaddr set {ONE} {GIVEN.format(9)}",
            ["No space left on device"])
    assert listed(lab, "n") == [THREE]
    # Whoever is in the middle goes; there is room for one again.
    lab.bv("link del m7")
    lab.bv(f"link set n type macvlan macaddr set {ONE}")
    lab.bv("link set m63 type macvlan mode vepa")
    lab.bv(f"link set n type macvlan macaddr add {TWO}")
    assert listed(lab, "n") == [ONE, TWO]
    assert all(listed(lab, f"m{i}") == [ONE, TWO] for i in range(63)
               if i != 7)


def test_the_list_of_a_slave_that_died_is_nobodys(lab):
    add(lab, "m", f"mode source macaddr add {ONE}", where="d")
    die(lab, "d")
    add(lab, "n", "mode source")
    assert info(lab, "n")["slot"] == 1
    assert listed(lab, "n") == []


# The queue of copies

@pytest.mark.core
def test_the_longest_queue_that_is_asked_for(lab):
    add(lab, "m", "bcqueuelen 0")
    assert (info(lab, "m")["bcqueuelen"],
            info(lab, "m")["usedbcqueuelen"]) == (0, 0)
    add(lab, "n", "bcqueuelen 50")
    assert info(lab, "m")["usedbcqueuelen"] == 50
    lab.bv("link set m type macvlan bcqueuelen 4294967295")
    assert (info(lab, "m")["bcqueuelen"],
            info(lab, "n")["usedbcqueuelen"]) == (4294967295, 128)
    lab.bv("link del m")
    assert info(lab, "n")["usedbcqueuelen"] == 50
    # Who says nothing is content with 1000.
    lab.bv("link add link eth0 name i type ipvlan mode l2")
    assert info(lab, "n")["usedbcqueuelen"] == 128


def test_the_last_limit_is_the_masters(lab):
    add(lab, "m", "bclim 3")
    add(lab, "n")
    assert [info(lab, name)["bclim"] for name in ("m", "n")] == [3, 3]
    lab.bv("link set n type macvlan bclim -1")
    assert info(lab, "m")["bclim"] == -1
    lab.bv("link set n type macvlan bclim 15")
    assert "bclim" not in info(lab, "m")


def test_a_limit_of_none_needs_the_copier(lab):
    add(lab, "m")
    copier = {name for name in devices(lab.name("host"))
              if name.endswith((".0", ".q"))}
    assert not copier
    lab.bv("link set m type macvlan bclim 0")
    number = link(lab, "eth0")["ifindex"]
    assert {f"bv{number}.0", f"bv{number}.q"} <= set(
        devices(lab.name("host")))


# Lives

@pytest.mark.core
def test_renamed_moved_and_deleted_by_others(lab):
    add(lab, "m", "mode bridge", common=f"address {ONE}")
    lab.ip("c", "link set dev m name x")
    assert info(lab, "x")["mode"] == "bridge"
    lab.ip("c", f"link set x netns {lab.name('d')}")
    lab.bv("link set x up")
    assert "UP" in link(lab, "x", "d")["flags"]
    assert mac(lab, "x", "d") == ONE
    lab.ip("d", "link del x")
    assert lab.slaves_json() == []
    add(lab, "y", common=f"address {ONE}")
    lab.bv("link del y")
    assert taken(lab) == set()


def test_the_master_is_deleted(lab):
    add(lab, "m")
    lab.ip("host", "link del eth0")
    lab.try_bv("link del nobody")
    assert [e["ifname"] for e in lab.ip_json("c", "link show")] == ["lo"]


def test_mtu_and_mac_of_the_master(lab):
    add(lab, "m", common=f"address {ONE} mtu 1400")
    add(lab, "n", common=f"address {TWO}")
    lab.ip("host", f"link set eth0 address {THREE}", "link set eth0 mtu 1450")
    lab.bv("link set m up")
    assert [link(lab, name, "c")["mtu"] for name in ("m", "n")] == [1400, 1450]
    assert [mac(lab, name) for name in ("m", "n")] == [ONE, TWO]
    assert mac(lab, lab.host_dev("m"), "host") == THREE
    lab.ip("host", "link set eth0 mtu 1500")
    lab.bv("link set m up")
    assert link(lab, "n", "c")["mtu"] == 1450


def test_a_hundred_in_a_batch(lab):
    lab.batch([add_line(lab, f"m{i}", "mode bridge", common="up")
               for i in range(100)])
    assert taken(lab) == {mac(lab, f"m{i}") for i in range(100)}
    lab.batch([f"link set m{i} type macvlan mode private"
               for i in range(100)])
    assert {e["linkinfo"]["info_data"]["mode"]
            for e in lab.slaves_json("-d")} == {"private"}
    lab.batch([f"link del m{i}" for i in range(100)])
    assert (taken(lab), lab.bv("-j master show").json) == (set(), [])
