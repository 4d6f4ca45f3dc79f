/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * members.h - which slaves are in which multicast group.
 *
 * A group has two bits for each slave: it has reported the group since the last
 * general query (now), or between that and the one before (before). It is in the
 * group if either is set. A query makes now into before, so that who says
 * nothing until the next one is forgotten; where nobody queries nobody is. The
 * same way for both families, whatever the intervals of the querier are.
 *
 * A slave that does not hear a query (its sender's own, one of a sibling or the
 * host that it is kept from) is not aged by it.
 *
 * Slots are given out again: a bit counts only if the slave's own record, which
 * begins empty, has the group's bit in its bloom filter. A group that nobody is
 * in has no entry. Between the look that finds nobody in it and its deletion
 * another CPU's join is lost; hosts report twice (RFC 3376 8.14.1).
 */
#ifndef BV_BPF_MEMBERS_H
#define BV_BPF_MEMBERS_H

#include <linux/if_ether.h>
#include <linux/in.h>

#include "frame.h"
#include "listen.h"

/* Queries whose answers are due later than this age nobody. */
#define BV_QUERY_MS_MAX 25600U
#define BV_QUERY_GAP_NS 10000000000ULL

static __always_inline struct bv_members *
bv_members_get(const struct bv_addr_key *group)
{
	/* A copy, see BV_APART. */
	struct bv_addr_key key = *group;

	return bpf_map_lookup_elem(&bv_groups, &key);
}

/* Words in use, for loops; indexes are bounded where they are used. */
static __always_inline __u32 bv_words_used(void)
{
	return bv_port.high_slot / 64 + 1;
}

/*
 * By the bits below it, counted without a branch, which the verifier would take
 * both ways. Of __builtin_ctzll() clang 14 for BPF cannot make anything.
 */
static __always_inline __u32 bv_lowest_bit(__u64 v)
{
	v = (v & -v) - 1;
	v -= v >> 1 & 0x5555555555555555ULL;
	v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return v * 0x0101010101010101ULL >> 56;
}

/* A slave's count cannot go below 0, whatever bits its slot has inherited. */
static __always_inline void bv_count_left(struct bv_slave *slave)
{
	if ((__s32)__sync_fetch_and_add(&slave->groups, -1) <= 0)
		__sync_fetch_and_add(&slave->groups, 1);
}

/* Multicast, and of a scope in which it leaves its host: RFC 4291 2.7. */
static __always_inline bool bv_is_group(const struct bv_addr_key *key)
{
	__u32 first = bpf_ntohl(key->ip[0]);

	if (bv_key_is_ip4(key))
		return bpf_ntohl(key->ip[3]) >> 28 == 0xe;
	return first >> 24 == 0xff && (first >> 16 & 0xf) > 1;
}

static __always_inline bool bv_is_member(const struct bv_members *members,
					 const struct bv_addr_key *group,
					 const struct bv_slave *slave,
					 __u32 slot)
{
	__u32 word = slot / 64;

	return word < bv_words &&
	       (members[word].now | members[word].before) >> (slot % 64) & 1 &&
	       slave->group_bloom & BV_GROUP_BLOOM(group);
}

/* The group's entry, made if there is none; NULL: no room. */
static __always_inline struct bv_members *
bv_members_make(const struct bv_addr_key *group)
{
	struct bv_members *members = bv_members_get(group);
	const __u32 zero = 0;
	const void *nobody;

	if (members)
		return members;
	nobody = bpf_map_lookup_elem(&bv_nobody, &zero);
	if (!nobody)
		return NULL;
	/* -EEXIST: another CPU was first. */
	(void)bpf_map_update_elem(&bv_groups, group, nobody, BPF_NOEXIST);
	return bv_members_get(group);
}

static __noinline int bv_join(const struct bv_addr_key *group,
			      struct bv_slave *slave, __u32 slot)
{
	struct bv_members *members;
	__u32 word = slot / 64;

	if (!group || !slave || !bv_is_group(group))
		return BV_OK;
	members = bv_members_get(group);
	if (members && bv_is_member(members, group, slave, slot)) {
		if (word < bv_words)
			__sync_fetch_and_or(&members[word].now,
					    1ULL << (slot % 64));
		return BV_OK;
	}
	if ((__s32)__sync_fetch_and_add(&slave->groups, 1) <
	    (__s32)BV_GROUPS_MAX) {
		members = bv_members_make(group);
		if (members && word < bv_words) {
			__sync_fetch_and_or(&slave->group_bloom,
					    BV_GROUP_BLOOM(group));
			__sync_fetch_and_or(&members[word].now,
					    1ULL << (slot % 64));
			return BV_OK;
		}
	}
	bv_count_left(slave);
	return BV_DROP_GROUP_LIMIT;
}

struct bv_look {
	const struct bv_members *members;
	bool found;
};

static long bv_look_at(__u32 word, struct bv_look *look)
{
	if (word >= bv_words)
		return 1;
	look->found = look->members[word].now || look->members[word].before;
	return look->found;
}

static __always_inline bool bv_has_members(const struct bv_members *members)
{
	struct bv_look look = { .members = members };

	bpf_loop(bv_words_used(), bv_look_at, &look, 0);
	return look.found;
}

static __noinline int bv_leave(const struct bv_addr_key *group,
			       struct bv_slave *slave, __u32 slot)
{
	struct bv_members *members;
	__u32 word = slot / 64;
	__u64 bit = 1ULL << (slot % 64);

	if (!group || !slave)
		return BV_OK;
	members = bv_members_get(group);
	if (!members || !bv_is_member(members, group, slave, slot) ||
	    word >= bv_words)
		return BV_OK;
	__sync_fetch_and_and(&members[word].before, ~bit);
	__sync_fetch_and_and(&members[word].now, ~bit);
	bv_count_left(slave);
	if (!bv_has_members(members))
		(void)bpf_map_delete_elem(&bv_groups, group);
	return BV_OK;
}

/* One group of a family after another, word by word. */
struct bv_aging {
	struct bv_members *members;
	__u32 from,
		without; /* slot, and flags of others, that did not hear it */
	bool ip4;
	bool found;
	__u32 word;
	__u64 silent; /* in members[word], and not looked at yet */
	__u64 spared;
};

static long bv_age_slave(__u32 i, struct bv_aging *aging)
{
	__u64 silent = aging->silent;
	struct bv_slave *slave;
	__u32 bit, slot;

	(void)i;
	if (!silent)
		return 1;
	bit = bv_lowest_bit(silent);
	aging->silent = silent & (silent - 1);
	slot = aging->word * 64 + bit;
	slave = bv_slave_get(slot);
	if (!slave)
		return 0;
	if (slot == aging->from || (slave->flags & aging->without))
		aging->spared |= 1ULL << (bit & 63);
	else
		bv_count_left(slave);
	return 0;
}

static long bv_age_word(__u32 word, struct bv_aging *aging)
{
	struct bv_members *m = aging->members;
	__u64 now, before;

	if (word >= bv_words)
		return 1;
	m += word;
	now = __sync_lock_test_and_set(&m->now, 0);
	before = __sync_lock_test_and_set(&m->before, now);
	aging->word = word;
	aging->silent = before & ~now;
	aging->spared = 0;
	if (aging->silent)
		bpf_loop(64, bv_age_slave, aging, 0);
	if (aging->spared)
		__sync_fetch_and_or(&m->before, aging->spared);
	aging->found |= (now | aging->spared) != 0;
	return 0;
}

static long bv_age_group(void *map, struct bv_addr_key *group,
			 struct bv_members *members, struct bv_aging *aging)
{
	if (bv_key_is_ip4(group) != aging->ip4)
		return 0;
	aging->members = members;
	aging->found = false;
	bpf_loop(bv_words_used(), bv_age_word, aging, 0);
	if (!aging->found)
		(void)bpf_map_delete_elem(map, group);
	return 0;
}

/* A general query, whose answers are due after @ms, has been heard. */
static __noinline void bv_age(bool mld, __u32 ms, __u32 from, __u32 without)
{
	struct bv_aging aging = {
		.from = from,
		.without = without,
		.ip4 = !mld,
	};
	__u64 now = bpf_ktime_get_ns();
	__u64 *at = mld ? &bv_port.rotated_ns[1] : &bv_port.rotated_ns[0];
	__u64 due = *at;

	if (ms > BV_QUERY_MS_MAX || (due && now < due + BV_QUERY_GAP_NS))
		return;
	/* Of two CPUs one is enough. */
	if (__sync_val_compare_and_swap(at, due, now + ms * 1000000ULL) != due)
		return;
	bpf_for_each_map_elem(&bv_groups, bv_age_group, &aging, 0);
}

#endif /* BV_BPF_MEMBERS_H */
