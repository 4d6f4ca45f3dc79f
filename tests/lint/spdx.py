#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every source file names its licence in the first lines, and the right one.

LICENSE says which applies where; LICENCES below is the same for machines.
"""

import re
import subprocess
import sys

GPL = "GPL-2.0-or-later"
LGPL = "LGPL-2.1-or-later"
# The first prefix that fits. Both sides of the system call boundary include
# src/abi: it has to be free for either.
LICENCES = [
    ("include/", LGPL),
    ("src/lib/", LGPL),
    ("src/nl/", LGPL),
    ("src/abi/", f"{GPL} OR {LGPL}"),
    ("", GPL),
]
# Texts, and data that has no comments.
EXEMPT = re.compile(
    r"\.(md|json|txt|dict)$|^LICENSE|^\.gitignore$|^tests/fuzz/corpus/")
LINE = re.compile(r"SPDX-License-Identifier: ([\w.+ -]+?)\s*(\*/)?$", re.M)


def complaint(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        head = "".join(next(file, "") for _ in range(5))
    found = LINE.search(head)
    if not found:
        return "no SPDX line among the first five"
    wanted = next(lic for prefix, lic in LICENCES if path.startswith(prefix))
    if found[1] != wanted:
        return f"licence is {found[1]}, not {wanted}"
    return None


paths = subprocess.check_output(["scripts/list-files.sh"], text=True).split("\n")
bad = 0
for name in filter(None, paths):
    reason = None if EXEMPT.search(name) else complaint(name)
    if reason:
        print(f"{name}: {reason}")
        bad += 1
sys.exit(bad > 0)
