#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looks for inputs that fail, other ones each time: hunt.sh [SECONDS [TARGET...]]
# SECONDS (default 300) are for each target, on all CPUs; without a TARGET all have
# their turn. An input that fails is kept in build-san, and its name printed: it
# becomes a seed of make-corpus.py with the fix. Builds nothing, see `make fuzz`.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-300}
shift || true
if [ $# -eq 0 ]; then
    read -ra dirs <<<"$(echo tests/fuzz/corpus/*)"
    set -- "${dirs[@]##*/}"
fi
cpus=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for name; do
    seeds=$PWD/tests/fuzz/corpus/$name target=$PWD/build-san/tests/fuzz/fuzz_$name
    mkdir "$work/$name" "$work/$name/found"
    echo "$name: $seconds s on $cpus CPUs"
    if ! (cd "$work/$name" &&
          "$target" -max_len=600 -timeout=5 -rss_limit_mb=1024 \
              -jobs="$cpus" -workers="$cpus" -max_total_time="$seconds" \
              -artifact_prefix="$OLDPWD/build-san/" found "$seeds" >out 2>&1); then
        failed=1
        cat "$work/$name"/fuzz-*.log | grep -E 'not so|ERROR|Test unit written' || cat "$work/$name/out"
    fi
    sed -n 's/^Done/  done:/p' "$work/$name"/fuzz-*.log
done
exit $failed
