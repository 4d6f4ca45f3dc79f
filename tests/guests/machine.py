# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with a tap for its NIC, and who hears what it says.

Debian's kernel and busybox, under emulation: see init for what runs in there.
"""

import contextlib
import hashlib
import os
import pathlib
import socket
import subprocess
import threading

from capture import ETH_P_ALL, SOL_PACKET
from dhcp import Lines, need
from netns import inside

HERE = pathlib.Path(__file__).resolve().parent
VM = HERE.parent / "vm"
KERNEL = os.environ.get("VM_KERNEL", "6.12")
MODULES = ("virtio_pci", "virtio_net")
SIZE = 50 << 20  # bytes that go over TCP
RCVBUFFORCE = 33
TIMEOUT = 60


def prepare(folder):
    """Fetches the kernel if it is not there; the files to boot from."""
    initramfs = folder / "initramfs"
    subprocess.run([VM / "fetch", KERNEL], check=True)
    with open(initramfs, "wb") as file:
        subprocess.run([VM / "initramfs", KERNEL, HERE / "init", *MODULES],
                       stdout=file, check=True)
    return HERE.parents[1] / ".cache/vm" / KERNEL / "vmlinuz", initramfs


class Machine:
    """Booted when it is made; run() talks to its shell."""

    def __init__(self, lab, files, folder, tap, mac):
        self._console = folder / "console"
        ours, self._stdin = os.pipe()
        self._stdout, theirs = os.pipe()
        lab.on_close(lambda: os.close(self._stdin))
        lab.on_close(lambda: os.close(self._stdout))
        with open(folder / "qemu", "wb") as log:
            self.process = lab.spawn(
                self._command(files, tap, mac), "host",
                stdin=ours, stdout=theirs, stderr=log)
        os.close(ours)
        os.close(theirs)
        self._lines = Lines(self._stdout)
        self.wait()

    def _command(self, files, tap, mac):
        kernel, initramfs = files
        return [
            need("qemu-system-x86_64"), "-accel", "tcg,thread=multi",
            "-cpu", "max", "-smp", "2", "-m", "384", "-nodefaults",
            "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", kernel, "-initrd", initramfs, "-append",
            "console=ttyS0 panic=-1 oops=panic mitigations=off "
            "no_timer_check",
            "-serial", f"file:{self._console}",
            "-chardev", "stdio,id=shell,signal=off",
            "-serial", "chardev:shell",
            "-netdev", f"tap,id=lan,ifname={tap},script=no,downscript=no,"
            "vhost=off",
            "-device", f"virtio-net-pci,netdev=lan,mac={mac},romfile="]

    def wait(self):
        """The status of what runs, and what was said until then."""
        first = len(self._lines.seen)
        last = self._lines.wait(lambda line: line.startswith("== "))
        return int(last[3:]), self._lines.seen[first:-1]

    def run(self, command):
        """The lines that a command says; it must succeed."""
        status, lines = self.try_run(command)
        assert status == 0, f"{command}: {status}: {lines}"
        return lines

    def try_run(self, command):
        self.start(command)
        return self.wait()

    def start(self, command):
        os.write(self._stdin, command.encode() + b"\n")

    def pings(self, address):
        """Whether the address answers the guest."""
        return self.try_run(f"ping -c 1 -W 10 {address}")[0] == 0

    def end(self):
        self.process.kill()
        self.process.wait()


class Peer:
    """The other end of a TCP connection, in a namespace."""

    def __init__(self, lab, label, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with inside(lab.name(label)):
            self._sock = socket.create_server((address, 0), family=family)
        self._sock.settimeout(TIMEOUT)
        self.port = self._sock.getsockname()[1]

    def receive(self):
        """Digest and number of the bytes that somebody sends."""
        digest, count = hashlib.md5(), 0
        with self._accept() as connection:
            while data := connection.recv(1 << 20):
                digest.update(data)
                count += len(data)
        return digest.hexdigest(), count

    def send(self, data):
        with self._accept() as connection:
            connection.sendall(data)

    def _accept(self):
        connection = self._sock.accept()[0]
        connection.settimeout(TIMEOUT)
        return connection

    def close(self):
        self._sock.close()


class Recorder(threading.Thread):
    """Hears all on a device while it is open, and keeps what is short.

    What is long is counted: it is data, of which the headers are enough.
    """

    KEPT = 1000

    def __init__(self, space, dev, outgoing=False):
        super().__init__(daemon=True)
        with inside(space):
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._sock.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 1 << 27)
            if not outgoing:
                self._sock.setsockopt(SOL_PACKET, 23, 1)
            self._sock.bind((dev, ETH_P_ALL))
        self._sock.settimeout(0.2)
        self._ended = False
        self.short = []
        self.sources = set()
        self.longest = {}  # by source MAC
        self.start()

    def run(self):
        while True:
            with contextlib.suppress(TimeoutError):
                self._note(self._sock.recv(1 << 17))
                continue
            if self._ended:
                return

    def _note(self, frame):
        source = frame[6:12].hex(":")
        self.sources.add(source)
        self.longest[source] = max(len(frame), self.longest.get(source, 0))
        if len(frame) < self.KEPT:
            self.short.append(frame)

    def stop(self):
        """When all that has arrived was heard."""
        self._ended = True
        self.join()
        self._sock.close()
        return self
