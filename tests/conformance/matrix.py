# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix as text: one line for each row, sections for topologies.

    # provider ip
    # kernel 6.12.95+deb12-amd64
    [ipvlan l2 bridge]
    a: udp4 to b | b=1 | a.tx=1 b.rx=1+14 | !reason=1
    [macvlan source]
    unsupported

Cells have blanks inside, as "wire=1 dst=wire", so they are separated by ";".
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
