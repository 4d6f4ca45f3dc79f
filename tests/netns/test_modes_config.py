# SPDX-License-Identifier: GPL-2.0-or-later
"""Modes and switches: what goes together, what a slave has in each mode."""

import itertools

import pytest

import netns
from lab import wait_running, wait_usable
from modes import MODES, info, state

PROXY = '"proxy on" is for l3 and l3s: an l2 slave answers for itself'
ARP = '"arp flood" is for l2: an l3 or l3s slave has no ARP'
NOMINEE = '"nominee on" is for l3'

# (what c1 is, what is asked of it, why not)
CONTRADICTIONS = [
    ("mode l2", "proxy on", PROXY),
    ("mode l2", "nominee on", NOMINEE),
    ("mode l3s", "nominee on", NOMINEE),
    ("mode l3", "arp flood", ARP),
    ("mode l3s", "arp flood", ARP),
    ("mode l3 proxy on", "mode l2", PROXY),
    ("mode l3s proxy on", "mode l2", PROXY),
    ("mode l3 nominee on", "mode l2", NOMINEE),
    ("mode l3 nominee on", "mode l3s", NOMINEE),
    ("mode l2 arp flood", "mode l3", ARP),
    ("mode l2 arp flood", "mode l3s", ARP),
    ("mode l2", "mode l3 arp flood", ARP),
    ("mode l2", "mode l3s nominee on", NOMINEE),
    ("mode l3", "mode l2 proxy on", PROXY),
    ("mode l3 nominee on proxy on", "mode l2 nominee off", PROXY),
]
NEW = [("mode l2 proxy on", PROXY), ("mode l2 nominee on", NOMINEE),
       ("mode l3s nominee on", NOMINEE), ("mode l3 arp flood", ARP),
       ("arp flood", ARP), ("mode l3s arp flood", ARP)]


def seen(lab):
    return lab.snapshot(), lab.bv("-d link show").out


def refused(lab, command, line):
    before = seen(lab)
    done = lab.try_bv(command)
    assert (done.rc, done.out, done.err) == (2, "", f"Error: {line}.\n")
    assert seen(lab) == before


def slave(lab, words, name="c1"):
    lab.spaces(name)
    lab.bv(f"link add link eth0 name {name} netns {lab.name(name)} up "
           f"type ipvlan {words}")


@pytest.mark.parametrize("words, change, why", CONTRADICTIONS,
                         ids=[f"{a}, {b}" for a, b, _ in CONTRADICTIONS])
def test_a_change_that_contradicts_itself_changes_nothing(
        live_lab, words, change, why):
    slave(live_lab, words)
    refused(live_lab, f"link set c1 type ipvlan {change}", f'"c1": {why}')
    refused(live_lab, f"link set c1 mtu 1400 name c9 down type ipvlan "
            f"private host off {change}", f'"c1": {why}')


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("words, why", NEW, ids=[words for words, _ in NEW])
def test_a_slave_that_contradicts_itself_is_not_made(
        live_lab, words, why, first):
    if not first:
        slave(live_lab, "mode l2", "c2")
    live_lab.spaces("c1")
    refused(live_lab, f"link add link eth0 name c1 "
            f"netns {live_lab.name('c1')} up type ipvlan {words}",
            f'"c1": {why}')


@pytest.mark.parametrize("words, change, after", [
    ("mode l3 proxy on nominee on", "mode l2 proxy off nominee off",
     ("l2", "filter", False, False)),
    ("mode l3 proxy on nominee on", "mode l3s nominee off",
     ("l3s", "filter", True, False)),
    ("mode l2 arp flood", "mode l3 arp filter proxy on nominee on",
     ("l3", "filter", True, True)),
    ("mode l3s proxy on", "mode l3", ("l3", "filter", True, False)),
    ("mode l3", "mode l2 arp flood", ("l2", "flood", False, False)),
    ("", "private", ("l3", "filter", False, False)),
])
def test_one_command_may_take_back_what_the_new_mode_does_not_have(
        live_lab, words, change, after):
    slave(live_lab, words)
    live_lab.bv(f"link set c1 type ipvlan {change}")
    data = info(live_lab, "c1")
    assert (data["mode"], data["arp"], data["proxy"],
            data["nominee"]) == after


def test_without_a_word_it_is_l3(live_lab):
    slave(live_lab, "")
    assert info(live_lab, "c1")["mode"] == "l3"
    entry, = live_lab.slaves_json("", "c1")
    assert "NOARP" in entry["flags"]


# One nominee

def test_a_second_nominee_is_refused_by_the_name_of_the_first(live_lab):
    lab = live_lab
    slave(lab, "mode l3 nominee on", "c1")
    slave(lab, "mode l3", "c2")
    lab.ip("c1", "link set c1 down", "link set c1 name web")
    lab.spaces("c3")
    why = ('eth0 has a nominee, slave "web": Device or resource busy')
    refused(lab, "link set c2 type ipvlan nominee on", why)
    refused(lab, "link set c2 type ipvlan private nominee on", why)
    refused(lab, f"link add link eth0 name c3 netns {lab.name('c3')} "
            "type ipvlan mode l3 nominee on", why)
    lab.bv("link set web type ipvlan nominee on")
    assert info(lab, "web")["nominee"]


@pytest.mark.parametrize("end", [
    "link set c1 type ipvlan nominee off",
    "link set c1 type ipvlan mode l2 nominee off",
    "link del c1", "the namespace goes"])
def test_another_may_be_nominee_when_the_first_is_none(live_lab, end):
    lab = live_lab
    slave(lab, "mode l3 nominee on", "c1")
    slave(lab, "mode l3", "c2")
    if end.startswith("link"):
        lab.bv(end)
    else:
        lab.drop_space("c1")
        netns.wait_for_change(lab.name("host"),
                            lambda: len(lab.slaves_json()) == 1, "c1 is gone")
    lab.bv("link set c2 type ipvlan nominee on")
    assert info(lab, "c2")["nominee"]
    assert [e["ifname"] for e in lab.slaves_json("-d")
            if e["linkinfo"]["info_data"]["nominee"]] == ["c2"]


def test_each_master_has_a_nominee_of_its_own(live_lab):
    lab = live_lab
    lab.ip("host", "link add eth9 type veth peer name eth9p",
           "link set eth9 up")
    slave(lab, "mode l3 nominee on", "c1")
    lab.spaces("c2")
    lab.bv(f"link add link eth9 name c2 netns {lab.name('c2')} "
           "type ipvlan mode l3 nominee on")
    assert info(lab, "c1")["nominee"] and info(lab, "c2")["nominee"]


# What a slave has in each mode

@pytest.mark.core
def test_l2_has_arp_and_a_mute_host_end(live_lab):
    slave(live_lab, "mode l2")
    is_ = state(live_lab, "c1")
    assert is_["slave"][0] == ["BROADCAST", "MULTICAST", "UP"]
    flags, conf = is_["host end"]
    assert flags == ["BROADCAST", "MULTICAST", "UP"]
    assert (conf["ipv6/disable_ipv6"], conf["ipv4/forwarding"]) == ("1", "0")


@pytest.mark.core
@pytest.mark.parametrize("mode, host_flags", [
    ("l3", ["BROADCAST", "UP"]), ("l3s", ["BROADCAST", "NOARP", "UP"])])
@pytest.mark.parametrize("up", ["up", "down"])
def test_routed_slaves_have_no_arp_and_a_host_end_that_forwards(
        live_lab, mode, host_flags, up):
    live_lab.spaces("c1")
    live_lab.bv(f"link add link eth0 name c1 netns {live_lab.name('c1')} "
                f"{up} type ipvlan mode {mode}")
    is_ = state(live_lab, "c1")
    assert is_["slave"][0] == ["BROADCAST", "MULTICAST", "NOARP", "UP"][
        :4 if up == "up" else 3]
    flags, conf = is_["host end"]
    assert flags == host_flags
    assert {key: conf[key] for key in (
        "ipv4/forwarding", "ipv4/rp_filter", "ipv4/send_redirects",
        "ipv6/forwarding", "ipv6/disable_ipv6", "ipv6/addr_gen_mode",
        "ipv6/accept_ra")} == {
            "ipv4/forwarding": "1", "ipv4/rp_filter": "0",
            "ipv4/send_redirects": "0", "ipv6/forwarding": "1",
            "ipv6/disable_ipv6": "0", "ipv6/addr_gen_mode": "1",
            "ipv6/accept_ra": "0"}
    assert conf.get("ipv6/force_forwarding", "1") == "1"


def groups6(lab, dev):
    """Multicast groups that the host's IPv6 has joined on a device."""
    with netns.inside(lab.name("host")), \
            open("/proc/thread-self/net/igmp6", encoding="ascii") as file:
        return {words[2] for words in map(str.split, file)
                if words[1] == dev}


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_the_host_end_of_a_routed_slave_has_nothing_to_say(live_lab, mode):
    """No address to announce, and no group that MLD would report."""
    lab = live_lab
    lab.slaves("c1", mode=mode)
    dev = lab.host_dev("c1")
    netns.wait_for_change(
        lab.name("host"),
        lambda: lab.ip_json("host", f"link show {dev}")[0]["operstate"]
        == "UP", "the host end has a carrier")
    link, = lab.ip_json("host", f"addr show {dev}")
    assert link["addr_info"] == []
    # ff02::1 is never reported (RFC 3810, section 6).
    assert groups6(lab, dev) <= {"ff02" + "0" * 27 + "1",
                                 "ff01" + "0" * 27 + "1"}


@pytest.mark.parametrize("how", ["made", "set"])
@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_addresses_of_routed_slaves_are_usable_at_once(live_lab, mode, how):
    """Without ARP there is no DAD, and no random delay before it."""
    lab = live_lab
    lab.spaces("c1")
    delay = "ipv6/conf/default/router_solicitation_delay"
    netns.sysctl(lab.name("c1"), {delay: 3600})
    if how == "made":
        slave(lab, f"mode {mode}")
    else:
        lab.bv(f"link add link eth0 name c1 netns {lab.name('c1')} "
               "type ipvlan mode l2")
        lab.bv(f"link set c1 up type ipvlan mode {mode}")
    wait_running(lab.name("c1"), "c1")
    wait_usable(lab.name("c1"))
    link, = lab.ip_json("c1", "-6 addr show c1")
    assert [a["scope"] for a in link["addr_info"]] == ["link"]


def test_a_master_too_small_for_ipv6(live_lab):
    """Below 1280 bytes a device has no IPv6, and no settings for it."""
    lab = live_lab
    lab.ip("host", "link set eth0 mtu 1000")
    for name, mode in (("c2", "l2"), ("c3", "l3"), ("c4", "l3s")):
        slave(lab, f"mode {mode}", name)
        lab.bv(f"link set {name} type ipvlan mode l2")
        lab.bv(f"link set {name} type ipvlan mode l3s")
        assert lab.conf(lab.host_dev(name))["ipv4/forwarding"] == "1"


@pytest.mark.parametrize("old, new", itertools.permutations(MODES, 2))
def test_a_changed_slave_is_like_one_made_so(live_lab, old, new):
    lab = live_lab
    lab.slaves("c1", mode=old)
    lab.slaves("c2", mode=new)
    lab.bv(f"link set c1 type ipvlan mode {new}")
    assert info(lab, "c1")["mode"] == new
    assert state(lab, "c1") == state(lab, "c2")
    # ...and back
    lab.bv(f"link set c2 type ipvlan mode {old}")
    lab.bv(f"link set c1 type ipvlan mode {old}")
    assert state(lab, "c1") == state(lab, "c2")


def test_settings_of_new_devices_are_what_l2_goes_back_to(live_lab):
    lab = live_lab
    netns.sysctl(lab.name("host"), {
        "ipv4/conf/default/rp_filter": 1, "ipv4/conf/default/forwarding": 1,
        "ipv6/conf/default/accept_ra": 2, "ipv6/conf/default/accept_dad": 2})
    lab.slaves("c1", "c2")
    made = state(lab, "c2")
    lab.bv("link set c1 type ipvlan mode l3s")
    assert state(lab, "c1") != made
    lab.bv("link set c1 type ipvlan mode l2")
    assert state(lab, "c1") == made
