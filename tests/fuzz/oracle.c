// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must be true of every run, whatever the frame. Rules about who may
 * receive it, what is counted, and how the address table may change; a frame's
 * meaning is the reference's, never that of the programs.
 */
#include <string.h>

#include "datapath.h"
#include "reference.h"
#include "require.h"

/* A run, and what follows from it for several rules. */
struct seen {
	const struct datapath *d;
	struct reading r;
	uint32_t flags; /* the sending slave's */
	bool own; /* its Ethernet source is the master's MAC */
	bool probe; /* it has become our question to an owner */
};

static bool is_active(const struct state *s, uint32_t slot)
{
	return slot <= SLAVES && s->slaves[slot].flags & BV_SLAVE_ACTIVE;
}

/* As an owner; the host always is. */
static bool is_live(const struct state *s, uint32_t slot)
{
	return !slot || is_active(s, slot);
}

static bool owned_by(const struct datapath *d, const struct address *a,
		     uint32_t slot)
{
	const struct table_entry *e;

	if (!a->given)
		return false;
	e = table_find(&d->before.table, a->ip);
	return e && BV_OWNER_SLOT(e->addr.owner) == slot;
}

/* The frame is what it was, or a bare probe for what it claimed. */
static bool check_frame(const struct seen *s)
{
	const struct datapath *d = s->d;
	uint8_t probe[PROBE_LEN];

	if (d->skb.len == d->len && !memcmp(kernel.frame, d->frame, d->len))
		return false;
	require(d->prog == SLAVE_TX && s->r.claim.given);
	require(reference_is_ip4(s->r.claim.ip));
	reference_probe(probe, s->r.claim.ip, d->mac);
	require(d->skb.len >= sizeof(probe));
	require(!memcmp(kernel.frame, probe, sizeof(probe)));
	/* Of the sender's own bytes none goes to whom it may not reach. */
	for (size_t i = sizeof(probe); i < d->skb.len; i++)
		require(!kernel.frame[i]);
	return true;
}

static void check_to_slave(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;
	uint32_t slot = sent->ifindex - BASE_IFINDEX, flags;

	require(slot >= 1 && slot <= SLAVES);
	require(is_active(&d->before, slot));
	require(!sent->flags);
	flags = d->before.slaves[slot].flags;
	if (sent->how == SENT_PEER)
		require(d->prog != HOST_TX && flags & BV_SLAVE_PEER);
	/* To one alone only if the frame is for an address of its. */
	if (sent->how != SENT_CLONE)
		require(owned_by(d, &s->r.dst, slot) ||
			owned_by(d, &s->r.target, slot) ||
			(s->probe && owned_by(d, &s->r.claim, slot)));
	if (d->prog == SLAVE_TX) {
		require(slot != d->slot);
		require(s->probe || !(s->flags & BV_SLAVE_VEPA));
		require(s->probe || !((s->flags | flags) & BV_SLAVE_PRIVATE));
	} else if (d->prog == WIRE_RX) {
		require(!s->own || !(flags & BV_SLAVE_PRIVATE));
	} else {
		require(!(flags & BV_SLAVE_HOST_OFF));
	}
}

static void check_to_host(const struct seen *s)
{
	require(s->d->prog == SLAVE_TX);
	require(s->probe || !(s->flags & (BV_SLAVE_HOST_OFF | BV_SLAVE_VEPA)));
}

static void check_to_wire(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;

	require(d->prog == SLAVE_TX && !s->probe);
	require(sent->how == SENT_REDIRECT);
	require(d->len <= d->before.port.mtu + 14 + 4 || d->skb.gso_size);
}

static void check_sent(const struct seen *s)
{
	const struct datapath *d = s->d;
	size_t redirects = 0;

	for (size_t i = 0; i < kernel.n_sent; i++) {
		const struct sent *sent = &kernel.sent[i];

		for (size_t j = 0; j < i; j++)
			require(kernel.sent[j].ifindex != sent->ifindex ||
				kernel.sent[j].flags != sent->flags);
		redirects += sent->how != SENT_CLONE;
		if (sent->ifindex != MASTER_IFINDEX) {
			check_to_slave(s, sent);
			continue;
		}
		if (sent->flags & BPF_F_INGRESS)
			check_to_host(s);
		else
			check_to_wire(s, sent);
		/* Our hook on the master has to know it for a slave's. */
		require((sent->how == SENT_CLONE ?
				 sent->tc_index :
				 d->skb.tc_index) == BV_TC_INDEX_SLAVE);
	}
	require(redirects == (d->verdict == REDIRECT));
}

/* What leaves a slave names the master's MAC wherever it names its own. */
static void check_one_mac(const struct seen *s)
{
	if (s->d->prog != SLAVE_TX || !kernel.n_sent || s->probe)
		return;
	require(s->d->len >= 14);
	require(!s->d->skb.vlan_present);
	require(s->own);
	require(!s->r.foreign);
}

static uint64_t dropped(const struct datapath *d, uint32_t slot, int why)
{
	return d->after.drops[slot].count[why] -
	       d->before.drops[slot].count[why];
}

/* The slot and reason of the one drop that is counted, but for floods. */
static bool one_drop(const struct datapath *d, uint32_t *slot, int *why)
{
	uint64_t n = 0, flood = 0;

	for (uint32_t i = 0; i <= SLAVES; i++)
		for (int j = 0; j < BV_DROP_SLOTS; j++) {
			uint64_t count = dropped(d, i, j);

			if (j == BV_DROP_FLOOD_LIMIT) {
				flood += count;
				continue;
			}
			n += count;
			if (count) {
				*slot = i;
				*why = j;
			}
		}
	require(n <= 1 && flood <= 1);
	/* Once it is counted, no slave has had a copy. */
	for (size_t i = 0; flood && i < kernel.n_sent; i++)
		require(kernel.sent[i].ifindex == MASTER_IFINDEX);
	return n;
}

static void check_drops(const struct seen *s)
{
	const struct datapath *d = s->d;
	uint32_t slot = 0;
	int why = -1;

	if (!one_drop(d, &slot, &why)) {
		require(d->verdict != DROP && !s->probe);
		return;
	}
	require(why >= 0 && why < BV_DROP_MAX_);
	require(d->verdict == DROP || (s->probe && why == BV_DROP_ADDR_IN_USE));
	switch (d->prog) {
	case SLAVE_TX:
		if (is_active(&d->before, d->slot))
			require(slot == d->slot && why != BV_DROP_INACTIVE);
		else
			require(slot == 0 && why == BV_DROP_INACTIVE);
		break;
	case WIRE_RX:
		require(s->own);
		require((slot == 0 && why == BV_DROP_REFLECTED) ||
			(d->before.slaves[slot].flags & BV_SLAVE_PRIVATE &&
			 why == BV_DROP_PRIVATE));
		break;
	default:
		require(d->before.slaves[slot].flags & BV_SLAVE_HOST_OFF);
		require(why == BV_DROP_HOST_OFF);
	}
}

/* May the sender have taken this entry; e: as it was before, or NULL. */
static void check_claimed(const struct seen *s, const struct table_entry *e,
			  const struct table_entry *new)
{
	const struct datapath *d = s->d;
	const uint8_t *ip = (const uint8_t *)&new->key;
	uint32_t slot = d->prog == SLAVE_TX ? d->slot : 0;

	require(d->prog != WIRE_RX && !s->r.question);
	require(s->r.claim.given && !memcmp(s->r.claim.ip, ip, 16));
	require(reference_is_host_address(ip));
	require(new->addr.owner == BV_OWNER(slot, BV_ADDR_LEARNED));
	require(new->addr.plen == (reference_is_ip4(ip) ? 32 : 128));
	require(new->addr.seen_ns >= d->now && !new->addr.challenged_ns);
	require(d->prog == HOST_TX || is_active(&d->before, slot));
	require(d->before.slaves[slot].learned < BV_LEARN_MAX);
	if (!e || !is_live(&d->before, BV_OWNER_SLOT(e->addr.owner)))
		return;
	require(reference_is_ip4(ip));
	require(BV_OWNER_HOW(e->addr.owner) == BV_ADDR_LEARNED);
	require(e->addr.challenged_ns);
	require(e->addr.seen_ns < e->addr.challenged_ns);
	require(d->now + 16 - e->addr.challenged_ns >= SILENCE_NS);
}

/* A slave, or the host. */
static bool was_sent_to(uint32_t slot)
{
	for (size_t i = 0; i < kernel.n_sent; i++)
		if (slot ? kernel.sent[i].ifindex == BASE_IFINDEX + slot :
			   kernel.sent[i].ifindex == MASTER_IFINDEX &&
				    kernel.sent[i].flags & BPF_F_INGRESS)
			return true;
	return false;
}

static void check_entry(const struct seen *s, const struct table_entry *old,
			const struct table_entry *new)
{
	const struct datapath *d = s->d;
	uint32_t slot = d->prog == SLAVE_TX ? d->slot : 0;
	bool is_owner = BV_OWNER_SLOT(new->addr.owner) == slot;
	bool claimed = d->prog != WIRE_RX && s->r.claim.given &&
		       !memcmp(s->r.claim.ip, &new->key, 16);

	if (!old || old->addr.owner != new->addr.owner) {
		check_claimed(s, old, new);
		return;
	}
	require(old->addr.plen == new->addr.plen);
	if (old->addr.seen_ns != new->addr.seen_ns)
		require(claimed && is_owner);
	if (old->addr.challenged_ns != new->addr.challenged_ns) {
		require(claimed && !is_owner);
		require(s->probe);
		require(was_sent_to(BV_OWNER_SLOT(new->addr.owner)));
	}
}

/* What a slave says that it owns is its own, or nobody hears it. */
static void check_claim(const struct seen *s)
{
	const struct datapath *d = s->d;
	const struct table_entry *e;

	if (d->prog != SLAVE_TX || !kernel.n_sent || s->probe ||
	    !s->r.claim.given || s->r.question ||
	    !reference_is_host_address(s->r.claim.ip))
		return;
	e = table_find(&d->after.table, s->r.claim.ip);
	require(e && BV_OWNER_SLOT(e->addr.owner) == d->slot);
}

static uint32_t count_learned(const struct table *t, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += t->entries[i].addr.owner ==
		     BV_OWNER(slot, BV_ADDR_LEARNED);
	return n;
}

static void check_table(const struct seen *s)
{
	const struct state *before = &s->d->before, *after = &s->d->after;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < after->table.n; i++) {
		const struct table_entry *e = &after->table.entries[i];
		const struct table_entry *old =
			table_find(&before->table, (const uint8_t *)&e->key);

		kept += !!old;
		check_entry(s, old, e);
	}
	require(kept == before->table.n);
	for (uint32_t slot = 0; slot <= SLAVES; slot++) {
		uint32_t learned = after->slaves[slot].learned;

		require(learned <= BV_LEARN_MAX);
		require(learned - before->slaves[slot].learned ==
			count_learned(&after->table, slot) -
				count_learned(&before->table, slot));
	}
}

/* Nothing else is the programs' to change. */
static void check_rest(const struct datapath *d)
{
	struct bv_port port = d->after.port;

	port.flood_copies = d->before.port.flood_copies;
	port.flood_window = d->before.port.flood_window;
	require(!memcmp(&port, &d->before.port, sizeof(port)));
	for (uint32_t slot = 0; slot <= SLAVES; slot++) {
		struct bv_slave slave = d->after.slaves[slot];

		slave.learned = d->before.slaves[slot].learned;
		for (size_t i = 0; i < kernel.n_sent; i++)
			if (kernel.sent[i].failed &&
			    kernel.sent[i].ifindex == BASE_IFINDEX + slot) {
				require(!(slave.flags & BV_SLAVE_ACTIVE));
				slave.flags |= BV_SLAVE_ACTIVE;
			}
		require(!memcmp(&slave, &d->before.slaves[slot],
				sizeof(slave)));
	}
}

static void check_same(const struct state *a, const struct state *b)
{
	require(!memcmp(&a->port, &b->port, sizeof(a->port)));
	require(!memcmp(a->slaves, b->slaves, sizeof(a->slaves)));
	require(!memcmp(a->drops, b->drops, sizeof(a->drops)));
	require(a->table.n == b->table.n);
	require(!memcmp(a->table.entries, b->table.entries,
			a->table.n * sizeof(a->table.entries[0])));
}

/* What is none of our business goes on as it came. */
static void check_none_of_ours(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (d->prog == SLAVE_TX) {
		require(d->verdict != NEXT);
		return;
	}
	if (d->setup.skb & SETUP_TC_INDEX)
		require(!d->skb.tc_index);
	else if (d->skb.vlan_present)
		require(!d->skb.tc_index);
	else if (d->prog == WIRE_RX || d->len < 14 || d->frame[0] & 1 ||
		 !memcmp(d->frame, d->mac, 6))
		return;
	require(d->verdict == NEXT && !kernel.n_sent);
	check_same(&d->before, &d->after);
}

void oracle_check(const struct datapath *d)
{
	struct seen s = { .d = d };

	reference_read(d->frame, d->len, d->mac, &s.r);
	s.own = d->len >= 14 && !memcmp(d->frame + 6, d->mac, 6);
	if (d->prog == SLAVE_TX && d->slot <= SLAVES)
		s.flags = d->before.slaves[d->slot].flags;
	require(d->verdict == DROP || d->verdict == REDIRECT ||
		d->verdict == NEXT);
	s.probe = check_frame(&s);
	check_sent(&s);
	check_one_mac(&s);
	check_drops(&s);
	check_claim(&s);
	check_table(&s);
	check_rest(d);
	check_none_of_ours(&s);
}
