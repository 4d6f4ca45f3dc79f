# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/vm/run itself: what it hands on, and what it leaves behind.

VM_KERNEL says on which kernel; the first of tests/vm/kernels otherwise.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
RUN = HERE / "run"
DEADLINE = 120


def first_kernel():
    lines = (HERE / "kernels").read_text(encoding="ascii").splitlines()
    return next(line.split()[0] for line in lines if line and line[0] != "#")


KERNEL = os.environ.get("VM_KERNEL") or first_kernel()


QEMU = "qemu-system-x86_64"
# Becomes the real one, which closes the file that it has open: see started().
STARTER = f"""#!{sys.executable}
import os, sys
started = os.open(os.environ["STARTED"], os.O_WRONLY | os.O_CLOEXEC)
os.write(started, b"!")
os.execv("{{qemu}}", sys.argv)
"""


@pytest.fixture
def starting(tmp_path_factory):
    """The environment in which who reads the fifo hears of qemu's start."""
    folder = tmp_path_factory.mktemp("starter")
    qemu = shutil.which(QEMU)
    assert qemu, f"{QEMU} is not installed, see scripts/packages.debian"
    (folder / QEMU).write_text(STARTER.format(qemu=qemu), encoding="ascii")
    (folder / QEMU).chmod(0o755)
    os.mkfifo(folder / "started")
    fd = os.open(folder / "started", os.O_RDONLY | os.O_NONBLOCK)
    yield fd, {"PATH": f"{folder}:{os.environ['PATH']}",
               "STARTED": str(folder / "started")}
    os.close(fd)


@pytest.fixture
def guest(tmp_path):
    """Starts a run whose work folder is below tmp_path."""
    runs = []

    def start(*command, options=(), environment=()):
        run = subprocess.Popen(
            [RUN, *options, KERNEL, "--", *command], text=True,
            env=dict(os.environ, TMPDIR=str(tmp_path), **dict(environment)),
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


def wait_for_machine(run, fd, path):
    """The byte says that it is about to start, the end that it has."""
    for said in b"!", b"":
        ready, _, _ = select.select([fd], [], [], DEADLINE)
        assert ready, f"no machine within {DEADLINE} s"
        assert os.read(fd, 1) == said
    assert run.poll() is None, run.stderr.read()
    assert any("qemu" in name for name in users(path).values())


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
def test_a_signal_ends_the_machine_that_boots(guest, starting, tmp_path,
                                              number):
    fd, environment = starting
    run = guest("tail", "-f", "/dev/null", environment=environment)
    wait_for_machine(run, fd, tmp_path)
    check_ends(run, number, tmp_path)


def test_a_signal_ends_the_command_that_runs(guest, tmp_path):
    run = guest("sh", "-c", "echo ready; exec tail -f /dev/null")
    assert run.stdout.readline() == "ready\n"
    check_ends(run, signal.SIGTERM, tmp_path)
