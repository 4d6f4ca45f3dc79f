# SPDX-License-Identifier: GPL-2.0-or-later
"""One MAC on the wire: in Ethernet, in ARP, in ND, over all traffic."""

import pytest

from capture import Watch
from frames import source_macs

pytestmark = pytest.mark.hooks("tcx", "clsact")


@pytest.mark.core
def test_only_the_masters_mac_is_seen_whatever_slaves_and_host_do(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2")
    lab.slaves("c3", addrs=False)
    with Watch([lab.wire]) as net:
        lab.ip("c3", "addr add 10.77.0.13/24 dev c3",
               "addr add fd77::13/64 dev c3")
        for source in ("c1", "c2", "c3", "host"):
            for address in (lab.wire.ip4, lab.wire.ip6):
                assert lab.ping(source, address)
        for address in ("10.77.0.255", "ff02::1%c1"):
            lab.ping("c1", address)
        lab.bv("link del c2")
        seen = net.ears["wire"].read()
    kinds = {frame[12:14].hex() for frame in seen}
    assert {"0800", "0806", "86dd"} <= kinds
    macs = set().union(*map(source_macs, seen))
    assert macs == {lab.host.mac}


@pytest.mark.core
def test_the_master_is_never_promiscuous(live_lab):
    lab = live_lab
    lab.slaves("c1", "c2")
    link = lab.ip_json("host", "link show eth0")[0]
    assert link["promiscuity"] == 0
    # All multicast it takes, for the groups that its slaves join.
    assert link["allmulti"] == 1
    assert "PROMISC" not in link["flags"]
