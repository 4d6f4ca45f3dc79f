/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netkit.h - frames that nobody has received yet.
 *
 * The program of a netkit slave runs where the slave sends. Behind veth the
 * kernel has made the frame a received one before the program sees it; here some
 * of that has not been done, and will not be:
 *
 *   VLAN	a tag that the sender wrote itself is still in the frame: it stays
 *		there on the way to who receives it, from a slave that may send any
 *   protocol	skb->protocol is what the sender told its kernel, by which we and
 *		a sibling's stack would go. A raw socket may tell anything: ARP in
 *		what is checked as another thing
 *   pkt_type	is PACKET_HOST for every frame before Linux 6.10
 */
#ifndef BV_BPF_NETKIT_H
#define BV_BPF_NETKIT_H

#include "frame.h"

/* IEEE 802.3 3.2.6: below, it is a length. */
#define BV_PROTO_MIN 0x0600

static __always_inline bool bv_is_length(__be16 proto)
{
	return bpf_ntohs(proto) < BV_PROTO_MIN;
}

static __always_inline int bv_check_unreceived(struct __sk_buff *skb,
					       __u32 flags)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	__be16 proto;

	if (!eth)
		return BV_DROP_SHORT;
	proto = eth->h_proto;
	if (!(flags & BV_SLAVE_MACVLAN) && (proto == bpf_htons(ETH_P_8021Q) ||
					    proto == bpf_htons(ETH_P_8021AD)))
		return BV_DROP_VLAN;
	if (proto != skb->protocol &&
	    !(bv_is_length(proto) && bv_is_length(skb->protocol)))
		return BV_DROP_PROTOCOL;
	if (skb->pkt_type == BV_PACKET_HOST && !bv_mac_is_master(eth->h_dest))
		(void)bpf_skb_change_type(skb, eth->h_dest[0] & 1 ?
						       BV_PACKET_MULTICAST :
						       BV_PACKET_OTHERHOST);
	return BV_OK;
}

#endif /* BV_BPF_NETKIT_H */
