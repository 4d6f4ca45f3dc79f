/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * end_tx.h - what leaves by a host end with `host off` in l3s.
 *
 * The host has a route to such a slave, by which it forwards; its own packets
 * would go the same way. They are told by having come in nowhere.
 */
#ifndef BV_BPF_END_TX_H
#define BV_BPF_END_TX_H

#include "verdict.h"

static __always_inline int bv_handle_end_tx(struct __sk_buff *skb)
{
	__u32 slot = skb->ifindex - bv_base_ifindex;

	if (!skb->ingress_ifindex && (bv_slave_flags(slot) & BV_SLAVE_HOST_OFF))
		return bv_drop(slot, BV_DROP_HOST_OFF);
	return BV_NEXT;
}

#endif /* BV_BPF_END_TX_H */
