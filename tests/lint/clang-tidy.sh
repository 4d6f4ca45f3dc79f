#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy (.clang-tidy) on all C of user space, fuzz targets included: hence
# by the build directory that has these and is made for clang.
set -euo pipefail

# What several programs are linked with is compiled several times. Once is
# enough, and clang-tidy 14 errs about va_list when it sees a file again.
db=$(mktemp -d)
trap 'rm -r "$db"' EXIT
jq 'unique_by(.file)' \
    "${BUILD_SAN:?run this as: tests/run-all lint}/compile_commands.json" \
    >"$db/compile_commands.json"

files=$(scripts/list-files.sh '*.c' | grep -v '\.bpf\.c$')
built=$(jq -r '.[] | .directory + "/" + .file' "$db/compile_commands.json" |
    xargs realpath --relative-to=.)

status=0
for file in $files; do
    if ! grep -qxF "$file" <<<"$built"; then
        echo "$file: compiled by no build"
        status=1
    fi
done

# With --quiet it still counts on stderr what it does not show.
xargs -P "$(nproc)" -n 1 clang-tidy -p "$db" --quiet <<<"$files" \
    2> >(grep -v ' warnings\? generated\.$' >&2) || status=1
exit $status
