/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * l3.h - what a slave in l3 or l3s sends: packets, routed in the master's
 * namespace.
 *
 * The MAC such a slave writes says nothing: it is NOARP, and writes its own. Its
 * source address is claimed by being used.
 *
 *   l3		to a sibling's address: directly; to the host's: to the host; else
 *		where the FIB says, to a neighbour that the kernel resolves. TTL
 *		is left alone, as the driver does
 *   l3s	up the stack, as a packet that came in by the host end: it meets
 *		PREROUTING, FORWARD or INPUT, and POSTROUTING
 *
 * The exceptions of l3 (no route, too long for IPv4, an address of the host's that
 * is not the master's) go up the stack too, which fragments or says by ICMP what
 * is wrong. Sysctls of the host end make it forward (src/lib).
 */
#ifndef BV_BPF_L3_H
#define BV_BPF_L3_H

#include "gateway.h"
#include "resolve.h"
#include "toobig.h"

/* sys/socket.h is not for BPF. */
#define BV_AF_INET 2
#define BV_AF_INET6 10

#define BV_IP6_DST offsetof(struct ipv6hdr, daddr)

/* Up the stack of the master's namespace, from the host end. */
static __always_inline int bv_to_stack(__u32 slot, __u32 flags,
				       const struct bv_frame *f)
{
	/* Linux up to 6.16 forwards no IPv6 unless it forwards all. */
	if (!f->is_ip4 && (flags & BV_SLAVE_NO_FWD6))
		return bv_drop(slot, BV_DROP_FORWARDING);
	return BV_NEXT;
}

/* What bpf_fib_lookup() compares with the route's MTU. */
static __always_inline __u16 bv_route_len(struct __sk_buff *skb, __u32 hlen,
					  __u8 proto)
{
	__u8 doff;

	if (!skb->gso_size)
		return skb->len - ETH_HLEN;
	/* RFC 9293 3.1: in units of four bytes, in the upper half of byte 12. */
	if (proto != IPPROTO_TCP)
		return hlen + 8 + skb->gso_size;
	if (bpf_skb_load_bytes(skb, ETH_HLEN + hlen + 12, &doff, sizeof(doff)))
		return 0;
	return hlen + (doff >> 4) * 4 + skb->gso_size;
}

static __always_inline int bv_fib_params(struct __sk_buff *skb,
					 const struct bv_frame *f,
					 struct bpf_fib_lookup *fib)
{
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	void *data;

	fib->ifindex = skb->ifindex;
	if (f->is_ip4) {
		data = bv_pull(skb, ETH_HLEN + sizeof(*ip));
		if (!data)
			return BV_DROP_SHORT;
		ip = data + ETH_HLEN;
		fib->family = BV_AF_INET;
		fib->l4_protocol = ip->protocol;
		fib->tos = ip->tos;
		fib->ipv4_src = ip->saddr;
		fib->ipv4_dst = ip->daddr;
		fib->tot_len = bv_route_len(skb, ip->ihl * 4, ip->protocol);
		return BV_OK;
	}
	data = bv_pull(skb, ETH_HLEN + sizeof(*ip6));
	if (!data)
		return BV_DROP_SHORT;
	ip6 = data + ETH_HLEN;
	fib->family = BV_AF_INET6;
	fib->l4_protocol = ip6->nexthdr;
	fib->flowinfo = *(__be32 *)ip6 & bpf_htonl(0x0fffffff);
	__builtin_memcpy(fib->ipv6_src, &ip6->saddr, sizeof(fib->ipv6_src));
	__builtin_memcpy(fib->ipv6_dst, &ip6->daddr, sizeof(fib->ipv6_dst));
	fib->tot_len = bv_route_len(skb, sizeof(*ip6), ip6->nexthdr);
	return BV_OK;
}

/*
 * A master's hook treats it as the host's: the neighbour may turn out to be a
 * slave that nobody had heard of. Not so for vepa. That it came in by a host end
 * is to be seen there, but for netkit's, which nobody has received.
 */
static __always_inline void bv_note_routed(struct __sk_buff *skb, __u32 slot,
					   __u32 flags)
{
	if (flags & BV_SLAVE_VEPA) {
		skb->tc_index = BV_TC_INDEX_SLAVE;
	} else if (flags & BV_SLAVE_NETKIT) {
		skb->tc_index = BV_TC_INDEX_ROUTED;
		skb->mark = slot;
	}
}

/*
 * Where the FIB of the master's namespace says, by any device; @stack: up the
 * stack, if that is to the host at all. What is not forwarded is perhaps an
 * address of the host's, or there is no route: the stack knows.
 */
BV_APART int bv_l3_route(struct __sk_buff *skb, __u32 slot, __u32 flags,
			 const struct bv_frame *f, bool stack)
{
	struct bpf_redir_neigh next = {};
	struct bpf_fib_lookup fib = {};
	int why = f ? bv_fib_params(skb, f, &fib) : BV_DROP_SHORT;

	if (why != BV_OK)
		return bv_drop(slot, why);
	switch (bpf_fib_lookup(skb, &fib, sizeof(fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		/* By a host end: to another master's slave in l3s. */
		if (!stack && fib.ifindex < BV_IFINDEX_FIRST)
			break;
		return bv_to_stack(slot, flags, f);
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		if (flags & BV_SLAVE_HOST_OFF)
			return bv_drop(slot, BV_DROP_HOST_OFF);
		return BV_NEXT;
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		if (f->is_ip4)
			return BV_NEXT; /* where it is fragmented, if it may */
		why = bv_too_big(skb, &f->claim, fib.mtu_result);
		if (why != BV_OK)
			return bv_drop(slot, why);
		return bv_to_sibling(skb, slot, flags, flags);
	default:
		return BV_NEXT;
	}
	next.nh_family = fib.family;
	__builtin_memcpy(&next.ipv6_nh, &fib.ipv6_dst, sizeof(next.ipv6_nh));
	if (fib.ifindex == bv_master_ifindex)
		bv_note_routed(skb, slot, flags);
	return bpf_redirect_neigh(fib.ifindex, &next, sizeof(next), 0);
}

/* To an address that the host or a sibling owns; the flags are both ends'. */
static __always_inline int bv_routed_local(struct __sk_buff *skb, __u32 slot,
					   __u32 flags,
					   const struct bv_frame *f,
					   __u32 target)
{
	__u32 target_flags = bv_slave_flags(target);

	if (target == BV_SLOT_HOST) {
		if (flags & BV_SLAVE_HOST_OFF)
			return bv_drop(slot, BV_DROP_HOST_OFF);
		return flags & BV_SLAVE_L3S ? BV_NEXT : bv_to_host(skb);
	}
	if ((flags | target_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(slot, BV_DROP_PRIVATE);
	if (flags & BV_SLAVE_L3S)
		return bv_to_stack(slot, flags, f);
	if (target_flags & BV_SLAVE_L3S)
		return bv_to_l3s(skb, slot, target_flags, f);
	return bv_to_sibling(skb, target, target_flags, flags);
}

static __always_inline int bv_routed_unicast(struct __sk_buff *skb, __u32 slot,
					     __u32 flags,
					     const struct bv_frame *f)
{
	long target = bv_owner(&f->dst);
	__u32 target_flags;

	/*
	 * A slave that is gone owns nothing, and nobody owns what is its own. To a
	 * MAC of a slave's own the way is by the FIB, which finds it.
	 */
	if (target > BV_SLOT_HOST) {
		target_flags = bv_slave_flags(target);
		if (!target_flags || (target_flags & BV_SLAVE_MACVLAN))
			target = -1;
	}
	if (flags & BV_SLAVE_VEPA) {
		/* The FIB would say that these are local. */
		if (target == BV_SLOT_HOST ||
		    (target > BV_SLOT_HOST &&
		     (bv_slave_flags(target) & BV_SLAVE_L3S)))
			return bv_to_wire(skb, slot);
		if (target > BV_SLOT_HOST)
			return bv_l3_route(skb, slot, flags, f, false);
	} else if (target >= BV_SLOT_HOST && target != slot) {
		return bv_routed_local(skb, slot, flags, f, target);
	}
	if ((flags & BV_SLAVE_L3S) && !(flags & BV_SLAVE_HOST_OFF))
		return bv_to_stack(slot, flags, f);
	return bv_l3_route(skb, slot, flags, f, flags & BV_SLAVE_L3S);
}

/* No verdict: the nominee's frame to a group, which goes the way of l2. */
#define BV_AS_L2 (-2)

/* To a group: nobody's business but the nominee's. */
static __always_inline int bv_routed_group(struct __sk_buff *skb, __u32 slot,
					   __u32 flags)
{
	__u32 nominee = bv_port.nominee, target_flags;

	if (nominee == slot)
		return BV_AS_L2;
	target_flags = nominee ? bv_slave_flags(nominee) : 0;
	if (!target_flags || (flags & BV_SLAVE_VEPA))
		return bv_drop(slot, BV_DROP_GROUP);
	if ((flags | target_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(slot, BV_DROP_PRIVATE);
	return bv_to_sibling(skb, nominee, target_flags, flags);
}

/* The source address is this slave's, or becomes so. */
static __always_inline int bv_routed_claim(struct __sk_buff *skb, __u32 slot,
					   struct bv_frame *f)
{
	const struct bv_addr *addr;
	int why;

	/* What ND says is its own is not what it sends from. */
	if (f->has_claim) {
		why = bv_settle_claim(slot, f);
		if (why != BV_OK)
			return why;
		f->has_claim = false;
		f->tentative = false;
	}
	bv_source(skb, f);
	addr = bv_addr_get(&f->claim);
	if (addr && BV_OWNER_SLOT(addr->owner) == slot)
		return BV_OK;
	return bv_settle_claim(slot, f);
}

/* Multicast and the limited broadcast: RFC 1112 4, RFC 919 7, RFC 4291 2.7. */
static __always_inline bool bv_is_group_addr(const struct bv_frame *f)
{
	__u32 word = bpf_ntohl(f->is_ip4 ? f->dst.ip[3] : f->dst.ip[0]);

	if (f->is_ip4)
		return word >> 28 == 0xe || word == 0xffffffff;
	return word >> 24 == 0xff;
}

/* The stack and the siblings take only what is for their MAC. */
static __always_inline int bv_readdress(struct __sk_buff *skb)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, bv_port.mac, ETH_ALEN);
	if (bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0) ||
	    bpf_skb_change_type(skb, BV_PACKET_HOST))
		return BV_DROP_SHORT;
	return BV_OK;
}

BV_APART int bv_routed_tx(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_frame f = {};
	int why;

	/* A filter inside may have set what the master's hook trusts. */
	skb->tc_index = 0;
	why = bv_parse(skb, true, &f);
	if (why == BV_OK && (flags & BV_SLAVE_GUEST) &&
	    (f.is_arp || f.what == BV_FRAME_RESOLVE))
		return bv_guest_asks(skb, slot, flags, &f);
	if (why == BV_OK && (f.is_arp || f.what == BV_FRAME_OTHER))
		why = BV_DROP_NOT_IP;
	if (why == BV_OK)
		why = bv_routed_claim(skb, slot, &f);
	if (why == BV_OK && skb->pkt_type == BV_PACKET_OTHERHOST)
		why = bv_readdress(skb);
	if (why != BV_OK)
		return bv_drop(slot, why);
	if (skb->pkt_type != BV_PACKET_HOST)
		return bv_routed_group(skb, slot, flags);
	/* A unicast solicitation is a packet like others here. */
	if (f.what == BV_FRAME_RESOLVE &&
	    bpf_skb_load_bytes(skb, ETH_HLEN + BV_IP6_DST, &f.dst,
			       sizeof(f.dst)))
		return bv_drop(slot, BV_DROP_SHORT);
	if (bv_is_group_addr(&f))
		return bv_drop(slot, BV_DROP_GROUP);
	return bv_routed_unicast(skb, slot, flags, &f);
}

#endif /* BV_BPF_L3_H */
