# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration side: what commands say, and what they leave behind.

A scenario is a list of steps, and its row has a cell for each that says
something; the cell's name is the step's number.

    = LINE       a line for the provider, from the host: exit status and errno
    @a LINE      the same, seen from namespace a: ip -n there, bpfvlan "netns"
    ip LINE      ip(8) in the host's namespace, must succeed; ip@a: in a's
    ? a mtu      what a link is now: mtu, mac, up, noarp, carrier, exists; ?@a
    refresh      any changing command of the provider on the master

Before the first step there is eth0 with its wire, up, mtu 1500. {T} stands for
the type that the scenario is run with.
"""

import contextlib
import errno
import json
import os
import re
import socket
import subprocess

import netns
from lan import OTHER_MAC
from lab import wait_running
from masters import HOST_MAC, WIRE_MAC
from matrix import Row

ERRORS = {os.strerror(number): name for number, name in
          errno.errorcode.items()}
ADD = "= link add link eth0 name {} type {{T}}"
A, B = ADD.format("a"), ADD.format("b")

# {name: steps}, for every type
COMMON = {
    "add": [A, "? a exists", "? a up", "? a mtu"],
    "add up": ["= link add link eth0 name a up type {T}", "? a up"],
    "add without master": ["= link add name a type {T}", "? a exists"],
    "add to a master that is not there": [
        "= link add link nope name a type {T}", "? a exists"],
    "add to lo": ["= link add link lo name a type {T}", "? a exists"],
    "add to a slave": [A, "= link add link a name b type {T}"],
    "add to a master that is down": ["ip link set dev eth0 down", A,
                                     "= link set dev a up", "? a up"],
    "add a name twice": [A, A],
    "add the master's name": ["= link add link eth0 name eth0 type {T}"],
    "add a name of 15 bytes": [ADD.format("a" * 15)],
    "add a name of 16 bytes": [ADD.format("a" * 16)],
    "add an empty name": [ADD.format('""')],
    "add a name with a slash": [ADD.format("a/b")],
    "add a name that is a dot": [ADD.format(".")],
    "add with unknown mode": ["= link add link eth0 name a type {K} mode l9"],
    "add with unknown word": [A + " nonsense"],
    "add with mode but no value": ["= link add link eth0 name a type {K} mode"],
    "add with unknown type": ["= link add link eth0 name a type nonsense"],
    "add without type": ["= link add link eth0 name a"],
    "add with mtu": ["= link add link eth0 name a mtu 1400 type {T}",
                     "? a mtu"],
    "add with mtu above the master's": [
        "= link add link eth0 name a mtu 1501 type {T}", "? a mtu"],
    "add with mtu 67": ["= link add link eth0 name a mtu 67 type {T}"],
    "add with mtu that is no number": [
        "= link add link eth0 name a mtu x type {T}"],
    "add with the master's MAC": [
        f"= link add link eth0 name a address {HOST_MAC} type {{T}}",
        "? a mac"],
    "add with another MAC": [
        "= link add link eth0 name a address 02:77:00:00:00:11 type {T}",
        "? a mac"],
    "add with a multicast MAC": [
        "= link add link eth0 name a address 01:00:00:00:00:01 type {T}"],
    "add with a short MAC": [
        "= link add link eth0 name a address 02:00:00:00:01 type {T}"],
    "add into a namespace": ["= link add link eth0 name a netns {a} type {T}",
                             "? a exists", "?@a a exists"],
    "add into a namespace that is not there": [
        "= link add link eth0 name a netns bvc-nope type {T}", "? a exists"],
    "add one name in two namespaces": [
        "= link add link eth0 name s netns {a} type {T}",
        "= link add link eth0 name s netns {b} type {T}", "?@a s exists",
        "?@b s exists"],
    "add a name that the namespace has": [
        "ip@a link add s type veth peer name t",
        "= link add link eth0 name s netns {a} type {T}"],
    "add to a bridge's port": [
        "ip link add br0 type bridge", "ip link set dev eth0 master br0", A],
    "make the master a bridge's port": [
        A, "ip link add br0 type bridge", "ip? link set dev eth0 master br0"],
    "set a slave that is not there": ["= link set dev a type {T}"],
    "set up and down": [A, "= link set dev a up", "? a up", "= link set dev a down",
                        "? a up"],
    "set mtu": [A, "= link set dev a mtu 1400", "? a mtu"],
    "set mtu above the master's": [A, "= link set dev a mtu 1501", "? a mtu"],
    "set mtu 67": [A, "= link set dev a mtu 67", "? a mtu"],
    "set name": [A, "= link set dev a name b", "? a exists", "? b exists"],
    "set a name that is in use": [A, B, "= link set dev a name b"],
    "set a MAC": [A, "= link set dev a address 02:77:00:00:00:11", "? a mac"],
    "set the master's MAC": [A, f"= link set dev a address {HOST_MAC}", "? a mac"],
    "set another type": [A, "= link set dev a type {other}"],
    "set unknown mode": [A, "= link set dev a type {K} mode l9"],
    "delete": [A, "= link del dev a", "? a exists"],
    "delete twice": [A, "= link del dev a", "= link del dev a"],
    "delete a slave that is not there": ["= link del dev nope"],
    "delete and add again": [A, "= link del dev a", A, "? a exists"],
    "delete first, then last": [A, B, "= link del dev a", "= link del dev b",
                                "? eth0 up"],
    "delete last, then first": [A, B, "= link del dev b", "= link del dev a",
                                "? eth0 up"],
    "delete in its namespace": [
        "= link add link eth0 name a netns {a} type {T}", "ip@a link del dev a",
        "?@a a exists", A, "? a exists"],
    "delete the master": [A, "ip link del dev eth0", "refresh", "? a exists"],
    "delete the master of a slave elsewhere": [
        "= link add link eth0 name a netns {a} type {T}", "ip link del dev eth0",
        "refresh", "?@a a exists"],
    "delete the slave's namespace": [
        "netns add x", "= link add link eth0 name a netns {x} type {T}",
        "netns del x", "refresh", A, "? a exists"],
    "move the slave to a namespace and back": [
        A, "ip link set dev a netns {a}", "? a exists", "?@a a exists",
        "ip@a link set dev a netns {host}", "? a exists", "?@a a exists"],
    "move the master to a namespace": [
        "= link add link eth0 name a netns {a} type {T}",
        "ip link set dev eth0 netns {b}", "?@a a exists"],
    "inherit the master's mtu": ["ip link set dev eth0 mtu 1300", A, "? a mtu"],
    "follow a smaller mtu of the master": [
        A, "ip link set dev eth0 mtu 1300", "refresh", "? a mtu"],
    "follow a larger mtu of the master": [
        A, "ip link set dev eth0 mtu 1600", "refresh", "? a mtu"],
    "keep an own smaller mtu": [
        A, "= link set dev a mtu 1200", "ip link set dev eth0 mtu 1300", "refresh",
        "? a mtu"],
    "follow the master's MAC": [
        A, f"ip link set dev eth0 address {OTHER_MAC}", "refresh", "? a mac"],
    "the master goes down": [
        A, "= link set dev a up", "ip link set dev eth0 down", "? a up", "? a carrier"],
    "the wire goes down": [
        A, "= link set dev a up", "ip@wire link set dev w0 down", "? a up",
        "? a carrier"],
    "the slave is up, the master comes up": [
        "ip link set dev eth0 down", A, "= link set dev a up", "ip link set dev eth0 up",
        "? a up"],
    "add an address": [
        A, "= link set dev a up", "= addr add 10.77.0.11/24 dev a",
        "? a 10.77.0.11"],
    "add an address to a slave that is down": [
        A, "= addr add 10.77.0.11/24 dev a", "? a 10.77.0.11"],
    "add an IPv6 address": [
        A, "= link set dev a up", "= addr add fd77::11/64 dev a", "? a fd77::11"],
    "add an address without length": [
        A, "= addr add 10.77.0.11 dev a", "? a 10.77.0.11"],
    "add an address of wrong length": [A, "= addr add 10.77.0.11/33 dev a"],
    "add what is no address": [A, "= addr add 10.77.0.256/24 dev a"],
    "add a multicast address": [A, "= addr add ff02::77/64 dev a"],
    "add an address to no device": [A, "= addr add 10.77.0.11/24"],
    "add an address twice": [
        A, "= addr add 10.77.0.11/24 dev a", "= addr add 10.77.0.11/24 dev a"],
    "add an address with two lengths": [
        A, "= addr add 10.77.0.11/24 dev a", "= addr add 10.77.0.11/25 dev a"],
    "add a sibling's address": [
        A, B, "= link set dev a up", "= link set dev b up",
        "= addr add 10.77.0.11/24 dev a", "= addr add 10.77.0.11/24 dev b",
        "? b 10.77.0.11"],
    "add a sibling's IPv6 address": [
        A, B, "= link set dev a up", "= link set dev b up",
        "= addr add fd77::11/64 dev a", "= addr add fd77::11/64 dev b",
        "? b fd77::11"],
    "add the address of a sibling that is down": [
        A, B, "= addr add 10.77.0.11/24 dev a",
        "= addr add 10.77.0.11/24 dev b"],
    "add an address that a sibling has given up": [
        A, B, "= addr add 10.77.0.11/24 dev a",
        "= addr del 10.77.0.11/24 dev a", "= addr add 10.77.0.11/24 dev b",
        "? b 10.77.0.11"],
    "add an address of a sibling that is deleted": [
        A, B, "= addr add 10.77.0.11/24 dev a", "= link del dev a",
        "= addr add 10.77.0.11/24 dev b"],
    "add the master's address": [
        A, "ip addr add 10.77.0.2/24 dev eth0", "= addr add 10.77.0.2/24 dev a"],
    "delete an address": [
        A, "= addr add 10.77.0.11/24 dev a", "= addr del 10.77.0.11/24 dev a",
        "? a 10.77.0.11"],
    "delete an address that it has not": [
        A, "= addr del 10.77.0.11/24 dev a"],
    "delete an address with another length": [
        A, "= addr add 10.77.0.11/24 dev a", "= addr del 10.77.0.11/25 dev a"],
    "down and up again, addresses": [
        A, "= link set dev a up", "= addr add 10.77.0.11/24 dev a",
        "= link set dev a down", "= link set dev a up", "? a 10.77.0.11"],
}
IPVLAN = {
    "add with two flags": ["= link add link eth0 name a type ipvlan mode l2 "
                           "bridge private"],
    "default mode": ["= link add link eth0 name a type ipvlan", "? a mode"],
    "a second mode on the master": [
        A, "= link add link eth0 name b type ipvlan mode l3", "? a mode",
        "? b mode"],
    "a second flag on the master": [
        A, "= link add link eth0 name b type ipvlan mode l2 private",
        "? a flag", "? b flag"],
    "set flag": [A, "= link set dev a type ipvlan private", "? a flag",
                 "= link set dev a type ipvlan vepa", "? a flag",
                 "= link set dev a type ipvlan bridge", "? a flag"],
    "set mode": [A, "= link set dev a type ipvlan mode l3", "? a mode", "? a noarp",
                 "= link set dev a type ipvlan mode l3s", "? a mode",
                 "= link set dev a type ipvlan mode l2", "? a mode", "? a noarp"],
    "set mode, keep flag": [
        "= link add link eth0 name a type ipvlan mode l2 private",
        "= link set dev a type ipvlan mode l3", "? a flag"],
    "macvlan on the same master": [
        A, "= link add link eth0 name m type macvlan mode bridge"],
}
MACVLAN = {
    "default mode": ["= link add link eth0 name a type macvlan", "? a mode"],
    "two modes on the master": [
        A, "= link add link eth0 name b type macvlan mode private", "? a mode",
        "? b mode"],
    "set mode": [A, *(step for mode in ("private", "vepa", "source", "bridge")
                      for step in (f"= link set dev a type macvlan mode {mode}",
                                   "? a mode"))],
    "set mode passthru": [A, "= link set dev a type macvlan mode passthru",
                          "? a mode"],
    "leave mode passthru": [
        "= link add link eth0 name a type macvlan mode passthru",
        "= link set dev a type macvlan mode bridge", "? a mode"],
    "passthru beside another": [
        A, "= link add link eth0 name b type macvlan mode passthru"],
    "another beside passthru": [
        "= link add link eth0 name a type macvlan mode passthru", B],
    "passthru has the master's MAC": [
        "= link add link eth0 name a type macvlan mode passthru", "? a mac"],
    "set the MAC of passthru": [
        "= link add link eth0 name a type macvlan mode passthru",
        f"= link set dev a address {OTHER_MAC}", "? a mac", "? eth0 mac"],
    "passthru makes the master promiscuous": [
        "= link add link eth0 name a type macvlan mode passthru",
        "= link set dev a up", "? eth0 promisc", "= link set dev a down",
        "? eth0 promisc"],
    "passthru nopromisc does not": [
        "= link add link eth0 name a type macvlan mode passthru nopromisc",
        "= link set dev a up", "? eth0 promisc"],
    "one MAC twice": [
        "= link add link eth0 name a address 02:77:00:00:00:11 type {T}",
        "= link add link eth0 name b address 02:77:00:00:00:11 type {T}",
        "= link set dev a up", "= link set dev b up", "? b up"],
    "the master's MAC, up": [
        f"= link add link eth0 name a address {HOST_MAC} type {{T}}",
        "= link set dev a up", "? a up"],
    "macaddr add": [
        "= link add link eth0 name a type macvlan mode source",
        f"= link set dev a type macvlan macaddr add {WIRE_MAC}", "? a macs",
        f"= link set dev a type macvlan macaddr add {WIRE_MAC}", "? a macs",
        f"= link set dev a type macvlan macaddr add {OTHER_MAC}", "? a macs",
        f"= link set dev a type macvlan macaddr del {WIRE_MAC}", "? a macs",
        f"= link set dev a type macvlan macaddr del {WIRE_MAC}",
        "= link set dev a type macvlan macaddr flush", "? a macs"],
    "macaddr set": [
        "= link add link eth0 name a type macvlan mode source macaddr set "
        f"{WIRE_MAC} {OTHER_MAC}", "? a macs",
        f"= link set dev a type macvlan macaddr set {WIRE_MAC}", "? a macs"],
    "macaddr of a multicast MAC": [
        "= link add link eth0 name a type macvlan mode source",
        "= link set dev a type macvlan macaddr add 01:00:00:00:00:01"],
    "macaddr without MAC": [
        "= link add link eth0 name a type macvlan mode source",
        "= link set dev a type macvlan macaddr add"],
    "macaddr of another mode": [
        A, f"= link set dev a type macvlan macaddr add {WIRE_MAC}"],
    "macaddr is forgotten with the mode": [
        "= link add link eth0 name a type macvlan mode source macaddr add "
        + WIRE_MAC, "= link set dev a type macvlan mode bridge",
        "= link set dev a type macvlan mode source", "? a macs"],
    "bcqueuelen": [A + " bcqueuelen 2000", "? a exists",
                   "= link set dev a type macvlan bcqueuelen 100"],
    "ipvlan on the same master": [
        A, "= link add link eth0 name i type ipvlan mode l2"],
}
TYPES = {"ipvlan": ("ipvlan mode l2", COMMON | IPVLAN),
         "macvlan": ("macvlan mode bridge", COMMON | MACVLAN)}
QUERIES = {
    "mtu": lambda link: str(link["mtu"]),
    "up": lambda link: "up" if "UP" in link["flags"] else "down",
    "noarp": lambda link: "noarp" if "NOARP" in link["flags"] else "arp",
    "carrier": lambda link: "no" if {"NO-CARRIER", "M-DOWN"}
                            & set(link["flags"]) else "yes",
    "exists": lambda link: "yes",
    "promisc": lambda link: str(link["promiscuity"]),
    "mac": lambda link: {HOST_MAC: "master", OTHER_MAC: "other",
                         "02:77:00:00:00:11": "given"}.get(link["address"],
                                                           "own"),
}
DETAILS = {
    "mode": lambda data: data["mode"],
    "flag": lambda data: next(f for f in ("bridge", "private", "vepa")
                              if f in data),
    "macs": lambda data: str(data.get("macaddr_count", 0)),
}


class Player:
    """Plays one scenario."""

    def __init__(self, spaces, provider, kind):
        self.spaces = spaces
        self.provider = provider
        self.kind = kind
        self.extra = []
        other = {"ipvlan": "macvlan", "macvlan": "ipvlan"}[kind]
        self.words = {"{T}": TYPES[kind][0], "{K}": kind, "{other}": other}
        for label in ("host", "wire", "a", "b"):
            self.words["{%s}" % label] = spaces.name(label)

    def play(self, steps):
        """{number of the step: what came of it}"""
        host, wire = self.spaces.name("host"), self.spaces.name("wire")
        netns.ip_batch(host, [
            f"link add eth0 address {HOST_MAC} type veth peer name w0 address "
            f"{WIRE_MAC} netns {wire}", "link set dev eth0 up"])
        netns.ip_batch(wire, ["link set dev w0 up"])
        wait_running(host, "eth0")
        cells = {}
        try:
            for number, step in enumerate(steps, 1):
                for word, text in self.words.items():
                    step = step.replace(word, text)
                said = self._step(step)
                if said is not None:
                    cells[str(number)] = said
        finally:
            self._clean()
        return cells

    def _clean(self):
        """Leaves the namespaces as they were."""
        host = self.spaces.name("host")
        self.provider.forget(host)
        for label in ("host", "b", "a"):  # the wire's end goes with eth0
            space = self.spaces.name(label)
            for name in self._links(space):
                with contextlib.suppress(AssertionError):  # gone with another
                    netns.ip_batch(space, [f"link del dev {name}"])
        if self.extra:
            netns.delete(self.extra)
            self.extra = []

    @staticmethod
    def _links(space):
        with netns.inside(space):
            return [name for _, name in socket.if_nameindex() if name != "lo"]

    def _step(self, step):
        word, rest = step.split(" ", 1) if " " in step else (step, "")
        space = self.spaces.name(word.split("@")[1] if "@" in word else "host")
        kind = word.split("@")[0]
        if kind == "=":
            return self._said(*self.provider.run(space, rest))
        if kind == "ip?":
            done = subprocess.run(["ip", "-n", space, *rest.split()],
                                  check=False, capture_output=True, text=True)
            return self._said(done.returncode, done.stderr)
        if kind == "ip":
            netns.ip_batch(space, [rest])
        elif kind == "netns":
            self._namespace(*rest.split())
        elif kind == "refresh":
            self.provider.refresh(space)
        else:
            return self._query(space, *rest.split())
        return None

    def _namespace(self, verb, label):
        name = self.spaces.name(label)
        self.words["{%s}" % label] = name
        if verb == "add":
            netns.create([name])
            self.extra.append(name)
        else:
            netns.delete([name])
            self.extra.remove(name)

    @staticmethod
    def _said(status, text):
        """Exit status, and the errno that a message names, if one does."""
        for message, name in sorted(ERRORS.items(), key=lambda e: -len(e[0])):
            if re.search(re.escape(message) + r"\.?\s*$", text, re.M):
                return f"{status} {name}"
        return str(status)

    def _query(self, space, name, what):
        if what in DETAILS:
            return self.provider.detail(space, name, DETAILS[what])
        done = subprocess.run(["ip", "-n", space, "-d", "-j", "addr", "show",
                               "dev", name], check=False, capture_output=True,
                              text=True)
        if done.returncode:
            return "no" if what == "exists" else "gone"
        link, = json.loads(done.stdout)
        if what in QUERIES:
            return QUERIES[what](link)
        return next((f"yes /{a['prefixlen']}" for a in link["addr_info"]
                     if a["local"] == what), "no")


def observe_settings(spaces, provider, kind, part=0, parts=1):
    """A row for each scenario; None if the provider has no such slaves.

    It takes its time by waiting for the kernel, so several processes may each
    do a part: every so many-th scenario.
    """
    words, scenarios = TYPES[kind]
    if not provider.supports(spaces.name("host"), words):
        return None
    player = Player(spaces, provider, kind)
    return [Row(name, player.play(steps), {})
            for name, steps in list(scenarios.items())[part::parts]]


def in_order(kind, rows):
    """The rows of all parts."""
    order = list(TYPES[kind][1])
    return sorted(rows, key=lambda row: order.index(row.title))
