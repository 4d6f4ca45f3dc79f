# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong input and refusing kernels: one line, an exit code, no change."""

import pytest

import bpf
import netns
import syscalls
from conftest import make_live_lab

ADD = "link add link eth0 name x type ipvlan mode l2"

# (command, exit code, the whole line on stderr; {c1} is a namespace)
WRONG = [
    # unknown words
    ("frob", 1, 'Object "frob" is unknown, try "bpfvlan help".'),
    ("link frob", 1, 'Command "frob" is unknown, try "bpfvlan link help".'),
    ("addr frob", 1, 'Command "frob" is unknown, try "bpfvlan address '
     'help".'),
    ("-frob link show", 1, 'Option "-frob" is unknown, try "bpfvlan '
     '-help".'),
    (ADD + " frob", 1, 'ipvlan: unknown option "frob"?'),
    (ADD + " mode l4", 1, None),
    ("link add link eth0 name x type ipvlan mode l4", 1,
     'Error: argument of "mode" must be either "l2", "l3" or "l3s", not '
     '"l4"'),
    (ADD + " host maybe", 1,
     'Error: argument of "host" must be either "on" or "off", not "maybe"'),
    ("link add link eth0 name x type frob", 2, "Error: Unknown device type."),
    # not there yet
    (ADD + " lock on", 2, 'Error: "lock" is not supported yet.'),
    # missing values
    ("link add link eth0 name", 1,
     'Command line is not complete. Try option "help"'),
    ("link add link eth0 name x", 1,
     'Not enough information: "type" argument is required.'),
    ("link add name x type ipvlan", 1,
     'Not enough information: "link" argument is required.'),
    ("link add link eth0 type ipvlan", 1,
     'Not enough information: "name" argument is required.'),
    ("link del", 1, 'Not enough information: "dev" argument is required.'),
    ("link set", 1, 'Not enough information: "dev" argument is required.'),
    ("addr add 10.0.0.1", 1,
     'Not enough information: "dev" argument is required.'),
    ("-n", 1, 'Command line is not complete. Try option "help"'),
    # twice
    ("link add link eth0 name x name y type ipvlan", 1,
     'Error: duplicate "name": "y" is the second value.'),
    (ADD + " private vepa", 1, None),
    # names
    ("link add link eth0 name sixteen-bytes-xy type ipvlan", 1,
     'Error: argument "sixteen-bytes-xy" is wrong: "name" not a valid '
     'ifname'),
    ("link add link eth0 name a/b type ipvlan", 1,
     'Error: argument "a/b" is wrong: "name" not a valid ifname'),
    ("link add link eth0 name eth0 type ipvlan mode l2", 2, None),
    ("link add link eth0 name c1 netns {c1} type ipvlan mode l2", 2, None),
    # masters
    ("link add link lo name x type ipvlan mode l2", 2, None),
    ("link add link nosuch name x type ipvlan mode l2", 1,
     'Cannot find device "nosuch"'),
    ("link add link {host_dev} name x type ipvlan mode l2", 2, None),
    ("link add link tun0 name x type ipvlan mode l2", 2, None),
    # namespaces
    ("link add link eth0 name x netns nosuch type ipvlan mode l2", 1,
     'Cannot open network namespace "nosuch": No such file or directory'),
    ("link add link eth0 name x netns /proc/version type ipvlan mode l2", 1,
     'Cannot open network namespace "/proc/version": Invalid argument'),
    # numbers
    (ADD.replace("type", "mtu 0 type"), 1,
     'Error: argument "0" is wrong: Invalid "mtu" value'),
    (ADD.replace("type", "mtu 1501 type"), 2, None),
    (ADD.replace("type", "mtu 67 type"), 2, None),
    (ADD.replace("type", "mtu x type"), 1,
     'Error: argument "x" is wrong: Invalid "mtu" value'),
    (ADD.replace("type", "address zz type"), 1, '"zz" is invalid lladdr.'),
    (ADD + " maxslaves 70000", 2, None),
    (ADD + " maxaddrs 2000000", 2, None),
    # slaves and addresses
    ("link del nosuch", 1, None),
    ("link del eth0", 1, None),
    ("link set nosuch up", 1, None),
    ("link show nosuch", 1, 'Device "nosuch" does not exist.'),
    ("addr add 10.77.0.300 dev c1", 1,
     'Error: any valid prefix is expected rather than "10.77.0.300".'),
    ("addr add 10.77.0.3/33 dev c1", 1,
     'Error: any valid prefix is expected rather than "10.77.0.3/33".'),
    ("addr add fd77::3/129 dev c1", 1,
     'Error: any valid prefix is expected rather than "fd77::3/129".'),
    ("addr add 10.77.0.3/24 dev nosuch", 1, None),
    ("addr show nosuch", 1, 'Device "nosuch" does not exist.'),
    ("master show nosuch", 1, 'Device "nosuch" is not a master.'),
    ("-b /nosuch/file", 1, None),
]


def refused(lab, done, rc, line=None):
    assert done.rc == rc, done
    assert done.out == "", done
    assert done.err.endswith("\n") and done.err.count("\n") == 1, done.err
    if line is not None:
        assert done.err == line + "\n"
    assert done.err.isascii() and len(done.err) < 160
    return lab


@pytest.fixture(scope="module")
def crowded(built):
    """A lab that every refused command must leave as it is."""
    lab = make_live_lab("tcx" if bpf.have_tcx() else "clsact")
    lab.slaves("c1")
    lab.ip("host", "tuntap add dev tun0 mode tun")
    yield lab
    lab.close()


@pytest.mark.parametrize("command, rc, line", WRONG,
                         ids=[entry[0] for entry in WRONG])
def test_wrong_input(crowded, command, rc, line):
    before = crowded.snapshot(), crowded.bv("-d link show").out
    command = command.format(c1=crowded.name("c1"),
                             host_dev=crowded.host_dev("c1"))
    refused(crowded, crowded.try_bv(command), rc, line)
    assert (crowded.snapshot(), crowded.bv("-d link show").out) == before


@pytest.mark.parametrize("command, words", [
    ("link add link eth0 name eth0 type ipvlan", ["eth0", "File exists"]),
    ("link add link lo name x type ipvlan", ["lo", "loopback"]),
    ("link add link tun0 name x type ipvlan", ["tun0", "Ethernet"]),
    ("link add link {host_dev} name x type ipvlan", ["host end"]),
    ("link add link eth0 name x netns nosuch type ipvlan", ["nosuch"]),
    ("link add link eth0 name x mtu 1501 type ipvlan", ["1501", "eth0"]),
    ("link del nosuch", ["nosuch"]),
    ("addr add 10.77.0.3/24 dev nosuch", ["nosuch"]),
    ("-b /nosuch/file", ["/nosuch/file", "No such file"]),
])
def test_the_line_names_object_and_cause(crowded, command, words):
    done = crowded.try_bv(command.format(host_dev=crowded.host_dev("c1")))
    assert all(word in done.err for word in words), done.err


def test_no_command_at_all_prints_the_usage_on_stderr(crowded):
    done = crowded.try_bv([], space=None)
    assert done.rc == 1 and done.err.startswith("Usage: bpfvlan")
    for command in ("help", "link help", "addr help", "master help", "-h"):
        done = crowded.bv(command)
        assert done.out.startswith("Usage: bpfvlan")


def test_a_namespace_that_does_not_exist(crowded):
    done = crowded.try_bv("-n nosuch link show", space=None)
    refused(crowded, done, 1, 'Cannot open network namespace "nosuch": '
            "No such file or directory")


@pytest.mark.core
def test_a_full_table_of_slaves(live_lab):
    live_lab.spaces("c")
    for name in ("a", "b"):
        live_lab.bv(f"link add link eth0 name {name} netns "
                    f"{live_lab.name('c')} type ipvlan mode l2 "
                    + ("maxslaves 2" if name == "a" else ""))
    before = live_lab.snapshot()
    done = live_lab.try_bv("link add link eth0 name c netns "
                           f"{live_lab.name('c')} type ipvlan mode l2")
    refused(live_lab, done, 2)
    assert "eth0" in done.err and "No space left" in done.err
    assert live_lab.snapshot() == before
    live_lab.bv("link del a")
    live_lab.bv("link add link eth0 name c netns "
                f"{live_lab.name('c')} type ipvlan mode l2")


@pytest.mark.core
def test_without_privilege(live_lab):
    """Root without capabilities is anybody, who may not even look."""
    live_lab.slaves("c1")
    before = live_lab.snapshot()
    for command in (ADD, f"{ADD} via netkit", "link del c1",
                    "addr add 10.77.0.50/24 dev c1", "link set c1 down",
                    "link show"):
        with netns.inside(live_lab.name("host")):
            done = live_lab.try_bv(command, space=None,
                                   preexec_fn=syscalls.drop_capabilities)
        refused(live_lab, done, 2)
        assert "Operation not permitted" in done.err, done.err
    assert live_lab.snapshot() == before


def adding(lab):
    lab.spaces("c")
    return (f"link add link eth0 name x netns {lab.name('c')} up "
            "type ipvlan mode l2")


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM", "EINVAL"])
def test_a_kernel_without_bpf(live_lab, error):
    command = adding(live_lab)
    before = live_lab.snapshot()
    done = live_lab.try_bv(command, preexec_fn=syscalls.refuse_bpf(error))
    refused(live_lab, done, 2)
    assert live_lab.snapshot() == before


@pytest.mark.hooks("tcx", "clsact")
@pytest.mark.parametrize("error, command", [
    ("ENOMEM", syscalls.BPF_MAP_CREATE),
    ("EINVAL", syscalls.BPF_PROG_LOAD),
    ("EPERM", syscalls.BPF_PROG_LOAD),
    ("ENOSPC", syscalls.BPF_PROG_ATTACH),
], ids=["maps", "programs", "privilege", "attach"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_kernel_that_refuses_halfway(live_lab, error, command, first):
    """All that was done before the refusal is undone."""
    lab = live_lab
    line = adding(lab)
    if not first:
        lab.bv(line.replace("name x", "name y"))
    before = lab.snapshot(), lab.bv("-d link show").out
    done = lab.try_bv(line, preexec_fn=syscalls.refuse_bpf(error, command))
    if done.rc == 0:
        # A later slave needs no new map or program, clsact no attach call.
        assert not first or lab.hook == "clsact"
        lab.bv("link del x")
    else:
        refused(lab, done, 2)
    assert (lab.snapshot(), lab.bv("-d link show").out) == before
    lab.bv(line)


@pytest.mark.core
def test_a_slave_is_no_master(live_lab):
    """Its own slaves would have the MAC of its siblings, and never meet them."""
    live_lab.slaves("c1")
    refused(live_lab,
            live_lab.try_bv("link add link c1 name x type ipvlan mode l2",
                            space="c1"),
            2, "Error: c1 cannot be a master: it is a slave.")
