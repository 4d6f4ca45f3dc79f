# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/conformance.md from recorded matrices."""

import compare
import matrix
from settings import TYPES

HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# What the drivers do with each frame, and what bpfvlan does

Made by `tests/conformance/run --docs` from `tests/conformance/recorded`; do not
edit it. Drivers: {theirs}. bpfvlan: on {ours}.

In every topology `a`, `b` (and `c`) are slaves, `host` is the master's namespace
and `wire` a neighbour. A cell says who gets the frame. Where bpfvlan gives it to
others, both are told, *driver* → *bpfvlan*, with the number of the reason; a
reason with `!` is an open question. Frames with the same answers share a row.
`×2` twice; `†` for the receiver's IP to throw away, as it is not for its MAC; `~`
changed on its way; `lo` on the loopback device, `port` on a slave's host end;
`ip` by its IP stack alone; `answer` what somebody replied; `?` undecided; `–`
nobody. Counters and the kind of change are in the recorded files.

{equal} cells are equal, {listed} differ as explained here, {open} are open.
{unsupported}
{kernels}

## Reasons

{reasons}
"""


KERNELS = """
## On other kernels

`netkit` is bpfvlan with slaves via netkit, `bpfvlan` is with such via veth. A sender
via netkit is told of a drop, which its device counts as one; that apart, they are
compared as all others.

| drivers | bpfvlan | sections | equal | differ as explained | undecided | unexplained |
|---|---|---|---|---|---|---|
{summary}

What is not as in the tables below, which are of {first}:
receivers, counters and steps, below → there.

| where | in | frame, or command | what |
|---|---|---|---|
{changes}
"""


def document(pairs, result, reasons, sections):
    """The text; the drivers of the first pair have all that ours have."""
    theirs, ours = pairs[0]
    numbers = {r.name: f"{n}" + "!" * bool(r.open)
               for n, r in enumerate(reasons, 1)}
    missing = ", ".join(result.unsupported)
    parts = [HEAD.format(
        theirs="Linux " + theirs.head["kernel"],
        ours="Linux " + ours.head["kernel"], equal=result.equal,
        listed=len(result.listed), open=len(result.open),
        unsupported=f"Not supported by bpfvlan: {missing}." if missing else "",
        kernels=_kernels(pairs, reasons, sections),
        reasons="\n".join(f"{n}. {_reason(r)}"
                          for n, r in enumerate(reasons, 1)))]
    why = {}
    for (name, title, cell), reason in (*result.listed.items(),
                                        *result.open.items()):
        if "." not in cell:
            why.setdefault((name, title), set()).add(numbers[reason])
    for title, names in _groups(theirs.sections):
        parts.append(f"\n## {title}\n")
        parts += _table(names, theirs, ours, why)
    for kind in TYPES:
        parts += _settings(kind, theirs, ours, result, numbers)
    return "\n".join(parts) + "\n"


def _reason(reason):
    if reason.open:
        return f"Open: {reason.open}."
    return f"{reason.reason} (bpfvlan(8), *{reason.manual}*)."


def _groups(sections):
    """[(title, topologies)]: a table for each."""
    groups = {}
    for name in sections:
        if name.endswith("settings"):
            continue
        kind, mode = name.split()[:2]
        title = name.rsplit(" ", 1)[0] if kind == "ipvlan" else (
            "macvlan, mixed modes: a and b + c" if "+" in mode else
            "macvlan, one slave" if mode == "passthru" else "macvlan")
        groups.setdefault(title, []).append(name)
    return groups.items()


def _receivers(cells):
    found = []
    for label, text in cells.items():
        if "." in label or label == "send":
            continue
        for part in text.split(" and "):
            found.append(label + _mark(part))
    return ", ".join(found) or "–"


def _mark(text):
    number, *words = text.split(" ", 1)
    words = words[0] if words else ""
    times = "" if number == "1" else number if number == "?" else f" ×{number}"
    for word, sign in (("otherhost", "†"), ("lo", " lo"), ("port", " port"), ("ip", " ip")):
        if word in words.split():
            times += sign
    if words.startswith("answer"):
        return times + " " + words.replace(":", "")
    return times + "~" * any("=" in w or w[:3] in ("len", "ttl", "dat")
                             for w in words.replace(",", " ").split())


def _table(names, theirs, ours, why):
    columns = {n: {r.title: r for r in theirs.sections[n]} for n in names}
    mine = {n: {r.title: r for r in ours.sections.get(n) or ()} for n in names}
    titles = list(dict.fromkeys(t for rows in columns.values() for t in rows))
    merged = {}
    for title in titles:
        cells = tuple(_cell(title, columns[n], mine[n], why.get((n, title), ()))
                      for n in names)
        sender, frame = title.split(": ", 1)
        merged.setdefault((sender, cells), []).append(frame)
    heads = [n.split(" ", 2 if n.startswith("ipvlan") else 1)[-1]
             for n in names]
    yield "| from | frame | " + " | ".join(heads) + " |"
    yield "|---" * (2 + len(heads)) + "|"
    for (sender, cells), frames in merged.items():
        yield f"| {sender} | {'; '.join(frames)} | {' | '.join(cells)} |"


def _cell(title, theirs, ours, why):
    if title not in theirs:
        return ""
    one = _receivers(theirs[title].cells)
    two = _receivers(ours[title].cells) if title in ours else one
    if one == two:
        return one
    order = sorted(why, key=lambda n: int(n.rstrip("!")))
    return f"{one} → {two} ({', '.join(order)})"


def _settings(kind, theirs, ours, result, numbers):
    name = f"{kind} settings"
    if not theirs.sections.get(name):
        return
    steps = TYPES[kind][1]
    mine = {r.title: r for r in ours.sections.get(name) or ()}
    yield f"\n## {kind}, commands\n"
    yield (f"`{{T}}` is `{TYPES[kind][0]}`. `=` is a command, and its exit status "
           "and errno follow; `?` asks for a property of a device.\n")
    yield "| case | steps, and what comes of them |"
    yield "|---|---|"
    for row in theirs.sections[name]:
        told = []
        for number, step in enumerate(steps[row.title], 1):
            one = row.cells.get(str(number))
            two = mine[row.title].cells.get(str(number)) if mine else one
            said = one or ""
            key = (name, row.title, str(number))
            why = result.listed.get(key) or result.open.get(key)
            if why:
                said = f"{one} → {two} ({numbers[why]})"
            told.append(f"`{step}`" + f" **{said}**" * bool(said))
        yield f"| {row.title} | {'; '.join(told)} |"


def _kernels(pairs, reasons, sections):
    first = {one.head["provider"]: one for one in pairs[0]}
    summary, others = [], {}
    for pair in pairs:
        result = compare.compare(*pair, reasons, sections)
        failed = sum(map(len, result.failures.values()))
        seen = sum(rows is not None for rows in pair[1].sections.values())
        cells = (*(matrix.name(one.head) for one in pair), seen, result.equal,
                 len(result.listed), result.undecided,
                 failed + len(result.open))
        summary.append(f"| {' | '.join(map(str, cells))} |")
        others.update({matrix.name(one.head): one for one in pair
                       if one not in first.values()})
    merged = {}
    for name, one in others.items():
        base = first["ip" if one.head["provider"] == "ip" else "bpfvlan"]
        for change in _changes(one, base):
            merged.setdefault(change, []).append(name)
    grouped = {}
    for (section, title, change), names in merged.items():
        places = grouped.setdefault((", ".join(names), change), {})
        places.setdefault(title, []).append(section)
    changes = [row for (names, change), places in grouped.items()
               for row in _rows(names, change, places)]
    return KERNELS.format(
        summary="\n".join(dict.fromkeys(summary)), changes="\n".join(changes),
        first=" and ".join(matrix.name(one.head) for one in pairs[0]))


def _changes(one, base):
    """Yields (section, title, text): how a row is not as in base."""
    for section, rows in one.sections.items():
        old = {row.title: row for row in base.sections.get(section) or ()}
        for row in rows or ():
            was = compare.as_veth(old[row.title]) if row.title in old else {}
            now = compare.as_veth(row)
            changes = []
            for cell in sorted(was.keys() | now.keys()):
                pair = was.get(cell, "-"), now.get(cell, "-")
                if not compare.same(*pair) and compare.UNDECIDED not in pair:
                    changes.append(f"`{cell}` {pair[0]} → {pair[1]}")
            if changes:
                yield section, row.title, ", ".join(changes)


def _rows(names, change, places):
    """Lines of the table: a title that topologies have in common, once."""
    grouped = {}
    for title, sections in places.items():
        grouped.setdefault(tuple(sections), []).append(title)
    for sections, titles in grouped.items():
        cells = names, ", ".join(sections), "; ".join(titles), change
        yield f"| {' | '.join(cells)} |"


def render(pairs, reasons, sections):
    """The document of [(drivers' matrix, ours)]."""
    result = compare.compare(*pairs[0], reasons, sections)
    return document(pairs, result, reasons, sections)
