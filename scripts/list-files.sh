#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints the project's own files, one per line: list-files.sh [GLOB...], as in
# list-files.sh '*.c' '*.h'. Fails if there is none, so that a check over
# nothing does not pass. git tells what is new but not added yet from what is
# ignored; an unpacked archive has neither.
set -euo pipefail
cd "$(dirname "$0")/.."

# The tree may belong to somebody else than root, who runs the tests.
git() {
    command git -c safe.directory='*' "$@"
}

list() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -- "$@"
        return
    fi
    local glob globs=()
    for glob in "${@:-*}"; do
        globs+=(-o -path "./$glob")
    done
    find . \( -path './build*' -o -name .git -o -name __pycache__ \) -prune \
        -o -type f \( "${globs[@]:1}" \) -print | sed 's|^\./||'
}

# What is deleted may still be in the index.
list "$@" | sort -u | while IFS= read -r file; do
    [ ! -f "$file" ] || printf '%s\n' "$file"
done | grep .
