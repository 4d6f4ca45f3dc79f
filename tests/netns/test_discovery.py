# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that slaves hear and find by multicast: radvd, avahi-daemon."""

import os
import socket
import subprocess

import pytest

import netns
from dhcp import DEADLINE, Lines, need

PREFIX = "2001:db8:77:"
RADVD_CONF = f"""
interface w0 {{
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    prefix {PREFIX}:/64 {{ }};
}};
"""
AUTOCONF = {
    "ipv6/conf/default/accept_dad": 1,
    "ipv6/conf/all/accept_dad": 1,
    "ipv6/conf/default/router_solicitations": 3,
    "ipv6/conf/default/router_solicitation_delay": 0,
}

AVAHI_CONF = """
[server]
host-name=NAME
enable-dbus=no
ratelimit-interval-usec=0
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
"""
# Its socket has one path for all, so each has a /run of its own.
AVAHI = ('mount -t tmpfs none /run && exec "$1" -f "$2" --no-drop-root '
         '--no-chroot --no-rlimits')

pytestmark = pytest.mark.hooks("tcx", "clsact")


def autoconfigured(lab, label):
    """The address from radvd's prefix, once DAD has let it pass."""
    def found():
        for link in lab.ip_json(label, f"-6 addr show {label}"):
            for address in link.get("addr_info", []):
                if (address.get("local", "").startswith(PREFIX)
                        and not address.get("tentative")):
                    assert not address.get("dadfailed")
                    return address["local"]
        return None
    return netns.wait_for_change(lab.name(label), found,
                               f"{label} has an address", DEADLINE)


@pytest.mark.core
def test_radvd_gives_two_slaves_an_address_each(live_lab, tmp_path):
    lab = live_lab
    lab.spaces("c1", "c2")
    for label in ("c1", "c2"):
        netns.sysctl(lab.name(label), AUTOCONF)
    netns.sysctl(lab.name("wire"), {"ipv6/conf/all/forwarding": 1})
    router = f"{PREFIX}:1"
    lab.ip("wire", f"addr add {router}/64 dev w0 nodad")
    conf = tmp_path / "radvd.conf"
    conf.write_text(RADVD_CONF, encoding="ascii")
    lab.spawn([need("radvd"), "-n", "-m", "none", "-C", conf,
               "-p", tmp_path / "radvd.pid"], "wire")
    lab.batch([lab.add_line(label) for label in ("c1", "c2")])
    first, second = [autoconfigured(lab, label) for label in ("c1", "c2")]
    assert first != second
    assert lab.ping("c1", router) and lab.ping("c2", router)
    assert lab.ping("wire", first) and lab.ping("wire", second)
    assert lab.ping("c1", second)
    owners = lab.owners()
    assert (owners[first], owners[second]) == ("c1", "c2")
    for label in ("c1", "c2"):
        routes = lab.ip_json(label, "-6 route show default")
        assert [r["protocol"] for r in routes] == ["ra"]
    assert lab.drops() == {}


class Avahi:
    """A responder, and what it finds out from others."""

    def __init__(self, lab, tmp_path, label):
        conf = tmp_path / f"avahi-{label}.conf"
        conf.write_text(AVAHI_CONF.replace("NAME", label), encoding="ascii")
        out, inside = os.pipe()
        lab.on_close(lambda: os.close(out))
        process = lab.spawn(
            ["unshare", "--mount", "sh", "-c", AVAHI, "sh",
             need("avahi-daemon"), str(conf)], label,
            stdout=subprocess.DEVNULL, stderr=inside)
        os.close(inside)
        Lines(out).wait(lambda line: f"Host name is {label}.local" in line)
        self._path = f"/proc/{process.pid}/root/run/avahi-daemon/socket"

    def resolve(self, name, family):
        """The address of a name, of that family, or None."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(DEADLINE)
            sock.connect(self._path)
            sock.sendall(f"RESOLVE-HOSTNAME-{family} {name}\n".encode())
            words = sock.makefile().readline().split()
        return words[-1] if words[0] == "+" else None


def test_avahi_in_two_slaves_and_on_the_wire_find_each_other(live_lab,
                                                             tmp_path):
    lab = live_lab
    lab.slaves("c1", "c2")
    found = {label: Avahi(lab, tmp_path, label)
             for label in ("c1", "c2", "wire")}
    for asker, avahi in found.items():
        for label in found.keys() - {asker}:
            assert avahi.resolve(f"{label}.local", "IPV4") == \
                lab.nodes[label].ip4
            assert avahi.resolve(f"{label}.local", "IPV6")
    assert found["c1"].resolve("nobody.local", "IPV4") is None
    assert lab.drops() == {}
