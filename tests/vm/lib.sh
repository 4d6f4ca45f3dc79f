# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scripts in this directory.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_root=$(cd "$vm_dir/../.." && pwd)
# What was fetched: a directory for each name, removed to get a newer one.
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

# list_line NAME LIST...: prints suite and package of one in these lists.
list_line() {
    local name=$1
    shift
    (cd "$vm_dir" &&
        awk -v name="$name" '$1 == name { print $2, $3 }' "$@" | grep .) ||
        die "no such name: $name (see tests/vm/$1)"
}
