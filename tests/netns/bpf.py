# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel says about BPF, asked through libbpf and tc(8).

bpftool of Debian 12 does not know TCX, so its lists are queried here: the
system call takes the numbers of newer attach types from an older libbpf.
"""

import ctypes
import ctypes.util
import errno
import json
import os
import struct
import subprocess

from netns import inside

TCX = {"ingress": 46, "egress": 47}
NETKIT_PEER = 55
NO_NETKIT = "this kernel has no netkit (Linux 6.7, CONFIG_NETKIT)"
F_BEFORE = 1 << 3
F_AFTER = 1 << 4
PREFIX = "bv_"

_lib = ctypes.CDLL(ctypes.util.find_library("bpf"), use_errno=True)
_lib.bpf_object__open_file.restype = ctypes.c_void_p
_lib.bpf_object__next_program.restype = ctypes.c_void_p
_lib.bpf_object__next_map.restype = ctypes.c_void_p


def _check(ret, what):
    if ret < 0:
        raise OSError(-ret, f"{what}: {errno.errorcode.get(-ret, ret)}")
    return ret


def _info(fd):
    buf = ctypes.create_string_buffer(512)
    size = ctypes.c_uint32(len(buf))
    _check(_lib.bpf_obj_get_info_by_fd(fd, buf, ctypes.byref(size)), "info")
    return buf.raw


def _name(raw, offset):
    return raw[offset:offset + 16].split(b"\0")[0].decode()


def _each(kind, name_offset):
    """(id, name) of all programs or maps; one may vanish meanwhile."""
    found = {}
    last = ctypes.c_uint32(0)
    get_next = getattr(_lib, f"bpf_{kind}_get_next_id")
    get_fd = getattr(_lib, f"bpf_{kind}_get_fd_by_id")
    while get_next(last, ctypes.byref(last)) == 0:
        fd = get_fd(last)
        if fd >= 0:
            found[last.value] = _name(_info(fd), name_offset)
            os.close(fd)
    return found


def ours():
    """Programs and maps named bv_*, anywhere in this kernel."""
    progs = {("prog", i): n for i, n in _each("prog", 64).items()}
    maps = {("map", i): n for i, n in _each("map", 24).items()}
    return {key: name for key, name in (progs | maps).items()
            if name.startswith(PREFIX)}


def prog_name(prog_id):
    fd = _check(_lib.bpf_prog_get_fd_by_id(prog_id), f"program {prog_id}")
    try:
        return _name(_info(fd), 64)
    finally:
        os.close(fd)


def _query(ifindex, attach_type):
    ids = (ctypes.c_uint32 * 64)()
    count = ctypes.c_uint32(64)
    ret = _lib.bpf_prog_query(ifindex, attach_type, 0, None, ids,
                              ctypes.byref(count))
    return ret, list(ids[:count.value]) if ret == 0 else []


def tcx(ns, ifindex, direction):
    """Ids of the programs on a device, in the order in which they run."""
    with inside(ns):
        ret, ids = _query(ifindex, TCX[direction])
    if ret in (-errno.EINVAL, -errno.ENOENT):
        return []
    _check(ret, f"query {direction} of {ifindex}")
    return ids


def have_tcx():
    """Whether this kernel has TCX (6.6): lo can always be asked."""
    return _query(1, TCX["ingress"])[0] != -errno.EINVAL


def netkit(ns, ifindex):
    """Ids of the programs for what a primary's peer sends; None: no primary."""
    with inside(ns):
        ret, ids = _query(ifindex, NETKIT_PEER)
    return None if ret < 0 else ids


def _detach(ns, ifindex, attach_type, ids):
    for prog_id in ids:
        fd = _check(_lib.bpf_prog_get_fd_by_id(prog_id), f"program {prog_id}")
        try:
            with inside(ns):
                _check(_lib.bpf_prog_detach2(fd, ifindex, attach_type),
                       "detach")
        finally:
            os.close(fd)


def detach_netkit(ns, ifindex):
    _detach(ns, ifindex, NETKIT_PEER, netkit(ns, ifindex))


def detach_all(ns, dev, ifindex):
    """Takes every program off a device, and its clsact."""
    for direction, attach_type in TCX.items():
        _detach(ns, ifindex, attach_type, tcx(ns, ifindex, direction))
    if has_clsact(ns, dev):
        del_clsact(ns, dev)


def del_clsact(ns, dev):
    subprocess.run(["tc", "-n", ns, "qdisc", "del", "dev", dev, "clsact"],
                   check=True)


def have_netkit():
    """Whether this kernel has netkit: then it says that lo is none."""
    return _query(1, NETKIT_PEER)[0] == -errno.ENXIO


def clsact(ns, dev, direction):
    """Ids of the cls_bpf programs on a device, by preference."""
    with inside(ns):
        out = subprocess.run(
            ["tc", "-j", "filter", "show", "dev", dev, direction],
            capture_output=True, text=True, check=True).stdout
    filters = json.loads(out or "[]")
    return [f["options"]["prog"]["id"] for f in filters
            if "prog" in f.get("options", {})]


def has_clsact(ns, dev):
    with inside(ns):
        out = subprocess.run(["tc", "-j", "qdisc", "show", "dev", dev],
                             capture_output=True, text=True, check=True).stdout
    return any(q["kind"] == "clsact" for q in json.loads(out or "[]"))


class Object:
    """A BPF object file of somebody else's, loaded; one program, one map."""

    def __init__(self, path):
        self._obj = ctypes.c_void_p(
            _lib.bpf_object__open_file(str(path).encode(), None))
        _check(_lib.bpf_object__load(self._obj), f"load {path}")
        prog = _lib.bpf_object__next_program(self._obj, None)
        self.fd = _lib.bpf_program__fd(ctypes.c_void_p(prog))
        self.id = struct.unpack_from("=I", _info(self.fd), 4)[0]
        bss = _lib.bpf_object__next_map(self._obj, None)
        self._map = _lib.bpf_map__fd(ctypes.c_void_p(bss))

    def attach_tcx(self, ns, ifindex, direction, flags=0):
        with inside(ns):
            _check(_lib.bpf_prog_attach(self.fd, ifindex, TCX[direction],
                                        flags), "attach")

    def count(self):
        """The program's first global variable, an unsigned long long."""
        return read_u64(self._map)

    def close(self):
        _lib.bpf_object__close(self._obj)


def read_u64(map_fd):
    key = ctypes.c_uint32(0)
    value = ctypes.create_string_buffer(4096)
    _check(_lib.bpf_map_lookup_elem(map_fd, ctypes.byref(key), value), "read")
    return struct.unpack_from("=Q", value.raw)[0]


def maps_of(prog_id):
    """Ids of the maps that a program uses."""
    fd = _check(_lib.bpf_prog_get_fd_by_id(prog_id), f"program {prog_id}")
    ids = (ctypes.c_uint32 * 64)()
    # nr_map_ids and map_ids of struct bpf_prog_info
    info = bytearray(80)
    struct.pack_into("=IQ", info, 52, len(ids), ctypes.addressof(ids))
    size = ctypes.c_uint32(len(info))
    buf = (ctypes.c_char * len(info)).from_buffer(info)
    try:
        _check(_lib.bpf_obj_get_info_by_fd(fd, buf, ctypes.byref(size)),
               "info")
    finally:
        os.close(fd)
    return list(ids[:struct.unpack_from("=I", info, 52)[0]])


def count_of(prog_id):
    """Object.count() for a program that another tool loaded."""
    map_id = maps_of(prog_id)[0]
    fd = _check(_lib.bpf_map_get_fd_by_id(map_id), f"map {map_id}")
    try:
        return read_u64(fd)
    finally:
        os.close(fd)


def open_map(prog_id, map_name):
    """An fd of a map that a program uses."""
    for map_id in maps_of(prog_id):
        fd = _check(_lib.bpf_map_get_fd_by_id(map_id), f"map {map_id}")
        if _name(_info(fd), 24) == map_name:
            return fd
        os.close(fd)
    raise KeyError(map_name)


def _read_element(fd, map_name, index):
    key = ctypes.c_uint32(index)
    value = ctypes.create_string_buffer(4096)
    _check(_lib.bpf_map_lookup_elem(fd, ctypes.byref(key), value), map_name)
    return value


def element(prog_id, map_name, index):
    """An element of an array that a program uses."""
    fd = open_map(prog_id, map_name)
    try:
        return _read_element(fd, map_name, index).raw
    finally:
        os.close(fd)


def read_counts(map_fd, index):
    """An element of an array, as 64-bit counters."""
    size = struct.unpack_from("=I", _info(map_fd), 12)[0]
    return struct.unpack(f"={size // 8}Q", _read_element(
        map_fd, "counters", index).raw[:size])


PORT_MAP = ".data.port"
PORT_ROTATED = 56  # offset in struct bv_port (src/abi/bv_abi.h)


def forget_queries(prog_id):
    """Sets a port's clock for ageing groups as if nobody had ever asked."""
    fd = open_map(prog_id, PORT_MAP)
    try:
        record = _read_element(fd, PORT_MAP, 0)
        struct.pack_into("=QQ", record, PORT_ROTATED, 0, 0)
        key, flags = ctypes.c_uint32(0), ctypes.c_uint64(0)
        _check(_lib.bpf_map_update_elem(fd, ctypes.byref(key), record, flags),
               "write")
    finally:
        os.close(fd)
