#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All C is as clang-format would have it (.clang-format). To mend a file:
# clang-format -i FILE
set -euo pipefail

scripts/list-files.sh '*.c' '*.h' | xargs clang-format --dry-run --Werror
