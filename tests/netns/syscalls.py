# SPDX-License-Identifier: GPL-2.0-or-later
"""Things that a child process must do without: preexec_fn for subprocess.

A seccomp filter that makes bpf(2) fail stands for kernels and administrators
that refuse: no BPF at all, or one of its commands when others have worked.
"""

import ctypes
import errno
import platform
import struct

NR_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_W_ABS, JEQ, RET = 0x20, 0x15, 0x06
ALLOW, FAIL_WITH = 0x7fff0000, 0x00050000
OFFSET_NR, OFFSET_FIRST_ARGUMENT = 0, 16

BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_PROG_LOAD = 0, 2, 5
BPF_PROG_ATTACH, BPF_PROG_QUERY = 8, 16

_libc = ctypes.CDLL(None, use_errno=True)


def drop_capabilities():
    """The child and what it executes is root by name only."""
    for capability in range(64):
        # EINVAL: the kernel has no more of them.
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            break


def _instruction(code, true, false, value):
    return struct.pack("=HBBI", code, true, false, value)


def refuse_bpf(error, command=None):
    """A preexec_fn: bpf(2), or one command of it, fails with error."""
    code = getattr(errno, error)
    program = [_instruction(LOAD_W_ABS, 0, 0, OFFSET_NR)]
    if command is None:
        program += [_instruction(JEQ, 0, 1, NR_BPF)]
    else:
        program += [_instruction(JEQ, 0, 3, NR_BPF),
                    _instruction(LOAD_W_ABS, 0, 0, OFFSET_FIRST_ARGUMENT),
                    _instruction(JEQ, 0, 1, command)]
    program += [_instruction(RET, 0, 0, FAIL_WITH | code),
                _instruction(RET, 0, 0, ALLOW)]
    code_bytes = ctypes.create_string_buffer(b"".join(program))
    header = ctypes.create_string_buffer(struct.pack(
        "=H6xQ", len(program), ctypes.addressof(code_bytes)))

    def apply():
        if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or _libc.prctl(
                PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
            raise OSError(ctypes.get_errno(), "seccomp")

    apply.keeps = code_bytes
    return apply
