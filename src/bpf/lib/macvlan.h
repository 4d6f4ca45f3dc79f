/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macvlan.h - unicast from and to slaves with MACs of their own.
 *
 *   bridge	to a bridge sibling directly, to the host, else to the wire
 *   private	to the host or the wire, never to a sibling
 *   vepa	to the wire
 *   source	to the host or the wire; it receives by source MAC alone
 *   passthru	to the wire, and it receives all that comes from there
 *
 * A host end has the master's MAC here too, so that PACKET_HOST is a frame to the
 * host or to an ipvlan sibling, which shares that MAC. VLAN tags are the slave's
 * own affair.
 */
#ifndef BV_BPF_MACVLAN_H
#define BV_BPF_MACVLAN_H

#include "group.h"
#include "l3.h"

/* It comes with the type of a frame that is for somebody else. */
static __always_inline int bv_to_macvlan(struct __sk_buff *skb, __u32 slot,
					 __u32 flags, __u32 from_flags)
{
	(void)bpf_skb_change_type(skb, BV_PACKET_HOST);
	return bv_to_sibling(skb, slot, flags, from_flags);
}

/* A frame to another MAC than the master's: BV_AS_L2, it is no sibling's. */
BV_APART int bv_sibling_by_mac(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	__u32 target, target_flags;
	__u8 mac[ETH_ALEN];

	if (bpf_skb_load_bytes(skb, 0, mac, sizeof(mac)))
		return bv_drop(slot, BV_DROP_SHORT);
	target = bv_mac_slave(mac, &target_flags);
	if (!target || target == slot)
		return BV_AS_L2;
	if ((flags | target_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(slot, BV_DROP_PRIVATE);
	if ((flags | target_flags) & BV_SLAVE_ALOOF)
		return BV_AS_L2;
	return bv_to_macvlan(skb, target, target_flags, flags);
}

/* What a slave of either kind sends to others than the master's MAC. */
static __always_inline int bv_slave_beyond(struct __sk_buff *skb, __u32 slot,
					   __u32 flags)
{
	int verdict;

	if (bv_port.macvlans && !(flags & BV_SLAVE_VEPA)) {
		verdict = bv_sibling_by_mac(skb, slot, flags);
		if (verdict != BV_AS_L2)
			return verdict;
	}
	return bv_to_wire(skb, slot);
}

/* To the master's MAC: an ipvlan sibling's address, or the host. */
static __always_inline int bv_macvlan_to_master(struct __sk_buff *skb,
						__u32 slot, __u32 flags)
{
	struct bv_ends ends = { .from = slot, .from_flags = flags };
	struct bv_frame f = {};

	if (!(flags & BV_SLAVE_SOURCE) && !skb->vlan_present) {
		(void)bv_parse(skb, false, &f);
		if (f.what != BV_FRAME_OTHER)
			ends.to = bv_owner_slave(&f.dst, &ends.to_flags);
		if (ends.to)
			return bv_slave_to_sibling(skb, &f, &ends);
	}
	return bv_slave_to_host(skb, slot, flags);
}

/* BV_AS_L2: a frame to a group, for the caller to hand out. */
BV_APART int bv_macvlan_tx(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	const struct bv_slave *slave = bv_slave_get(slot);
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	int why;

	if (!eth || !slave)
		return bv_drop(slot, BV_DROP_SHORT);
	if (!bv_mac_equal(eth->h_source, slave->mac)) {
		why = bv_mac_claim(skb, slot, flags);
		if (why != BV_OK)
			return bv_drop(slot, why);
	}
	if (flags & (BV_SLAVE_VEPA | BV_SLAVE_PASSTHRU))
		return bv_to_wire(skb, slot);
	if (skb->pkt_type == BV_PACKET_OTHERHOST)
		return bv_slave_beyond(skb, slot, flags);
	if (skb->pkt_type == BV_PACKET_HOST)
		return bv_macvlan_to_master(skb, slot, flags);
	return BV_AS_L2;
}

/* To whom a source MAC is listed for; is the frame to stop there (nodst)? */
static __noinline bool bv_to_sources(struct __sk_buff *skb, const __u8 *mac)
{
	struct bv_flood fl = { .skb = skb, .only = BV_SLAVE_SOURCE };
	struct bv_mac_key key;

	if (!mac)
		return false;
	key = bv_mac_key(mac);
	fl.members = bpf_map_lookup_elem(&bv_sources, &key);
	if (!fl.members)
		return false;
	fl.bloom = ~0ULL;
	(void)bv_flood_from(&fl, 1, bv_port.high_slot, BV_SLOTS_MAX);
	/* Of such slaves the user side has one at least set up. */
	return fl.members[0].before & BV_SOURCE_NODST;
}

/* To a group: BV_AS_L2, if no slave with a MAC of its own has sent it. */
static __always_inline int bv_macvlan_rx_group(struct __sk_buff *skb,
					       const __u8 *from_mac)
{
	__u32 from, flags;

	if (!from_mac)
		return BV_NEXT;
	from = bv_mac_slave(from_mac, &flags);
	if (from)
		return bv_macvlan_reflected(skb, from, flags);
	return skb->vlan_present ? bv_wire_tagged(skb) : BV_AS_L2;
}

/* To one: BV_AS_L2, if it is no such slave. */
static __always_inline int bv_macvlan_rx_one(struct __sk_buff *skb,
					     const struct ethhdr *eth)
{
	__u32 slot = bv_port.passthru, flags = 0, from_flags;

	if (slot)
		flags = bv_slave_flags(slot);
	if (flags)
		return bv_to_macvlan(skb, slot, flags, 0);
	if (skb->pkt_type != BV_PACKET_OTHERHOST)
		return BV_AS_L2;
	slot = bv_mac_slave(eth->h_dest, &flags);
	if (!slot || (flags & BV_SLAVE_SOURCE))
		return BV_AS_L2;
	/* A sibling's, or the host's, by way of the switch? */
	if ((flags & BV_SLAVE_PRIVATE) &&
	    (bv_mac_is_master(eth->h_source) ||
	     bv_mac_slave(eth->h_source, &from_flags)))
		return bv_drop(slot, BV_DROP_PRIVATE);
	return bv_to_macvlan(skb, slot, flags, 0);
}

/* From the wire, where there are such slaves. BV_AS_L2: it is none of theirs. */
static __always_inline int bv_macvlan_rx(struct __sk_buff *skb)
{
	struct ethhdr eth;

	if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
		return BV_NEXT;
	if (bv_port.sources && bv_to_sources(skb, eth.h_source))
		return BV_DROP;
	if (eth.h_dest[0] & 1)
		return bv_macvlan_rx_group(skb, eth.h_source);
	return bv_macvlan_rx_one(skb, &eth);
}

/* From the host, to another MAC than the master's. */
BV_APART int bv_host_to_macvlan(struct __sk_buff *skb)
{
	__u32 slot, flags;
	__u8 mac[ETH_ALEN];
	int verdict;

	if (bpf_skb_load_bytes(skb, 0, mac, sizeof(mac)))
		return BV_NEXT;
	slot = bv_mac_slave(mac, &flags);
	if (!slot || (flags & (BV_SLAVE_SOURCE | BV_SLAVE_PASSTHRU)))
		return BV_NEXT;
	verdict = bv_host_may(skb, slot, flags);
	if (verdict != BV_OK)
		return verdict;
	return bv_to_slave(skb, slot, flags, false);
}

#endif /* BV_BPF_MACVLAN_H */
