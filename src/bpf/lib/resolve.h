/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolve.h - a frame or a question for an address that somebody here owns: how
 * it gets to its owner, or is answered for it.
 *
 * A question is an ARP request or a neighbour solicitation. What is sent and
 * what is asked goes the same way, which the flags of both ends decide:
 *
 *   owner in l2	gets it
 *   owner in l3	gets it; a question is answered (answer.h)
 *   owner in l3s	gets it from the host's stack, which routes and filters it;
 *			a question is answered
 */
#ifndef BV_BPF_RESOLVE_H
#define BV_BPF_RESOLVE_H

#include "answer.h"
#include "mac.h"
#include "owner.h"

/* Who sends and who is to have it, by slot and flags. */
struct bv_ends {
	__u32 from, from_flags, to, to_flags;
};

static __always_inline bool bv_is_question(const struct bv_frame *f,
					   __u32 flags)
{
	return f->what == BV_FRAME_RESOLVE && (flags & BV_SLAVE_ROUTED);
}

/* Is a sibling, by its flags, reached by way of the switch only? */
static __always_inline bool bv_is_switched(__u32 from_flags, __u32 to_flags)
{
	return (to_flags & BV_SLAVE_SOURCE) ||
	       ((to_flags & BV_SLAVE_SWITCHED) &&
		(from_flags & BV_SLAVE_MACVLAN));
}

static __always_inline int bv_slave_to_host(struct __sk_buff *skb, __u32 slot,
					    __u32 flags)
{
	if (flags & BV_SLAVE_HOST_OFF)
		return bv_drop(slot, BV_DROP_HOST_OFF);
	return bv_to_host(skb);
}

/* From a slave to one in l3s: in by the master, which forwards to it. */
static __always_inline int bv_to_l3s(struct __sk_buff *skb, __u32 from,
				     __u32 to_flags, const struct bv_frame *f)
{
	if (!f->is_ip4 && (to_flags & BV_SLAVE_NO_FWD6))
		return bv_drop(from, BV_DROP_FORWARDING);
	return bv_to_host(skb);
}

static __always_inline int bv_slave_to_sibling(struct __sk_buff *skb,
					       const struct bv_frame *f,
					       const struct bv_ends *e)
{
	int why;

	if ((e->from_flags | e->to_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(e->from, BV_DROP_PRIVATE);
	if (bv_is_question(f, e->to_flags)) {
		why = bv_answer(skb, f);
		if (why != BV_OK)
			return bv_drop(e->from, why);
		return bv_to_sibling(skb, e->from, e->from_flags,
				     e->from_flags);
	}
	if (e->to_flags & BV_SLAVE_L3S)
		return bv_to_l3s(skb, e->from, e->to_flags, f);
	return bv_to_sibling(skb, e->to, e->to_flags, e->from_flags);
}

/* To the master's MAC: to the slave that owns the address, else the host. */
static __always_inline int bv_slave_unicast(struct __sk_buff *skb, __u32 slot,
					    __u32 flags,
					    const struct bv_frame *f)
{
	struct bv_ends ends = { .from = slot, .from_flags = flags };

	if (f->what != BV_FRAME_OTHER)
		ends.to = bv_owner_slave(&f->dst, &ends.to_flags);
	/* Who has a MAC of its own would have been sent to by that. */
	if (ends.to && !(ends.to_flags & BV_SLAVE_MACVLAN))
		return bv_slave_to_sibling(skb, f, &ends);
	return bv_slave_to_host(skb, slot, flags);
}

/*
 * A question whose answer somebody here is known to have. If that is known for
 * certain, or to be the host, nobody else need hear it. A learned owner may be
 * stale, or wrong about an address of the wire: the wire hears it too, unless
 * the owner proved by using it that the address is its own.
 */
static __always_inline int bv_slave_resolve(struct __sk_buff *skb, __u32 slot,
					    __u32 flags,
					    const struct bv_frame *f,
					    const struct bv_addr *addr)
{
	struct bv_ends ends = {
		.from = slot,
		.from_flags = flags,
		.to = BV_OWNER_SLOT(addr->owner),
	};

	if (ends.to == BV_SLOT_HOST)
		return bv_slave_to_host(skb, slot, flags);
	ends.to_flags = bv_slave_flags(ends.to);
	if (bv_is_switched(flags, ends.to_flags))
		return bv_to_wire(skb, slot);
	if (BV_OWNER_HOW(addr->owner) == BV_ADDR_STATIC ||
	    (flags & BV_SLAVE_PRIVATE) ||
	    (ends.to_flags & (BV_SLAVE_PRIVATE | BV_SLAVE_ROUTED)))
		return bv_slave_to_sibling(skb, f, &ends);
	bv_copy_to_slave(skb, ends.to);
	return bv_to_wire(skb, slot);
}

/* Did it leave from here, to be sent back by a hairpin switch? */
static __always_inline bool bv_is_reflected(struct __sk_buff *skb)
{
	return bv_wire_sender(skb) != BV_NOT_OURS;
}

/* The wire asks for a routed slave: not our answer to give, without `proxy`. */
static __always_inline int bv_wire_question(struct __sk_buff *skb, __u32 slot,
					    __u32 flags,
					    const struct bv_frame *f)
{
	/* What is reflected was asked by a vepa slave, by way of the switch. */
	if (!(flags & BV_SLAVE_PROXY) && !bv_is_reflected(skb))
		return BV_NEXT;
	if (bv_answer(skb, f) != BV_OK)
		return BV_NEXT;
	return bv_to_wire(skb, slot);
}

/* Nobody's address: the host's to route, unless a slave was nominated for it. */
static __always_inline int bv_wire_unowned(struct __sk_buff *skb,
					   const struct bv_frame *f)
{
	__u32 nominee = bv_port.nominee, flags;

	if (!nominee || f->what != BV_FRAME_IP || bv_addr_get(&f->dst))
		return BV_NEXT;
	flags = bv_slave_flags(nominee);
	if (!flags)
		return BV_NEXT;
	/* A sibling's, by way of the switch. */
	if ((flags & BV_SLAVE_PRIVATE) && bv_is_reflected(skb))
		return bv_drop(nominee, BV_DROP_PRIVATE);
	return bv_to_slave(skb, nominee, flags, true);
}

static __always_inline int bv_wire_to_owner(struct __sk_buff *skb,
					    const struct bv_frame *f)
{
	__u32 flags, target = bv_owner_slave(&f->dst, &flags);

	if (!target)
		return bv_wire_unowned(skb, f);
	/* It was sent to the master's MAC, which is not the slave's. */
	if ((flags & BV_SLAVE_MACVLAN) && skb->pkt_type == BV_PACKET_HOST)
		return BV_NEXT;
	/* A sibling's, by way of the switch. */
	if ((flags & BV_SLAVE_PRIVATE) && bv_is_reflected(skb))
		return bv_drop(target, BV_DROP_PRIVATE);
	if (!(flags & BV_SLAVE_ROUTED))
		return bv_to_slave(skb, target, flags, true);
	if (f->what == BV_FRAME_RESOLVE)
		return bv_wire_question(skb, target, flags, f);
	if (!(flags & BV_SLAVE_L3S))
		return bv_to_slave(skb, target, flags, true);
	if (!f->is_ip4 && (flags & BV_SLAVE_NO_FWD6))
		return bv_drop(target, BV_DROP_FORWARDING);
	return BV_NEXT;
}

/*
 * The slot whose frame the host forwards; beyond those in use: nobody's. What was
 * received says so by its device: others than we can write its tc_index.
 */
static __always_inline __u32 bv_forwarded_from(struct __sk_buff *skb)
{
	__u32 slot = skb->mark;

	if (skb->ingress_ifindex || skb->tc_index != BV_TC_INDEX_ROUTED)
		return skb->ingress_ifindex - bv_base_ifindex;
	skb->mark = 0;
	skb->tc_index = 0;
	return slot;
}

/*
 * May the host's stack hand a slave this? What it forwards from a sibling in l3
 * or l3s is the sibling's: such a slave's address may only have been learned on
 * the way, by the host's question. What it forwards to a slave in l3s is not its
 * own either. BV_OK, or dropped.
 */
static __always_inline int bv_host_may(struct __sk_buff *skb, __u32 from,
				       __u32 target, __u32 flags)
{
	if (from <= bv_port.high_slot) {
		if ((bv_slave_flags(from) | flags) & BV_SLAVE_PRIVATE)
			return bv_drop(from, BV_DROP_PRIVATE);
		return BV_OK;
	}
	if ((flags & BV_SLAVE_HOST_OFF) &&
	    (!skb->ingress_ifindex || !(flags & BV_SLAVE_L3S)))
		return bv_drop(target, BV_DROP_HOST_OFF);
	return BV_OK;
}

static __always_inline int bv_host_to_slave(struct __sk_buff *skb, __u32 from,
					    const struct bv_frame *f,
					    __u32 target, __u32 flags)
{
	int verdict = bv_host_may(skb, from, target, flags);

	if (verdict != BV_OK)
		return verdict;
	if (bv_is_question(f, flags)) {
		if (bv_answer(skb, f) != BV_OK)
			return BV_NEXT;
		return bv_to_host(skb);
	}
	return bv_to_slave(skb, target, flags, false);
}

/* As bv_slave_resolve(): a learned owner does not keep it from the wire. */
static __always_inline int bv_host_resolve(struct __sk_buff *skb,
					   const struct bv_frame *f,
					   const struct bv_addr *addr)
{
	__u32 target = BV_OWNER_SLOT(addr->owner);
	__u32 flags = bv_slave_flags(target);

	/*
	 * To the host the slave is as if it were not there; but it resolves for
	 * what it forwards as well, and l3s lives by that.
	 */
	if ((flags & BV_SLAVE_HOST_OFF) && !(flags & BV_SLAVE_L3S))
		return BV_NEXT;
	if (bv_is_question(f, flags)) {
		if (bv_answer(skb, f) != BV_OK)
			return BV_NEXT;
		return bv_to_host(skb);
	}
	if (BV_OWNER_HOW(addr->owner) == BV_ADDR_STATIC)
		return bv_to_slave(skb, target, flags, false);
	bv_copy_to_slave(skb, target);
	return BV_NEXT;
}

#endif /* BV_BPF_RESOLVE_H */
