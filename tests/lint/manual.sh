#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual is sound roff and has every reason for a drop, which users meet in
# `link show -s` and look up there.
set -euo pipefail

manual=docs/man/bpfvlan.8
mandoc -T lint -W warning "$manual"

# In roff a hyphen or underscore may be escaped.
text=$(sed 's/\\//g' "$manual")
reasons=$(sed -n 's/^BV_DROP([A-Z_0-9]*, "\([a-z_0-9]*\)".*/\1/p' \
    src/abi/drop_reasons.def)
status=0
for reason in ${reasons:?no drop reason found}; do
    if ! grep -qw "$reason" <<<"$text"; then
        echo "$manual: nothing about the drop reason $reason"
        status=1
    fi
done
exit $status
