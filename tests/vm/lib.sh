# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scripts in this directory.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_root=$(cd "$vm_dir/../.." && pwd)
# Kernels are kept here: a directory for each, removed to get a newer one.
# shellcheck disable=SC2034 # used by the others
vm_cache=$vm_root/.cache/vm
export PATH=$PATH:/usr/sbin:/sbin

die() {
    echo "${0##*/}: $*" >&2
    exit 125
}

# Prints the names of the list.
kernel_names() {
    awk '!/^#/ && NF { print $1 }' "$vm_dir/kernels"
}

# Prints suite and package of a kernel of the list.
kernel_line() {
    awk -v name="$1" '$1 == name { print $2, $3 }' "$vm_dir/kernels" |
        grep . || die "no such kernel: $1 (see tests/vm/kernels)"
}
