#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Debian packages of the named lists of packages.debian that are
# missing: install-deps.sh LIST... Without root it says how to and fails.
# Elsewhere than on Debian it does nothing: meson names what it does not find.
set -euo pipefail

lists=${*:?usage: install-deps.sh LIST...}
table=$(dirname "$0")/packages.debian

command -v dpkg-query >/dev/null || exit 0

mapfile -t wanted < <(awk -v lists=" $lists " \
    '!/^#/ && NF && index(lists, " " $1 " ") { print $2 }' "$table" | sort -u)
if [ ${#wanted[@]} -eq 0 ]; then
    echo "install-deps.sh: no such list: $lists" >&2
    exit 1
fi

# dpkg-query fails when it does not know one of them, which is an answer too.
have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" \
    2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
    grep -qxF "installed $package" <<<"$have" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Some Debian packages are missing. As root:" >&2
    echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log" "${policy:-}"' EXIT
export DEBIAN_FRONTEND=noninteractive

apt() {
    apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

# Daemons are for the tests to start: none is to run when it is installed.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

# The package lists may be absent or too old; only then they are fetched.
install() {
    apt install -y --no-install-recommends "${missing[@]}"
}

echo "installing Debian packages: ${missing[*]}"
if ! install && ! { apt update && install; }; then
    cat "$log" >&2
    echo "install-deps.sh: could not install: ${missing[*]}" >&2
    exit 1
fi
