# SPDX-License-Identifier: GPL-2.0-or-later
"""Slaves of macvlan: making them, and what their master is to take."""

import subprocess

import netns

GIVEN = "02:77:00:00:00:{:02x}"


def add_line(lab, name, words="", where="c", master="eth0", common=""):
    """In namespace `where` of the lab; None: the master's."""
    place = f"netns {lab.name(where)}" if where else ""
    return (f"link add link {master} name {name} {place} {common} "
            f"type macvlan {words}")


def add(lab, name, words="", **options):
    lab.bv(add_line(lab, name, words, **options))


def info(lab, name):
    entry, = lab.slaves_json("-d", name)
    return entry["linkinfo"]["info_data"]


def link(lab, dev, label="host"):
    return lab.ip_json(label, f"link show {dev}")[0]


def mac(lab, dev, label="c"):
    return link(lab, dev, label)["address"]


def taken(lab, dev="eth0"):
    """The unicast MACs that a device takes besides its own."""
    out = subprocess.run(["bridge", "-n", lab.name("host"), "fdb", "show",
                          "dev", dev], capture_output=True, text=True,
                         check=True).stdout
    found = {line.split()[0] for line in out.splitlines()
             if "permanent" in line}
    return {one for one in found if not int(one[:2], 16) & 1} - {
        link(lab, dev)["address"]}


def take(lab, what, address, dev="eth0"):
    """As an administrator does: what is "add" or "del"."""
    subprocess.run(["bridge", "-n", lab.name("host"), "fdb", what, address,
                    "dev", dev, "self"], check=True)


def promiscuity(lab, dev="eth0"):
    """What ip(8) says, which bpfvlan must agree with if dev is a master."""
    count = link(lab, dev)["promiscuity"]
    for entry in lab.bv("-j master show").json:
        if entry["ifname"] == dev:
            assert entry["promiscuity"] == count
    return count


def die(lab, label):
    """A namespace ends with its slaves, as that of a container does."""
    ends = {lab.host_dev(entry["ifname"]) for entry in lab.slaves_json(
        what=f"netns {lab.name(label)}")}
    assert ends
    lab.drop_space(label)
    netns.wait_for_change(lab.name("host"), lambda: not ends & lab.host_ends(),
                        f"{ends} are gone")


def filtering(lab):
    """A master with a filter of its own on the wire, as a NIC has it."""
    lab.ip("host", "link add link eth0 name nic type macvlan mode passthru",
           "link set nic up")
    return "nic"


def change(lab):
    """A command that changes something, but nothing in particular."""
    lab.bv("link add link eth0 name changes type ipvlan mode l2")
    lab.bv("link del changes")
