# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/vm/run itself: what it hands on, and what it leaves behind.

VM_KERNEL says on which kernel; the first of tests/vm/kernels otherwise.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).parent
RUN = HERE / "run"
DEADLINE = 120


def first_kernel():
    lines = (HERE / "kernels").read_text(encoding="ascii").splitlines()
    return next(line.split()[0] for line in lines if line and line[0] != "#")


KERNEL = os.environ.get("VM_KERNEL") or first_kernel()


@pytest.fixture
def guest(tmp_path):
    """Starts a run whose work folder is below tmp_path."""
    runs = []

    def start(*command, options=()):
        run = subprocess.Popen(
            [RUN, *options, KERNEL, "--", *command], text=True,
            env=dict(os.environ, TMPDIR=str(tmp_path)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        runs.append(run)
        return run

    yield start
    for run in runs:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def users(path):
    """{pid: command} of processes that name the path, zombies not."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(str(path).encode() in word for word in words):
            found[int(entry.parent.name)] = words[0].decode()
    return found


def wait_for_machine(run, path):
    end = time.monotonic() + DEADLINE
    while not any("qemu" in name for name in users(path).values()):
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < end, f"no machine within {DEADLINE} s"
        time.sleep(0.02)


def left_behind(path):
    return users(path), sorted(path.iterdir())


def test_output_and_status_are_the_commands(guest, tmp_path):
    run = guest("sh", "-c", 'echo out; echo "$1" >&2; exit 7', "sh",
                "two words")
    out, _ = run.communicate(timeout=DEADLINE)
    assert (run.returncode, out) == (7, "out\ntwo words\n")
    assert left_behind(tmp_path) == ({}, [])


def test_a_command_that_takes_too_long_is_ended(guest, tmp_path):
    run = guest("sleep", "1000", options=["-t", "3"])
    _, err = run.communicate(timeout=DEADLINE)
    assert run.returncode == 124 and "no end after 3 s" in err
    assert left_behind(tmp_path) == ({}, [])


def check_ends(run, number, tmp_path):
    run.send_signal(number)
    run.communicate(timeout=DEADLINE)
    assert left_behind(tmp_path) == ({}, [])
    assert run.returncode == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_ends_the_machine_that_boots(guest, tmp_path, number):
    run = guest("sleep", "1000")
    wait_for_machine(run, tmp_path)
    check_ends(run, number, tmp_path)


def test_a_signal_ends_the_command_that_runs(guest, tmp_path):
    run = guest("sh", "-c", "echo ready; exec sleep 1000")
    assert run.stdout.readline() == "ready\n"
    check_ends(run, signal.SIGTERM, tmp_path)
