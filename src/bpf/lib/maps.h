/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps.h - the state of one port: its constants, its tables, its counters.
 *
 * A port has one instance of everything here, shared by its programs and
 * by every slave. Each access on a frame's way is one that the JIT inlines, but
 * for the hashes of addresses, MACs, groups and DHCP transactions: constants are
 * immediates, bv_port is at a fixed address, the arrays are indexed by slot.
 */
#ifndef BV_BPF_MAPS_H
#define BV_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/bv_abi.h"

/* Known before the programs are loaded, and never changed after. */
const volatile __u32 bv_base_ifindex = 0;
const volatile __u32 bv_master_ifindex = 0;
const volatile __u32 bv_words = BV_WORDS(BV_SLAVES_DEFAULT + 1);

struct bv_port bv_port SEC(BV_MAP_PORT) = {};

/* Sizes are set before loading; these are the defaults. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BV_SLAVES_DEFAULT + 1);
	__type(key, __u32);
	__type(value, struct bv_slave);
} bv_slaves SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BV_SLAVES_DEFAULT + 1);
	__type(key, __u32);
	__type(value, struct bv_drops);
} bv_drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BV_ADDRS_DEFAULT);
	__type(key, struct bv_addr_key);
	__type(value, struct bv_addr);
} bv_addrs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BV_DHCP_MAX);
	__type(key, struct bv_dhcp_key);
	__type(value, struct bv_dhcp);
} bv_dhcp SEC(".maps");

/* Not asked where nobody has a MAC of its own: see the counts in bv_port. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BV_MACS_ROOM(BV_SLAVES_DEFAULT + 1));
	__type(key, struct bv_mac_key);
	__type(value, struct bv_mac);
} bv_macs SEC(".maps");

static __always_inline struct bv_slave *bv_slave_get(__u32 slot)
{
	return bpf_map_lookup_elem(&bv_slaves, &slot);
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BV_WORDS(BV_SLAVES_DEFAULT + 1));
	__type(key, __u32);
	__type(value, struct bv_listeners);
} bv_listeners SEC(".maps");

/* Its value is an array of bv_words, and the one below is of zeros. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BV_GROUPS_ROOM(BV_SLAVES_DEFAULT + 1));
	__uint(key_size, sizeof(struct bv_addr_key));
	__uint(value_size,
	       sizeof(struct bv_members) * BV_WORDS(BV_SLAVES_DEFAULT + 1));
} bv_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size,
	       sizeof(struct bv_members) * BV_WORDS(BV_SLAVES_DEFAULT + 1));
} bv_nobody SEC(".maps");

/*
 * How long ago that was, in ns. Another CPU may have noted it since we read it
 * last, or its clock be ahead: then it was now, and not 600 years ago.
 */
static __always_inline __u64 bv_since(__u64 then)
{
	__u64 now = bpf_ktime_get_ns();

	return now > then ? now - then : 0;
}

/* The flags of a slave that is set up; 0 for any other slot. */
static __always_inline __u32 bv_slave_flags(__u32 slot)
{
	const struct bv_slave *slave = bv_slave_get(slot);

	if (!slave || !(slave->flags & BV_SLAVE_ACTIVE))
		return 0;
	return slave->flags;
}

#endif /* BV_BPF_MAPS_H */
