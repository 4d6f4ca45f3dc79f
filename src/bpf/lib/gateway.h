/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gateway.h - ARP and ND of a guest in l3.
 *
 * A slave in l3 is NOARP, but behind a tap (guest.h) is a host like any other,
 * which asks for its gateway and for what it takes to be on its link. Its packets
 * go by their addresses alone, so every question is answered, with the master's
 * MAC, but for its own addresses and for the questions by which it looks for
 * others that have them (RFC 5227 2.1, RFC 4862 5.4): two that use one address
 * are told apart when they use it. What it asks with is its own from then on.
 */
#ifndef BV_BPF_GATEWAY_H
#define BV_BPF_GATEWAY_H

#include "resolve.h"

static __always_inline bool bv_wants_answer(__u32 slot,
					    const struct bv_frame *f)
{
	const struct bv_addr *addr;

	if (f->what != BV_FRAME_RESOLVE || f->tentative)
		return false;
	if (f->is_arp && !f->claim.ip[3])
		return false;
	addr = bv_addr_get(&f->dst);
	return !addr || BV_OWNER_SLOT(addr->owner) != slot;
}

/* What a guest in l3 says by ARP, or asks by ND; the verdict. */
BV_APART int bv_guest_asks(struct __sk_buff *skb, __u32 slot, __u32 flags,
			   const struct bv_frame *f)
{
	int why = f ? bv_settle_claim(slot, f) : BV_DROP_SHORT;

	if (why == BV_ASK) {
		bv_drop(slot, BV_DROP_ADDR_IN_USE);
		return bv_ask_owner(skb, f);
	}
	if (why != BV_OK)
		return bv_drop(slot, why);
	if (!bv_wants_answer(slot, f))
		return bv_drop(slot, BV_DROP_GROUP);
	why = bv_answer(skb, f);
	if (why != BV_OK)
		return bv_drop(slot, why);
	return bv_to_sibling(skb, slot, flags, flags);
}

#endif /* BV_BPF_GATEWAY_H */
