# SPDX-License-Identifier: GPL-2.0-or-later
"""DHCP servers and clients as they are used, in the namespaces of a lab.

A client's script tells by a fifo what it was called for, so that a test waits
for that and no longer. A server is ready when it has said what it offers.
"""

import os
import select
import shutil
import time

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DUID_LL, DUID_LLT, DHCP6OptClientId
from scapy.layers.l2 import Ether

from netns import PATIENCE

DEADLINE = 30.0 * PATIENCE
FIRST, LAST = 100, 150  # of a server's range

SCRIPT = """#!/bin/sh
# udhcpc has the event as argument, dhclient as $reason.
event=${1:-$reason}
address=${ip:-${new_ip_address:-$new_ip6_address}}
case $event in
    bound | renew | BOUND | RENEW | REBIND | REBOOT)
        ip addr replace "$address/24" dev "$interface" ;;
    BOUND6 | RENEW6 | REBIND6)
        ip addr replace "$address/64" dev "$interface" nodad ;;
esac
echo "$event $address" >FIFO
"""


def need(program):
    """The path of a program; /usr/sbin is not in everybody's PATH."""
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert found, f"{program} is not installed, see scripts/packages.debian"
    return found


class Lines:
    """Lines of a pipe, waited for."""

    def __init__(self, fd):
        self._fd = fd
        self._rest = b""
        self.seen = []

    def wait(self, match):
        """The first new line for which match() is true."""
        end = time.monotonic() + DEADLINE
        while True:
            while b"\n" in self._rest:
                line, self._rest = self._rest.split(b"\n", 1)
                self.seen.append(line.decode(errors="replace").strip())
                if match(self.seen[-1]):
                    return self.seen[-1]
            left = end - time.monotonic()
            assert left > 0 and select.select([self._fd], [], [], left)[0], \
                f"not within {DEADLINE} s; seen: {self.seen}"
            data = os.read(self._fd, 1 << 16)
            assert data, f"it ended; seen: {self.seen}"
            self._rest += data


class Server:
    """dnsmasq on a node's device, without DNS."""

    def __init__(self, lab, tmp_path, label, *options, ranges=None):
        self._node = node = lab.nodes[label]
        net = node.ip4.rsplit(".", 1)[0]
        self._leases = tmp_path / f"leases-{label}"
        ranges = ranges or [f"{net}.{FIRST},{net}.{LAST},255.255.255.0,600"]
        out, inside = os.pipe()
        lab.on_close(lambda: os.close(out))
        self.process = lab.spawn(
            [need("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null",
             "--port=0", "--no-resolv", "--user=root", "--pid-file=",
             f"--interface={node.dev}", "--bind-interfaces", "--no-ping",
             "--log-dhcp", "--log-facility=-",
             f"--dhcp-leasefile={self._leases}",
             *[f"--dhcp-range={r}" for r in ranges], *options],
            label, stderr=inside)
        os.close(inside)
        self.log = Lines(out)
        for _ in ranges:
            self.log.wait(lambda line: " IP range " in line)
        self.log.wait(lambda line: "sockets bound exclusively" in line)

    def leases(self):
        """{address: client id}, as the server has written them down."""
        rows = [line.split() for line in
                self._leases.read_text(encoding="ascii").splitlines()]
        return {row[2]: row[4] for row in rows if len(row) == 5}


class Client:
    """A client on a node's device; udhcpc() and dhclient() make one."""

    def __init__(self, lab, tmp_path, label, command):
        self.node = lab.nodes[label]
        fifo = tmp_path / f"events-{label}"
        script = tmp_path / f"script-{label}"
        os.mkfifo(fifo)
        script.write_text(SCRIPT.replace("FIFO", str(fifo)), encoding="ascii")
        script.chmod(0o755)
        # Open for writing too: no writer is not the end.
        fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        lab.on_close(lambda: os.close(fd))
        self._lines = Lines(fd)
        self._log = tmp_path / f"log-{label}"
        with open(self._log, "wb") as log:
            self.process = lab.spawn([*command, str(script)], label,
                                     stdout=log, stderr=log)

    def wait(self, *events):
        """The address with the next of these events."""
        try:
            line = self._lines.wait(lambda line: line.split()[0] in events)
        except AssertionError:
            log = self._log.read_text(encoding="utf-8", errors="replace")
            pytest.fail(f"{self.node.label} had no {events}, "
                        f"but {self._lines.seen}:\n{log}")
        return line.split()[1]


def udhcpc(lab, tmp_path, label, *options):
    dev = lab.nodes[label].dev
    return Client(lab, tmp_path, label,
                  [need("busybox"), "udhcpc", "-f", "-i", dev, "-t", "20",
                   "-T", "1", *options, "-s"])


def dhclient(lab, tmp_path, label, *options, config=""):
    """ISC's client: without a configuration it sends no client id."""
    base = tmp_path / f"dhclient-{label}"
    conf = base.with_suffix(".conf")
    conf.write_text(config, encoding="ascii")
    return Client(lab, tmp_path, label,
                  [need("dhclient"), "-d", "-cf", conf,
                   "-lf", base.with_suffix(".leases"),
                   "-pf", base.with_suffix(".pid"), *options,
                   lab.nodes[label].dev, "-sf"])


# Frames

def is_reply4(frame):
    packet = Ether(frame)
    return BOOTP in packet and packet[BOOTP].op == 2


def is_request4(frame):
    packet = Ether(frame)
    return BOOTP in packet and packet[BOOTP].op == 1


def client_id4(frame):
    """What option 61 of a message says, or None."""
    for option in Ether(frame)[DHCP].options:
        if option[0] == "client_id":
            return option[1]
    return None


def _port6(frame, port):
    return (frame[12:14] == b"\x86\xdd" and frame[20] == 17
            and frame[56:58] == port.to_bytes(2, "big"))


def is_reply6(frame):
    return _port6(frame, 546)


def is_request6(frame):
    return _port6(frame, 547)


def duid_mac(frame):
    """The MAC in a message's client DUID."""
    duid = Ether(frame)[DHCP6OptClientId].duid
    assert isinstance(duid, (DUID_LL, DUID_LLT))
    return duid.lladdr
