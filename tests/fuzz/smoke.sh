#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One libFuzzer target, briefly: smoke.sh SECONDS TARGET CORPUS [OPTION...]
# 0 seconds: each seed once, and there must be some. New inputs go to a folder
# that is thrown away; what crashed stays in the working directory.
# libFuzzer's own status after a crash is 77, which means "skipped" to meson.
set -euo pipefail

seconds=$1 target=$2 corpus=$3
shift 3
set -- "$@" -error_exitcode=1 -timeout=5 -rss_limit_mb=1024

if [ -z "$(ls -A "$corpus")" ]; then
    echo "$corpus: no seeds" >&2
    exit 1
fi
if [ "$seconds" -eq 0 ]; then
    exec "$target" "$@" -runs=0 "$corpus"
fi
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$target" "$@" -max_total_time="$seconds" "$found" "$corpus"
