# SPDX-License-Identifier: GPL-2.0-or-later
"""l3s is forwarded by the host: its firewall and conntrack see both ways."""

import json
import subprocess

import pytest

import netns
from frames import ip_source

pytestmark = pytest.mark.hooks("tcx", "clsact")

RULES = """
table inet t {
    counter seen {}
    counter replies {}
    counter invalid {}
    chain forward {
        type filter hook forward priority 0;
        counter name seen
        ct state established counter name replies
        ct state invalid counter name invalid
    }
}
"""
# Who goes by the host's FORWARD, if not all of them.
PAIRS = [("s1", "wire"), ("wire", "s1"), ("s1", "s2"), ("s1", "l2"),
         ("l2", "s1"), ("s1", "l3"), ("l3", "s1")]


def nft(lab, rules):
    process = lab.spawn(["nft", "-f", "-"], "host", stdin=subprocess.PIPE,
                        text=True)
    process.communicate(rules)
    assert process.returncode == 0, rules


def counters(lab):
    """{name: packets}, which are zero again after that."""
    process = lab.spawn(["nft", "-j", "reset", "counters"], "host",
                        stdout=subprocess.PIPE, text=True)
    said = json.loads(process.communicate()[0])["nftables"]
    return {o["counter"]["name"]: o["counter"]["packets"]
            for o in said if "counter" in o}


@pytest.fixture
def firewall(live_lab):
    """A lab of all modes, which have reached each other once."""
    lab = live_lab
    netns.forward_ip6(lab.name("host"))
    lab.slaves("s1", "s2", mode="l3s", extra="proxy on")
    lab.slaves("l3", mode="l3", extra="proxy on")
    lab.slaves("l2")
    nft(lab, RULES)
    return lab


def check_seen(lab, source, target, seen, replies):
    """What the firewall counts of a ping, which is answered."""
    for family in ("ip4", "ip6"):
        counters(lab)
        assert lab.ping(source, getattr(lab.nodes[target], family))
        assert counters(lab) == {"seen": seen, "replies": replies,
                                 "invalid": 0}, family


@pytest.mark.core
@pytest.mark.parametrize("source, target", PAIRS)
def test_the_firewall_sees_both_directions(firewall, source, target):
    check_seen(firewall, source, target, seen=2, replies=1)


@pytest.mark.parametrize("source, target", [
    ("l3", "l2"), ("l2", "l3"), ("l3", "wire"), ("wire", "l3"),
    ("l2", "wire"), ("s1", "host"), ("host", "s1"), ("l3", "host")])
def test_what_is_not_forwarded_it_does_not_see(firewall, source, target):
    check_seen(firewall, source, target, seen=0, replies=0)


@pytest.mark.parametrize("source, target", PAIRS)
def test_a_drop_rule_stops_it(firewall, source, target):
    nft(firewall, """
table inet t {
    counter dropped {}
    chain stop {
        type filter hook forward priority 1;
        counter name dropped drop
    }
}
""")
    for family in ("ip4", "ip6"):
        counters(firewall)
        assert not firewall.ping(
            source, getattr(firewall.nodes[target], family), wait=0.3)
        assert counters(firewall)["dropped"] == 1, family
    assert firewall.drops() == {}


def test_input_and_output_rules_are_the_hosts_own(firewall):
    nft(firewall, """
table inet t {
    counter input {}
    counter output {}
    chain in {
        type filter hook input priority 0;
        iifname "bv*" icmp type { echo-request, echo-reply } counter name input
        iifname "bv*" icmpv6 type { echo-request, echo-reply } counter name input
    }
    chain out {
        type filter hook output priority 0;
        oifname "bv*" icmp type { echo-request, echo-reply } counter name output
        oifname "bv*" icmpv6 type { echo-request, echo-reply } counter name output
    }
}
""")
    counters(firewall)
    assert firewall.ping("s1", firewall.host.ip4)
    assert firewall.ping("s1", firewall.host.ip6)
    got = counters(firewall)
    assert (got["input"], got["output"], got["seen"]) == (2, 2, 0)
    assert firewall.ping("s1", firewall.wire.ip4)
    got = counters(firewall)
    assert (got["input"], got["output"], got["seen"]) == (0, 0, 2)


def test_a_masquerading_host_hides_the_slave(firewall):
    """The address that the wire sees, and the way back to the slave."""
    nft(firewall, """
table inet n {
    chain post {
        type nat hook postrouting priority 100;
        oifname "eth0" masquerade
    }
}
""")
    with firewall.watch() as net:
        for family in ("ip4", "ip6"):
            assert firewall.ping("s1", getattr(firewall.wire, family))
        heard = net.arrived()["wire"]
    sources = {ip_source(frame) for frame in heard}
    assert {firewall.host.ip4, firewall.host.ip6} <= sources
    assert not sources & {firewall.s1.ip4, firewall.s1.ip6}


# host off

def test_with_host_off_the_firewall_forwards_all_the_same(live_lab):
    lab = live_lab
    netns.forward_ip6(lab.name("host"))
    lab.slaves("s1", mode="l3s", extra="proxy on host off")
    lab.slaves("l2")
    for target in (lab.wire, lab.l2):
        for address in (target.ip4, target.ip6):
            assert lab.ping("s1", address), address
    for source in ("wire", "l2"):
        for address in (lab.s1.ip4, lab.s1.ip6):
            assert lab.ping(source, address), f"{source} to {address}"
    # One that forwards for all says that it listens to routers' groups.
    own = set() if netns.FORCE_FORWARDING.exists() else {("s1", "host_off")}
    assert lab.drops().keys() <= own


def test_with_host_off_the_hosts_own_packets_stop_at_the_host_end(live_lab):
    lab = live_lab
    lab.slaves("s1", mode="l3s", extra="host off")
    with lab.watch("s1") as net:
        for address in (lab.s1.ip4, lab.s1.ip6):
            before = lab.drops().get(("s1", "host_off"), 0)
            assert not lab.ping("host", address, wait=0.05)
            # Whatever else the live host says to it is dropped as well.
            assert lab.drops()["s1", "host_off"] > before
        assert net.arrived() == {}


def test_a_change_of_host_reaches_the_hosts_own_packets(live_lab):
    lab = live_lab
    lab.slaves("s1", mode="l3s")
    dev = lab.host_dev("s1")
    before = lab.hooks(dev)
    for host, answered in (("off", False), ("on", True)):
        lab.bv(f"link set s1 type ipvlan host {host}")
        for address in (lab.s1.ip4, lab.s1.ip6):
            assert lab.ping("host", address, wait=2 if answered else 0.05) \
                == answered
    assert lab.hooks(dev) == before


def test_to_leave_l3s_leaves_nothing_at_the_host_end(live_lab):
    lab = live_lab
    lab.slaves("s1", mode="l3s")
    dev = lab.host_dev("s1")
    before = lab.hooks(dev)
    lab.bv("link set s1 type ipvlan host off")
    assert lab.hooks(dev) != before
    lab.bv("link set s1 type ipvlan mode l3")
    assert lab.hooks(dev) == before
