/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_tx.h - what the host sends through the master: to slaves, or the wire.
 *
 * A slave answers the host's ARP and ND with the master's MAC, so a frame that
 * the host sends to its own MAC is for a slave. The in-tree driver lets it leave
 * on the wire, which is why there the host cannot reach its slaves.
 */
#ifndef BV_BPF_HOST_TX_H
#define BV_BPF_HOST_TX_H

#include "macvlan.h"

static __always_inline int bv_host_unicast(struct __sk_buff *skb, __u32 from,
					   const struct bv_frame *f)
{
	__u32 flags, target = bv_owner_slave(&f->dst, &flags);

	/* Who has a MAC of its own would have been sent to by that. */
	if (!target || (flags & BV_SLAVE_MACVLAN))
		return BV_NEXT;
	return bv_host_to_slave(skb, from, f, target, flags);
}

static __always_inline int bv_handle_host_tx(struct __sk_buff *skb)
{
	const struct ethhdr *eth;
	struct bv_frame f = {};
	__u32 from = bv_forwarded_from(skb);
	int verdict;

	if (bv_is_from_slave(skb) || bv_port.passthru ||
	    (bv_in_vlan(skb) && !bv_port.macvlans))
		return BV_NEXT;
	eth = bv_pull(skb, ETH_HLEN);
	if (!eth)
		return BV_NEXT;
	if (eth->h_dest[0] & 1)
		return bv_host_group(skb, from);
	if (!bv_mac_is_master(eth->h_dest))
		return bv_port.macvlans ? bv_host_to_mac(skb, from) : BV_NEXT;
	if (bv_in_vlan(skb))
		return BV_NEXT;
	(void)bv_parse(skb, false, &f);
	verdict = bv_host_dhcp(skb, from, &f);
	if (verdict != BV_NEXT || f.what == BV_FRAME_OTHER)
		return verdict;
	return bv_host_unicast(skb, from, &f);
}

#endif /* BV_BPF_HOST_TX_H */
