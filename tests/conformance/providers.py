# SPDX-License-Identifier: GPL-2.0-or-later
"""Who makes slaves: the kernel's drivers by ip(8), or bpfvlan.

Both are given the same lines. A provider is asked by trying whether it has a
kind and mode; what it has not is reported, and never passed over in silence.
"""

import json
import os
import re
import shlex
import socket
import subprocess

import bpf
import netns
from lab import BPFVLAN, ROOT, TIMEOUT

REASONS = re.findall(r'^BV_DROP\(\w+, "(\w+)"', (
    ROOT / "src/abi/drop_reasons.def").read_text(encoding="ascii"), re.M)
UNSUPPORTED = re.compile(r"not supported|Unknown device type|"
                         r"Operation not supported")


class Provider:
    """Runs lines of ip's grammar, seen from a namespace."""
    environment = {}

    def __init__(self):
        self._cached = {}
        self._env = dict(os.environ, LC_ALL="C", **self.environment)

    def run(self, ns, line):
        """(exit status, standard error)"""
        done = subprocess.run(
            [*self.command(ns), *shlex.split(line)], text=True, check=False,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
            env=self._env)
        return done.returncode, done.stderr.strip()

    def batch(self, ns, lines):
        done = subprocess.run(
            [*self.command(ns), "-b", "-"], input="\n".join(lines) + "\n",
            text=True, check=False, capture_output=True, timeout=TIMEOUT,
            env=self._env)
        assert done.returncode == 0, f"{lines}: {done.stderr}"

    def supports(self, ns, words):
        """Whether there can be a slave with these words after "type"."""
        if words not in self._cached:
            netns.ip_batch(ns, ["link add probe0 type veth peer name probe1"])
            status, said = self.run(
                ns, f"link add link probe0 name probe2 type {words}")
            if status == 0:
                self.run(ns, "link del dev probe2")
            else:
                assert UNSUPPORTED.search(said), f"{words}: {said}"
            netns.ip_batch(ns, ["link del dev probe0"])
            self._cached[words] = status == 0
        return self._cached[words]


class Ip(Provider):
    """The kernel's drivers."""
    name = "ip"

    def command(self, ns):
        return ["ip", "-n", ns]

    def prepare(self, host, topology):
        """The drivers need nothing of the host."""

    def address(self, host, node):
        """Gives a slave its addresses."""
        netns.ip_batch(node.ns, [
            f"addr add {node.ip4}/24 dev {node.dev}",
            f"addr add {node.ip6}/64 dev {node.dev} nodad"])

    def delete(self, host, space, name):
        self.run(space, f"link del dev {name}")

    def refresh(self, host):
        """The drivers follow at once."""

    def forget(self, host):
        """The drivers' slaves go with their master."""

    def detail(self, ns, name, get):
        """Of what the link is to its driver."""
        done = subprocess.run(["ip", "-n", ns, "-d", "-j", "link", "show",
                               "dev", name], check=False, capture_output=True,
                              text=True)
        return _detail(done, get)

    def open_drops(self, net):
        return None


class Bpfvlan(Provider):
    """Ourselves, with slaves made of veth pairs, as every kernel has them."""
    name = "bpfvlan"
    environment = {"BPFVLAN_VIA": "veth"}

    def prepare(self, host, topology):
        netns.forward_ip6(host, "l3s" in topology.name)

    def command(self, ns):
        return [BPFVLAN, "-n", ns]

    def address(self, host, node):
        self.batch(host.ns, [
            f"addr add {address} dev {node.dev} netns {node.ns}"
            for address in (f"{node.ip4}/24", f"{node.ip6}/64")])

    def delete(self, host, space, name):
        self.run(host, f"link del dev {name} netns {space}")

    def refresh(self, host):
        """A command that changes something looks at its master."""
        self.run(host, "link add link eth0 name refresh type ipvlan mode l2")
        self.run(host, "link del dev refresh")

    def forget(self, host):
        """Deletes what there may be of slaves, here or elsewhere."""
        out = subprocess.run([*self.command(host), "-j", "link", "show"],
                             check=True, capture_output=True, text=True).stdout
        for link in json.loads(out or "[]"):
            where = f" netns {link['netns']}" if "netns" in link else ""
            self.run(host, f"link del dev {link['ifname']}{where}")

    def detail(self, ns, name, get):
        done = subprocess.run([*self.command(ns), "-d", "-j", "link", "show",
                               "dev", name], check=False, capture_output=True,
                              text=True, timeout=TIMEOUT)
        return _detail(done, get)

    def open_drops(self, net):
        return Drops(net)


class Netkit(Bpfvlan):
    """Ourselves, with slaves made of netkit pairs."""
    name = "netkit"
    environment = {"BPFVLAN_VIA": "netkit"}


class Drops:
    """How often each reason was counted on a master; close() it."""

    def __init__(self, net):
        host = net.nodes["host"]
        with netns.inside(host.ns):
            index = socket.if_nametoindex(host.dev)
        ids = (bpf.tcx(host.ns, index, "ingress")
               or bpf.clsact(host.ns, host.dev, "ingress"))
        self._fd = bpf.open_map(ids[0], "bv_drops")
        self._slots = 1 + sum(n.role == "slave" for n in net.nodes.values())

    def read(self):
        """{reason: count}, of the host and the slaves together."""
        rows = [bpf.read_counts(self._fd, slot) for slot in range(self._slots)]
        return {name: sum(row[i] for row in rows)
                for i, name in enumerate(REASONS)}

    def close(self):
        os.close(self._fd)


def _detail(done, get):
    if done.returncode:
        return "gone"
    link, = json.loads(done.stdout)
    return get(link["linkinfo"]["info_data"])


PROVIDERS = {"ip": Ip, "bpfvlan": Bpfvlan, "netkit": Netkit}


def here():
    """The names of those that this kernel has."""
    return [name for name in PROVIDERS if name != "netkit" or bpf.have_netkit()]
