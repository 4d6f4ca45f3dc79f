# SPDX-License-Identifier: GPL-2.0-or-later
"""What l2, l3 and l3s slaves have, apart from what the programs do."""

MODES = ("l2", "l3", "l3s")
OURS = "proto 183"  # routes
FLAGS = ("BROADCAST", "MULTICAST", "NOARP", "UP")


def info(lab, name):
    entry, = lab.slaves_json("-d", name)
    return entry["linkinfo"]["info_data"]


def flags(lab, dev, label):
    present = lab.ip_json(label, f"link show {dev}")[0]["flags"]
    return [flag for flag in FLAGS if flag in present]


def state(lab, name):
    """Flags and settings of both ends of a slave in a namespace of its name."""
    host_dev = lab.host_dev(name)
    return {
        "slave": (flags(lab, name, name), lab.conf(name, name)),
        "host end": (flags(lab, host_dev, "host"), lab.conf(host_dev)),
    }


def master(lab, dev="eth0"):
    """What we may change on a master."""
    conf = lab.conf(dev)
    link = lab.ip_json("host", f"link show {dev}")[0]
    return {
        "allmulti": "ALLMULTI" in link["flags"],
        "forward4": conf["ipv4/forwarding"],
        "forward6": conf["ipv6/forwarding"],
        "force6": conf.get("ipv6/force_forwarding"),
    }


def check_refused(lab, seen, command, words, **popen):
    """One line that has the words, and seen(lab) is what it was."""
    before = seen(lab)
    done = lab.try_bv(command, **popen)
    assert (done.rc, done.out) == (2, ""), done
    assert done.err.count("\n") == 1
    assert all(word in done.err for word in words), done.err
    assert seen(lab) == before
