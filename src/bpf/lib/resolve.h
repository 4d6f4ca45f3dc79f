/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolve.h - a question (ARP request, neighbour solicitation) whose answer
 * somebody here is known to have: who gets to hear it.
 *
 * Also where a frame for an owner goes, which is the same for what is asked and
 * for what is sent: the flags of both ends decide.
 */
#ifndef BV_BPF_RESOLVE_H
#define BV_BPF_RESOLVE_H

#include "owner.h"

static __always_inline int bv_slave_to_host(struct __sk_buff *skb, __u32 slot,
					    __u32 flags)
{
	if (flags & BV_SLAVE_HOST_OFF)
		return bv_drop(slot, BV_DROP_HOST_OFF);
	return bv_to_host(skb);
}

static __always_inline int bv_slave_to_sibling(__u32 slot, __u32 flags,
					       __u32 target, __u32 target_flags)
{
	if ((flags | target_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(slot, BV_DROP_PRIVATE);
	return bv_to_slave(target, target_flags, true);
}

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
 * A question whose answer somebody here is known to have. If that is known for
 * certain, or to be the host, nobody else need hear it. A learned owner may be
 * stale, or wrong about an address of the wire: the wire hears it too.
 */
static __always_inline int bv_slave_resolve(struct __sk_buff *skb, __u32 slot,
					    __u32 flags,
					    const struct bv_addr *addr)
{
	__u32 target = BV_OWNER_SLOT(addr->owner);
	__u32 target_flags = bv_slave_flags(target);

	if (target == BV_SLOT_HOST)
		return bv_slave_to_host(skb, slot, flags);
	if (BV_OWNER_HOW(addr->owner) == BV_ADDR_STATIC ||
	    ((flags | target_flags) & BV_SLAVE_PRIVATE))
		return bv_slave_to_sibling(slot, flags, target, target_flags);
	bv_copy_to_slave(skb, target);
	return bv_to_wire(skb, slot);
}

/* As bv_slave_resolve(): a learned owner does not keep it from the wire. */
static __always_inline int bv_host_resolve(struct __sk_buff *skb,
					   const struct bv_addr *addr)
{
	__u32 target = BV_OWNER_SLOT(addr->owner);
	__u32 flags = bv_slave_flags(target);

	/* To the host the slave is as if it were not there. */
	if (flags & BV_SLAVE_HOST_OFF)
		return BV_NEXT;
	if (BV_OWNER_HOW(addr->owner) == BV_ADDR_STATIC)
		return bv_to_slave(target, flags, false);
	bv_copy_to_slave(skb, target);
	return BV_NEXT;
}

#endif /* BV_BPF_RESOLVE_H */
