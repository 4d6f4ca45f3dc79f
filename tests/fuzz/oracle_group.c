// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Broadcast and multicast: whom a frame concerns by the tables of
 * docs/design/README.md, and that what is counted of groups is in the table of
 * groups. Neither says who has to get a copy; tests/bpf does.
 */
#include <string.h>

#include "oracle.h"
#include "require.h"

static const struct bv_members *members_of(const struct state *st,
					   const uint8_t group[16])
{
	const struct group_entry *e = group_find(&st->groups, group);

	return e ? e->members : NULL;
}

static bool is_member(const struct state *st, const uint8_t group[16],
		      uint32_t slot)
{
	const struct bv_members *m = members_of(st, group);

	return m && (m[slot / 64].now | m[slot / 64].before) >> slot % 64 & 1;
}

/* A query that ages members comes before its own copies: either will do. */
static bool reported(const struct seen *s, const uint8_t group[16],
		     uint32_t slot)
{
	return is_member(&s->d->before, group, slot) ||
	       is_member(&s->d->after, group, slot);
}

static bool nobody_reported(const struct seen *s, const uint8_t group[16])
{
	return !members_of(&s->d->before, group) ||
	       !members_of(&s->d->after, group);
}

static bool uses_ip4(const struct seen *s, uint32_t slot)
{
	return s->d->before.slaves[slot].flags & BV_SLAVE_IP4;
}

static bool listens_arp(const struct state *st, uint32_t slot)
{
	return !st->slaves[slot].addrs4 ||
	       st->slaves[slot].flags & BV_SLAVE_ARP_FLOOD;
}

static bool arp_concerns(const struct seen *s, uint32_t slot)
{
	static const uint8_t none[4];

	if (!s->r.arp_request)
		return uses_ip4(s, slot);
	if (listens_arp(&s->d->before, slot) || listens_arp(&s->d->after, slot))
		return true;
	return !memcmp(s->r.src.ip + 12, none, 4) && uses_ip4(s, slot);
}

/* What does not agree with its own lengths is no packet to a group. */
static bool is_whole_ip4(const struct datapath *d)
{
	const uint8_t *ip = d->frame + 14;

	return (ip[0] & 15) >= 5 && (size_t)(ip[2] << 8 | ip[3]) <= d->len - 14;
}

static bool ip4_concerns(const struct seen *s, uint32_t slot)
{
	static const uint8_t local[3] = { 224, 0, 0 };
	const uint8_t *ip = s->r.dst.ip + 12;

	if (!s->r.dst.given || ip[0] >> 4 != 0xe || !is_whole_ip4(s->d))
		return uses_ip4(s, slot);
	if (reported(s, s->r.dst.ip, slot))
		return true;
	return !memcmp(ip, local, 3) &&
	       (ip[3] == 1 || nobody_reported(s, s->r.dst.ip));
}

static bool ns_concerns(const struct seen *s, uint32_t slot)
{
	/* RFC 4291 2.7.1 */
	uint8_t group[16] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };

	memcpy(group + 13, s->r.target.ip + 13, 3);
	return s->r.question || reported(s, group, slot) ||
	       s->d->before.slaves[slot].flags & BV_SLAVE_ARP_FLOOD;
}

static bool ip6_concerns(const struct seen *s, uint32_t slot)
{
	static const uint8_t nodes[16] = { [0] = 0xff, 2, [15] = 1 };
	static const uint8_t dhcp[16] = { [0] = 0xff, 2, [13] = 1, 0, 2 };
	static const uint8_t mdns[16] = { [0] = 0xff, 2, [15] = 0xfb };
	const uint8_t *dst = s->r.dst.ip;

	if (!s->r.dst.given || dst[0] != 0xff || !memcmp(dst, nodes, 16) ||
	    !memcmp(dst, dhcp, 16) || reported(s, dst, slot))
		return true;
	return !memcmp(dst, mdns, 16) && nobody_reported(s, dst);
}

void check_concerned(const struct seen *s, uint32_t slot)
{
	const struct datapath *d = s->d;
	unsigned int type = 0;
	uint32_t flags = d->before.slaves[slot].flags;

	if (s->in_vlan)
		return;
	if (owned_by(s, &s->asked, slot))
		return;
	if (slot == d->before.port.nominee && flags & BV_SLAVE_ROUTED)
		return;
	require(!(flags & BV_SLAVE_ROUTED));
	require(slot <= d->before.port.high_slot);
	require(!s->r.report);
	if (d->len >= 14)
		type = (unsigned int)d->frame[12] << 8 | d->frame[13];
	/* In a VLAN. */
	require(flags & BV_SLAVE_MACVLAN || (type != 0x8100 && type != 0x88a8));
	switch (type) {
	case 0x0806:
		require(arp_concerns(s, slot));
		break;
	case 0x0800:
		require(ip4_concerns(s, slot));
		break;
	case 0x86dd:
		require((s->r.target.given && ns_concerns(s, slot)) ||
			ip6_concerns(s, slot));
		break;
	}
}

static uint32_t count_groups(const struct state *st, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < st->groups.n; i++) {
		const struct bv_members *m =
			&st->groups.entries[i].members[slot / 64];

		n += (m->now | m->before) >> slot % 64 & 1;
	}
	return n;
}

static void check_entries(const struct state *st)
{
	for (uint32_t i = 0; i < st->groups.n; i++) {
		const struct group_entry *e = &st->groups.entries[i];
		uint64_t any = 0;

		for (uint32_t w = 0; w < WORDS; w++)
			any |= e->members[w].now | e->members[w].before;
		require(any);
	}
}

/* Members have been counted, and are in the slave's bloom filter. */
void check_groups(const struct seen *s)
{
	const struct state *before = &s->d->before, *after = &s->d->after;

	check_entries(after);
	for (uint32_t slot = 1; slot <= after->slots; slot++) {
		const struct bv_slave *old = &before->slaves[slot];
		const struct bv_slave *new = &after->slaves[slot];

		require(new->groups <= BV_GROUPS_MAX);
		require((new->group_bloom & old->group_bloom) ==
			old->group_bloom);
		if (new->groups != old->groups ||
		    new->group_bloom != old->group_bloom)
			require(!s->in_vlan);
		if (new->group_bloom != old->group_bloom)
			require(s->d->prog == SLAVE_TX && s->d->slot == slot);
		/* What a slot has inherited nobody counted. */
		if (slot <= CHOSEN && s->d->setup.stale & 1U << slot)
			continue;
		require(new->groups - old->groups ==
			count_groups(after, slot) - count_groups(before, slot));
		for (uint32_t i = 0; i < after->groups.n; i++) {
			const struct group_entry *e = &after->groups.entries[i];

			if (is_member(after, (const uint8_t *)&e->key, slot))
				require(new->group_bloom &BV_GROUP_BLOOM(
					&e->key));
		}
	}
}
