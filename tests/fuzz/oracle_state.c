// SPDX-License-Identifier: GPL-2.0-or-later
/* What is counted, and how the records and tables of a port may change. */
#include <endian.h>
#include <string.h>

#include "oracle.h"
#include "require.h"

static uint64_t dropped(const struct datapath *d, uint32_t slot, int why)
{
	return d->after.drops[slot].count[why] -
	       d->before.drops[slot].count[why];
}

/* Counted for what else it costs; the frame itself goes on. */
static bool is_aside(int why)
{
	return why == BV_DROP_FLOOD_LIMIT || why == BV_DROP_QUEUE_FULL ||
	       why == BV_DROP_GROUP_LIMIT;
}

/* Copies that are not made, or a group not joined: the sender's, once. */
static void check_aside(const struct seen *s, uint32_t slot, int why)
{
	const struct datapath *d = s->d;

	require(dropped(d, slot, why) == 1);
	if (why == BV_DROP_GROUP_LIMIT) {
		require(d->prog == SLAVE_TX && slot == d->slot && s->r.report);
		return;
	}
	if (d->prog == WIRE_RX)
		require(!slot || (int)slot == s->sender ||
			d->before.slaves[slot].flags & BV_SLAVE_VEPA);
	else
		require(slot == (d->prog == SLAVE_TX ? d->slot : 0));
	require((why == BV_DROP_QUEUE_FULL) == !!d->before.port.copier);
	if (why == BV_DROP_QUEUE_FULL) {
		require(!d->deferred);
		return;
	}
	/* Once it is counted, no slave has had a copy but who is named. */
	for (size_t i = 0; i < kernel.n_sent; i++)
		require(kernel.sent[i].ifindex == MASTER_IFINDEX ||
			kernel.sent[i].ifindex ==
				BASE_IFINDEX + d->before.port.nominee ||
			is_by_list(s, &kernel.sent[i]));
}

/* The slot and reason of the one drop that is counted. */
static bool one_drop(const struct seen *s, uint32_t *slot, int *why)
{
	const struct datapath *d = s->d;
	uint64_t n = 0, aside[BV_DROP_SLOTS] = {};

	for (uint32_t i = 0; i <= d->after.slots; i++) {
		if (!memcmp(&d->after.drops[i], &d->before.drops[i],
			    sizeof(d->after.drops[i])))
			continue;
		for (int j = 0; j < BV_DROP_SLOTS; j++) {
			if (!dropped(d, i, j))
				continue;
			if (is_aside(j)) {
				require(!aside[j]++);
				check_aside(s, i, j);
				continue;
			}
			n += dropped(d, i, j);
			*slot = i;
			*why = j;
		}
	}
	require(n <= 1);
	return n;
}

static void check_slaves_drop(const struct seen *s, uint32_t slot, int why)
{
	const struct datapath *d = s->d;

	if (!is_active(&d->before, d->slot)) {
		require(slot == 0 && why == BV_DROP_INACTIVE);
		return;
	}
	require(slot == d->slot && why != BV_DROP_INACTIVE);
	if (s->flags & BV_SLAVE_MACVLAN)
		check_mac_drop(s, why);
	else
		require(why != BV_DROP_MAC_IN_USE && why != BV_DROP_MAC_LIMIT);
	if (why == BV_DROP_PROTOCOL)
		require(s->flags & BV_SLAVE_NETKIT);
	if (why == BV_DROP_NOT_IP || why == BV_DROP_GROUP)
		require(s->flags & BV_SLAVE_ROUTED);
	if (why == BV_DROP_HOST_OFF)
		require(s->flags & BV_SLAVE_HOST_OFF);
}

static void check_hosts_drop(const struct seen *s, uint32_t slot, int why)
{
	const struct datapath *d = s->d;
	uint32_t from = forwarded_from(s);

	if (why == BV_DROP_PRIVATE) {
		require(from == slot && from <= d->before.port.high_slot);
		return;
	}
	require(why == BV_DROP_HOST_OFF);
	require(d->before.slaves[slot].flags & BV_SLAVE_HOST_OFF);
}

static void check_wires_drop(const struct seen *s, uint32_t slot, int why)
{
	uint32_t flags = s->d->before.slaves[slot].flags;

	if (why == BV_DROP_FORWARDING) {
		require(flags & BV_SLAVE_L3S && flags & BV_SLAVE_NO_FWD6);
		return;
	}
	/* Our answer to a question, too long for the wire. */
	if (why == BV_DROP_OVERSIZE) {
		require(s->made == MADE_ANSWER && owned_by(s, &s->asked, slot));
		return;
	}
	require(s->sender >= 0);
	require((slot == 0 && why == BV_DROP_REFLECTED) ||
		(flags & BV_SLAVE_PRIVATE && why == BV_DROP_PRIVATE));
}

void check_drops(struct seen *s)
{
	const struct datapath *d = s->d;
	uint32_t slot = 0;
	int why = -1;

	s->why = -1;
	if (!one_drop(s, &slot, &why)) {
		require((d->verdict != DROP || is_kept_by_list(s)) &&
			s->made != MADE_PROBE);
		return;
	}
	s->why = why;
	require(why >= 0 && why < BV_DROP_MAX_);
	require(d->verdict == DROP ||
		(s->made == MADE_PROBE && why == BV_DROP_ADDR_IN_USE));
	switch (d->prog) {
	case SLAVE_TX:
		check_slaves_drop(s, slot, why);
		break;
	case WIRE_RX:
		check_wires_drop(s, slot, why);
		break;
	default:
		check_hosts_drop(s, slot, why);
	}
}

/* Another's learned address goes to who claims it, on either side by MAC. */
static bool is_failover(const struct seen *s, const struct table_entry *e)
{
	uint32_t owner = BV_OWNER_SLOT(e->addr.owner);

	return owner && is_active(&s->d->before, owner) &&
	       s->d->before.slaves[owner].flags & s->flags & BV_SLAVE_MACVLAN &&
	       BV_OWNER_HOW(e->addr.owner) == BV_ADDR_LEARNED;
}

/* May the sender have taken this entry; e: as it was before, or NULL. */
static void check_claimed(const struct seen *s, const struct table_entry *e,
			  const struct table_entry *new)
{
	const struct datapath *d = s->d;
	const uint8_t *ip = (const uint8_t *)&new->key;
	uint32_t slot = d->prog == SLAVE_TX ? d->slot : 0;

	require(d->prog != WIRE_RX && is_claimed(s, ip));
	require(!s->r.question || memcmp(s->r.claim.ip, ip, 16) != 0);
	require(reference_is_host_address(ip));
	require(new->addr.owner == BV_OWNER(slot, BV_ADDR_LEARNED));
	require(new->addr.plen == (reference_is_ip4(ip) ? 32 : 128));
	require(new->addr.seen_ns >= d->now && !new->addr.challenged_ns);
	require(d->prog == HOST_TX || is_active(&d->before, slot));
	require(d->before.slaves[slot].learned < BV_LEARN_MAX);
	require(!(s->flags & (BV_SLAVE_SOURCE | BV_SLAVE_PASSTHRU)));
	if (e && is_failover(s, e))
		return;
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
	bool claimed = d->prog != WIRE_RX &&
		       is_claimed(s, (const uint8_t *)&new->key);

	if (!old || old->addr.owner != new->addr.owner) {
		check_claimed(s, old, new);
		return;
	}
	require(old->addr.plen == new->addr.plen);
	if (old->addr.seen_ns != new->addr.seen_ns)
		require(claimed && is_owner);
	if (old->addr.challenged_ns != new->addr.challenged_ns) {
		require(claimed && !is_owner);
		/* Of IPv6 it is a note that DAD goes by way of the switch. */
		if (s->flags & BV_SLAVE_VEPA &&
		    !(s->flags & BV_SLAVE_MACVLAN) && s->r.question &&
		    !reference_is_ip4((const uint8_t *)&new->key))
			return;
		require(s->made == MADE_PROBE);
		/* Source hears nobody. */
		require(was_sent_to(BV_OWNER_SLOT(new->addr.owner)) ||
			d->before.slaves[BV_OWNER_SLOT(new->addr.owner)].flags &
				BV_SLAVE_SOURCE);
	}
}

static void check_claimed_is_own(const struct seen *s, const uint8_t ip[16])
{
	const struct table_entry *e;

	if (!reference_is_host_address(ip))
		return;
	e = table_find(&s->d->after.table, ip);
	/* More than it may have are not kept, where its MAC is what counts. */
	if (s->flags & BV_SLAVE_MACVLAN &&
	    (s->d->before.slaves[s->d->slot].learned >= BV_LEARN_MAX ||
	     (!e && s->d->setup.port & SETUP_TABLE_FULL)))
		return;
	require(e && BV_OWNER_SLOT(e->addr.owner) == s->d->slot);
}

/* What a slave says that it owns is its own, or nobody hears it. */
void check_claim(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (d->prog != SLAVE_TX || d->verdict == DROP ||
	    s->made == MADE_PROBE ||
	    s->flags & (BV_SLAVE_SOURCE | BV_SLAVE_PASSTHRU))
		return;
	if (s->claims[0].given && !s->r.question)
		check_claimed_is_own(s, s->claims[0].ip);
	/* No node has such an address, as a source either. */
	if (s->claims[1].given &&
	    (d->frame[12] == 8 || !reference_is_ip4(s->claims[1].ip)))
		check_claimed_is_own(s, s->claims[1].ip);
}

static uint32_t count_learned(const struct table *t, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += t->entries[i].addr.owner ==
		     BV_OWNER(slot, BV_ADDR_LEARNED);
	return n;
}

void check_table(const struct seen *s)
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
	for (uint32_t slot = 0; slot <= after->slots; slot++) {
		uint32_t learned = after->slaves[slot].learned;

		require(learned <= BV_LEARN_MAX);
		require(learned - before->slaves[slot].learned ==
			count_learned(&after->table, slot) -
				count_learned(&before->table, slot));
	}
}

static uint32_t client(const struct seen *s)
{
	return s->d->prog == SLAVE_TX ? (uint32_t)s->d->slot : 0;
}

/* By another than who sends. */
bool is_taken(const struct seen *s, const struct transaction *t)
{
	return t->dhcp.slot != client(s) &&
	       is_live(&s->d->before, t->dhcp.slot) &&
	       s->d->now - t->dhcp.seen_ns < DHCP_LIFE_NS;
}

uint32_t other_xid(const struct seen *s)
{
	return s->r.xid ^ htobe32((client(s) + 1) * 2654435761U);
}

/*
 * Who uses a transaction id first keeps it while it is in use. Of DHCPv4 another
 * has another then.
 */
void check_transactions(const struct seen *s)
{
	const struct state *before = &s->d->before, *after = &s->d->after;

	for (uint32_t i = 0; i < after->transactions.n; i++) {
		const struct transaction *t = &after->transactions.entries[i];
		const struct transaction *old = transaction_find(
			&before->transactions, t->key.xid, t->key.version);

		if (old && !memcmp(old, t, sizeof(*t)))
			continue;
		require(s->d->prog != WIRE_RX);
		require(s->r.request == t->key.version);
		require(s->r.xid == t->dhcp.xid);
		require(t->dhcp.slot == client(s));
		require(!(s->flags & BV_SLAVE_ROUTED));
		require(!old || !is_taken(s, old));
		if (t->key.xid == s->r.xid)
			continue;
		require(t->key.version == 4 && t->key.xid == other_xid(s));
		old = transaction_find(&before->transactions, s->r.xid, 4);
		require(old && is_taken(s, old));
	}
}

static bool was_lost(uint32_t slot)
{
	for (size_t i = 0; i < kernel.n_sent; i++)
		if (kernel.sent[i].failed &&
		    kernel.sent[i].ifindex == BASE_IFINDEX + slot)
			return true;
	return false;
}

static uint32_t count_ip4(const struct table *t, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += BV_OWNER_SLOT(t->entries[i].addr.owner) == slot &&
		     reference_is_ip4((const uint8_t *)&t->entries[i].key);
	return n;
}

/* Addresses counted are those that there are; who has none listens. */
static void check_listeners(const struct seen *s)
{
	const struct state *after = &s->d->after;
	uint32_t n = 0;

	for (uint32_t slot = 1; slot <= after->slots; slot++) {
		const struct bv_slave *slave = &after->slaves[slot];
		bool bit = after->listeners[slot / 64].arp >> slot % 64 & 1;

		n += bit;
		require(slave->addrs4 == count_ip4(&after->table, slot));
		if (!was_lost(slot))
			require(bit ==
				BV_LISTENS_ARP(slave->flags, slave->addrs4));
	}
	require(after->port.arp_listeners == n);
	for (uint32_t w = 0; w < WORDS; w++)
		require(after->listeners[w].nd == s->d->before.listeners[w].nd);
}

/* Frames with the copier: what it was given has left it again. */
static void check_queue(const struct seen *s)
{
	const struct datapath *d = s->d;
	const struct bv_port *before = &d->before.port, *after = &d->after.port;
	uint32_t at_once = 0;

	/* Copies that do not wait; the nominee's, or an owner's, is one more. */
	for (size_t i = 0; i < d->n_sent && i < kernel.n_sent; i++)
		at_once += kernel.sent[i].how == SENT_CLONE &&
			   kernel.sent[i].ifindex > BASE_IFINDEX &&
			   !is_by_list(s, &kernel.sent[i]);
	require(!before->copier || at_once <= before->flood_inline + 1);
	require(!d->deferred || before->queued < before->queue_max);

	if (after->queued != before->queued)
		require(!after->queued && !d->deferred &&
			d->setup.port & SETUP_QUEUE_STUCK);
	require(before->copier || !d->deferred);
	if (before->copier && !after->copier)
		require(was_lost(0));
	else
		require(after->copier == before->copier);
}

/* Nothing else is the programs' to change. */
void check_rest(const struct seen *s)
{
	const struct datapath *d = s->d;
	struct bv_port port = d->after.port, was = d->before.port;

	check_listeners(s);
	check_queue(s);
	port.flood_copies = was.flood_copies;
	port.flood_window = was.flood_window;
	port.arp_listeners = was.arp_listeners;
	port.copier = was.copier;
	port.queued = was.queued;
	port.served_ns = was.served_ns;
	memcpy(port.rotated_ns, was.rotated_ns, sizeof(port.rotated_ns));
	require(!memcmp(&port, &was, sizeof(port)));
	for (uint32_t slot = 0; slot <= d->after.slots; slot++) {
		struct bv_slave slave = d->after.slaves[slot];
		const struct bv_slave *old = &d->before.slaves[slot];

		if (was_lost(slot)) {
			require(!slot || !(slave.flags & BV_SLAVE_ACTIVE));
			slave.flags |= old->flags & BV_SLAVE_ACTIVE;
		}
		if (d->prog == SLAVE_TX && slot == d->slot)
			slave.flags &= ~BV_SLAVE_IP4 |
				       (old->flags & BV_SLAVE_IP4);
		slave.learned = old->learned;
		slave.macs = old->macs;
		slave.addrs4 = old->addrs4;
		slave.groups = old->groups;
		slave.group_bloom = old->group_bloom;
		require(!memcmp(&slave, old, sizeof(slave)));
	}
}

void check_same(const struct state *a, const struct state *b)
{
	require(!memcmp(&a->port, &b->port, sizeof(a->port)));
	require(!memcmp(a->slaves, b->slaves,
			(a->slots + 1) * sizeof(a->slaves[0])));
	require(!memcmp(a->drops, b->drops,
			(a->slots + 1) * sizeof(a->drops[0])));
	require(!memcmp(a->listeners, b->listeners, sizeof(a->listeners)));
	require(a->table.n == b->table.n);
	require(!memcmp(a->table.entries, b->table.entries,
			a->table.n * sizeof(a->table.entries[0])));
	require(a->groups.n == b->groups.n);
	require(!memcmp(a->groups.entries, b->groups.entries,
			a->groups.n * sizeof(a->groups.entries[0])));
	require(a->macs.n == b->macs.n);
	require(!memcmp(a->macs.entries, b->macs.entries,
			a->macs.n * sizeof(a->macs.entries[0])));
	require(a->transactions.n == b->transactions.n);
	require(!memcmp(a->transactions.entries, b->transactions.entries,
			a->transactions.n *
				sizeof(a->transactions.entries[0])));
}
