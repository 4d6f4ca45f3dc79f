/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - broadcast and multicast: who gets a copy.
 *
 * A question goes to whom it is known to concern (resolve.h), the rest to all.
 */
#ifndef BV_BPF_GROUP_H
#define BV_BPF_GROUP_H

#include "dhcp.h"
#include "flood.h"
#include "resolve.h"

/* To a group: a question for whom it is known to concern, else all. */
static __always_inline int bv_slave_group(struct __sk_buff *skb, __u32 slot,
					  __u32 flags, const struct bv_frame *f)
{
	const struct bv_addr *addr = NULL;

	if (f->what == BV_FRAME_RESOLVE)
		addr = bv_addr_get(&f->dst);
	if (bv_can_answer(addr, slot))
		return bv_slave_resolve(skb, slot, flags, f, addr);
	if (!(flags & BV_SLAVE_PRIVATE))
		bv_flood(skb, slot, BV_SLAVE_PRIVATE);
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

static __always_inline int bv_wire_group(struct __sk_buff *skb)
{
	bool reflected = bv_is_reflected(skb);
	struct bv_frame f = {};
	__u32 source = 0;
	int verdict;

	(void)bv_parse(skb, false, &f);
	verdict = bv_wire_dhcp(skb, &f);
	if (verdict != BV_NEXT)
		return verdict;
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

static __always_inline int bv_host_group(struct __sk_buff *skb)
{
	struct bv_slave *host = bv_slave_get(BV_SLOT_HOST);
	const struct bv_addr *addr = NULL;
	struct bv_frame f = {};
	int verdict;

	(void)bv_parse(skb, false, &f);
	verdict = bv_host_dhcp(skb, &f);
	if (verdict != BV_NEXT)
		return verdict;
	if (f.has_claim && host)
		(void)bv_claim(&f, host, BV_SLOT_HOST);
	if (f.what == BV_FRAME_RESOLVE)
		addr = bv_addr_get(&f.dst);
	if (bv_can_answer(addr, BV_SLOT_HOST))
		return bv_host_resolve(skb, &f, addr);
	bv_flood(skb, BV_SLOT_HOST, BV_SLAVE_HOST_OFF);
	return BV_NEXT;
}

#endif /* BV_BPF_GROUP_H */
