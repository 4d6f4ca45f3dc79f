#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every shell script, the bash completion included, passes shellcheck(1).
set -euo pipefail
. tests/lint/lib.sh

{
    by_language '*.sh' '(ba)?sh'
    scripts/list-files.sh 'completions/*'
} | sort -u | xargs shellcheck -x -P SCRIPTDIR:.
