# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/conformance.md from recorded matrices."""

import compare
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

## Reasons

{reasons}
"""


def document(theirs, ours, result, reasons):
    """The text; `theirs` has a section for all that `ours` has."""
    numbers = {r.name: f"{n}" + "!" * bool(r.open)
               for n, r in enumerate(reasons, 1)}
    missing = ", ".join(result.unsupported)
    parts = [HEAD.format(
        theirs="Linux " + theirs.head["kernel"],
        ours="Linux " + ours.head["kernel"], equal=result.equal,
        listed=len(result.listed), open=len(result.open),
        unsupported=f"Not supported by bpfvlan: {missing}." if missing else "",
        reasons="\n".join(f"{n}. {_reason(r)}"
                          for n, r in enumerate(reasons, 1)))]
    for title, names in _groups(theirs.sections):
        parts.append(f"\n## {title}\n")
        parts += _table(names, theirs, ours, result, numbers)
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


def _table(names, theirs, ours, result, numbers):
    columns = {n: {r.title: r for r in theirs.sections[n]} for n in names}
    mine = {n: {r.title: r for r in ours.sections.get(n) or ()} for n in names}
    titles = list(dict.fromkeys(t for rows in columns.values() for t in rows))
    merged = {}
    for title in titles:
        cells = tuple(_cell(n, title, columns[n], mine[n], result, numbers)
                      for n in names)
        sender, frame = title.split(": ", 1)
        merged.setdefault((sender, cells), []).append(frame)
    heads = [n.split(" ", 2 if n.startswith("ipvlan") else 1)[-1]
             for n in names]
    yield "| from | frame | " + " | ".join(heads) + " |"
    yield "|---" * (2 + len(heads)) + "|"
    for (sender, cells), frames in merged.items():
        yield f"| {sender} | {'; '.join(frames)} | {' | '.join(cells)} |"


def _cell(name, title, theirs, ours, result, numbers):
    if title not in theirs:
        return ""
    one = _receivers(theirs[title].cells)
    two = _receivers(ours[title].cells) if title in ours else one
    if one == two:
        return one
    why = {numbers[reason] for found in (result.listed, result.open)
           for (n, t, cell), reason in found.items()
           if (n, t) == (name, title) and "." not in cell}
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


def render(theirs, ours, reasons, sections):
    """The document of two matrices."""
    result = compare.compare(theirs, ours, reasons, sections)
    return document(theirs, ours, result, reasons)
