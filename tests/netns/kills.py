# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills a command at one of its steps, by ptrace(2).

What a command changes it changes by a few kinds of system calls, and by stores
to the port's maps between them. So there are two worst moments for each of those
calls: before it, with all the stores that precede it, and after it, without any
that follow.
"""

import ctypes
import os
import platform
import signal
import struct
import subprocess

PTRACE_TRACEME, PTRACE_SYSCALL = 0, 24
PTRACE_SETOPTIONS, PTRACE_GET_SYSCALL_INFO = 0x4200, 0x420e
PTRACE_O_TRACESYSGOOD, PTRACE_O_EXITKILL = 1, 1 << 20
SYSCALL_STOP = signal.SIGTRAP | 0x80
AT_ENTRY = 1

# What changes something, by number: which argument tells, and its values.
NR = {
    "x86_64": {"write": 1, "ioctl": 16, "pwrite64": 18, "sendto": 44,
               "flock": 73, "bpf": 321},
    "aarch64": {"write": 64, "ioctl": 29, "pwrite64": 68, "sendto": 206,
                "flock": 32, "bpf": 280},
}[platform.machine()]
SIOCSIFFLAGS, SIOCETHTOOL = 0x8914, 0x8946
BPF_UPDATE, BPF_DELETE, BPF_ATTACH, BPF_DETACH, BPF_TAKE = 2, 3, 8, 9, 21
RTM_GET = 2  # of each four types

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                         ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, pid, addr=None, data=None):
    if _libc.ptrace(request, pid, addr, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), f"ptrace {request:#x}")


def _syscall(pid):
    """Of a process that stands at one: on its way in or out, number, arguments."""
    info = ctypes.create_string_buffer(88)
    _ptrace(PTRACE_GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info))
    return info.raw[0], *struct.unpack_from("=7Q", info.raw, 24)


def _step(pid, number, *args):
    """What a system call changes, or None."""
    if number == NR["sendto"]:
        with open(f"/proc/{pid}/mem", "rb") as memory:
            memory.seek(args[1])
            kind, = struct.unpack_from("=4xH", memory.read(6))
        return f"netlink {kind}" if kind % 4 != RTM_GET else None
    if number == NR["ioctl"]:
        return "ioctl" if args[1] in (SIOCSIFFLAGS, SIOCETHTOOL) else None
    if number == NR["bpf"]:
        return f"bpf {args[0]}" if args[0] in (
            BPF_UPDATE, BPF_DELETE, BPF_ATTACH, BPF_DETACH, BPF_TAKE) else None
    return {NR[name]: name for name in ("write", "pwrite64", "flock")}.get(number)


def killed_at(args, moment, env):
    """Runs a command; kills it at the moment of that number.

    Returns what was about to be done, or had been, None if the command ended
    before. Children of the command are not traced.
    """
    with subprocess.Popen(
            args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, preexec_fn=lambda: _ptrace(PTRACE_TRACEME, 0)
            ) as process:
        try:
            os.waitpid(process.pid, 0)  # at its exec
            _ptrace(PTRACE_SETOPTIONS, process.pid, None,
                    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)
            return _follow(process, moment)
        finally:
            process.kill()


def _follow(process, moment):
    step, signal_too = None, 0
    while True:
        _ptrace(PTRACE_SYSCALL, process.pid, None, signal_too)
        _, status = os.waitpid(process.pid, 0)
        if not os.WIFSTOPPED(status):
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, process.stderr.read()
            return None
        signal_too = os.WSTOPSIG(status)
        if signal_too != SYSCALL_STOP:
            continue
        signal_too = 0
        way, *call = _syscall(process.pid)
        if way == AT_ENTRY:
            step = _step(process.pid, *call)
        if not step:
            continue
        if not moment:
            return ("before " if way == AT_ENTRY else "after ") + step
        moment -= 1
