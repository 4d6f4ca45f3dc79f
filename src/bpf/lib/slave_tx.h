/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slave_tx.h - what a slave sends: is it the slave's to send, and whom for.
 */
#ifndef BV_BPF_SLAVE_TX_H
#define BV_BPF_SLAVE_TX_H

#include "group.h"
#include "l3.h"
#include "macvlan.h"
#include "netkit.h"

/* Not a drop reason: what may be a request by DHCPv4. */
#define BV_MAY_BE_DHCP (-3)

/* What every frame of a slave must be, whatever is in it. */
static __always_inline int bv_check_eth(struct __sk_buff *skb,
					const struct ethhdr *eth)
{
	/* The kernel has taken the outer tag out of the frame by now. */
	if (skb->vlan_present)
		return BV_DROP_VLAN;
	if (!bv_mac_is_master(eth->h_source))
		return BV_DROP_FOREIGN_MAC;
	return BV_OK;
}

static __noinline int bv_check_short(struct __sk_buff *skb)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);

	return eth ? bv_check_eth(skb, eth) : BV_DROP_SHORT;
}

/*
 * Most frames are long enough to tell at once whether IPv4, if that is what it
 * is, is DHCP.
 */
static __always_inline int bv_check_sender(struct __sk_buff *skb)
{
	const struct bv_udp4 *udp = bv_pull(skb, sizeof(*udp));
	int why;

	if (!udp)
		return bv_check_short(skb);
	why = bv_check_eth(skb, &udp->eth);
	if (why == BV_OK && bv_is_dhcp4(udp, BV_DHCP4_SERVER))
		return BV_MAY_BE_DHCP;
	return why;
}

/* What is not yet as a slave behind veth would have sent it, made so. */
static __always_inline int bv_make_usual(struct __sk_buff *skb, __u32 slot,
					 __u32 flags)
{
	if (flags & BV_SLAVE_NETKIT)
		return bv_check_unreceived(skb, flags);
	if (flags & BV_SLAVE_GUEST)
		return bv_guest_out(skb, slot);
	return BV_OK;
}

static __always_inline int bv_handle_slave_tx(struct __sk_buff *skb)
{
	__u32 slot = skb->ifindex - bv_base_ifindex;
	__u32 flags = bv_slave_flags(slot);
	struct bv_frame f = {};
	int why, verdict;
	__u32 type;

	if (!flags)
		return bv_drop(BV_SLOT_HOST, BV_DROP_INACTIVE);
	why = bv_make_usual(skb, slot, flags);
	if (why != BV_OK)
		return bv_drop(slot, why);
	if (flags & BV_SLAVE_MACVLAN)
		return bv_macvlan_tx(skb, slot, flags);
	why = bv_check_sender(skb);
	if (why >= 0)
		return bv_drop(slot, why);
	if (flags & BV_SLAVE_ROUTED) {
		verdict = bv_routed_tx(skb, slot, flags);
		if (verdict != BV_AS_L2)
			return verdict;
	}
	if (!(flags & BV_SLAVE_IP4))
		bv_note_ip4(skb, slot);
	/* Read once: clang keeps its address, and the verifier wants skb's. */
	type = skb->pkt_type;
	/* Most of the traffic: only DHCP needs a look. */
	if (type == BV_PACKET_OTHERHOST &&
	    skb->protocol == bpf_htons(ETH_P_IP)) {
		if (why == BV_MAY_BE_DHCP)
			(void)bv_dhcp4_pass(skb, slot);
		return bv_out(skb, slot, flags);
	}

	why = bv_parse(skb, true, &f);
	if (why != BV_OK)
		return bv_drop(slot, why);
	if (f.has_claim) {
		why = bv_settle_claim(slot, &f);
		if (why == BV_ASK) {
			bv_drop(slot, BV_DROP_ADDR_IN_USE);
			return bv_ask_owner(skb, &f);
		}
		if (why != BV_OK)
			return bv_drop(slot, why);
	}
	verdict = bv_slave_dhcp(skb, slot, flags, &f);
	if (verdict != BV_NEXT)
		return verdict;
	if (type == BV_PACKET_OTHERHOST)
		return bv_out(skb, slot, flags);
	if (flags & BV_SLAVE_VEPA)
		return bv_vepa_group(skb, slot, flags, &f);
	if (type == BV_PACKET_HOST)
		return bv_slave_unicast(skb, slot, flags, &f);
	return bv_slave_group(skb, slot, flags, &f);
}

#endif /* BV_BPF_SLAVE_TX_H */
