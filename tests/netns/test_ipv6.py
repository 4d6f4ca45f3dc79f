# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 addresses that the kernel makes, with duplicate detection on."""

import pytest

import netns

DAD_ON = {
    "ipv6/conf/default/accept_dad": 1,
    "ipv6/conf/all/accept_dad": 1,
    # No random delay before the question.
    "ipv6/conf/default/router_solicitation_delay": 0,
}
WAIT_MS = 200  # for an answer to it

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.fixture
def strict_lab(live_lab):
    live_lab.spaces("c1", "c2")
    for label in ("c1", "c2"):
        netns.sysctl(live_lab.name(label), DAD_ON)
    return live_lab


def inet6(lab, label, dev=None):
    return [a for link in lab.ip_json(label, f"-6 addr show {dev or label}")
            for a in link.get("addr_info", [])]


def settled(lab, label, scope="link"):
    """The addresses of a scope, once DAD has judged them all."""
    def judged():
        found = [a for a in inet6(lab, label) if a["scope"] == scope]
        open_questions = [a for a in found if a.get("tentative")
                          and not a.get("dadfailed")]
        return found if found and not open_questions else None
    return netns.wait_for_change(lab.name(label), judged,
                               f"DAD of {label} is over")


def link_locals(lab):
    """Makes c1 and c2; the link-local addresses of each."""
    lab.batch([lab.add_line(label, up=False) for label in ("c1", "c2")])
    for label in ("c1", "c2"):
        netns.sysctl(lab.name(label), {
            f"ipv6/neigh/{label}/retrans_time_ms": WAIT_MS})
        lab.bv(f"link set {label} up")
    return [settled(lab, label) for label in ("c1", "c2")]


@pytest.mark.core
def test_two_slaves_have_different_link_locals_that_pass_dad(strict_lab):
    first, second = link_locals(strict_lab)
    assert len(first) == len(second) == 1
    assert not any(a.get("dadfailed") for a in first + second)
    assert first[0]["local"] != second[0]["local"]
    hosts = [a["local"] for a in inet6(strict_lab, "host", "eth0")]
    assert not {first[0]["local"], second[0]["local"]} & set(hosts)
    assert strict_lab.ping("c1", second[0]["local"] + "%c1")


def test_slaves_made_again_in_the_same_order_have_the_same(strict_lab):
    before = [a[0]["local"] for a in link_locals(strict_lab)]
    strict_lab.batch(["link del c1", "link del c2"])
    after = [a[0]["local"] for a in link_locals(strict_lab)]
    assert after == before


@pytest.mark.core
@pytest.mark.parametrize("registered", [True, False])
def test_a_duplicate_is_found_by_the_second_slave(strict_lab, registered):
    lab = strict_lab
    link_locals(lab)
    if registered:
        lab.bv("addr add fd77::50/64 dev c1")
    else:
        lab.ip("c1", "addr add fd77::50/64 dev c1")
    first, = settled(lab, "c1", "global")
    assert not first.get("dadfailed")
    lab.ip("c2", "addr add fd77::50/64 dev c2")
    second, = settled(lab, "c2", "global")
    assert second["dadfailed"]
    assert lab.owners()["fd77::50"] == "c1"
    assert lab.ping("wire", "fd77::50")


def test_a_duplicate_of_the_hosts_address_is_found(strict_lab):
    lab = strict_lab
    link_locals(lab)
    lab.ip("c1", f"addr add {lab.host.ip6}/64 dev c1")
    assert settled(lab, "c1", "global")[0]["dadfailed"]
    assert lab.ping("wire", lab.host.ip6)


def test_a_duplicate_of_the_wires_address_is_found(strict_lab):
    lab = strict_lab
    link_locals(lab)
    lab.ip("c1", f"addr add {lab.wire.ip6}/64 dev c1")
    assert settled(lab, "c1", "global")[0]["dadfailed"]
    assert lab.ping("host", lab.wire.ip6)
