# SPDX-License-Identifier: GPL-2.0-or-later
"""addr add, del and show: one owner per address and master."""

import pytest

import masters


@pytest.fixture
def two(live_lab):
    live_lab.slaves("c1", "c2", addrs=False)
    return live_lab


def static(lab):
    return [a for a in lab.addresses() if a[3] == "static"]


def configured(lab, label):
    """Global addresses on the slave's device, as ip(8) says."""
    return {f"{a['local']}/{a['prefixlen']}"
            for link in lab.ip_json(label, f"addr show dev {label}")
            for a in link["addr_info"] if a["scope"] == "global"}


@pytest.mark.core
@pytest.mark.parametrize("address", ["10.77.0.11/24", "fd77::11/64"])
def test_add_registers_and_configures_and_del_undoes_both(two, address):
    ip, plen = address.split("/")
    two.bv(f"addr add {address} dev c1")
    assert static(two) == [(ip, int(plen), "c1", "static")]
    assert configured(two, "c1") == {address}
    two.bv(f"addr del {address} dev c1")
    assert ip not in two.owners()
    assert configured(two, "c1") == set()


def test_without_a_prefix_length_it_is_the_hosts_own(two):
    two.batch(["addr add 10.77.0.11 dev c1", "addr add fd77::11 dev c1"])
    assert configured(two, "c1") == {"10.77.0.11/32", "fd77::11/128"}


def test_del_without_a_prefix_length_takes_what_there_is(two):
    two.batch(["addr add 10.77.0.11/24 dev c1", "addr add fd77::11/64 dev c1",
               "addr del 10.77.0.11 dev c1", "addr del fd77::11 dev c1"])
    assert (configured(two, "c1"), two.owners()) == (set(), {})


def test_del_takes_no_other_address_of_the_subnet_along(two):
    two.batch(["addr add 10.77.0.11/24 dev c1", "addr add 10.77.0.13/24 dev c1",
               "addr del 10.77.0.11 dev c1"])
    assert configured(two, "c1") == {"10.77.0.13/24"}
    assert static(two) == [("10.77.0.13", 24, "c1", "static")]


def refused(lab, command, rc, *words):
    """The command fails, says so in one line with words, changes nothing."""
    before = lab.snapshot(), lab.owners()
    done = lab.try_bv(command)
    assert (done.rc, done.out) == (rc, ""), done
    assert done.err.count("\n") == 1 and done.err.endswith("\n"), done.err
    for word in words:
        assert word in done.err, done.err
    assert (lab.snapshot(), lab.owners()) == before


@pytest.mark.parametrize("address", ["10.77.0.11/24", "fd77::11/64"])
def test_a_second_owner_is_refused(two, address):
    two.bv(f"addr add {address} dev c1")
    ip = address.split("/")[0]
    refused(two, f"addr add {address} dev c2", 2, ip, "Address already in use")
    refused(two, f"addr add {ip} dev c2", 2, ip, "Address already in use")
    refused(two, f"addr add {address} dev c1", 2, ip, "File exists")


@pytest.mark.parametrize("address", ["10.77.0.2/24", "fd77::2/64"])
def test_the_masters_own_address_is_refused(two, address):
    refused(two, f"addr add {address} dev c1", 2, "Address already in use")


def test_an_address_the_master_got_later_is_refused_too(two):
    two.ip("host", "addr add 10.77.0.200/24 dev eth0")
    refused(two, "addr add 10.77.0.200/24 dev c1", 2,
            "Address already in use")
    two.ip("host", "addr del 10.77.0.200/24 dev eth0")
    two.bv("addr add 10.77.0.200/24 dev c1")


def test_an_address_that_a_sibling_uses_unregistered_is_refused(two):
    two.ip("c1", "addr add 10.77.0.11/24 dev c1")
    assert two.ping("c1", two.host.ip4)
    refused(two, "addr add 10.77.0.11/24 dev c2", 2, "Address already in use")


@pytest.mark.parametrize("address", ["10.77.0.11/24", "fd77::11/64"])
def test_an_address_can_be_used_again_after_del(two, address):
    two.bv(f"addr add {address} dev c1")
    two.bv(f"addr del {address} dev c1")
    two.bv(f"addr add {address} dev c2")
    assert two.owners() == {address.split("/")[0]: "c2"}
    assert two.ping("wire", address.split("/")[0])


@pytest.mark.core
def test_addresses_go_with_their_slave(two):
    two.bv("addr add 10.77.0.11/24 dev c1")
    two.bv("link del c1")
    two.bv("addr add 10.77.0.11/24 dev c2")
    assert two.ping("wire", "10.77.0.11")


def test_two_masters_have_two_tables(live_lab):
    lab = live_lab
    masters.veth(lab, 1)
    lab.slaves("c1")
    lab.slaves("d1", lan="eth1")
    lab.batch(["addr add 10.77.5.1/24 dev c1", "addr add 10.77.5.1/24 dev d1"])
    assert sorted(lab.addresses()) == sorted(
        lab.addresses("c1") + lab.addresses("d1"))
    assert [a[2] for a in lab.addresses() if a[0] == "10.77.5.1"] == [
        "c1", "d1"]


@pytest.mark.parametrize("address", [
    "0.0.0.0", "127.0.0.1/8", "224.0.0.1", "255.255.255.255", "::", "::1",
    "ff02::1"])
def test_an_address_that_no_host_can_have_is_refused(two, address):
    refused(two, f"addr add {address} dev c1", 2, address.split("/")[0])


def test_del_of_what_is_not_there_is_refused(two):
    two.bv("addr add 10.77.0.11/24 dev c1")
    refused(two, "addr del 10.77.0.12/24 dev c1", 2, "10.77.0.12")
    refused(two, "addr del 10.77.0.11/24 dev c2", 2, "10.77.0.11")


def test_del_with_another_prefix_length_is_refused(two):
    two.batch(["addr add 10.77.0.11/24 dev c1", "addr add fd77::11/64 dev c1"])
    refused(two, "addr del 10.77.0.11/25 dev c1", 2, "10.77.0.11", "24", "25")
    refused(two, "addr del fd77::11/128 dev c1", 2, "fd77::11", "64", "128")
    assert configured(two, "c1") == {"10.77.0.11/24", "fd77::11/64"}
    two.ip("c1", "addr add 10.77.0.12/24 dev c1")
    two.batch(["addr del 10.77.0.11/24 dev c1", "addr del fd77::11/64 dev c1"])
    assert (configured(two, "c1"), two.owners()) == ({"10.77.0.12/24"}, {})


def test_a_full_table_is_refused_and_a_del_makes_room(live_lab):
    lab = live_lab
    # The master's own three addresses, link-local among them, are in it.
    lab.slaves("c1", extra="maxaddrs 8", addrs=False)
    taken = 0
    for number in range(1, 10):
        done = lab.try_bv(f"addr add 10.77.9.{number}/24 dev c1")
        if done.rc:
            break
        taken += 1
    assert 3 <= taken <= 8
    assert done.rc == 2 and "No space left" in done.err
    assert "eth0" in done.err and done.err.count("\n") == 1
    assert len(configured(lab, "c1")) == taken
    lab.bv("addr del 10.77.9.1 dev c1")
    lab.bv("addr add 10.77.9.99/24 dev c1")


def test_a_name_of_two_slaves_needs_its_netns(live_lab):
    lab = live_lab
    lab.spaces("c1", "c2")
    lab.batch([f"link add link eth0 name eth0 netns {lab.name(label)} up "
               "type ipvlan mode l2" for label in ("c1", "c2")])
    refused(lab, "addr add 10.77.0.11/24 dev eth0", 2, "eth0", "netns")
    lab.bv(f"addr add 10.77.0.11/24 dev eth0 netns {lab.name('c1')}")
    lab.bv(f"addr add 10.77.0.12/24 dev eth0 netns {lab.name('c2')}")
    assert lab.ping("c1", "10.77.0.12")
    shown = lab.bv(f"-j addr show eth0 netns {lab.name('c2')}").json
    assert [a["local"] for s in shown for a in s["addr_info"]
            if a["origin"] == "static"] == ["10.77.0.12"]
