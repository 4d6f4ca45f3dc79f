# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares two matrices: equal, listed as a difference, or a failure.

A file of differences has a section for each reason:

    frames tagged: * in vlan*
    [host-reachable]
    manual: WHO REACHES WHOM
    reason: host and slaves reach each other
    case: ipvlan l2 * / a: * to host | !@tagged / host: - -> 1

A case names topologies, frames and a cell by patterns of fnmatch(3); " | "
stands between alternatives, "!" before those that are excluded, and "@" before
the name of a list of frames. "-" is an empty cell. It says: wherever the driver
has what is left of the arrow, ours is what is right of it. It is wrong, and
that is a failure as well, if one cell is otherwise, or if the manual has no such
section, or if no record has any such cell: what drivers do depends on the kernel.

What only some matrices of ours have is in a section with a line "where", which
is a pattern for their names, those of the records: "where: netkit-*".

A section with "open" in the place of "reason" is one that nobody has justified:
its cases take what differs and no other section explains. They are counted
apart, and no run is good that has any, unless it is told so.

What a slave counts as received follows from who got the frame. Where that
differs as listed, the counter is not compared with the driver's: it must fit
our delivery.

A frame of ours that got nowhere without a counted reason has a cell "silent".

The sender of a netkit pair is told of a drop, and its device counts it as that. It
is compared as a veth, whose device has sent what is dropped behind it.
"""

import fnmatch
import functools
import re
from typing import NamedTuple

import matrix

CASE = re.compile(r"(.+?) / (.+) / ([^/]+): (.+?) -> (.+)")
UNDECIDED = "?"


class Case(NamedTuple):
    topologies: str
    frames: str
    cells: str
    theirs: str
    ours: str
    text: str


class Reason(NamedTuple):
    name: str
    manual: str
    reason: str
    open: str
    where: str
    cases: list


class Result:
    """What came of a comparison."""

    def __init__(self):
        self.equal = 0
        self.undecided = 0
        self.listed = {}  # {(topology, title, cell): name of the reason}
        self.open = {}  # the same
        self.failures = {}  # {topology, or "differences": [text]}
        self.used = set()  # {(name of a reason, text of its case)}
        self.unsupported = {}  # {topology: rows}

    def fail(self, where, text):
        self.failures.setdefault(where, []).append(text)


def parse(text):
    """The reasons of a file of differences."""
    reasons, lists = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            reasons.append(Reason(line.strip("[]"), "", "", "", "", []))
            continue
        key, value = line.split(":", 1)
        if key == "case":
            match = CASE.fullmatch(value.strip())
            if not match:
                raise ValueError(f"line {number}: no case: {line}")
            case = Case(*match.groups(), value.strip())
            reasons[-1].cases.append(case._replace(
                frames=_expanded(case.frames, lists)))
        elif key.startswith("frames "):
            lists[key.split()[1]] = _expanded(value.strip(), lists)
        elif key in ("manual", "reason", "open", "where"):
            old = getattr(reasons[-1], key)
            reasons[-1] = reasons[-1]._replace(
                **{key: f"{old} {value.strip()}".strip()})
        else:
            raise ValueError(f"line {number}: unknown word: {key}")
    return reasons


def _expanded(patterns, lists):
    """Without names of lists."""
    found = []
    for word in patterns.split(" | "):
        no = "!" if word.startswith("!") else ""
        name = word.removeprefix("!")
        found += ([no + w for w in lists[name[1:]].split(" | ")]
                  if name.startswith("@") else [word])
    return " | ".join(found)


def manual_sections(text):
    """What .Sh and .Ss begin in a manual page."""
    return set(re.findall(r"^\.S[hs] (.+)$", text, re.M))


@functools.lru_cache(None)
def fits(patterns, name):
    """Whether one of the alternatives fits, and no excluded one does."""
    words = patterns.split(" | ")
    no = [w[1:] for w in words if w.startswith("!")]
    yes = [w for w in words if not w.startswith("!")] or ["*"]
    return (any(fnmatch.fnmatchcase(name, w) for w in yes)
            and not any(fnmatch.fnmatchcase(name, w) for w in no))


def same(theirs, ours):
    """Of exit status and errno, not every message names the latter."""
    if theirs == ours:
        return True
    one, two = theirs.split(), ours.split()
    rest = one[1:] + two[1:]
    return one[0] == two[0] and len(rest) == 1 and rest[0].startswith("E")


def compare(theirs, ours, reasons, sections):
    """Result of two matrices; `sections` are those of the manual."""
    result = Result()
    for reason in reasons:
        if reason.open and not reason.reason:
            continue
        if not reason.reason or reason.manual not in sections:
            result.fail("differences", f"[{reason.name}]: no reason, or no "
                        f"section \"{reason.manual}\" in the manual")
    here = [r for r in reasons if fits(r.where or "*", matrix.name(ours.head))]
    for topology, rows in theirs.sections.items():
        if rows is None or topology not in ours.sections:
            continue
        found = ours.sections[topology]
        if found is None:
            result.unsupported[topology] = len(rows)
            continue
        _topology(result, topology, rows, found, here)
    return result


def unused(reasons, results):
    """[text]: what is listed and in none of the results."""
    used = set().union(*(result.used for result in results))
    return [f"[{reason.name}] does not occur: {case.text}"
            for reason in reasons for case in reason.cases
            if (reason.name, case.text) not in used]


def _topology(result, topology, theirs, ours, reasons):
    mine = {row.title: row for row in ours}
    for title in sorted({row.title for row in theirs} ^ mine.keys()):
        result.fail(topology, f"{title}: only one of the two has it")
    cases = [(reason, case) for reason in reasons for case in reason.cases
             if fits(case.topologies, topology)]
    for row in theirs:
        if row.title in mine:
            _row(result, topology, row, mine[row.title],
                 [(r, c) for r, c in cases if fits(c.frames, row.title)])


def _row(result, topology, theirs, ours, cases):
    left, right = dict(theirs.cells), as_veth(ours)
    if not ours.drops and not any("." not in cell for cell in right):
        right["silent"] = "yes"
    names = left.keys() | right.keys()
    # A pattern that is a name holds for cells that both have empty, too.
    names |= {c.cells for _, c in cases if not set("*?[|!") & set(c.cells)}
    for cell in sorted(names):
        one, two = left.get(cell, "-"), right.get(cell, "-")
        label = left.get(cell.split(".")[0], "")
        if UNDECIDED in (one, two, label):
            result.undecided += 1
            continue
        if _implied(cell, left, right):
            wanted = received(right.get(cell.split(".")[0], "-"))
            if two.split("+")[0].split("-")[0] != wanted:
                result.fail(topology, f"{theirs.title}: {cell} is {two}, but "
                            f"{wanted or 'nothing'} came")
            continue
        equal = same(one, two)
        held = False
        for reason, case in cases:
            if not reason.open and fits(case.cells, cell) and fits(
                    case.theirs, one):
                result.used.add((reason.name, case.text))
                if equal or not fits(case.ours, two):
                    result.fail(topology, f"{theirs.title}: {cell}: "
                                f"[{reason.name}] says {case.theirs} -> "
                                f"{case.ours}, but: {one} -> {two}")
                held = True
                result.listed[topology, theirs.title, cell] = reason.name
        if held:
            continue
        if equal:
            result.equal += one != "-"
        elif taken := [(r, c) for r, c in cases if r.open and fits(
                c.cells, cell) and fits(c.theirs, one) and fits(c.ours, two)]:
            result.used.add((taken[0][0].name, taken[0][1].text))
            result.open[topology, theirs.title, cell] = taken[0][0].name
        else:
            result.fail(topology, f"{theirs.title}: {cell}: theirs {one}, "
                        f"ours {two}" + _because(ours))


def as_veth(row):
    """The cells of a row of ours, whatever the slave is made of."""
    told = {cell: value for cell, value in row.cells.items()
            if cell.endswith(".txdrop") and row.drops}
    sent = {cell.replace("txdrop", "tx"): value for cell, value in told.items()}
    return {cell: value for cell, value in {**row.cells, **sent}.items()
            if cell not in told}


def _implied(cell, left, right):
    label, _, counter = cell.partition(".")
    return (counter == "rx" and left.get(label, "-") != right.get(label, "-"))


def received(text):
    """How many frames a cell tells of, as text; "" none."""
    number = sum(int(part.split()[0]) for part in text.split(" and ")
                 if part != "-" and not part.endswith(" ip"))
    return str(number) if number else ""


def _because(row):
    return "".join(f" !{reason}" for reason in row.drops)
