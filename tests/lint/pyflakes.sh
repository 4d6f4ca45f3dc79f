#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every Python file passes pyflakes.
set -euo pipefail
. tests/lint/lib.sh

by_language '*.py' python3 | xargs /usr/bin/python3 -m pyflakes
