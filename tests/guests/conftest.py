# SPDX-License-Identifier: GPL-2.0-or-later
"""Labs for virtual machines: those of tests/netns, with stacks that talk."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "netns"))

import bpf
import machine
import masters
from lab import BPFVLAN, Lab


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """What a machine boots from."""
    if not os.access(BPFVLAN, os.X_OK):
        pytest.exit(f"{BPFVLAN} is not there: run make", 2)
    return machine.prepare(tmp_path_factory.mktemp("boot"))


@pytest.fixture
def lab():
    live = Lab("tcx" if bpf.have_tcx() else "clsact", quiet=False)
    try:
        masters.veth(live)
        yield live
    finally:
        live.close()
