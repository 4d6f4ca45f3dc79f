/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_rx.h - what comes from the wire: a slave's, everybody's, or the host's.
 *
 * The wire's frames are never dropped for what is in them: what is no slave's
 * is the host's, as if we were not there. The exception is our own broadcast,
 * reflected by a switch, of which everybody has had a copy.
 */
#ifndef BV_BPF_WIRE_RX_H
#define BV_BPF_WIRE_RX_H

#include "group.h"

#define BV_VLAN_VID 0x0fff

/* In a VLAN; a tag for VLAN 0 has but a priority (802.1Q 6.9). */
static __always_inline bool bv_in_vlan(const struct __sk_buff *skb)
{
	return skb->vlan_present && (skb->vlan_tci & BV_VLAN_VID);
}

static __always_inline int bv_handle_wire_rx(struct __sk_buff *skb)
{
	struct bv_frame f = {};
	int verdict;

	if (bv_is_from_slave(skb) || bv_in_vlan(skb))
		return BV_NEXT;
	switch (skb->pkt_type) {
	case BV_PACKET_HOST:
		(void)bv_parse(skb, false, &f);
		verdict = bv_wire_dhcp(skb, &f);
		if (verdict != BV_NEXT || f.what == BV_FRAME_OTHER)
			return verdict;
		return bv_wire_to_owner(skb, &f);
	case BV_PACKET_BROADCAST:
	case BV_PACKET_MULTICAST:
		return bv_wire_group(skb);
	default:
		return BV_NEXT;
	}
}

#endif /* BV_BPF_WIRE_RX_H */
