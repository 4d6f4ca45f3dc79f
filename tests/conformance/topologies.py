# SPDX-License-Identifier: GPL-2.0-or-later
"""The topologies: which slaves a master has. Pure data.

    host  eth0 10.77.0.2 fd77::..02 ------ w0 10.77.0.1 fd77::..01  wire
           :
    a, b, c: slaves .11, .12, .13, each in a namespace of its own

{wire} and {other} are MACs: the wire's, and one that is sometimes a sender
there. b has joined a multicast group, and nobody else has.
"""

from typing import NamedTuple

IPVLAN_FLAGS = ("bridge", "private", "vepa")


class Topology(NamedTuple):
    name: str
    slaves: tuple  # ((label, what comes after "type"), ...)

    @property
    def kind(self):
        return self.slaves[0][1].split()[0]

    @property
    def mixed(self):
        return "+" in self.name


def _pair(name, words):
    return Topology(name, (("a", words), ("b", words)))


def _mixed(one, two):
    words = {mode: f"macvlan mode {mode}" for mode in (one, two)}
    if two == "source":
        words[two] += " macaddr add {wire}"
    return Topology(f"macvlan {one}+{two}", (
        ("a", words[one]), ("b", words[one]), ("c", words[two])))


TOPOLOGIES = [
    *(_pair(f"ipvlan {mode} {flag}", f"ipvlan mode {mode} {flag}")
      for mode in ("l2", "l3", "l3s") for flag in IPVLAN_FLAGS),
    *(_pair(f"macvlan {mode}", f"macvlan mode {mode}")
      for mode in ("bridge", "private", "vepa")),
    Topology("macvlan passthru", (("a", "macvlan mode passthru"),)),
    Topology("macvlan passthru nopromisc",
             (("a", "macvlan mode passthru nopromisc"),)),
    Topology("macvlan source", (
        ("a", "macvlan mode source macaddr add {wire}"),
        ("b", "macvlan mode source macaddr add {other}"))),
    Topology("macvlan source nodst", (
        ("a", "macvlan mode source nodst macaddr add {wire}"),
        ("b", "macvlan mode source macaddr add {other}"))),
    _mixed("bridge", "private"),
    _mixed("bridge", "vepa"),
    _mixed("private", "bridge"),
    _mixed("private", "vepa"),
    _mixed("vepa", "bridge"),
    _mixed("vepa", "private"),
    _mixed("bridge", "source"),
    _mixed("private", "source"),
    _mixed("vepa", "source"),
]
