# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of others on the master work before and after ours, and stay."""

import pathlib
import subprocess

import pytest

import bpf
from capture import Watch
from frames import BROADCAST, echo4, test_frame

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def counter(tmp_path_factory):
    """Path of an object file with a program that counts."""
    obj = tmp_path_factory.mktemp("bpf") / "counter.o"
    machine = subprocess.run(["gcc", "-print-multiarch"], text=True,
                             capture_output=True, check=True).stdout.strip()
    subprocess.run(["clang", "-O2", "-g", "-target", "bpf",
                    f"-I/usr/include/{machine}", "-c",
                    str(HERE / "counter.bpf.c"), "-o", str(obj)], check=True)
    return obj


class TcxPrograms:
    """Counting programs on the master's TCX hooks."""

    def __init__(self, lab, path):
        self._lab, self._path = lab, path
        self._objects = []
        lab.on_close(self._close)

    def _close(self):
        for obj in self._objects:
            obj.close()

    def attach(self, direction, flags=0):
        index = int(self._lab.ip_json("host", "link show eth0")[0]["ifindex"])
        obj = bpf.Object(self._path)
        self._objects.append(obj)
        obj.attach_tcx(self._lab.name("host"), index, direction, flags)
        return obj


class ClsactPrograms:
    """The same as direct-action filters, put there by tc(8)."""

    def __init__(self, lab, path):
        self._lab, self._path = lab, path

    def attach(self, direction, pref):
        space = self._lab.name("host")
        if not bpf.has_clsact(space, "eth0"):
            self._tc("qdisc add dev eth0 clsact")
        before = set(bpf.clsact(space, "eth0", direction))
        self._tc(f"filter add dev eth0 {direction} pref {pref} bpf "
                 f"direct-action obj {self._path} sec tc")
        new, = set(bpf.clsact(space, "eth0", direction)) - before
        return ClsactProgram(new)

    def detach(self, direction, pref):
        self._tc(f"filter del dev eth0 {direction} pref {pref}")

    def _tc(self, command):
        # tc(8) mounts a BPF file system: in a mount namespace that ends here.
        subprocess.run(["ip", "netns", "exec", self._lab.name("host"), "tc",
                        *command.split()], check=True)


class ClsactProgram:
    def __init__(self, prog_id):
        self.id = prog_id

    def count(self):
        return bpf.count_of(self.id)


def host_traffic(lab, net):
    """Frames between host and wire; (to the host, to the wire)."""
    pair = ((lab.wire, lab.host), (lab.host, lab.wire))
    for source, target in pair:
        frame = echo4(source, target, target.mac)
        assert net.exchange(source.label, frame) == {target.label: [frame]}
        frame = test_frame(source.mac, BROADCAST)
        assert net.exchange(source.label, frame)[target.label] == [frame]


def moved(programs, action):
    before = [program.count() for program in programs]
    action()
    return [program.count() > was for program, was in zip(programs, before)]


def check_all_see_host_traffic(lab, programs):
    with Watch([lab.host, lab.wire]) as net:
        assert all(moved(programs, lambda: host_traffic(lab, net)))


@pytest.mark.core
@pytest.mark.skipif(not bpf.have_tcx(), reason="TCX came with kernel 6.6")
@pytest.mark.hooks("tcx", "clsact")
def test_tcx_programs_attached_before_and_after_ours(lab, counter):
    others = TcxPrograms(lab, counter)
    before = [others.attach(d) for d in ("ingress", "egress")]
    check_all_see_host_traffic(lab, before)
    lab.slaves("c1")
    after = [others.attach(d, flags) for d in ("ingress", "egress")
             for flags in (bpf.F_BEFORE, bpf.F_AFTER)]
    check_all_see_host_traffic(lab, before + after)
    with lab.watch() as net:
        frame = echo4(lab.wire, lab.c1, lab.c1.mac)
        assert net.exchange("wire", frame) == {"c1": [frame]}
    lab.bv("link del c1")
    ids = {p.id for p in before + after}
    hooks = lab.hooks()
    assert set(hooks["tcx_ingress"] + hooks["tcx_egress"]) == ids
    assert hooks["ingress"] == hooks["egress"] == []
    check_all_see_host_traffic(lab, before + after)


@pytest.mark.core
@pytest.mark.hooks("tcx", "clsact")
def test_filters_on_clsact_attached_before_and_after_ours(lab, counter):
    others = ClsactPrograms(lab, counter)
    before = [others.attach(d, 10) for d in ("ingress", "egress")]
    check_all_see_host_traffic(lab, before)
    lab.slaves("c1")
    # Preference 1 runs ahead of all, 60000 behind.
    after = [others.attach(d, pref) for d in ("ingress", "egress")
             for pref in (1, 60000)]
    check_all_see_host_traffic(lab, before + after)
    with lab.watch() as net:
        frame = echo4(lab.wire, lab.c1, lab.c1.mac)
        assert net.exchange("wire", frame) == {"c1": [frame]}
    lab.bv("link del c1")
    hooks = lab.hooks()
    assert set(hooks["ingress"] + hooks["egress"]) == {
        p.id for p in before + after}
    assert hooks["tcx_ingress"] == hooks["tcx_egress"] == []
    check_all_see_host_traffic(lab, before + after)


@pytest.mark.core
@pytest.mark.hooks("clsact")
def test_a_clsact_that_others_moved_into_stays(lab, counter):
    """We brought it, but it is not ours alone any more."""
    others = ClsactPrograms(lab, counter)
    lab.slaves("c1")
    program = others.attach("ingress", 10)
    lab.bv("link del c1")
    assert lab.hooks()["ingress"] == [program.id]
    others.detach("ingress", 10)


@pytest.mark.core
@pytest.mark.hooks("clsact")
def test_an_empty_clsact_that_was_there_before_stays(lab):
    lab.spaces("c1")
    subprocess.run(["ip", "netns", "exec", lab.name("host"), "tc", "qdisc",
                    "add", "dev", "eth0", "clsact"], check=True)
    before = lab.hooks()
    lab.slaves("c1")
    lab.bv("link del c1")
    assert lab.hooks() == before


@pytest.mark.core
def test_programs_of_others_on_the_host_end_go_with_the_slave(lab, counter):
    """Deleting must not be hindered by what others attached."""
    lab.slaves("c1")
    dev = lab.host_dev("c1")
    space = lab.name("host")
    # Without TCX it has one already, which is ours.
    for command in (f"qdisc replace dev {dev} clsact",
                    f"filter add dev {dev} egress bpf direct-action obj "
                    f"{counter} sec tc"):
        subprocess.run(["ip", "netns", "exec", space, "tc", *command.split()],
                       check=True)
    lab.bv("link del c1")
    assert dev not in [e["ifname"] for e in lab.ip_json("host", "link show")]
