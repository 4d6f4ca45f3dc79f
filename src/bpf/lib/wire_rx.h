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

#include "macvlan.h"

static __always_inline int bv_handle_wire_rx(struct __sk_buff *skb)
{
	struct bv_frame f = {};
	int verdict;

	if (bv_is_from_slave(skb))
		return BV_NEXT;
	if (bv_port.passthru)
		return bv_wire_passthru(skb);
	/* Whoever is meant to have it has a copy. */
	if (bv_port.sources && bv_to_listed(skb))
		return BV_DROP;
	if (bv_in_vlan(skb) && !bv_port.macvlans)
		return BV_NEXT;
	switch (skb->pkt_type) {
	case BV_PACKET_OTHERHOST:
		return bv_port.macvlans ? bv_wire_to_mac(skb) : BV_NEXT;
	case BV_PACKET_HOST:
		if (bv_in_vlan(skb))
			return BV_NEXT;
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
