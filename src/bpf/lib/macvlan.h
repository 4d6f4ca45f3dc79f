/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macvlan.h - slaves that have MACs of their own: what they send, and what is
 * for their MACs.
 *
 *   bridge	to siblings directly, but for those in vepa and source
 *   private	to the host and the wire
 *   vepa, source	to the wire only, which may bring it back (802.1Qbg); source is
 *		given nothing but copies by its list (mac.h)
 *   passthru	there is nothing but the slave and the wire
 *
 * MACs decide. Addresses are known too, as far as ARP and ND tell, so that
 * questions find their owner and siblings of the ipvlan flavour keep theirs.
 */
#ifndef BV_BPF_MACVLAN_H
#define BV_BPF_MACVLAN_H

#include "group.h"

/* To a sibling's MAC, from either flavour. */
static __always_inline int bv_sibling_mac(struct __sk_buff *skb,
					  const struct bv_ends *e)
{
	if ((e->from_flags | e->to_flags) & BV_SLAVE_PRIVATE)
		return bv_drop(e->from, BV_DROP_PRIVATE);
	if (bv_is_switched(e->from_flags, e->to_flags))
		return bv_to_wire(skb, e->from);
	return bv_to_mac(skb, e->to, e->to_flags,
			 !(e->from_flags & BV_SLAVE_NETKIT));
}

/* From a slave to a MAC that is not the master's. */
BV_APART int bv_out_by_mac(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_ends ends = { .from = slot, .from_flags = flags };
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);

	if (!eth)
		return bv_drop(slot, BV_DROP_SHORT);
	ends.to = bv_mac_slave(eth->h_dest, &ends.to_flags);
	return ends.to ? bv_sibling_mac(skb, &ends) : bv_to_wire(skb, slot);
}

/* The same for a slave of the ipvlan flavour: mostly there is nobody to find. */
static __always_inline int bv_out(struct __sk_buff *skb, __u32 slot,
				  __u32 flags)
{
	if (!bv_port.macvlans || (flags & BV_SLAVE_VEPA))
		return bv_to_wire(skb, slot);
	return bv_out_by_mac(skb, slot, flags);
}

/* What ARP and ND say, in no VLAN; of source nobody is told where it is. */
static __always_inline int bv_macvlan_learn(struct __sk_buff *skb, __u32 slot,
					    __u32 flags, struct bv_frame *f)
{
	int why;

	if (bv_in_vlan(skb) || (flags & BV_SLAVE_SOURCE))
		return BV_OK;
	why = bv_parse(skb, false, f);
	if (why != BV_OK || !f->has_claim)
		return why;
	why = bv_settle_claim(slot, f);
	return why == BV_ASK ? BV_DROP_ADDR_IN_USE : why;
}

/* To the master's MAC: the host's, or that of a sibling of the ipvlan flavour. */
static __always_inline int bv_macvlan_to_master(struct __sk_buff *skb,
						__u32 slot, __u32 flags,
						const struct bv_frame *f)
{
	int verdict = bv_slave_dhcp(skb, slot, flags, f);

	return verdict != BV_NEXT ? verdict :
				    bv_slave_unicast(skb, slot, flags, f);
}

static __always_inline int bv_macvlan_group(struct __sk_buff *skb, __u32 slot,
					    __u32 flags,
					    const struct bv_frame *f)
{
	int verdict;

	if ((flags & BV_SLAVE_SWITCHED) ||
	    skb->protocol == bpf_htons(ETH_P_PAUSE))
		return bv_vepa_group(skb, slot, flags, f);
	verdict = bv_slave_dhcp(skb, slot, flags, f);
	return verdict != BV_NEXT ? verdict :
				    bv_slave_group(skb, slot, flags, f);
}

/* Is the MAC that it sends from the slave's? BV_OK or the reason to drop it. */
static __always_inline int bv_check_source(struct bv_slave *slave, __u32 slot,
					   const __u8 *mac)
{
	struct bv_mac_key key;

	if (bv_mac_equal(mac, slave->mac))
		return BV_OK;
	bv_mac_key(&key, mac, 0);
	return bv_claim_mac(slave, slot, &key);
}

BV_APART int bv_macvlan_tx(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_slave *slave = bv_slave_get(slot);
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	struct bv_frame f = {};
	bool to_master, to_group;
	int why;

	if (!eth || !slave)
		return bv_drop(slot, BV_DROP_SHORT);
	if (flags & BV_SLAVE_PASSTHRU)
		return bv_to_wire(skb, slot);
	to_group = eth->h_dest[0] & 1;
	to_master = bv_mac_is_master(eth->h_dest);
	why = bv_check_source(slave, slot, eth->h_source);
	/* What is neither is the bulk of it, and claims nothing. */
	if (why == BV_OK &&
	    (to_group || to_master || skb->protocol != bpf_htons(ETH_P_IP)))
		why = bv_macvlan_learn(skb, slot, flags, &f);
	if (why != BV_OK)
		return bv_drop(slot, why);
	if (to_group)
		return bv_macvlan_group(skb, slot, flags, &f);
	if (flags & BV_SLAVE_SWITCHED)
		return bv_to_wire(skb, slot);
	if (to_master)
		return bv_macvlan_to_master(skb, slot, flags, &f);
	return bv_out_by_mac(skb, slot, flags);
}

/* From the wire, to a MAC that is not the master's: perhaps a slave's. */
BV_APART int bv_wire_to_mac(struct __sk_buff *skb)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	__u32 flags, target;

	if (!eth)
		return BV_NEXT;
	target = bv_mac_slave(eth->h_dest, &flags);
	if (!target || (flags & BV_SLAVE_SOURCE))
		return BV_NEXT;
	/* A sibling's, by way of the switch. */
	if ((flags & BV_SLAVE_PRIVATE) && bv_wire_sender(skb) != BV_NOT_OURS)
		return bv_drop(target, BV_DROP_PRIVATE);
	return bv_to_mac(skb, target, flags, true);
}

/* From the host, likewise. */
BV_APART int bv_host_to_mac(struct __sk_buff *skb, __u32 from)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	__u32 flags, target;
	int verdict;

	if (!eth)
		return BV_NEXT;
	target = bv_mac_slave(eth->h_dest, &flags);
	if (!target || (flags & BV_SLAVE_SOURCE))
		return BV_NEXT;
	verdict = bv_host_may(skb, from, target, flags);
	return verdict != BV_OK ? verdict :
				  bv_to_mac(skb, target, flags, false);
}

/*
 * All that the wire sends is the slave's, and what is for a group the host's too,
 * unless it is the slave's own that comes back.
 */
static __always_inline int bv_wire_passthru(struct __sk_buff *skb)
{
	__u32 slot = bv_port.passthru, flags = bv_slave_flags(slot);

	if (!flags)
		return BV_NEXT;
	switch (skb->pkt_type) {
	case BV_PACKET_BROADCAST:
	case BV_PACKET_MULTICAST:
		if (bv_is_reflected(skb))
			return bv_to_slave(skb, slot, flags, true);
		bv_copy_to_slave(skb, slot);
		return BV_NEXT;
	case BV_PACKET_HOST:
	case BV_PACKET_OTHERHOST:
		return bv_to_mac(skb, slot, flags, true);
	default:
		return BV_NEXT;
	}
}

#endif /* BV_BPF_MACVLAN_H */
