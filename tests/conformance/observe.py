# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the matrix of a provider: every frame in every topology.

A row has one cell for each node that heard the frame and for each counter that
moved; a cell that is not there is empty. The words in a cell:

    b=1             b got the frame as it was sent, once
    b=2             twice
    wire=1 dst=..   changed: dst, src, tags, len, ttl, data
    host=1 lo       the host got it on lo; port: on a slave's host end
    a=1 ip          a's IP stack got it, although its device did not show it
    a=1 otherhost   it arrived, for IP to throw away
    a=1 answer: ..  somebody answered, and this is what came
    a.rx=1+14       counted once, with 14 bytes more than the frame has
    b=?             not decidable: a driver's hash of groups collides here
    !private=1      our reason for a drop
"""

import contextlib

from exchange import Exchange, answer, mark_of, same_but
from lan import OTHER_MAC, Net
from matrix import Row
from masters import WIRE_MAC
from traffic import all_frames, test_frame

SALTS = range(1, 17)
# Nobody joins these: a slave that hears them has no filter.
CONTROLS = tuple(f"33:33:{n:02x}:5a:5a:5a" for n in (0x51, 0x52, 0x53))


def observe(spaces, provider, topology):
    """The rows of a topology; None if the provider has no such slaves."""
    host = spaces.name("host")
    for _, words in topology.slaves:
        if not provider.supports(host, words.format(wire=WIRE_MAC,
                                                    other=OTHER_MAC)):
            return None
    seen = set()
    for salt in SALTS:
        with contextlib.ExitStack() as stack:
            net = Net(spaces, provider, topology, salt)
            stack.callback(net.close)
            exchange = stack.enter_context(Exchange(net))
            frames = list(all_frames(net))
            doubtful = collisions(net, exchange, frames)
            # Another salt, or device, helps unless it is always the same.
            if doubtful <= seen or salt == SALTS[-1]:
                rows = [_row(net, exchange, frame, doubtful)
                        for frame in frames]
                exchange.check_base()
                return rows
            seen |= doubtful
    raise AssertionError("no salt")


def collisions(net, exchange, frames):
    """{(label, MAC)} of groups that only a filter's imprecision lets pass."""
    slaves = [n for n in net.nodes.values() if n.role == "slave"]
    macs = {f.data[:6].hex(":") for f in frames if f.data[0] & 1}
    macs.discard("ff:ff:ff:ff:ff:ff")
    macs = sorted(macs)
    joined = {n.label: net.groups_of(n) for n in slaves}
    found = set()
    for sender in ("wire", "a", "c"):
        if sender not in net.nodes:
            continue
        source = net.nodes[sender].mac
        heard = exchange.send(sender, *(test_frame(source, mac)
                                        for mac in (*CONTROLS, *macs))).heard
        got = {(h.label, h.frame[:6].hex(":")) for h in heard}
        for node in slaves:
            if sum((node.label, mac) in got for mac in CONTROLS) > 1:
                continue
            found |= {(node.label, mac) for mac in macs
                      if (node.label, mac) in got
                      and mac not in joined[node.label]}
    return found


def _is_answer(item, sent):
    return item.frame != sent and mark_of(item.frame) != mark_of(sent)


def _row(net, exchange, frame, doubtful):
    outcome = exchange.send(frame.sender, frame.data)
    names = {n.mac: n.label for n in reversed(net.nodes.values())}
    if net.topology.kind == "ipvlan":
        names[net.nodes["host"].mac] = "master"
    names["00:00:00:00:00:00"] = "0"
    cells = {}
    sent = exchange.sent[0]
    for item in outcome.heard:
        dead = item.otherhost and item.label != "wire"  # that is a cable
        words = [word for word in (item.way, "otherhost" if dead else "")
                 if word]
        if item.way != "ip" and _is_answer(item, sent):
            words.append("answer: " + answer(item.frame))
        elif item.way != "ip":
            words += filter(None, [same_but(sent, item.frame, names)])
        variants = cells.setdefault(item.label, {})
        variants[" ".join(words)] = variants.get(" ".join(words), 0) + 1
    cells = {label: " and ".join(f"{number} {words}".strip()
                                 for words, number in sorted(variants.items()))
             for label, variants in cells.items()}
    if outcome.error:
        cells["send"] = outcome.error
    for (label, counter), (number, size) in outcome.counts.items():
        extra = size - number * len(sent) if size else 0
        cells[f"{label}.{counter}"] = f"{number}" + (f"{extra:+d}" if extra
                                                     else "")
    for label, mac in doubtful:
        if mac == frame.data[:6].hex(":"):
            cells = {cell: value for cell, value in cells.items()
                     if cell.split(".")[0] != label}
            cells[label] = "?"
    return Row(frame.title, dict(sorted(cells.items())), outcome.drops)
