// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must be true of every run, whatever the frame: who may receive it, and
 * what must have been made of it before. A frame's meaning is the reference's,
 * never that of the programs.
 */
#include "oracle.h"

#include <string.h>

#include "require.h"

bool is_active(const struct state *s, uint32_t slot)
{
	return slot <= s->slots && s->slaves[slot].flags & BV_SLAVE_ACTIVE;
}

bool is_live(const struct state *s, uint32_t slot)
{
	return !slot || is_active(s, slot);
}

int owner_of(const struct seen *s, const struct address *a)
{
	const struct table_entry *e;

	if (!a->given)
		return -1;
	e = table_find(&s->d->before.table, a->ip);
	return e ? (int)BV_OWNER_SLOT(e->addr.owner) : -1;
}

bool owned_by(const struct seen *s, const struct address *a, uint32_t slot)
{
	return owner_of(s, a) == (int)slot;
}

bool is_claimed(const struct seen *s, const uint8_t ip[16])
{
	for (int i = 0; i < 2; i++)
		if (s->claims[i].given && !memcmp(s->claims[i].ip, ip, 16))
			return true;
	return false;
}

static uint32_t flags_of(const struct seen *s, int slot)
{
	return slot > 0 && is_active(&s->d->before, (uint32_t)slot) ?
		       s->d->before.slaves[slot].flags :
		       0;
}

/* The reply to what this slave asked a DHCP server. */
static bool is_reply_to(const struct seen *s, uint32_t slot)
{
	const struct transaction *t = transaction_find(
		&s->d->before.transactions, s->r.xid, s->r.reply);

	return s->r.reply && t && t->dhcp.slot == slot &&
	       s->d->now - t->dhcp.seen_ns < DHCP_LIFE_NS &&
	       !(flags_of(s, (int)slot) &
		 (BV_SLAVE_ROUTED | BV_SLAVE_MACVLAN)) &&
	       !(s->flags & BV_SLAVE_VEPA);
}

/* Does the nominee have it: from a sibling to a group, from the wire to nobody? */
static bool is_nominees(const struct seen *s, uint32_t slot)
{
	if (slot != s->d->before.port.nominee)
		return false;
	if (s->d->prog == SLAVE_TX)
		return s->flags & BV_SLAVE_ROUTED;
	return s->d->prog == WIRE_RX && owner_of(s, &s->r.dst) < 0;
}

/* Back to its sender, which it says is whom it is for. */
static bool is_announced_to_itself(const struct seen *s, uint32_t slot)
{
	return s->d->prog == SLAVE_TX && slot == s->d->slot &&
	       s->r.claim.given && s->r.dst.given &&
	       !memcmp(s->r.claim.ip, s->r.dst.ip, sizeof(s->r.dst.ip));
}

/* To one slave alone: because it owns what the frame is for, or asked for it. */
static void check_to_one(const struct seen *s, uint32_t slot)
{
	uint32_t flags = flags_of(s, (int)slot);

	if (s->made == MADE_PROBE) {
		require(owned_by(s, &s->r.claim, slot));
		return;
	}
	if (is_reply_to(s, slot) || is_nominees(s, slot))
		return;
	require(owned_by(s, &s->r.dst, slot) ||
		owned_by(s, &s->r.target, slot) ||
		is_announced_to_itself(s, slot));
	/* l3s gets nothing past the host's stack, nor a question. */
	if (s->d->prog != HOST_TX)
		require(!(flags & BV_SLAVE_L3S));
	if (flags & BV_SLAVE_ROUTED && s->r.arp_request)
		require(false);
}

/* A switch sent it back: whose was it? */
static bool is_vepa_source(const struct seen *s, uint32_t slot)
{
	return owned_by(s, s->r.claim.given ? &s->r.claim : &s->r.src, slot) &&
	       s->d->before.slaves[slot].flags & BV_SLAVE_VEPA;
}

uint32_t forwarded_from(const struct seen *s)
{
	const struct datapath *d = s->d;

	/* Nobody has received what netkit's has sent. */
	if (!d->skb.ingress_ifindex &&
	    (d->setup.skb & (SETUP_TC_INDEX | SETUP_ROUTED)) == SETUP_ROUTED)
		return d->slot;
	return d->skb.ingress_ifindex - BASE_IFINDEX;
}

static bool is_forwarded(const struct seen *s)
{
	return forwarded_from(s) <= s->d->before.port.high_slot;
}

/* Flags of either end that keep them apart. */
static void check_apart(const struct seen *s, const struct sent *sent,
			uint32_t slot, uint32_t flags)
{
	const struct datapath *d = s->d;

	switch (d->prog) {
	case SLAVE_TX:
		/* Only in l2 does a frame to its own address come back. */
		require(slot != d->slot || (sent->how != SENT_CLONE &&
					    !(s->flags & BV_SLAVE_ROUTED)));
		require(!(s->flags & BV_SLAVE_VEPA));
		require(!((s->flags | flags) & BV_SLAVE_PRIVATE));
		break;
	case WIRE_RX:
		require(s->sender < 0 || !(flags & BV_SLAVE_PRIVATE));
		if (s->own && sent->how == SENT_CLONE)
			require(!is_vepa_source(s, slot));
		break;
	default:
		if (sent->how == SENT_CLONE) {
			require(!(flags & BV_SLAVE_HOST_OFF));
		} else if (is_forwarded(s)) {
			require(!(flags & BV_SLAVE_PRIVATE));
		} else if (flags & BV_SLAVE_HOST_OFF) {
			require(flags & BV_SLAVE_L3S);
			require(d->skb.ingress_ifindex);
		}
	}
}

static void check_to_slave(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;
	uint32_t slot = sent->ifindex - BASE_IFINDEX, flags;

	require(slot >= 1 && slot <= d->before.slots);
	require(is_active(&d->before, slot));
	require(!sent->flags);
	flags = d->before.slaves[slot].flags;
	if (sent->how == SENT_PEER) {
		require(d->prog != HOST_TX && flags & BV_SLAVE_PEER);
		require(!(s->flags & BV_SLAVE_NETKIT));
	}
	if (check_mac_receiver(s, sent, slot))
		return;
	/* What is ours to say to the sender, nobody else hears. */
	if (s->made == MADE_ANSWER || s->made == MADE_TOO_BIG) {
		require(d->prog == SLAVE_TX && slot == d->slot);
		require(sent->how != SENT_CLONE);
		require(d->skb.pkt_type == 0);
		return;
	}
	if (sent->how == SENT_CLONE)
		check_concerned(s, slot);
	else
		check_to_one(s, slot);
	if (s->made != MADE_PROBE)
		check_apart(s, sent, slot, flags);
}

/* The host's own, or what its stack is to forward to a slave in l3s. */
static void check_to_host(const struct seen *s)
{
	int target = owner_of(s, s->r.target.given ? &s->r.target : &s->r.dst);

	if (s->d->prog == HOST_TX) {
		require(s->made == MADE_ANSWER);
		return;
	}
	require(s->d->prog == SLAVE_TX);
	if (s->made == MADE_PROBE)
		return;
	require(s->made != MADE_ANSWER && s->made != MADE_TOO_BIG);
	require(!(s->flags & (BV_SLAVE_VEPA | BV_SLAVE_SOURCE)));
	if (s->flags & BV_SLAVE_MACVLAN)
		require(s->d->frame[0] & 1 ||
			!memcmp(s->d->frame, s->d->mac, 6));
	target = flags_of(s, target) & BV_SLAVE_ROUTED ? target :
							 owner_of(s, &s->r.dst);
	if (flags_of(s, target) & BV_SLAVE_L3S &&
	    !((flags_of(s, target) | s->flags) & BV_SLAVE_PRIVATE))
		return;
	require(!(s->flags & BV_SLAVE_HOST_OFF));
}

static void check_to_wire(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;

	require(sent->how == SENT_REDIRECT);
	require(d->skb.len <= d->before.port.mtu + 14 + 4 || d->skb.gso_size);
	if (d->prog == WIRE_RX)
		require(s->made == MADE_ANSWER);
	else
		require(d->prog == SLAVE_TX &&
			(s->made == MADE_NOTHING || s->made == MADE_DHCP ||
			 s->made == MADE_READDRESSED));
}

/* What tells our hook on the master whose it is; the device does, of veth's. */
static uint32_t routed_tc_index(const struct seen *s, const struct sent *sent)
{
	if (sent->ifindex != MASTER_IFINDEX)
		return 0;
	if (s->flags & BV_SLAVE_VEPA)
		return BV_TC_INDEX_SLAVE;
	return s->flags & BV_SLAVE_NETKIT ? BV_TC_INDEX_ROUTED : 0;
}

/* By the FIB: a slave's in l3, to what is neither the host's nor a sibling's. */
static void check_to_neigh(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;
	int target = owner_of(s, &s->r.dst);

	require(d->prog == SLAVE_TX && s->flags & BV_SLAVE_ROUTED);
	require(kernel.fib == 0 || kernel.fib == 7);
	require(sent->ifindex == kernel.fib_ifindex);
	require(sent->ifindex < BV_IFINDEX_FIRST);
	if (s->flags & BV_SLAVE_VEPA) {
		require(target);
	} else {
		require(s->flags & BV_SLAVE_L3);
		/* By its MAC, which the FIB knows. */
		require(target < 0 || target == (int)d->slot ||
			!is_live(&d->before, (uint32_t)target) ||
			flags_of(s, target) & BV_SLAVE_MACVLAN);
	}
	require(d->skb.tc_index == routed_tc_index(s, sent));
	require(d->skb.mark ==
		(d->skb.tc_index == BV_TC_INDEX_ROUTED ? d->slot : 0));
}

/* Whose question has been answered, and may be? */
static void check_answer(const struct seen *s)
{
	int owner = owner_of(s, &s->asked);
	uint32_t flags = flags_of(s, owner);

	require(flags & BV_SLAVE_ROUTED);
	require(s->d->verdict == REDIRECT || s->d->verdict == DROP);
	if (s->d->prog == SLAVE_TX)
		require(owner != (int)s->d->slot &&
			!((flags | s->flags) & BV_SLAVE_PRIVATE) &&
			!(s->flags & BV_SLAVE_VEPA));
	else if (s->d->prog == WIRE_RX)
		require(flags & BV_SLAVE_PROXY || s->sender >= 0);
	else if (!is_forwarded(s) && flags & BV_SLAVE_HOST_OFF)
		require(flags & BV_SLAVE_L3S);
}

static void check_one(const struct seen *s, const struct sent *sent)
{
	const struct datapath *d = s->d;

	if (sent->how == SENT_NEIGH) {
		check_to_neigh(s, sent);
		return;
	}
	/* The copier's: it is there, and what it makes of it is seen as well. */
	if (sent->ifindex == BASE_IFINDEX) {
		require(d->before.port.copier && sent->how == SENT_CLONE);
		return;
	}
	if (sent->ifindex != MASTER_IFINDEX) {
		check_to_slave(s, sent);
		return;
	}
	if (sent->flags & BPF_F_INGRESS)
		check_to_host(s);
	else
		check_to_wire(s, sent);
	/* Our hook on the master has to know it for a slave's. */
	require((sent->how == SENT_CLONE ? sent->tc_index : d->skb.tc_index) ==
		BV_TC_INDEX_SLAVE);
}

static void check_sent(const struct seen *s)
{
	size_t redirects = 0;

	for (size_t i = 0; i < kernel.n_sent; i++) {
		const struct sent *sent = &kernel.sent[i];

		for (size_t j = 0; j < i; j++)
			require(kernel.sent[j].ifindex != sent->ifindex ||
				kernel.sent[j].flags != sent->flags);
		redirects += sent->how != SENT_CLONE;
		check_one(s, sent);
	}
	require(redirects == (s->d->verdict == REDIRECT));
	if (s->made == MADE_ANSWER)
		check_answer(s);
}

/* What leaves a slave names the master's MAC wherever it names its own. */
static void check_one_mac(const struct seen *s)
{
	const struct datapath *d = s->d;
	bool lies = d->setup.skb & SETUP_LIES;

	if (d->prog != SLAVE_TX || d->verdict == DROP || s->made == MADE_PROBE)
		return;
	require(d->len >= 14);
	if (s->flags & BV_SLAVE_MACVLAN)
		return;
	require(!d->skb.vlan_present);
	require(s->own);
	require(!s->r.foreign);
	require(memcmp(d->frame + 12, "\x88\x08", 2) != 0);
	/* Nothing goes on by another protocol than its own, or inside a tag. */
	if (s->flags & BV_SLAVE_NETKIT)
		require((!lies || (d->frame[12] == 8 && !d->frame[13])) &&
			memcmp(d->frame + 12, "\x81\x00", 2) != 0 &&
			memcmp(d->frame + 12, "\x88\xa8", 2) != 0);
}

/* Up the stack by the host end: only from l3 and l3s, and not to a host off. */
static void check_up(const struct seen *s)
{
	const struct datapath *d = s->d;

	require(s->flags & BV_SLAVE_ROUTED && !kernel.n_sent);
	require(d->skb.pkt_type == 0 && !d->skb.tc_index);
	if (s->flags & BV_SLAVE_HOST_OFF)
		require(owner_of(s, &s->r.dst) != 0);
}

/* What is none of our business goes on as it came. */
static void check_none_of_ours(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (d->prog == SLAVE_TX) {
		if (d->verdict == NEXT)
			check_up(s);
		return;
	}
	/* It has been read, and may come by here again. */
	if (d->prog == HOST_TX && !d->skb.ingress_ifindex)
		require(d->skb.tc_index != BV_TC_INDEX_ROUTED && !d->skb.mark);
	if (d->setup.skb & SETUP_TC_INDEX)
		require(!d->skb.tc_index);
	else if (s->in_vlan && !d->before.port.macvlans)
		require(d->skb.tc_index != BV_TC_INDEX_SLAVE);
	else if (!is_nobodys_mac(s))
		return;
	require(d->verdict == NEXT && !kernel.n_sent);
	require(s->made == MADE_NOTHING);
	check_same(&d->before, &d->after);
}

static void see(struct seen *s)
{
	const struct datapath *d = s->d;

	s->own = d->len >= 14 && !memcmp(d->frame + 6, d->mac, 6);
	if (d->prog == SLAVE_TX && d->slot <= d->before.slots)
		s->flags = d->before.slaves[d->slot].flags;
	s->in_vlan = in_vlan(d, s->flags);
	if (!s->in_vlan)
		reference_read(d->frame, d->len, d->mac, &s->r);
	s->sender = wire_sender(s);
	s->claims[0] = s->r.claim;
	if (s->flags & BV_SLAVE_ROUTED && !s->r.arp)
		s->claims[1] = s->r.src;
	s->asked = s->r.arp_request ? s->r.dst : s->r.target;
	s->made = check_frame(s);
}

void oracle_check(const struct datapath *d)
{
	struct seen s = { .d = d };

	see(&s);
	require(d->verdict == DROP || d->verdict == REDIRECT ||
		d->verdict == NEXT);
	check_sent(&s);
	check_one_mac(&s);
	check_drops(&s);
	check_macs(&s);
	check_claim(&s);
	check_table(&s);
	check_groups(&s);
	check_transactions(&s);
	check_rest(&s);
	check_none_of_ours(&s);
}
