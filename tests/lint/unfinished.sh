#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is left for later in the source: what is, is an issue.
set -euo pipefail
. tests/lint/lib.sh

# Written so that this file does not find itself.
words='TO''DO|FIX''ME|X''XX|HA''CK'
found=$(own_text | xargs grep -InwE "$words" || true)
if [ -n "$found" ]; then
    echo "$found"
    exit 1
fi
