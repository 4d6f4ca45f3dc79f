/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - broadcast and multicast: whom a frame reaches.
 *
 * A question goes to whom it is known to concern (resolve.h), the rest to the
 * slaves that flood.h has a list of, and to host and wire.
 */
#ifndef BV_BPF_GROUP_H
#define BV_BPF_GROUP_H

#include "dhcp.h"
#include "flood.h"
#include "resolve.h"

#define BV_IS_REPORT (-1)

/*
 * IGMP and MLD: BV_IS_REPORT, or in how many ms the answers to a query are due,
 * or 0. @skb: dst is a group. What follows from it is for others to do: this has
 * much on the stack, and what all have is 512 bytes.
 */
BV_APART int bv_snoop(struct __sk_buff *skb)
{
	struct bv_msg msg = {};

	bv_find_msg(skb, &msg);
	return bv_is_report(&msg) ? BV_IS_REPORT : bv_query_ms(skb, &msg);
}

/* @snooped: of bv_snoop(). @from, and whom @how leaves out, hears no query. */
static __always_inline void bv_hear_query(struct __sk_buff *skb, int snooped,
					  __u32 from, __u32 how)
{
	if (snooped > 0)
		bv_age(skb->protocol == bpf_htons(ETH_P_IPV6), snooped, from,
		       bv_flood_without(how));
}

/* What a slave reports, if this is a report. */
BV_APART int bv_hear_report(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_msg msg = {};

	if (flags & BV_SLAVE_ROUTED)
		return 0;
	bv_find_msg(skb, &msg);
	if (bv_is_report(&msg))
		bv_take_report(skb, &msg, slot);
	return 0;
}

/* To the slaves, by those who report nothing. */
static __always_inline void bv_spread(struct __sk_buff *skb,
				      const struct bv_frame *f, __u32 from,
				      __u32 how)
{
	int snooped = bv_snoop(skb);

	bv_hear_query(skb, snooped, from, how);
	(void)bv_flood(skb, f, snooped == BV_IS_REPORT, from, how);
}

/*
 * DAD by a vepa slave for an address of a sibling's: the answer will come from
 * there, if the switch brings it the question. Only the note says then that it
 * is not the owner's own question, or the host's, which come back as well. An
 * IPv6 entry is not contested, so this field of it is free; that of an IPv4 entry,
 * which a mapped target finds, is not.
 */
static __always_inline void bv_note_vepa_dad(const struct bv_frame *f,
					     __u32 slot)
{
	struct bv_addr *addr = bv_addr_get(&f->dst);

	if (addr && BV_OWNER_SLOT(addr->owner) != slot &&
	    !bv_key_is_ip4(&f->dst))
		addr->challenged_ns = bpf_ktime_get_ns();
}

static __always_inline bool bv_is_vepa_dad(const struct bv_frame *f)
{
	const struct bv_addr *addr;

	if (!f->tentative)
		return false;
	addr = bv_addr_get(&f->dst);
	return addr && addr->challenged_ns &&
	       bv_since(addr->challenged_ns) < BV_SILENCE_NS;
}

/*
 * A slave's that it leaves to the switch to deliver. Its queries are heard when
 * they come back.
 */
BV_APART int bv_vepa_group(struct __sk_buff *skb, __u32 slot, __u32 flags,
			   const struct bv_frame *f)
{
	/* Of macvlan the MAC will say whose it is. */
	if (f && f->tentative && !(flags & BV_SLAVE_MACVLAN))
		bv_note_vepa_dad(f, slot);
	(void)bv_hear_report(skb, slot, flags);
	return bv_to_wire(skb, slot);
}

/* To a group: a question for whom it is known to concern, else all. */
BV_APART int bv_slave_group(struct __sk_buff *skb, __u32 slot, __u32 flags,
			    const struct bv_frame *f)
{
	const struct bv_addr *addr = NULL;
	int snooped;

	if (!f)
		return bv_drop(slot, BV_DROP_SHORT);
	if (f->what == BV_FRAME_RESOLVE)
		addr = bv_addr_get(&f->dst);
	if (bv_can_answer(addr, slot))
		return bv_slave_resolve(skb, slot, flags, f, addr);
	snooped = bv_snoop(skb);
	if (snooped == BV_IS_REPORT)
		(void)bv_hear_report(skb, slot, flags);
	if (!(flags & BV_SLAVE_PRIVATE)) {
		bv_hear_query(skb, snooped, slot, BV_FLOOD_SLAVE);
		(void)bv_flood(skb, f, snooped == BV_IS_REPORT, slot,
			       flags & BV_SLAVE_MACVLAN ? BV_FLOOD_BRIDGE :
							  BV_FLOOD_SLAVE);
	}
	if (!(flags & BV_SLAVE_HOST_OFF)) {
		skb->tc_index = BV_TC_INDEX_SLAVE;
		bpf_clone_redirect(skb, bv_master_ifindex, BPF_F_INGRESS);
	}
	return bv_to_wire(skb, slot);
}

/*
 * The slot that a reflected frame left from, if that leaves delivering it to the
 * switch; else 0, and everybody has had the frame.
 */
static __always_inline __u32 bv_vepa_source(struct __sk_buff *skb,
					    struct bv_frame *f)
{
	__u32 flags, source;

	bv_source(skb, f);
	source = bv_owner_slave(&f->claim, &flags);
	return source && (flags & BV_SLAVE_VEPA) ? source : 0;
}

/*
 * What a slave that is not in vepa has sent, or the host, and the switch sends
 * back. Everybody has had it but those whom one in bridge reaches by way of the
 * switch only.
 */
static __always_inline int bv_reflected(struct __sk_buff *skb,
					const struct bv_frame *f, __u32 sender)
{
	const struct bv_addr *addr = NULL;
	__u32 owner, flags;

	if (!bv_port.switched || sender == BV_SLOT_HOST ||
	    (bv_slave_flags(sender) & BV_SLAVE_PRIVATE))
		return bv_drop(BV_SLOT_HOST, BV_DROP_REFLECTED);
	if (f->what == BV_FRAME_RESOLVE)
		addr = bv_addr_get(&f->dst);
	if (bv_can_answer(addr, sender)) {
		owner = BV_OWNER_SLOT(addr->owner);
		flags = bv_slave_flags(owner);
		if (flags & BV_SLAVE_SWITCHED)
			bv_copy_to_slave(skb, owner);
	} else {
		(void)bv_flood(skb, f, false, sender, BV_FLOOD_BACK);
	}
	return bv_drop(BV_SLOT_HOST, BV_DROP_REFLECTED);
}

/* In a VLAN: for slaves that have MACs of their own, and the host. */
BV_APART int bv_wire_group_vlan(struct __sk_buff *skb)
{
	long sender = bv_wire_sender(skb);
	struct bv_frame f = {};

	/* Of the ipvlan flavour none sends there, and all have had the host's. */
	if (sender == BV_SLOT_HOST)
		return BV_NEXT;
	if (sender > BV_SLOT_HOST && !(bv_slave_flags(sender) & BV_SLAVE_VEPA))
		return bv_reflected(skb, &f, sender);
	if (sender > BV_SLOT_HOST)
		(void)bv_flood(skb, &f, false, sender, BV_FLOOD_SLAVE);
	else
		(void)bv_flood(skb, &f, false, BV_SLOT_HOST, BV_FLOOD_WIRE);
	return BV_NEXT;
}

BV_APART int bv_wire_group(struct __sk_buff *skb)
{
	__u32 source = BV_SLOT_HOST, how = BV_FLOOD_WIRE;
	long sender = bv_wire_sender(skb);
	bool reflected = sender != BV_NOT_OURS;
	struct bv_frame f = {};
	int verdict;

	if (bv_in_vlan(skb))
		return bv_wire_group_vlan(skb);
	(void)bv_parse(skb, false, &f);
	verdict = bv_wire_dhcp(skb, &f);
	if (verdict != BV_NEXT)
		return verdict;
	if (sender > BV_SLOT_HOST)
		source = bv_slave_flags(sender) & BV_SLAVE_VEPA ? sender : 0;
	/* Who asks by DAD has no address yet to be known by. */
	else if (reflected && !f.tentative)
		source = bv_vepa_source(skb, &f);
	if (reflected && !source &&
	    (sender != BV_SLOT_HOST || !bv_is_vepa_dad(&f)))
		return bv_reflected(skb, &f, sender);
	/* Its own question is not for itself. */
	if (f.what == BV_FRAME_RESOLVE &&
	    bv_can_answer(bv_addr_get(&f.dst), source ? source : BV_NOBODY))
		return bv_wire_to_owner(skb, &f);
	if (reflected && !source)
		return bv_reflected(skb, &f, sender);
	if (reflected)
		how = BV_FLOOD_SLAVE;
	bv_spread(skb, &f, source, how);
	return BV_NEXT;
}

BV_APART int bv_host_group(struct __sk_buff *skb, __u32 from)
{
	const struct bv_addr *addr = NULL;
	struct bv_frame f = {};
	int verdict;

	/* Its device for a VLAN may put the tag into the frame itself. */
	if (bv_in_vlan(skb) || bv_has_tag(skb)) {
		if (bv_port.macvlans)
			(void)bv_flood(skb, &f, false, BV_SLOT_HOST,
				       BV_FLOOD_HOST);
		return BV_NEXT;
	}
	(void)bv_parse(skb, false, &f);
	verdict = bv_host_dhcp(skb, from, &f);
	if (verdict != BV_NEXT)
		return verdict;
	if (f.has_claim)
		(void)bv_settle_claim(BV_SLOT_HOST, &f);
	if (f.what == BV_FRAME_RESOLVE)
		addr = bv_addr_get(&f.dst);
	if (bv_can_answer(addr, BV_SLOT_HOST))
		return bv_host_resolve(skb, &f, addr);
	bv_spread(skb, &f, BV_SLOT_HOST, BV_FLOOD_HOST);
	return BV_NEXT;
}

#endif /* BV_BPF_GROUP_H */
