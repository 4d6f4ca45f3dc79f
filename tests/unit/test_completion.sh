#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bash completion, word by word, with a command that answers from a file.
# Prints nothing if all is well.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# What the commands are asked goes to $dir/asked.
cat >"$dir/bpfvlan" <<'END'
#!/bin/bash
echo "$*" >>"${0%/*}/asked"
case "$*" in
*"link show")
    echo -n '[{"ifname":"web0","flags":["UP"],"netns":"web"},{"ifname":"db0"},'
    echo '{"ifname":"$(x)"},{"ifname":"*"},{"ifname":"a\\u001b"}]'
    ;;
*"master show") echo '[{"ifindex":3,"ifname":"eth7"},{"ifindex":4,"ifname":"eth8"}]' ;;
*) exit 1 ;;
esac
END
cat >"$dir/ip" <<'END'
#!/bin/bash
echo "ip $*" >>"${0%/*}/asked"
echo '[{"ifindex":1,"ifname":"lo"},{"ifindex":2,"link":"x","ifname":"far0"}]'
END
chmod +x "$dir/bpfvlan" "$dir/ip"
PATH=$dir:$PATH
cd "$dir" || exit 1
# shellcheck source=/dev/null
. "$root/completions/bpfvlan" || exit 1

# expect "words before the cursor|typed" "what is offered, by blanks"
expect() {
    local before=${1%%|*} is
    # shellcheck disable=SC2206 # words of this file, to be split
    COMP_WORDS=($before "${1#*|}")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _bpfvlan
    is=${COMPREPLY[*]-}
    if [[ $is != "$2" ]]; then
        printf '%s\n  wanted: %s\n  offered: %s\n' "$1" "$2" "$is" >&2
        failed=1
    fi
}

slaves='web0 db0 \$\(x\) \*'

# Options, objects, commands.
expect 'bpfvlan|' 'link addr master help'
expect 'bpfvlan|l' 'link'
expect 'bpfvlan|-' '-netns -json -pretty -details -statistics -batch -force -Version -help'
expect 'bpfvlan -j -d|m' 'master'
expect 'bpfvlan link|' 'add set del delete show list ls help'
expect 'bpfvlan l|s' 'set show'
expect 'bpfvlan a|' 'add del delete show list ls help'
expect 'bpfvlan master|' 'show list ls help'
expect 'bpfvlan help|' ''
expect 'bpfvlan frob|' ''
expect 'bpfvlan link frob|' ''
touch "$dir/file1"
expect 'bpfvlan -force -b|fi' 'file1'
expect 'bpfvlan --batch|file1' 'file1'

# link add
expect 'bpfvlan link add|' 'link name address mtu netns up down type'
expect 'bpfvlan link add link|l' 'lo'
expect 'bpfvlan -n far link add link|' 'lo far0'
expect 'bpfvlan link add link eth0 up|' 'name address mtu netns type'
expect 'bpfvlan link add link eth0 name x netns|nosuchnamespace' ''
expect 'bpfvlan link add name|' ''
expect 'bpfvlan link add type|' 'ipvlan macvlan ipvtap macvtap'
expect 'bpfvlan link add link eth0 x type ipvlan|' \
    'mode bridge private vepa host arp proxy nominee via maxslaves maxaddrs'
expect 'bpfvlan l a type ipvlan vepa mode l2|' \
    'host arp proxy nominee via maxslaves maxaddrs'
expect 'bpfvlan link add type ipvlan mode|' 'l2 l3 l3s'
expect 'bpfvlan link add type ipvlan arp|' 'filter flood'
expect 'bpfvlan link add type ipvlan nominee|' 'on off'
expect 'bpfvlan link add type ipvlan host|o' 'on off'
expect 'bpfvlan link add type ipvlan via|' 'auto veth netkit'
expect 'bpfvlan link add link eth0 x type macvlan|' \
    'mode flag nopromisc nodst macaddr bcqueuelen bclim host arp via maxslaves maxaddrs'
expect 'bpfvlan link add type macvlan mode|' 'private vepa bridge passthru source'
expect 'bpfvlan link add type macvlan flag|' 'null nopromisc nodst'
expect 'bpfvlan link add type macvlan mode source macaddr|' 'add del set flush'
expect 'bpfvlan link add type macvlan bclim|' ''
tap='user group multi_queue vnet_hdr'
expect 'bpfvlan link add link eth0 x type ipvtap|' \
    "mode bridge private vepa host arp proxy nominee maxslaves maxaddrs $tap"
expect 'bpfvlan link add link eth0 x type macvtap mode|' 'private vepa bridge passthru source'
expect 'bpfvlan link add x type macvtap mode vepa user root host off|' \
    "flag nopromisc nodst macaddr bcqueuelen bclim arp maxslaves maxaddrs ${tap#user }"
expect 'bpfvlan link add type ipvtap user|nobod' 'nobody'
expect 'bpfvlan link add type ipvtap group|nogrou' 'nogroup'

# link set, del, show
expect 'bpfvlan link set|w' 'web0'
expect 'bpfvlan link set|' "dev netns up down mtu name address type $slaves"
expect 'bpfvlan link set web0|' 'dev netns up down mtu name address type'
expect 'bpfvlan link set web0 name new|' 'dev netns up down mtu address type'
expect 'bpfvlan link set address 02 : 00 : 00 : 00 : 00 : 01|w' 'web0'
expect 'bpfvlan link set dev|' "$slaves"
expect 'bpfvlan link set dev web0 type ipvlan|' \
    'mode bridge private vepa host arp proxy nominee'
expect 'bpfvlan link set web0 type macvlan mode vepa|' \
    'flag nopromisc nodst macaddr bcqueuelen bclim host arp'
expect 'bpfvlan link set web0 type macvtap|' \
    'mode flag nopromisc nodst macaddr bcqueuelen bclim host arp'
expect 'bpfvlan link set web0 type ipvtap mode l2|' \
    'bridge private vepa host arp proxy nominee'
expect 'bpfvlan link del|' "dev netns $slaves"
expect 'bpfvlan link delete web0|' 'dev netns'
expect 'bpfvlan l l|d' 'dev db0'
expect 'bpfvlan link show link|' 'eth7 eth8'
expect 'bpfvlan link show netns web|' "dev link $slaves"

# addr, master
expect 'bpfvlan addr add|' 'dev netns'
expect 'bpfvlan addr add 10.0.0.1/24 dev|' "$slaves"
expect 'bpfvlan addr del 10.0.0.1 dev web0|' 'netns'
expect 'bpfvlan a s|d' 'dev db0'
expect 'bpfvlan m s|' 'dev eth7 eth8'
expect 'bpfvlan master show dev|' 'eth7 eth8'

# The question goes to the namespace of the line, and only when it is needed.
: >asked
expect 'bpfvlan -d -netns far link del|w' 'web0'
expect 'bpfvlan link set dev web0 mtu|' ''
expect 'bpfvlan link set dev web0 type ipvlan|pri' 'private'
if [[ $(<asked) != '-n far -j link show' ]]; then
    printf 'asked: %s\n' "$(<asked)" >&2
    failed=1
fi
exit "$failed"
