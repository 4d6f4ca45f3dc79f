#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy on the BPF programs and their headers, as the BPF target sees them.
#
# performance-no-int-to-ptr: a packet's address is a number in the context.
set -euo pipefail

scripts/list-files.sh '*.bpf.c' | xargs -I FILE clang-tidy --quiet \
    --checks=-performance-no-int-to-ptr --header-filter='src/(abi|bpf)/' FILE \
    -- -target bpf -mcpu=v3 -std=gnu17 -O2 -Wall -Wextra -Isrc \
    -idirafter "/usr/include/$(clang -print-multiarch)"
