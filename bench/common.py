# SPDX-License-Identifier: GPL-2.0-or-later
"""What the measuring programs share: namespaces, processes, texts.

Every namespace made here has a prefix of its own and goes when the `with` block
ends, however it ends: a signal that asks us to end raises SystemExit. Statuses:
0 measured, 1 less than --require asks for, 2 could not measure.
"""

import contextlib
import datetime
import os
import pathlib
import platform
import signal
import subprocess
import sys
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "netns"))
import netns

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
BPFVLAN = os.environ.get("BPFVLAN", str(BUILD / "bpfvlan"))
RR, FEED = (str(BUILD / "bench" / tool) for tool in ("rr", "feed"))
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Failure(Exception):
    """Why there is nothing to show."""


class Place(typing.NamedTuple):
    """A CPU for a process, and its rank among all that want it."""
    cpu: int
    nice: int = -20

    def hold(self, process):
        """For a session's leader: a nice value ranks within a session only
        where sessions are ranked too (sched(7), autogroup)."""
        os.setpriority(os.PRIO_PROCESS, process.pid, self.nice)
        # Not everywhere, and not for who has ended already.
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{process.pid}/autogroup").write_text(
                str(self.nice), encoding="ascii")


class Lab:
    """Namespaces and processes of one measurement."""

    def __init__(self):
        self._prefix = f"bvb{os.getpid()}-"
        self._processes = []

    def __enter__(self):
        if os.geteuid() != 0:
            raise Failure("only root may make namespaces")
        for number in ENDING:
            signal.signal(number, lambda n, _: sys.exit(128 + n))
        return self

    def __exit__(self, *_):
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        for process in list(self._processes):
            self.end(process)
        mine = [n for n in netns.names() if n.startswith(self._prefix)]
        netns.delete(mine)

    def space(self, label):
        """The name below /run/netns."""
        return self._prefix + label

    def create(self, *labels):
        netns.create([self.space(label) for label in labels])

    def ip(self, label, *lines):
        netns.ip_batch(self.space(label), lines)

    def spawn(self, label, argv, place=None, **popen):
        """Starts a process in a namespace, which does not outlive us."""
        if place:
            argv = ["taskset", "-c", str(place.cpu), *argv]
        argv = ["setpriv", "--pdeathsig", "KILL", *argv]
        with netns.inside(self.space(label)):
            process = subprocess.Popen(
                argv, text=True, start_new_session=bool(place), **popen)
        self._processes.append(process)
        if place:
            place.hold(process)
        return process

    def run(self, label, argv, seconds, place=None):
        """Output of a process that ends by itself, within `seconds`."""
        process = self.spawn(label, argv, place, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{argv[0]} did not end in {seconds} s") from None
        if process.returncode:
            raise Failure(f"{' '.join(argv)}: {(err or out).strip()}")
        self.end(process)
        return out

    @contextlib.contextmanager
    def server(self, label, argv, place, ready):
        """A server for the length of a block, from when it says `ready`."""
        process = self.spawn(label, argv, place, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        said = []
        for line in process.stdout:
            said.append(line)
            if ready in line:
                break
        else:
            raise Failure(f"{argv[0]}: {''.join(said).strip()}")
        yield
        self.end(process)

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
        self._processes.remove(process)


def bpfvlan(*words, stdin=None, hook=None):
    """Output of the command, which must succeed."""
    env = {k: v for k, v in os.environ.items() if k != "BPFVLAN_HOOK"}
    if hook:
        env["BPFVLAN_HOOK"] = hook
    done = subprocess.run([BPFVLAN, *words], input=stdin, env=env, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise Failure(f"bpfvlan {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def setting():
    """Where and when: what a figure means nothing without."""
    return {
        "date": datetime.date.today().isoformat(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def setting_line():
    return "{date}, Linux {kernel}, {machine}, {cpus} CPUs".format(**setting())


def table(rows):
    """Columns as wide as they need be; the first one is text."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.rjust(width) if i else cell.ljust(width)
                  for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)


def main(program, function):
    """Runs function(), which returns a status."""
    try:
        sys.exit(function())
    except FileNotFoundError as error:
        reason = f"{error.filename} is missing"
    except (Failure, AssertionError) as error:
        reason = str(error)
    print(f"{program}: {reason}", file=sys.stderr)
    sys.exit(2)
