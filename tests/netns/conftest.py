# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: a lab for each test, on each hook where that matters."""

import os

import pytest

import bpf
import masters
import netns
from lab import BPFVLAN, VIA, Lab

BPF_DEADLINE = 20.0 * netns.PATIENCE


MARKERS = (
    "hooks(name, ...): runs once with each; without, with tcx",
    "core: what a kernel may do otherwise; for --core",
    "real_time: measures time; left out where the CPU is emulated",
)


def pytest_addoption(parser):
    parser.addoption("--core", action="store_true", help="on the first of its "
                     "hooks, what is marked core; of a file without, all")


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if os.geteuid() != 0:
        pytest.exit("these tests make network namespaces: run them as root", 2)
    if VIA == "netkit" and not bpf.have_netkit():
        pytest.exit(f"BPFVLAN_TEST_VIA=netkit: {bpf.NO_NETKIT}", 2)


def pytest_generate_tests(metafunc):
    if "hook" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("hooks")
    hooks = marker.args if marker else ("tcx",)
    if not bpf.have_tcx():  # before 6.6
        hooks = ("clsact",)
    if metafunc.config.getoption("core"):
        hooks = hooks[:1]
    metafunc.parametrize("hook", hooks)


def pytest_collection_modifyitems(config, items):
    left_out = set()
    if netns.EMULATED:
        left_out = {i for i in items if i.get_closest_marker("real_time")}
    if config.getoption("core"):
        core = {i for i in items if i.get_closest_marker("core")}
        marking = {item.path for item in core}
        left_out |= {i for i in items if i.path in marking} - core
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def built():
    if not os.access(BPFVLAN, os.X_OK):
        pytest.exit(f"{BPFVLAN} is not there: run make", 2)


@pytest.fixture(scope="session", autouse=True)
def rcu_expedited():
    """The whole machine's: nothing here may leave it changed."""
    knob = netns.Knob("/sys/kernel/rcu_expedited", usual=0)
    yield knob
    knob.check()


@pytest.fixture(scope="module", autouse=True)
def no_program_left():
    """What the labs of a file had attached must be gone soon after them.

    The kernel frees programs and maps some time after their last user went, so
    this waits once for many tests. Programs of others may come and go.
    """
    Lab.attached.clear()
    yield
    netns.wait_until(lambda: not Lab.attached & bpf.ours().keys(),
                     f"these are freed: {Lab.attached}", BPF_DEADLINE)


@pytest.fixture
def empty_lab(hook, built):
    """A quiet lab with nothing in it."""
    lab = Lab(hook)
    yield lab
    lab.close()


@pytest.fixture
def lab(empty_lab):
    """A quiet lab with the usual master eth0 and its wire."""
    masters.veth(empty_lab)
    return empty_lab


@pytest.fixture
def routing_lab(hook, built):
    """As lab, with a host that has IPv6 and knows its neighbours."""
    lab = Lab(hook, routing=True)
    try:
        masters.veth(lab)
        yield lab
    finally:
        lab.close()


def make_live_lab(hook):
    """As lab, with stacks that talk; the caller closes it."""
    lab = Lab(hook, quiet=False)
    try:
        masters.veth(lab)
    except BaseException:
        lab.close()
        raise
    return lab


@pytest.fixture
def live_lab(hook, built):
    lab = make_live_lab(hook)
    yield lab
    lab.close()
