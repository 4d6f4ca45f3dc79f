/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp.h - DHCP for slaves, which all have one MAC and at first no address.
 *
 * What a slave or the host sends as a client makes its transaction id known. A
 * reply with that id is for that slave alone, wherever the server is, and
 * whether it is broadcast or goes to the shared MAC and an address that nobody
 * has yet. A reply with another id goes where it would without this. That
 * clients look different to the server is dhcp4.h and dhcp6.h.
 *
 * Nothing is learned from it: a lease is an address like others, known by the
 * ARP or ND of who uses it.
 */
#ifndef BV_BPF_DHCP_H
#define BV_BPF_DHCP_H

#include "dhcp4.h"
#include "dhcp6.h"
#include "resolve.h"

/* By the port, which IP options hide. It may be a fragment, too. */
static __always_inline bool bv_is_dhcp4(const struct bv_udp4 *h, __u16 port)
{
	return h->ip.protocol == IPPROTO_UDP &&
	       (h->udp.dest == bpf_htons(port) || h->ip.ihl != 5);
}

/*
 * Of a request of @from's makes a note, and what the server is to see; 0. Of a
 * reply makes what the client is to see; its slot, or 0 if it is nobody's here.
 */
static __always_inline __u32 bv_dhcp_pass(struct __sk_buff *skb,
					  const struct bv_frame *f, __u32 from)
{
	const struct bv_udp4 *h4;
	const struct bv_udp6 *h6;

	if (!f->is_udp)
		return 0;
	if (f->is_ip4) {
		h4 = bv_pull(skb, sizeof(*h4));
		if (h4 && (bv_is_dhcp4(h4, BV_DHCP4_CLIENT) ||
			   bv_is_dhcp4(h4, BV_DHCP4_SERVER)))
			return bv_dhcp4_pass(skb, from);
		return 0;
	}
	h6 = bv_pull(skb, sizeof(*h6));
	if (h6 && (h6->udp.dest == bpf_htons(BV_DHCP6_CLIENT) ||
		   h6->udp.dest == bpf_htons(BV_DHCP6_SERVER)))
		return bv_dhcp6_pass(skb, from);
	return 0;
}

/* What these three do not deliver is BV_NEXT: it goes as any other frame. */
static __always_inline int bv_slave_dhcp(struct __sk_buff *skb, __u32 slot,
					 __u32 flags, const struct bv_frame *f)
{
	__u32 target, target_flags;

	/* The nominee's broadcasts come here too; DHCP is not for it. */
	if (flags & BV_SLAVE_ROUTED)
		return BV_NEXT;
	target = bv_dhcp_pass(skb, f, slot);
	if (!target)
		return BV_NEXT;
	target_flags = bv_slave_flags(target);
	if ((flags | target_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(slot, BV_DROP_PRIVATE);
	return bv_to_sibling(skb, target, target_flags, flags);
}

static __always_inline int bv_wire_dhcp(struct __sk_buff *skb,
					const struct bv_frame *f)
{
	__u32 target = bv_dhcp_pass(skb, f, BV_DHCP_WIRE), flags;

	if (!target)
		return BV_NEXT;
	flags = bv_slave_flags(target);
	/* A sibling's, by way of the switch. */
	if ((flags & BV_SLAVE_PRIVATE) && bv_is_reflected(skb))
		return bv_drop(target, BV_DROP_PRIVATE);
	return bv_to_slave(skb, target, flags, true);
}

static __always_inline int bv_host_dhcp(struct __sk_buff *skb, __u32 from,
					const struct bv_frame *f)
{
	__u32 target = bv_dhcp_pass(skb, f, BV_SLOT_HOST), flags;
	int verdict;

	if (!target)
		return BV_NEXT;
	flags = bv_slave_flags(target);
	verdict = bv_host_may(skb, from, target, flags);
	if (verdict != BV_OK)
		return verdict;
	return bv_to_slave(skb, target, flags, false);
}

#endif /* BV_BPF_DHCP_H */
