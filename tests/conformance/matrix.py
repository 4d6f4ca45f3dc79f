# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix as text: one line for each row, sections for topologies.

    # provider ip
    # kernel 6.12.95+deb12-amd64
    [ipvlan l2 bridge]
    a: udp4 to b | b=1 | a.tx=1 b.rx=1+14 | !reason=1
    [macvlan source]
    unsupported

Cells have blanks inside, as "wire=1 dst=wire", so they are separated by ";".

With a line "# like FILE", for another kernel or kind of slave, it has only the
rows that are not as in that file. A section that is not there was not observed.
"""

from typing import NamedTuple

UNSUPPORTED = "unsupported"


class Row(NamedTuple):
    title: str
    cells: dict  # {receiver, or receiver.counter: text}
    drops: dict  # {reason: number}, ours


class Matrix(NamedTuple):
    head: dict
    sections: dict  # {topology: [Row], or None where unsupported}


def name(head):
    """The provider and the kernel's version, as a record's name has them."""
    version = head.get("kernel", "").split(".")[:2]
    return "-".join([head.get("provider", ""), ".".join(version)])


def less(one, base, file):
    """What of one is not as in base, which is in that file."""
    found = Matrix({**one.head, "like": file}, {})
    for section, rows in one.sections.items():
        old = base.sections.get(section)
        if rows and old and [r.title for r in rows] == [r.title for r in old]:
            rows = [row for row, was in zip(rows, old) if row != was]
        found.sections[section] = rows
    return found


def plus(one, base):
    """The whole of what less() has left."""
    found = Matrix(one.head, {})
    for section, rows in one.sections.items():
        changed = {row.title: row for row in rows or ()}
        old = base.sections.get(section) or []
        if rows is not None and changed.keys() < {row.title for row in old}:
            rows = [changed.get(row.title, row) for row in old]
        found.sections[section] = rows
    return found


def dump(matrix):
    lines = ["# SPDX-License-Identifier: GPL-2.0-or-later"]
    lines += [f"# {key} {value}" for key, value in matrix.head.items()]
    for name, rows in matrix.sections.items():
        lines.append(f"[{name}]")
        if rows is None:
            lines.append(UNSUPPORTED)
            continue
        lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def _line(row):
    heard = [f"{c}={v}" for c, v in row.cells.items() if "." not in c]
    counted = [f"{c}={v}" for c, v in row.cells.items() if "." in c]
    drops = [f"!{reason}={n}" for reason, n in sorted(row.drops.items())]
    parts = ["; ".join(group) for group in (heard, counted, drops)]
    return " | ".join([row.title, *parts]).rstrip(" |")


def load(text):
    matrix = Matrix({}, {})
    rows = None
    for line in text.splitlines():
        if line.startswith("# "):
            key, value = line[2:].split(" ", 1)
            if not key.endswith(":"):
                matrix.head[key] = value
        elif line.startswith("["):
            name = line.strip("[]")
            rows = matrix.sections[name] = []
        elif line == UNSUPPORTED:
            matrix.sections[name] = None
        else:
            rows.append(_row(line))
    return matrix


def _row(line):
    title, *parts = line.split(" | ")
    cells, drops = {}, {}
    for part in parts:
        for item in filter(None, part.strip().split("; ")):
            cell, value = item.split("=", 1)
            if cell.startswith("!"):
                drops[cell[1:]] = int(value)
            else:
                cells[cell] = value
    return Row(title, cells, drops)
