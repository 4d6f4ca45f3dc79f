#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One libFuzzer target, briefly: smoke.sh RUNS TARGET CORPUS [OPTION...]
# 0 runs: each seed once, and there must be some. More are mutants of the seeds,
# the same ones whenever it is run, so that a change fails by its own fault alone:
# hence the fixed seed and order of the files, no mutants by what was compared, which
# may be addresses, and no random addresses. New ones are looked for by hunt.sh.
# What crashed stays in the working directory.
# libFuzzer's own status after a crash is 77, which means "skipped" to meson.
set -euo pipefail

runs=$1 target=$2 corpus=$3
shift 3
set -- "$@" -error_exitcode=1 -timeout=5 -rss_limit_mb=1024

if [ -z "$(ls -A "$corpus")" ]; then
    echo "$corpus: no seeds" >&2
    exit 1
fi
if [ "$runs" -eq 0 ]; then
    exec "$target" "$@" -runs=0 "$corpus"
fi
seeds=$(mktemp)
trap 'rm -f "$seeds"' EXIT
LC_ALL=C find "$corpus" -type f | LC_ALL=C sort | paste -sd, >"$seeds"
# Not every container may choose its addresses.
fixed=(setarch -R)
"${fixed[@]}" true 2>/dev/null || fixed=()
"${fixed[@]}" "$target" "$@" -seed=1 -use_cmp=0 -runs="$runs" \
    -seed_inputs=@"$seeds"
