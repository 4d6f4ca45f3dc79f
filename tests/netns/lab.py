# SPDX-License-Identifier: GPL-2.0-or-later
"""A Lab: namespaces of one test, with masters, neighbours and slaves.

    host                            wire
    eth0 10.77.0.2 fd77::2 -------- w0 10.77.0.1 fd77::1
     :
    c1, c2, ... 10.77.0.11, .12, fd77::11, ::12

In a quiet lab no stack sends on its own or answers: IPv6 is off (slaves own
their IPv6 addresses all the same), and ARP and echo requests are ignored.
Whatever is heard there was sent by the test, or by bpfvlan. In a routing lab
the host has IPv6 as well, knows everybody's MAC and forwards as it is told; the
others are quiet. In a live lab the stacks do what they always do, without DAD.
"""

import contextlib
import dataclasses
import fcntl
import itertools
import json
import os
import pathlib
import shlex
import signal
import socket
import struct
import subprocess
import sys

import bpf
import netns
from capture import ETH_P_ALL, HOST_PROTOCOLS, Ears, Watch
from frames import arp_announce, is_mld, neighbour_announce

ROOT = pathlib.Path(__file__).resolve().parents[2]
BPFVLAN = os.environ.get("BPFVLAN", str(ROOT / "build" / "bpfvlan"))
TIMEOUT = 60 * netns.PATIENCE
# What the slaves of all labs are made of, unless a test says so itself.
VIA = os.environ.get("BPFVLAN_TEST_VIA", "veth")
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCGIFHWADDR = 0x8913, 0x8914, 0x8927
IFF_RUNNING, IFF_NOARP = 0x40, 0x80
IF_OPER_UP = 6
IFA_F_TENTATIVE = 0x40
MACVLAN_MODES = ("private", "vepa", "bridge", "passthru", "source")
# BV_TC_INDEX_, by which our hooks know slaves' frames; and as tc(8) has it.
TC_INDEX_SLAVE, TC_INDEX_ROUTED = "b7f1", "b7f2"
_numbers = itertools.count()

QUIET = {
    "ipv6/conf/default/disable_ipv6": 1,
    "ipv6/conf/all/disable_ipv6": 1,
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/all/accept_dad": 0,
    "ipv4/icmp_echo_ignore_all": 1,
    "ipv4/conf/all/arp_ignore": 8,
}
ROUTING = {
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_ra": 0,
    "ipv6/conf/default/addr_gen_mode": 1,
    "ipv6/icmp/echo_ignore_all": 1,
    "ipv6/icmp/ratelimit": 0,
    "ipv4/icmp_echo_ignore_all": 1,
    "ipv4/icmp_ratelimit": 0,
    "ipv4/conf/all/arp_ignore": 8,
}
LIVE = {
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/router_solicitations": 0,
    "ipv4/icmp_ratelimit": 0,
}


@dataclasses.dataclass
class Node:
    """One end of the game: a slave, the host or the wire."""
    label: str
    role: str  # "slave", "host", "wire" or "end": what a slave's host end is
    # handed for the host's stack
    lan: str  # the master's name
    ns: str
    dev: str
    ip4: str
    ip6: str
    mac: str = ""
    end: tuple = ()  # of a slave that hears no broadcast: namespace, host end

    @property
    def mac_bytes(self):
        return bytes.fromhex(self.mac.replace(":", ""))

    def listen(self):
        return Ears(self, HOST_PROTOCOLS if self.role in ("host", "end")
                    else (ETH_P_ALL,))


@dataclasses.dataclass
class Result:
    """What a command said."""
    args: list
    rc: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def _ioctl(ns, request, dev, argument):
    with netns.inside(ns), socket.socket(socket.AF_INET,
                                         socket.SOCK_DGRAM) as sock:
        name = dev.encode().ljust(16, b"\0")
        return fcntl.ioctl(sock, request, name + argument)[16:]


def mac_of(ns, dev):
    return _ioctl(ns, SIOCGIFHWADDR, dev, bytes(24))[2:8].hex(":")


def wait_running(ns, dev):
    """Waits for the carrier, which is noticed after the link is set up.

    Until then what is sent out of it is dropped. The end of a pair that has
    just been made says that it is running while nobody has looked yet. The
    kernel answers under the lock under which it puts the queue on. Returns the
    other end's ifindex, if it has one.
    """
    def running():
        flags, found = netns.link(ns, dev)
        kind = found.get(netns.IFLA_LINKINFO, b"")
        up = found[netns.IFLA_OPERSTATE][0] == IF_OPER_UP
        return flags & IFF_RUNNING and (
            up or not (b"veth" in kind or b"netkit" in kind))
    netns.wait_for_change(ns, running, f"{dev} in {ns} has a carrier")
    other = netns.link(ns, dev)[1].get(netns.IFLA_LINK)
    return other and int.from_bytes(other, sys.byteorder)


def wait_usable(ns):
    """Waits until no address is tentative; without DAD that is soon."""
    def usable():
        with netns.inside(ns), open("/proc/thread-self/net/if_inet6",
                                    encoding="ascii") as file:
            return not any(int(line.split()[4], 16) & IFA_F_TENTATIVE
                           for line in file)
    netns.wait_for_change(ns, usable, f"addresses in {ns} are usable")


def _noarp(node, on):
    """Whether it was without ARP before."""
    was, = struct.unpack_from("=H", _ioctl(node.ns, SIOCGIFFLAGS, node.dev,
                                           bytes(24)))
    now = was | IFF_NOARP if on else was & ~IFF_NOARP
    _ioctl(node.ns, SIOCSIFFLAGS, node.dev, struct.pack("=H22x", now))
    return bool(was & IFF_NOARP)


def ipv6(node, enable):
    """On for as long as it takes to set an address; what owns it remains."""
    conf = f"ipv6/conf/{node.dev}/"
    netns.sysctl(node.ns, {conf + "addr_gen_mode": 1,
                           conf + "disable_ipv6": int(not enable)})


def _lasting(link):
    """Without what changes by itself: carriers, and the fate of addresses."""
    passing = {"operstate", "tentative", "valid_life_time",
               "preferred_life_time"}
    link = {key: value for key, value in link.items() if key not in passing}
    link["flags"] = [flag for flag in link.get("flags", ())
                     if flag not in ("LOWER_UP", "NO-CARRIER")]
    link["addr_info"] = [
        {key: value for key, value in address.items() if key not in passing}
        for address in link.get("addr_info", ())]
    return link


class Lab:
    """Everything a test made; close() takes it away and looks for rests."""

    attached = set()  # ("prog" or "map", id) of all labs when they closed

    def __init__(self, hook=None, quiet=True, routing=False):
        self.hook = hook
        self.via = VIA  # None: what bpfvlan chooses
        self.quiet = quiet
        self.routing = routing
        self.nodes = {}
        self._prefix = f"bvt{os.getpid()}-{next(_numbers)}-"
        self._spaces = []
        self._processes = []
        self._root_devices = set(devices(None))
        self._at_end = []

    # Namespaces and devices

    def name(self, label):
        """The namespace's name below /run/netns."""
        return self._prefix + label

    def spaces(self, *labels):
        """Creates namespaces that are not there yet."""
        new = [self.name(label) for label in labels
               if self.name(label) not in self._spaces]
        if not new:
            return
        self._spaces += new
        netns.create(new)
        for space in new:
            netns.sysctl(space, self._settings(space))
            if self.routing and space == self.name("host"):
                netns.forward_ip6(space)
            netns.ip_batch(space, ["link set lo up"])

    def _settings(self, space):
        if not self.quiet:
            return LIVE
        return ROUTING if self.has_ipv6(space) else QUIET

    def has_ipv6(self, space):
        return not self.quiet or self.routing and space == self.name("host")

    def adopt(self, spaces):
        """Namespaces that a test made itself, for close() to delete."""
        self._spaces += spaces

    def drop_space(self, label):
        """Deletes a namespace as a container's end does."""
        netns.delete([self.name(label)])
        self._spaces.remove(self.name(label))

    def ip(self, label, *lines):
        return netns.ip_batch(label and self.name(label), lines)

    def mark(self, label, tc_index):
        """Has a filter of the node's set skb->tc_index in what it sends."""
        node = self.nodes[label]
        netns.tc_batch(node.ns, [
            f"qdisc add dev {node.dev} clsact",
            f"filter add dev {node.dev} egress protocol all u32 "
            f"match u32 0 0 classid :{tc_index}"])

    def ip_json(self, label, command):
        out = subprocess.run(
            ["ip", "-n", self.name(label), "-d", "-j", *command.split()],
            capture_output=True, text=True, check=True).stdout
        return json.loads(out or "[]")

    def add_node(self, node):
        node.mac = mac_of(node.ns, node.dev)
        self.nodes[node.label] = node
        setattr(self, node.label, node)
        return node

    # bpfvlan

    def environment(self):
        env = dict(os.environ, LC_ALL="C")
        for name in ("BPFVLAN_HOOK", "BPFVLAN_VIA"):
            env.pop(name, None)
        if self.hook == "clsact":
            env["BPFVLAN_HOOK"] = "clsact"
        if self.via:
            env["BPFVLAN_VIA"] = self.via
        return env

    def command(self, command, space="host"):
        words = shlex.split(command) if isinstance(command, str) else command
        where = ["-n", self.name(space)] if space else []
        return [BPFVLAN, *where, *words]

    def try_bv(self, command, space="host", stdin=None, **popen):
        """Runs bpfvlan; whether it succeeded is the caller's business."""
        args = self.command(command, space)
        done = subprocess.run(args, input=stdin, text=True, check=False,
                              capture_output=True, timeout=TIMEOUT,
                              env=self.environment(), **popen)
        return Result(args, done.returncode, done.stdout, done.stderr)

    def bv(self, command, space="host", stdin=None):
        """Runs bpfvlan, which must succeed and have nothing to complain."""
        done = self.try_bv(command, space, stdin)
        assert (done.rc, done.err) == (0, ""), \
            f"{shlex.join(done.args)}: {done.rc}: {done.err}{stdin or ''}"
        return done

    def batch(self, lines, space="host"):
        return self.bv("-b -", space, stdin="\n".join(lines) + "\n")

    # Slaves

    def add_line(self, label, master="eth0", extra="", up=True, mode="l2"):
        kind = "macvlan" if mode in MACVLAN_MODES else "ipvlan"
        return (f"link add link {master} name {label} "
                f"netns {self.name(label)} {'up' if up else ''} "
                f"type {kind} mode {mode} {extra}")

    def slaves(self, *labels, lan="eth0", extra="", addrs=True, mode="l2"):
        """Slaves that are up, and have and own their addresses."""
        first = 11 + sum(n.role == "slave" for n in self.nodes.values())
        self.spaces(*labels)
        self.batch([self.add_line(label, lan, extra, mode=mode)
                    for label in labels])
        self._check_hook(lan)
        for number, label in enumerate(labels, first):
            self._slave_node(label, lan, number)
        if addrs:
            self.own_addresses(*labels)
        for label in labels if mode in ("l3", "l3s") else ():
            self._routed(self.nodes[label])
        if self.routing:
            self.know(*labels)
        return [self.nodes[label] for label in labels]

    def _routed(self, node):
        """Without gateway, as NOARP devices do."""
        node.end = (self.name("host"), self.host_dev(node.dev))
        self.ip(node.label, f"route add default dev {node.dev}")
        if not self.quiet:
            self.ip(node.label, f"route add ::/0 dev {node.dev}")

    def know(self, *labels):
        """The host has these for neighbours and need not ask."""
        for node in (self.nodes[label] for label in labels):
            self.ip("host", *(
                f"neigh replace {address} lladdr {node.mac} dev {node.lan} "
                "nud permanent" for address in (node.ip4, node.ip6)))

    def end_of(self, label):
        """Adds a slave's host end: what the stack is handed by it."""
        node = self.nodes[label]
        return self.add_node(Node(
            f"{label}_end", "end", node.lan, self.name("host"),
            self.host_dev(node.dev), node.ip4, node.ip6))

    def _check_hook(self, master):
        """What runs is what this test is about: not a fallback."""
        with netns.inside(self.name("host")):
            index = socket.if_nametoindex(master)
        ids = bpf.tcx(self.name("host"), index, "ingress")
        used = any(bpf.prog_name(i) == "bv_wire_rx" for i in ids)
        assert used == (self.hook == "tcx"), f"not on {self.hook}: {ids}"

    def _slave_node(self, label, lan, number):
        net = self.net_of(lan)
        node = Node(label, "slave", lan, self.name(label), label,
                    f"10.77.{net}.{number}", f"{v6_prefix(net)}{number}")
        self._wait_slave(node)
        return self.add_node(node)

    def _wait_slave(self, node):
        """Copies for it leave by its host end."""
        host_end = wait_running(node.ns, node.dev)
        wait_running(self.name("host"), host_end)

    def slave_at(self, space, dev, number):
        """Adds the node of a slave that a test made by hand."""
        node = Node(dev if space == "host" else space, "slave", "eth0",
                    self.name(space), dev, f"10.77.0.{number}",
                    f"fd77::{number}")
        self._wait_slave(node)
        return self.add_node(node)

    def net_of(self, lan):
        lans = [n.lan for n in self.nodes.values() if n.role == "host"]
        return lans.index(lan)

    def own_addresses(self, *labels):
        lines, noarp = [], {}
        for label in labels:
            node = self.nodes[label]
            lines += [f"addr add {node.ip4}/24 dev {node.dev}",
                      f"addr add {node.ip6}/64 dev {node.dev}"]
            if self.quiet:
                # So the address has no group that the stack would report.
                noarp[label] = _noarp(node, True)
                ipv6(node, True)
        self.batch(lines)
        for label in labels:
            if self.quiet:
                ipv6(self.nodes[label], False)
                _noarp(self.nodes[label], noarp[label])
            wait_usable(self.nodes[label].ns)

    def announce6(self, *labels):
        with self.watch() as net:
            for label in labels:
                net.exchange(label, neighbour_announce(self.nodes[label]))

    def announce4(self, *labels):
        with self.watch() as net:
            for label in labels:
                net.exchange(label, arp_announce(self.nodes[label]))

    # Observation

    def watch(self, *labels):
        """Ears at the named nodes, or at all."""
        return Watch([self.nodes[label] for label in labels or self.nodes],
                     is_mld if self.routing else None)

    def slaves_json(self, options="", what=""):
        return self.bv(f"-j {options} link show {what}").json

    def drops(self):
        """{(slave or master, reason): count} where not zero."""
        found = {}
        for command in ("link", "master"):
            for entry in self.bv(f"-j -s {command} show").json:
                for reason, count in entry.get("drops", {}).items():
                    if count:
                        found[entry["ifname"], reason] = count
        return found

    def addresses(self, what=""):
        """[(address, prefix length, slave, origin)], as bpfvlan lists them."""
        return [(a["local"], a["prefixlen"], slave["ifname"], a["origin"])
                for slave in self.bv(f"-j addr show {what}").json
                for a in slave["addr_info"]]

    def owners(self):
        """{address: slave}, without those that the kernel makes itself."""
        return {address: slave for address, _, slave, _ in self.addresses()
                if not address.startswith("fe80:")}

    def host_dev(self, name):
        """The host end of a slave."""
        entry, = self.slaves_json("-d", name)
        return entry["linkinfo"]["info_data"]["host_dev"]

    def host_ends(self):
        """Devices of slaves in the masters' namespace: not the copier's."""
        return {e["ifname"] for e in self.ip_json("host", "link show")
                if e["ifname"].startswith("bv")
                and not e["ifname"].endswith((".0", ".q"))}

    def hook_in_use(self, master="eth0"):
        """What bpfvlan says, which must agree with what the kernel says."""
        entry = {e["ifname"]: e for e in self.bv("-j master show").json}
        return entry[master]["hook"]

    def hooks(self, dev="eth0", label="host"):
        """Programs on a device by hook, in the order in which they run."""
        space = self.name(label)
        with netns.inside(space):
            index = socket.if_nametoindex(dev)
        has_clsact = bpf.has_clsact(space, dev)
        found = {"clsact": has_clsact}
        for way in ("ingress", "egress"):
            found["tcx_" + way] = bpf.tcx(space, index, way)
            found[way] = bpf.clsact(space, dev, way) if has_clsact else []
        peer = bpf.netkit(space, index)
        if peer is not None:
            found["netkit_peer"] = peer
        return found

    def snapshot(self):
        """All that a refused command must leave alone."""
        links = {space: [_lasting(link) for link in self.ip_json(
                     space.removeprefix(self._prefix), "addr show")]
                 for space in self._spaces}
        hooks = {node.label: self.hooks(node.dev)
                 for node in self.nodes.values() if node.role == "host"
                 and node.ns == self.name("host")}
        conf = {dev: self.conf(dev) for dev in devices(self.name("host"))}
        return links, hooks, conf, self.routes()

    def conf(self, dev, label="host"):
        """Settings of a device: {"ipv4/forwarding": "0", ...}."""
        found = {}
        with netns.inside(self.name(label)):
            for family in ("ipv4", "ipv6"):
                folder = pathlib.Path(f"/proc/sys/net/{family}/conf/{dev}")
                for path in folder.glob("*"):
                    if path.name == "stable_secret":
                        continue  # one that is not set cannot be read
                    text = path.read_text(encoding="ascii")
                    found[f"{family}/{path.name}"] = text.strip()
        return found

    def routes(self, *words, label="host"):
        """[(destination, device, source)] of the main table."""
        return [(route["dst"], route["dev"], route.get("prefsrc"))
                for family in ("-4", "-6") for route in self.ip_json(
                    label, f"{family} route show {' '.join(words)}")
                if not route["dst"].startswith("fe80::")]

    # Processes and the end

    def spawn(self, args, label=None, **popen):
        """A process that close() ends if the test has not."""
        with netns.inside(label and self.name(label)):
            process = subprocess.Popen(args, **popen)
        self._processes.append(process)
        return process

    def on_close(self, function):
        self._at_end.append(function)

    def ping(self, source, target, count=1, wait=2 * netns.PATIENCE):
        """Whether an echo request from a namespace is answered.

        Where no answer is expected, `wait` is what it takes in any case.
        """
        done = self.spawn(["ping", "-n", "-q", "-c", str(count), "-i", "0.002",
                           "-W", str(wait), target], source,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).wait()
        return done == 0

    def _note_programs(self):
        """Remembers what hangs on the devices of the host, and its maps."""
        if self.name("host") not in self._spaces:
            return
        for dev in devices(self.name("host")):
            # It may vanish now, as its other end's namespace ends.
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                for prog_id in itertools.chain(*self._ids(dev)):
                    Lab.attached.add(("prog", prog_id))
                    Lab.attached.update(("map", i)
                                        for i in bpf.maps_of(prog_id))

    def _ids(self, dev):
        return [ids for ids in self.hooks(dev).values()
                if isinstance(ids, list)]

    def close(self):
        try:
            self._note_programs()
        finally:
            self._end()
        left = {s for s in netns.names() if s.startswith(self._prefix)}
        assert not left, f"namespaces left behind: {left}"
        netns.wait_for_change(
            None, lambda: set(devices(None)) <= self._root_devices,
            "no new device in the root namespace")

    def _end(self):
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        for function in reversed(self._at_end):
            function()
        if self._spaces:
            netns.delete(self._spaces)


def v6_prefix(net):
    return f"fd77:0:0:{net:x}::" if net else "fd77::"


def devices(ns):
    with netns.inside(ns):
        return [name for _, name in socket.if_nameindex()]
