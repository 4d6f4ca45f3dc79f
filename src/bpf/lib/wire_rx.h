/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_rx.h - what comes from the wire: a slave's, everybody's, or the host's.
 *
 * The wire's frames are never dropped for what is in them: what is no slave's
 * is the host's, as if we were not there. The exception is our own broadcast,
 * reflected by a switch, of which everybody has had a copy.
 */
#ifndef BV_BPF_WIRE_RX_H
#define BV_BPF_WIRE_RX_H

#include "flood.h"
#include "owner.h"

/* Did it leave from here, to be sent back by a hairpin switch? */
static __always_inline bool bv_is_reflected(struct __sk_buff *skb)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);

	return eth && bv_mac_is_master(eth->h_source);
}

static __always_inline int bv_wire_to_owner(struct __sk_buff *skb,
					    const struct bv_frame *f)
{
	__u32 flags, target = bv_owner_slave(&f->dst, &flags);

	if (!target)
		return BV_NEXT;
	/* A sibling's, by way of the switch. */
	if ((flags & BV_SLAVE_PRIVATE) && bv_is_reflected(skb))
		return bv_drop(target, BV_DROP_PRIVATE);
	return bv_to_slave(target, flags, true);
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

static __always_inline int bv_wire_group(struct __sk_buff *skb)
{
	bool reflected = bv_is_reflected(skb);
	struct bv_frame f = {};
	__u32 source = 0;

	(void)bv_parse(skb, false, &f);
	if (reflected)
		source = bv_vepa_source(skb, &f);
	/* Who asks by DAD has no address yet to be known by. */
	if (reflected && !source && !f.tentative)
		return bv_drop(BV_SLOT_HOST, BV_DROP_REFLECTED);
	if (f.what == BV_FRAME_RESOLVE &&
	    bv_can_answer(bv_addr_get(&f.dst), BV_NOBODY))
		return bv_wire_to_owner(skb, &f);
	if (!reflected) {
		bv_flood(skb, BV_SLOT_HOST, 0);
		return BV_NEXT;
	}
	if (!source)
		return bv_drop(BV_SLOT_HOST, BV_DROP_REFLECTED);
	bv_flood(skb, source, BV_SLAVE_PRIVATE);
	return BV_NEXT;
}

static __always_inline int bv_handle_wire_rx(struct __sk_buff *skb)
{
	struct bv_frame f = {};

	if (bv_is_from_slave(skb) || skb->vlan_present)
		return BV_NEXT;
	switch (skb->pkt_type) {
	case BV_PACKET_HOST:
		(void)bv_parse(skb, false, &f);
		return f.what == BV_FRAME_OTHER ? BV_NEXT :
						  bv_wire_to_owner(skb, &f);
	case BV_PACKET_BROADCAST:
	case BV_PACKET_MULTICAST:
		return bv_wire_group(skb);
	default:
		return BV_NEXT;
	}
}

#endif /* BV_BPF_WIRE_RX_H */
