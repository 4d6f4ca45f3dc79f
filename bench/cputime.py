# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time of what receives frames, in the nanoseconds of the scheduler.

/proc/stat is no measure: it counts the ticks at which a CPU was busy, 4 ms
apart, and what else the machine does at the time. Here the receiver is a thread
of the kernel (crowd.py), whose time on a CPU the scheduler knows exactly; what
was stolen from a virtual machine is not in it, softirqs that the thread raises
are. That holds unless the kernel keeps time for interrupts apart
(CONFIG_IRQ_TIME_ACCOUNTING), which then is refused. Softirqs that take longer
than 2 ms at a stretch are left to ksoftirqd, whose time is everybody's; these
loads, a train at a time, are far from that.

macvlan defers copies to a work item. Kernel threads that run work items run
everybody's, so of these we count the time between begin and end of this one,
by tracefs, without that in which the thread was not on a CPU.
"""

import contextlib
import gzip
import os
import pathlib
import platform
import re

from common import Failure

TRACING = pathlib.Path("/sys/kernel/tracing")
WORK = "macvlan_process_broadcast"
EVENTS = {
    "workqueue/workqueue_execute_start": "function == {work}",
    "workqueue/workqueue_execute_end": "function == {work}",
    "sched/sched_switch":
        'prev_comm ~ "kworker/u*" || next_comm ~ "kworker/u*"',
}
LINE = re.compile(r"-(\d+) +\[\d+\] \S+ +(\d+)\.(\d+): (\w+): (.*)")
SWITCH = re.compile(r"prev_pid=(\d+) .*next_pid=(\d+)")


def check_kernel():
    texts = []
    with contextlib.suppress(OSError):
        texts.append(gzip.decompress(
            pathlib.Path("/proc/config.gz").read_bytes()).decode())
    with contextlib.suppress(OSError):
        texts.append(pathlib.Path(
            f"/boot/config-{platform.release()}").read_text(encoding="utf-8"))
    if any("CONFIG_IRQ_TIME_ACCOUNTING=y" in text for text in texts):
        raise Failure("this kernel does not charge softirqs to threads")


def symbol(name):
    with open("/proc/kallsyms", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[2] == name:
                return "0x" + words[0]
    raise Failure(f"this kernel has no {name}")


def threads_ns(threads):
    """What they have had of the CPUs until now."""
    total = 0
    for thread in threads:
        path = pathlib.Path(f"/proc/{thread}/schedstat")
        total += int(path.read_text(encoding="ascii").split()[0])
    return total


class WorkTime:
    """Time spent in macvlan's work item; a trace of our own, until exit."""

    def __init__(self):
        self._path = TRACING / "instances" / f"bvb{os.getpid()}"

    def __enter__(self):
        work = symbol(WORK)
        try:
            self._path.mkdir()
        except OSError as error:
            raise Failure(f"no trace: {error}") from None
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", "8192")
        for event, condition in EVENTS.items():
            self._write(f"events/{event}/filter", condition.format(work=work))
        return self

    def __exit__(self, *_):
        self._write("events/enable", "0")
        self._path.rmdir()

    def _write(self, name, text):
        (self._path / name).write_text(text, encoding="ascii")

    def begin(self):
        self._write("trace", "")
        for event in EVENTS:
            self._write(f"events/{event}/enable", "1")

    def end(self):
        """Nanoseconds since begin()."""
        self._write("events/enable", "0")
        for stats in self._path.glob("per_cpu/cpu*/stats"):
            if "overrun: 0\n" not in stats.read_text(encoding="ascii"):
                raise Failure("the trace is too short")
        return parse((self._path / "trace").read_text(encoding="utf-8"))


def parse(text):
    """Sum of the times on a CPU between begins and ends."""
    total, since = 0, {}  # thread: when it began or came back; None: it is off
    for line in text.splitlines():
        found = LINE.search(line)
        if not found:
            continue
        thread, now = int(found[1]), int(found[2] + found[3]) * 1000
        if found[4] == "workqueue_execute_start":
            since[thread] = now
        elif found[4] == "workqueue_execute_end" and thread in since:
            # None: that it came back was not recorded, which is rare.
            began = since.pop(thread)
            total += now - began if began else 0
        elif found[4] == "sched_switch":
            before, after = map(int, SWITCH.search(found[5]).groups())
            if since.get(before) is not None:
                total += now - since[before]
                since[before] = None
            if after in since:
                since[after] = now
    return total
