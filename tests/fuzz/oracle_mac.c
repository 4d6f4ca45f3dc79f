// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slaves that have MACs of their own: who may hear whom, by the table of
 * docs/design/README.md ("Slaves with MACs of their own"), and what becomes of
 * the table of MACs. Of unicast by MAC, and of the lists of those in source, it
 * is also said who has to have it.
 */
#include <string.h>

#include "oracle.h"
#include "require.h"

/* They leave all but the wire to the switch, or have no part in it. */
#define TO_WIRE_ONLY (BV_SLAVE_VEPA | BV_SLAVE_SOURCE | BV_SLAVE_PASSTHRU)

enum type {
	TO_US,
	TO_ALL,
	TO_GROUP,
	TO_OTHERS,
	LOOPED = 5
};

static uint32_t flags_of(const struct state *st, uint32_t slot)
{
	return slot && is_active(st, slot) ? st->slaves[slot].flags : 0;
}

static uint32_t before(const struct seen *s, uint32_t slot)
{
	return flags_of(&s->d->before, slot);
}

/* What the kernel says whom it is for. */
static enum type type_of(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (d->setup.pkt_type <= 3 ||
	    (d->setup.pkt_type == LOOPED && d->prog == WIRE_RX))
		return d->setup.pkt_type;
	if (d->len < 14 || !memcmp(d->frame, d->mac, 6))
		return TO_US;
	return d->frame[0] & 1 ? TO_GROUP : TO_OTHERS;
}

static bool is_unicast_elsewhere(const struct datapath *d)
{
	return d->len >= 14 && !(d->frame[0] & 1) &&
	       memcmp(d->frame, d->mac, 6) != 0;
}

/* The slave that has a MAC, active; else 0. */
static uint32_t slave_of(const struct state *st, const uint8_t *mac)
{
	const struct mac_entry *e = mac_find(&st->macs, mac, 0);
	uint32_t slot = e ? BV_OWNER_SLOT(e->mac.owner) : 0;

	return flags_of(st, slot) & BV_SLAVE_MACVLAN ? slot : 0;
}

static bool was_learned(const struct mac_entry *e)
{
	return BV_OWNER_HOW(e->mac.owner) == BV_MAC_LEARNED;
}

int wire_sender(const struct seen *s)
{
	const struct datapath *d = s->d;
	const struct mac_entry *e;
	uint32_t slot;

	if (d->prog != WIRE_RX || d->len < 14)
		return -1;
	if (!memcmp(d->frame + 6, d->mac, 6))
		return 0;
	e = mac_find(&d->before.macs, d->frame + 6, 0);
	slot = e ? slave_of(&d->before, d->frame + 6) : 0;
	if (!slot)
		return -1;
	/* It may have moved to the wire; vepa's own come from there. */
	if (was_learned(e) && !(before(s, slot) & BV_SLAVE_VEPA))
		return -1;
	return (int)slot;
}

bool in_vlan(const struct datapath *d, uint32_t flags)
{
	if (!d->skb.vlan_present)
		return false;
	if (d->prog == SLAVE_TX && !(flags & BV_SLAVE_MACVLAN))
		return true;
	return d->skb.vlan_tci & 0xfff;
}

/* A slave has the master for itself; others are not there. */
static bool is_passthru(const struct seen *s)
{
	return s->d->before.port.passthru;
}

static bool is_from_slave(const struct seen *s)
{
	return s->d->setup.skb & SETUP_TC_INDEX;
}

static bool lists(const struct seen *s, uint32_t slot)
{
	const struct macs *macs = &s->d->before.macs;

	for (uint32_t i = 0; i < macs->n; i++)
		if (macs->entries[i].key.n &&
		    macs->entries[i].mac.owner == slot &&
		    !memcmp(macs->entries[i].key.mac, s->d->frame + 6, 6))
			return true;
	return false;
}

static bool has_copy_by_list(const struct seen *s, uint32_t slot)
{
	const struct datapath *d = s->d;

	return d->prog == WIRE_RX && d->len >= 14 && !is_from_slave(s) &&
	       before(s, slot) & BV_SLAVE_SOURCE && lists(s, slot);
}

bool is_kept_by_list(const struct seen *s)
{
	for (uint32_t slot = 1; slot <= s->d->before.slots; slot++)
		if (before(s, slot) & BV_SLAVE_NODST &&
		    has_copy_by_list(s, slot))
			return true;
	return false;
}

bool is_by_list(const struct seen *s, const struct sent *sent)
{
	uint32_t slot = sent->ifindex - BASE_IFINDEX;

	return slot && slot <= SLAVES && before(s, slot) & BV_SLAVE_SOURCE;
}

/* What was sent to anybody but those who have it by their lists. */
static const struct sent *sent_else(const struct seen *s, size_t *n)
{
	const struct sent *found = NULL;

	*n = 0;
	for (size_t i = 0; i < kernel.n_sent; i++) {
		if (is_by_list(s, &kernel.sent[i]))
			continue;
		found = &kernel.sent[i];
		++*n;
	}
	return found;
}

static void require_nothing_else(const struct seen *s)
{
	size_t n;

	(void)sent_else(s, &n);
	require(!n);
}

static void require_only_to(const struct seen *s, uint32_t ifindex, bool clone)
{
	const struct sent *sent;
	size_t n;

	sent = sent_else(s, &n);
	require(n == 1 && sent->ifindex == ifindex && !sent->flags);
	require((sent->how == SENT_CLONE) == clone);
	if (ifindex != MASTER_IFINDEX && type_of(s) == TO_OTHERS)
		require(!s->d->skb.pkt_type);
}

/* Is it the destination's MAC that says whose the frame is? */
static bool goes_by_mac(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (!is_unicast_elsewhere(d) || is_passthru(s))
		return false;
	if (d->prog != SLAVE_TX)
		return !is_from_slave(s) &&
		       (d->prog == HOST_TX || type_of(s) == TO_OTHERS);
	if (s->flags & BV_SLAVE_MACVLAN)
		return true;
	if (s->flags & BV_SLAVE_ROUTED)
		return false;
	return !(s->flags & BV_SLAVE_NETKIT) || type_of(s) == TO_US ||
	       type_of(s) == TO_OTHERS;
}

/* A slave's MAC may have become its own by this frame. */
static uint32_t target_of(const struct seen *s)
{
	return slave_of(s->d->prog == SLAVE_TX ? &s->d->after : &s->d->before,
			s->d->frame);
}

static void check_slave_by_mac(const struct seen *s, uint32_t to)
{
	uint32_t flags = before(s, to);

	if (s->made == MADE_PROBE)
		return;
	if (!to || s->flags & TO_WIRE_ONLY) {
		require(s->why != BV_DROP_PRIVATE);
		if (s->d->verdict != DROP)
			require_only_to(s, MASTER_IFINDEX, false);
		return;
	}
	if ((s->flags | flags) & BV_SLAVE_PRIVATE) {
		require(s->d->verdict == DROP);
		return;
	}
	require(s->why != BV_DROP_PRIVATE);
	if (s->d->verdict == DROP)
		return;
	if (flags & BV_SLAVE_SOURCE ||
	    (flags & BV_SLAVE_VEPA && s->flags & BV_SLAVE_MACVLAN))
		require_only_to(s, MASTER_IFINDEX, false);
	else
		require_only_to(s, BASE_IFINDEX + to, false);
}

static void check_wire_by_mac(const struct seen *s, uint32_t to)
{
	uint32_t flags = before(s, to);

	if (is_kept_by_list(s)) {
		require(s->d->verdict == DROP && s->why < 0);
		require_nothing_else(s);
	} else if (!to || flags & BV_SLAVE_SOURCE) {
		require(s->d->verdict == NEXT);
		require_nothing_else(s);
	} else if (flags & BV_SLAVE_PRIVATE && s->sender >= 0) {
		require(s->d->verdict == DROP && s->why == BV_DROP_PRIVATE);
		require_nothing_else(s);
	} else {
		require_only_to(s, BASE_IFINDEX + to, false);
	}
}

static void check_host_by_mac(const struct seen *s, uint32_t to)
{
	const struct datapath *d = s->d;
	uint32_t flags = before(s, to), keeps = BV_SLAVE_HOST_OFF;
	uint32_t from = forwarded_from(s);

	if (!to || flags & BV_SLAVE_SOURCE) {
		require(d->verdict == NEXT && !kernel.n_sent);
		return;
	}
	/* A sibling's that the host forwards. */
	if (from <= d->before.port.high_slot) {
		keeps = BV_SLAVE_PRIVATE;
		flags |= before(s, from);
	}
	if (flags & keeps)
		require(d->verdict == DROP && !kernel.n_sent);
	else
		require_only_to(s, BASE_IFINDEX + to, false);
}

static void check_by_mac(const struct seen *s)
{
	uint32_t to = target_of(s);

	require(s->made == MADE_NOTHING || s->d->prog == SLAVE_TX);
	switch (s->d->prog) {
	case SLAVE_TX:
		if (s->flags & BV_SLAVE_ACTIVE)
			check_slave_by_mac(s, to);
		break;
	case WIRE_RX:
		check_wire_by_mac(s, to);
		break;
	default:
		check_host_by_mac(s, to);
	}
}

/* All that the wire sends is for that slave, and nothing else is for slaves. */
static void check_passthru(const struct seen *s)
{
	const struct datapath *d = s->d;
	uint32_t slot = d->before.port.passthru;
	bool to_group;

	if (d->prog == SLAVE_TX) {
		require(d->verdict != NEXT);
		if (d->verdict == REDIRECT)
			require_only_to(s, MASTER_IFINDEX, false);
		else
			require(!kernel.n_sent);
	} else if (d->prog == HOST_TX || is_from_slave(s) || !before(s, slot) ||
		   type_of(s) == LOOPED) {
		require(d->verdict == NEXT && !kernel.n_sent);
	} else {
		/* Its own that comes back is for nobody else. */
		to_group = s->sender < 0 &&
			   (type_of(s) == TO_ALL || type_of(s) == TO_GROUP);
		require(d->verdict == (to_group ? NEXT : REDIRECT));
		require_only_to(s, BASE_IFINDEX + slot, to_group);
	}
	require(s->made == MADE_NOTHING);
	require(d->after.table.n == d->before.table.n);
	require(d->after.groups.n == d->before.groups.n);
	require(d->after.transactions.n == d->before.transactions.n);
}

/*
 * Who has the address that a frame of the master's MAC is sent from, or seems to
 * be, if it is no packet otherwise.
 */
static uint32_t sender_by_address(const struct seen *s)
{
	const struct datapath *d = s->d;
	struct address from = s->r.claim.given ? s->r.claim : s->r.src;
	int owner;

	if (!from.given && d->len >= 34 && !memcmp(d->frame + 12, "\10\0", 2)) {
		from = (struct address){ true, { [10] = 0xff, 0xff } };
		memcpy(from.ip + 12, d->frame + 26, 4);
	} else if (!from.given && d->len >= 54 &&
		   !memcmp(d->frame + 12, "\x86\xdd", 2)) {
		from.given = true;
		memcpy(from.ip, d->frame + 22, 16);
	}
	owner = owner_of(s, &from);

	return owner > 0 ? before(s, (uint32_t)owner) : 0;
}

/* DAD for a slave's address, which one in vepa may have asked. */
static bool may_be_vepa_dad(const struct seen *s)
{
	const struct table_entry *e;

	if (!s->r.question || s->sender)
		return false;
	e = table_find(&s->d->before.table, s->r.target.ip);
	return e && e->addr.challenged_ns;
}

/*
 * What the switch brings back, to a group: the private neither send nor hear it,
 * of those in vepa and source nobody here has had it, of those in bridge
 * everybody but those in vepa, of the ipvlan flavour and the host everybody.
 */
static void check_brought_back(const struct seen *s, uint32_t slot,
			       uint32_t flags)
{
	uint32_t sender = (uint32_t)s->sender, from = before(s, sender);

	require(!(flags & BV_SLAVE_PRIVATE));
	require(!sender || slot != sender);
	if (!sender && !may_be_vepa_dad(s) && !s->r.question)
		from = sender_by_address(s);
	require(!(from & BV_SLAVE_PRIVATE));
	if (from & (BV_SLAVE_VEPA | BV_SLAVE_SOURCE) || may_be_vepa_dad(s))
		return;
	require(sender && flags & BV_SLAVE_MACVLAN && flags & BV_SLAVE_VEPA);
}

static void check_from_sibling(const struct seen *s, uint32_t flags)
{
	require(!(s->flags & (TO_WIRE_ONLY | BV_SLAVE_PRIVATE)));
	require(!(flags & BV_SLAVE_PRIVATE));
	require(!(flags & s->flags & BV_SLAVE_MACVLAN) ||
		!(flags & BV_SLAVE_VEPA));
	/* To the master's MAC, which it does not have. */
	if (flags & BV_SLAVE_MACVLAN)
		require(memcmp(s->d->frame, s->d->mac, 6) != 0 ||
			(s->flags & BV_SLAVE_NETKIT &&
			 !(s->flags & BV_SLAVE_MACVLAN)));
}

bool check_mac_receiver(const struct seen *s, const struct sent *sent,
			uint32_t slot)
{
	const struct datapath *d = s->d;
	uint32_t flags = before(s, slot);
	enum type type = type_of(s);

	if (is_passthru(s))
		return true;
	if (flags & BV_SLAVE_SOURCE) {
		require(has_copy_by_list(s, slot) && sent->how == SENT_CLONE);
		return true;
	}
	require(!is_kept_by_list(s));
	/* check_by_mac() has the whole of it. */
	if (goes_by_mac(s) && flags & BV_SLAVE_MACVLAN &&
	    s->made == MADE_NOTHING && sent->how != SENT_CLONE)
		return true;
	if (s->in_vlan)
		require(flags & BV_SLAVE_MACVLAN);
	if (s->made == MADE_PROBE || s->made == MADE_ANSWER ||
	    s->made == MADE_TOO_BIG)
		return false;
	if (d->prog == SLAVE_TX)
		check_from_sibling(s, flags);
	if (d->prog == WIRE_RX && (type == TO_ALL || type == TO_GROUP) &&
	    s->sender >= 0 && !s->r.reply)
		check_brought_back(s, slot, flags);
	if (d->prog == WIRE_RX && s->sender >= 0)
		require(!(flags & BV_SLAVE_PRIVATE));
	if (d->prog == WIRE_RX && type == TO_US)
		require(!(flags & BV_SLAVE_MACVLAN));
	return false;
}

/* A copy for each that lists the sender. */
static void check_lists(const struct seen *s)
{
	uint32_t n = 0, want = 0;

	for (size_t i = 0; i < kernel.n_sent; i++)
		n += is_by_list(s, &kernel.sent[i]);
	for (uint32_t slot = 1; slot <= s->d->before.slots; slot++)
		want += has_copy_by_list(s, slot);
	require(n == want);
	if (!is_kept_by_list(s))
		return;
	require(s->d->verdict == DROP && s->why < 0);
	require_nothing_else(s);
}

/* Does this run's sender learn MACs, or lose them by what it sends? */
static bool may_claim_mac(const struct seen *s, const uint8_t *mac)
{
	const struct datapath *d = s->d;

	return d->prog == SLAVE_TX && s->flags & BV_SLAVE_ACTIVE &&
	       s->flags & BV_SLAVE_MACVLAN && !(s->flags & BV_SLAVE_PASSTHRU) &&
	       d->len >= 14 && !(mac[0] & 1) && memcmp(mac, d->mac, 6) != 0 &&
	       memcmp(mac, d->before.slaves[d->slot].mac, 6) != 0 &&
	       !memcmp(mac, d->frame + 6, 6);
}

static void check_mac_entry(const struct seen *s, const struct mac_entry *old,
			    const struct mac_entry *new)
{
	const struct datapath *d = s->d;
	uint32_t owner;

	if (old && old->mac.owner == new->mac.owner)
		return;
	require(!new->key.n &&may_claim_mac(s, new->key.mac));
	require(new->mac.owner == BV_OWNER(d->slot, BV_MAC_LEARNED));
	require(d->before.slaves[d->slot].macs < BV_MACS_MAX);
	if (!old)
		return;
	owner = BV_OWNER_SLOT(old->mac.owner);
	require(owner != d->slot);
	require(was_learned(old) || !before(s, owner));
}

/* It is on the wire now. */
static void check_forgotten(const struct seen *s, const struct mac_entry *old)
{
	require(s->d->prog == WIRE_RX && s->d->len >= 14 && !old->key.n);
	require(!memcmp(old->key.mac, s->d->frame + 6, 6));
	require(was_learned(old));
	require(!(before(s, BV_OWNER_SLOT(old->mac.owner)) & BV_SLAVE_VEPA));
	require(!is_from_slave(s) && !is_passthru(s));
}

static uint32_t count_macs(const struct macs *macs, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < macs->n; i++)
		n += !macs->entries[i].key.n &&
		     macs->entries[i].mac.owner ==
			     BV_OWNER(slot, BV_MAC_LEARNED);
	return n;
}

static void check_mac_table(const struct seen *s)
{
	const struct state *old = &s->d->before, *new = &s->d->after;

	for (uint32_t i = 0; i < new->macs.n; i++) {
		const struct mac_entry *e = &new->macs.entries[i];

		check_mac_entry(s, mac_find(&old->macs, e->key.mac, e->key.n),
				e);
	}
	for (uint32_t i = 0; i < old->macs.n; i++) {
		const struct mac_entry *e = &old->macs.entries[i];

		if (!mac_find(&new->macs, e->key.mac, e->key.n))
			check_forgotten(s, e);
	}
	for (uint32_t slot = 0; slot <= new->slots; slot++) {
		require(new->slaves[slot].macs <= BV_MACS_MAX);
		require(new->slaves[slot].macs - old->slaves[slot].macs ==
			count_macs(&new->macs, slot) -
				count_macs(&old->macs, slot));
	}
}

/* What has left a slave has a source that is known to be its own. */
static void check_source(const struct seen *s)
{
	const struct datapath *d = s->d;
	const uint8_t *mac = d->frame + 6;
	const struct mac_entry *e;

	if (d->prog != SLAVE_TX || d->verdict == DROP ||
	    !(s->flags & BV_SLAVE_MACVLAN) || s->flags & BV_SLAVE_PASSTHRU)
		return;
	require(d->len >= 14 && d->verdict == REDIRECT);
	require(s->made == MADE_NOTHING || s->made == MADE_DHCP ||
		s->made == MADE_ANSWER);
	if (!memcmp(mac, d->before.slaves[d->slot].mac, 6))
		return;
	e = mac_find(&d->after.macs, mac, 0);
	require(e && BV_OWNER_SLOT(e->mac.owner) == d->slot);
}

void check_mac_drop(const struct seen *s, int why)
{
	const struct datapath *d = s->d;
	const uint8_t *mac = d->frame + 6;
	bool netkit = s->flags & BV_SLAVE_NETKIT, own;
	const struct mac_entry *e;

	if (d->len < 14) {
		require(why == BV_DROP_SHORT);
		return;
	}
	e = mac_find(&d->before.macs, mac, 0);
	own = e && BV_OWNER_SLOT(e->mac.owner) == d->slot;
	switch (why) {
	case BV_DROP_MAC_IN_USE:
		require(!memcmp(mac, d->mac, 6) ||
			(e && !own && !was_learned(e) &&
			 before(s, BV_OWNER_SLOT(e->mac.owner))));
		break;
	case BV_DROP_MAC_LIMIT:
		require(d->before.slaves[d->slot].macs >= BV_MACS_MAX && !own);
		break;
	case BV_DROP_TABLE_FULL:
		require(d->setup.macs_full & 1 && !e);
		break;
	case BV_DROP_FOREIGN_MAC:
		require(mac[0] & 1);
		break;
	case BV_DROP_BAD_ND:
		require(!memcmp(d->frame + 12, "\x86\xdd", 2));
		break;
	case BV_DROP_VLAN:
	case BV_DROP_PROTOCOL:
		require(netkit);
		break;
	case BV_DROP_PRIVATE:
	case BV_DROP_HOST_OFF:
	case BV_DROP_OVERSIZE:
	case BV_DROP_ADDR_IN_USE:
	case BV_DROP_FORWARDING:
		break;
	default:
		require(false);
	}
	if (s->flags & BV_SLAVE_PASSTHRU)
		require(netkit || why == BV_DROP_OVERSIZE);
}

/* Unicast to a MAC at which no slave hears it, or past them all. */
bool is_nobodys_mac(const struct seen *s)
{
	const struct datapath *d = s->d;

	if (is_passthru(s))
		return d->prog == HOST_TX ||
		       !before(s, d->before.port.passthru);
	return goes_by_mac(s) && !kernel.n_sent &&
	       (!target_of(s) || before(s, target_of(s)) & BV_SLAVE_SOURCE) &&
	       !is_kept_by_list(s);
}

void check_macs(const struct seen *s)
{
	check_mac_table(s);
	check_source(s);
	if (is_passthru(s)) {
		check_passthru(s);
		return;
	}
	check_lists(s);
	if (goes_by_mac(s))
		check_by_mac(s);
}
