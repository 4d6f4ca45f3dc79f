# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of interfaces that are compared, each with a network of its own.

A network is a host whose eth0 is one end of a veth pair, the wire that has the
other end, and the slaves a and b of eth0, each in its namespace.
"""

import json

from common import Failure, bpfvlan

NODES = {"a": "10.99.0.1", "b": "10.99.0.2", "host": "10.99.0.3",
         "wire": "10.99.0.4"}


def set_node(lab, label, node, dev=None):
    dev = dev or node
    lab.ip(label, f"addr add {NODES[node]}/24 dev {dev}",
           f"link set dev {dev} up")


def make_bpfvlan(lab, kind, hook, words="ipvlan mode l2"):
    host = lab.space(f"{kind}-host")
    lines = []
    for node in "ab":
        lines.append(f"link add link eth0 name {node} netns "
                     f"{lab.space(f'{kind}-{node}')} up type {words}")
        lines.append(f"addr add {NODES[node]}/24 dev {node}")
    bpfvlan("-n", host, "-b", "-", stdin="\n".join(lines), hook=hook)
    masters = json.loads(bpfvlan("-n", host, "-j", "master", "show"))
    found = masters[0]["hook"]
    if hook and found != hook:
        raise Failure(f"asked for {hook}, got {found}")
    return found


def make_macvlan(lab, kind):
    for node in "ab":
        lab.ip(f"{kind}-host", f"link add link eth0 name {node} netns "
               f"{lab.space(f'{kind}-{node}')} type macvlan mode bridge")
        set_node(lab, f"{kind}-{node}", node)


def make_bridge(lab, kind):
    lab.ip(f"{kind}-host", "addr flush dev eth0", "link add br0 type bridge",
           "link set dev eth0 master br0", "link set dev br0 up",
           f"addr add {NODES['host']}/24 dev br0")
    for node in "ab":
        lab.ip(f"{kind}-host", f"link add port-{node} type veth peer name "
               f"{node} netns {lab.space(f'{kind}-{node}')}",
               f"link set dev port-{node} master br0 up")
        set_node(lab, f"{kind}-{node}", node)


KINDS = {
    "bpfvlan": lambda lab: make_bpfvlan(lab, "bpfvlan", None),
    "clsact": lambda lab: make_bpfvlan(lab, "clsact", "clsact"),
    "bpfmacvlan": lambda lab: make_bpfvlan(lab, "bpfmacvlan", None,
                                           "macvlan mode bridge"),
    "macvlan": lambda lab: make_macvlan(lab, "macvlan"),
    "bridge": lambda lab: make_bridge(lab, "bridge"),
}


def build(lab, kind):
    """Returns the hook, where there is one."""
    lab.create(*(f"{kind}-{node}" for node in NODES))
    lab.ip(f"{kind}-host", "link add eth0 type veth peer name eth0 netns " +
           lab.space(f"{kind}-wire"))
    for node in ("host", "wire"):
        set_node(lab, f"{kind}-{node}", node, "eth0")
    hook = KINDS[kind](lab)
    set_neighbours(lab, kind)
    return hook


def set_neighbours(lab, kind):
    """An entry is slower to use whenever it is due to be confirmed, which is at
    other times for each kind: these are valid for ever."""
    devices = {node: device_of(lab, f"{kind}-{node}", node) for node in NODES}
    for node, (dev, _) in devices.items():
        lab.ip(f"{kind}-{node}", *(
            f"neigh replace {NODES[other]} lladdr {mac} dev {dev} nud permanent"
            for other, (_, mac) in devices.items() if other != node))


def device_of(lab, label, node):
    """Name and MAC of what has the node's address."""
    for device in json.loads(lab.run(label, ["ip", "-j", "addr", "show"], 10)):
        if any(a["local"] == NODES[node] for a in device["addr_info"]):
            return device["ifname"], device["address"]
    raise Failure(f"{label} has no {NODES[node]}")


def can_measure(kind, path):
    """macvlan has no path between host and slave."""
    return kind != "macvlan" or "host" not in (path.source, path.target)
