# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces, and processes and sockets inside them.

setns(2) moves one thread. Sockets and children made while it is away stay in
the namespace, so the thread goes there only for as long as it takes to make
them: no helper process per namespace is needed. Python 3.11 has no os.setns().
"""

import contextlib
import ctypes
import os
import pathlib
import select
import socket
import struct
import subprocess
import time

RUN_NETNS = pathlib.Path("/run/netns")
CLONE_NEWNET = 0x40000000
EMULATED = "QEMU TCG" in pathlib.Path("/proc/cpuinfo").read_text()
PATIENCE = 10 if EMULATED else 1  # deadlines are that much later
DEADLINE = 10.0 * PATIENCE
FORCE_FORWARDING = pathlib.Path(
    "/proc/sys/net/ipv6/conf/default/force_forwarding")

_libc = ctypes.CDLL(None, use_errno=True)


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) < 0:
        err = ctypes.get_errno()
        raise OSError(err, os.strerror(err), "setns")


@contextlib.contextmanager
def inside(name):
    """Runs the block in namespace `name`; None: where the thread is."""
    if name is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(RUN_NETNS / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def names():
    """The namespaces below /run/netns."""
    return set(os.listdir(RUN_NETNS)) if RUN_NETNS.is_dir() else set()


def create(wanted):
    """Creates namespaces; one process for all of them."""
    ip_batch(None, [f"netns add {name}" for name in wanted])


def delete(wanted):
    ip_batch(None, [f"netns del {name}" for name in wanted])


def _batch(tool, ns, lines):
    command = [tool, "-b", "-"] if ns is None else [tool, "-n", ns, "-b", "-"]
    done = subprocess.run(command, input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, f"{tool} in {ns}: {lines}: {done.stderr}"
    return done.stdout


def ip_batch(ns, lines):
    """Runs lines of ip(8) in a namespace, all or an exception."""
    return _batch("ip", ns, lines)


def tc_batch(ns, lines):
    """Runs lines of tc(8) in a namespace, all or an exception."""
    return _batch("tc", ns, lines)


def sysctl(ns, values):
    """Writes below /proc/sys/net, which shows the caller's namespace."""
    with inside(ns):
        for key, value in values.items():
            path = "/proc/sys/net/" + key
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))


def forward_ip6(ns, on=True):
    """Lets l3s slaves have IPv6, for which Linux 6.17 needs nobody's help.

    Before, a namespace forwards it between all of its devices, or none.
    """
    if not FORCE_FORWARDING.exists():
        sysctl(ns, {"ipv6/conf/all/forwarding": int(on)})


RTM_NEWLINK, RTM_GETLINK, NLM_F_REQUEST = 16, 18, 1
IFLA_IFNAME, IFLA_LINK, IFLA_OPERSTATE, IFLA_LINKINFO = 3, 5, 16, 18


def link(ns, dev):
    """What rtnetlink tells of a device, by name or ifindex: flags, attributes."""
    index, name = (dev, b"") if isinstance(dev, int) else (0, dev.encode())
    request = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0)
    if name:
        request += struct.pack("=HH", 5 + len(name), IFLA_IFNAME)
        request += name + bytes(4 - len(name) % 4)
    with inside(ns), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as sock:
        sock.send(struct.pack("=IHHII", 16 + len(request), RTM_GETLINK,
                              NLM_F_REQUEST, 0, 0) + request)
        reply = sock.recv(1 << 16)
    kind, = struct.unpack_from("=4xH", reply)
    assert kind == RTM_NEWLINK, f"no {dev} in {ns}: {reply.hex()}"
    flags, = struct.unpack_from("=I", reply, 24)
    found, at = {}, 32
    while at < len(reply):
        length, kind = struct.unpack_from("=HH", reply, at)
        found[kind] = reply[at + 4:at + length]
        at += (length + 3) // 4 * 4
    return flags, found


# RTMGRP_ of rtnetlink(7): links, neighbours, addresses of both families, routes.
CHANGES = 1 | 4 | 0x10 | 0x100 | 0x40 | 0x400


def wait_for_change(ns, condition, what, deadline=DEADLINE):
    """What condition() says after a change that rtnetlink tells of in ns."""
    end = time.monotonic() + deadline
    with inside(ns):
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    with sock:
        sock.bind((0, CHANGES))
        while not (value := condition()):
            left = end - time.monotonic()
            assert left > 0 and select.select([sock], [], [], left)[0], \
                f"not within {deadline} s: {what}"
            # Until there are none left; ENOBUFS, too many came, is a change.
            with contextlib.suppress(OSError):
                while True:
                    sock.recv(1 << 16, socket.MSG_DONTWAIT)
    return value


class Knob:
    """A count in /sys that must be left as it was when the tests began.

    Batches of others may be under way: each has a child at work for it, whose
    standard input is the knob (src/lib/rcu.c), and which counts for one. One whose
    parent has died is to end, and so counts for none.
    """

    def __init__(self, path, usual):
        self._path = pathlib.Path(path)
        self._before = usual
        try:
            self.check()
            return
        except AssertionError:
            pass
        # The administrator's: between two looks a batch may begin or end.
        self._before, = wait_until(self._steady, f"{path} fits its users")

    def _holders(self):
        found = set()
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if (proc / "fd/0").readlink() == self._path:
                    parent = (proc / "stat").read_text().split()[3]
                    comm = (proc / "comm").read_text()
                    if (proc.parent / parent / "comm").read_text() == comm:
                        found.add(proc.name)
        return found

    def _own_value(self):
        """What is left of it without those; None while they change."""
        holders = self._holders()
        value = int(self._path.read_text(encoding="ascii"))
        return value - len(holders) if self._holders() == holders else None

    def _steady(self):
        value = self._own_value()
        return value is not None and value >= 0 and (value,)

    def check(self):
        """Soon: what ends a killed command's doing runs after it."""
        wait_until(lambda: self._own_value() == self._before,
                   f"{self._path} is {self._before} again, without others")


def wait_until(condition, what, deadline=DEADLINE, step=0.005):
    """Polls what no event tells of; fails when the deadline has passed."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {deadline} s: {what}"
        time.sleep(step)
