# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the lints in this directory, which run in the project's root.

# The project's files without texts and data that are not ours to word.
own_text() {
    scripts/list-files.sh | grep -vE '^(LICENSES|tests/fuzz/corpus)/'
}

# Files of a language: by_language GLOB INTERPRETER; globs match, or the first
# line names the interpreter.
by_language() {
    local file
    scripts/list-files.sh | while IFS= read -r file; do
        # shellcheck disable=SC2053 # a glob it is
        if [[ $file == $1 ]] ||
            head -n 1 "$file" | grep -aqE "^#!.*[/ ]$2\$"; then
            printf '%s\n' "$file"
        fi
    done | grep .
}
