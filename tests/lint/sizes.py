#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""No source file is longer than 600 lines, no line of code than 100 columns.

A string may run on: messages are grepped for and stay in one piece. Functions
are measured by clang-tidy.
"""

import re
import subprocess
import sys

FILE_MAX = 600
LINE_MAX = 100
SOURCE = re.compile(r"\.(c|h|def|py|sh|build)$|^Makefile$|/run(-all)?$|^src/|^completions/")

bad = 0
paths = subprocess.check_output(["scripts/list-files.sh"], text=True).split("\n")
for path in filter(SOURCE.search, paths):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if len(lines) > FILE_MAX:
        print(f"{path}: {len(lines)} lines, at most {FILE_MAX} are allowed")
        bad += 1
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > LINE_MAX and '"' not in line:
            print(f"{path}:{number}: longer than {LINE_MAX} columns")
            bad += 1
sys.exit(bad > 0)
