# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP with all offloads between modes, and over paths that are narrower."""

import itertools

import pytest

import masters
import netns
from capture import Watch
from test_stream import transfer

pytestmark = pytest.mark.hooks("tcx", "clsact")

SIZE = (1 if netns.EMULATED else 4) << 20


@pytest.mark.parametrize("modes", [("l3", "l2"), ("l3", "l3"), ("l3", "l3s"),
                                   ("l3s", "l2"), ("l3s", "l3s")],
                         ids="-".join)
def test_megabytes_arrive_unharmed_between_modes(live_lab, modes):
    netns.forward_ip6(live_lab.name("host"))
    for label, mode in zip(("c1", "c2"), modes):
        live_lab.slaves(label, mode=mode,
                        extra="" if mode == "l2" else "proxy on")
    for source, target in itertools.permutations(live_lab.nodes, 2):
        if "c1" not in (source, target):
            continue
        node = live_lab.nodes[target]
        for address in (node.ip4, node.ip6):
            transfer(live_lab, source, target, address, SIZE)
    assert live_lab.drops() == {}


@pytest.mark.core
@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_a_narrower_device_is_found_out_by_segments(live_lab, mode):
    """The far end offers more than the path bears: ICMP tells the slave."""
    lab = live_lab
    netns.sysctl(lab.name("host"), {"ipv6/conf/all/forwarding": 1})
    lab.slaves("c1", mode=mode)
    masters.veth(lab, 1)
    lab.ip("host", "link set eth1 mtu 1300")
    netns.sysctl(lab.name("host"), {"ipv4/conf/eth1/forwarding": 1})
    lab.ip("wire1", f"route add {lab.c1.ip4} via {lab.host1.ip4}",
           f"route add {lab.c1.ip6} via {lab.host1.ip6}")
    for address in (lab.wire1.ip4, lab.wire1.ip6):
        with Watch([lab.wire1]) as net:
            transfer(lab, "c1", "wire1", address, SIZE)
            sizes = [len(f) for f in net.ears["wire1"].read()]
        assert 1300 < max(sizes), "segments left whole"
    assert lab.drops() == {}
    told = lab.ip_json("c1", f"route get {lab.wire1.ip4}")
    assert told[0]["metrics"][0]["mtu"] == 1300
    told = lab.ip_json("c1", f"-6 route get {lab.wire1.ip6}")
    assert told[0]["metrics"][0]["mtu"] == 1300
