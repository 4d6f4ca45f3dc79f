#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Dependencies point one way: which part may include what of ours.

    abi <- bpf        abi, nl <- lib <- cli

The generated skeleton is the one thing that the library has of src/bpf.
"""

import os
import re
import subprocess
import sys

# Part: the parts whose headers it may include. Tests may include any.
MAY = {
    "include/bpfvlan": {"include/bpfvlan"},
    "src/abi": {"src/abi"},
    "src/bpf": {"src/abi", "src/bpf"},
    "src/nl": {"src/nl"},
    "src/lib": {"src/abi", "src/nl", "src/lib", "include/bpfvlan", "skeleton"},
    "src/cli": {"src/cli", "include/bpfvlan"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def part_of(path):
    return next((p for p in MAY if path.startswith(p + "/")), None)


def target(path, quote, name):
    """The part that an #include reaches; None: not ours, or not found."""
    if name == "bpfvlan.skel.h":
        return "skeleton"
    folders = ["src", "include"]
    if quote == '"':
        folders.insert(0, os.path.dirname(path))
    for folder in folders:
        found = os.path.normpath(os.path.join(folder, name))
        if os.path.exists(found):
            return part_of(found) or found
    return None


bad = 0
paths = subprocess.check_output(
    ["scripts/list-files.sh", "*.c", "*.h", "*.def"], text=True).split("\n")
for source in filter(part_of, paths):
    part = part_of(source)
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for match in INCLUDE.finditer(text):
        reached = target(source, *match.groups())
        if reached is None and match[1] == '"':
            print(f"{source}: {match[2]} is nowhere in the tree")
            bad += 1
        elif reached is not None and reached not in MAY[part]:
            print(f"{source}: {part} may not include {match[2]} ({reached})")
            bad += 1
sys.exit(bad > 0)
