#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bpfvlan at work: a host, containers with addresses of their own on the host's
# network, and a neighbour on that network. Nothing outside five network
# namespaces is touched, and these are gone at the end.
#
#   host: eth0 10.77.0.2 ------------- lan: 10.77.0.1
#     slaves of eth0, with its MAC:
#       web: eth0 10.77.0.11
#       db:  eth0 10.77.0.12
#     then one with a MAC of its own:
#       own: eth0 10.77.0.13
# shellcheck disable=SC2317 # traps and retry call functions, too
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bpfvlan=${BUILD:-$here/../build}/bpfvlan
spaces=(web db own host lan)
names=(web db host lan)
declare -A ip4=([web]=10.77.0.11 [db]=10.77.0.12 [own]=10.77.0.13
    [host]=10.77.0.2 [lan]=10.77.0.1)
declare -A ip6=([web]=fd77::11 [db]=fd77::12 [own]=fd77::13 [host]=fd77::2
    [lan]=fd77::1)
failed=0
tcpdump_pid=
work=

stop_tcpdump() {
    [[ $tcpdump_pid ]] || return 0
    kill "$tcpdump_pid" 2>/dev/null || true
    wait "$tcpdump_pid" 2>/dev/null || true
    tcpdump_pid=
}

cleanup() {
    local name
    trap - EXIT
    stop_tcpdump
    for name in "${spaces[@]}"; do
        ip netns del "$(ns "$name")" 2>/dev/null || true
    done
    [[ ! $work ]] || rm -rf "$work"
}

# The namespace of a name; unique, so that two demos can run side by side.
ns() { echo "bvdemo$$-$1"; }

heading() { printf '\n== %s\n' "$*"; }

run() {
    printf '$ bpfvlan %s\n' "$*"
    "$bpfvlan" -n "$(ns host)" "$@"
}

wrong() { echo "FAIL: $*" && failed=1; }

# Two machines and a cable. No DAD: the demo does not wait for it.
build_lan() {
    local name
    for name in "${spaces[@]}"; do
        ip netns add "$(ns "$name")"
        ip netns exec "$(ns "$name")" bash -c \
            'cd /proc/sys/net/ipv6/conf; echo 0 | tee {all,default}/accept_dad' \
            >/dev/null
        ip -n "$(ns "$name")" link set lo up
    done
    ip -n "$(ns host)" link add eth0 type veth peer name eth0 \
        netns "$(ns lan)"
    for name in host lan; do
        ip -n "$(ns "$name")" addr add "${ip4[$name]}/24" dev eth0
        ip -n "$(ns "$name")" addr add "${ip6[$name]}/64" dev eth0 nodad
        ip -n "$(ns "$name")" link set eth0 up
    done
}

# add_slave NAME TYPE...
add_slave() {
    local name=$1
    shift
    run link add link eth0 name eth0 netns "$(ns "$name")" up type "$@"
    run addr add "${ip4[$name]}/24" dev eth0 netns "$(ns "$name")"
    run addr add "${ip6[$name]}/64" dev eth0 netns "$(ns "$name")"
}

# For what no event tells of: five seconds of looking.
retry() {
    local -i tries
    for ((tries = 0; tries < 100; tries++)); do
        ! "$@" || return 0
        sleep 0.05
    done
    return 1
}

# A carrier is noticed, and IPv6 starts, up to a second after the link is up.
is_ready() {
    ip -n "$(ns "$1")" -6 -o addr show dev eth0 scope link |
        grep -qv tentative
}

# Returns when tcpdump says that it listens, or has ended.
start_capture() {
    local line
    mkfifo "$work/said"
    ip netns exec "$(ns lan)" tcpdump -i eth0 -Q in -n -e -l -U \
        >"$work/frames" 2>"$work/said" &
    tcpdump_pid=$!
    while read -r line; do
        [[ $line != listening* ]] || break
    done <"$work/said"
    # What it says at its end needs a reader, too.
    cat "$work/said" >/dev/null &
}

# The end of a capture is a frame that is known to come last.
stop_capture() {
    ip netns exec "$(ns host)" ping -q -c 1 -W 2 -p 656e64 -s 777 \
        "${ip4[lan]}" >/dev/null
    retry grep -q 'length 785' "$work/frames" ||
        wrong "the capture did not see the last frame"
    stop_tcpdump
}

table() {
    local title=$1 from to result
    local -n address=$2
    printf '%-8s' "$title"
    printf '%-8s' "${names[@]}"
    echo
    for from in "${names[@]}"; do
        printf '%-8s' "$from"
        for to in "${names[@]}"; do
            result=ok
            if [[ $from == "$to" ]]; then
                result=-
            elif ! ip netns exec "$(ns "$from")" ping -n -q -c 1 -W 1 \
                "${address[$to]}" >/dev/null; then
                result=FAIL
                failed=1
            fi
            printf '%-8s' "$result"
        done
        echo
    done
}

# The host's MAC, and only it, may be the source of what reached the lan.
check_macs() {
    local mac seen promiscuity link
    link=$(ip -n "$(ns host)" -d -o link show eth0)
    mac=$(sed -E 's/.*link\/ether ([0-9a-f:]+) .*/\1/' <<<"$link")
    promiscuity=$(sed -E 's/.*promiscuity ([0-9]+) .*/\1/' <<<"$link")
    # tcpdump(8) ends with an empty line.
    seen=$(awk 'NF { print $2 }' "$work/frames" | sort -u)
    echo "frames seen by lan:    $(grep -c . "$work/frames")"
    echo "their source MACs:     ${seen//$'\n'/ }"
    echo "MAC of the host:       $mac"
    echo "promiscuity of eth0:   $promiscuity"
    [[ $seen == "$mac" ]] || wrong "another MAC than the host's"
    [[ $promiscuity == 0 ]] || wrong "eth0 is promiscuous"
}

for tool in ip ping tcpdump "$bpfvlan"; do
    ((EUID == 0)) && command -v "$tool" >/dev/null && continue
    echo "demo.sh: it must be run by root, and needs $tool" >&2
    exit 1
done
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d)

heading "two slaves of eth0, one in the namespace of each container"
build_lan
add_slave web ipvlan mode l2
add_slave db ipvlan mode l2
for name in "${names[@]}"; do
    retry is_ready "$name" || wrong "eth0 of $name has no IPv6"
done
start_capture

heading "what is there"
run link show
run addr show

heading "who reaches whom: rows send, columns answer"
table IPv4 ip4
echo
table IPv6 ip6

heading "what the network sees"
stop_capture
check_macs

heading "one with a MAC of its own, beside them"
add_slave own macvlan mode bridge
retry is_ready own || wrong "eth0 of own has no IPv6"
run -d link show netns "$(ns own)"
echo
names=(web own host lan)
table IPv4 ip4
echo
table IPv6 ip6

heading "the end"
run link del eth0 netns "$(ns own)"
run link del eth0 netns "$(ns web)"
run link del eth0 netns "$(ns db)"
[[ ! $("$bpfvlan" -n "$(ns host)" master show) ]] ||
    wrong "programs are still on eth0"
((failed)) || echo "All as it should be; no program is left on eth0."
exit "$failed"
