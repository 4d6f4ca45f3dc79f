#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Skeleton header of a BPF object, on stdout: skeleton.sh BPFTOOL OBJECT NAME
# It comes with the types that it mentions, and clang-tidy is to let it be.
set -euo pipefail

echo '// NOLINTBEGIN'
echo '#include "abi/bv_abi.h"'
"$1" gen skeleton "$2" name "$3"
echo '// NOLINTEND'
