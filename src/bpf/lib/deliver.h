/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.h - hand a frame to one receiver: a slave, the host, the wire.
 *
 *   to a slave, from an ingress hook, other netns: bpf_redirect_peer(), which
 *	moves on to the slave without a queue
 *   to a slave otherwise: out of its host end, through the CPU's backlog;
 *	bpf_redirect_peer() would drop it. So it does in a program of netkit's,
 *	which runs where the slave sends
 *   to a guest (guest.h): out of its tap
 *   to the host: into the master, as if it had come from the wire
 *   to the wire: out of the master, through its qdisc
 *
 * A frame to the host or the wire meets our own hook on the master. It is told
 * from others there by skb->tc_index, which nothing on the way touches: unlike
 * skb->mark it is no input to routing or netfilter. Redirects check no MTU.
 */
#ifndef BV_BPF_DELIVER_H
#define BV_BPF_DELIVER_H

#include <asm-generic/errno-base.h>

#include "guest.h"

static __always_inline int bv_to_slave(struct __sk_buff *skb, __u32 slot,
				       __u32 flags, bool ingress)
{
	__u32 ifindex = bv_base_ifindex + slot;

	if (flags & BV_SLAVE_GUEST)
		return bv_to_guest(skb, slot);
	if (ingress && (flags & BV_SLAVE_PEER))
		return bpf_redirect_peer(ifindex, 0);
	return bpf_redirect(ifindex, 0);
}

static __always_inline int bv_to_sibling(struct __sk_buff *skb, __u32 slot,
					 __u32 flags, __u32 from_flags)
{
	return bv_to_slave(skb, slot, flags, !(from_flags & BV_SLAVE_NETKIT));
}

/*
 * A copy; packet pointers are invalid after it. -EINVAL: there is no such
 * device, the slave went with its namespace. Then nothing is its own any more,
 * until the next command frees the slot.
 */
static __always_inline void bv_copy_to_slave(struct __sk_buff *skb, __u32 slot)
{
	struct bv_slave *slave;

	if (bpf_clone_redirect(skb, bv_base_ifindex + slot, 0) != -EINVAL)
		return;
	slave = bv_slave_get(slot);
	if (slave)
		__sync_fetch_and_and(&slave->flags, ~BV_SLAVE_ACTIVE);
}

static __always_inline int bv_to_host(struct __sk_buff *skb)
{
	skb->tc_index = BV_TC_INDEX_SLAVE;
	return bpf_redirect(bv_master_ifindex, BPF_F_INGRESS);
}

static __always_inline int bv_to_wire(struct __sk_buff *skb, __u32 slot)
{
	/* 4: a VLAN tag, which dev_forward_skb() allows for as well */
	if (skb->len > bv_port.mtu + ETH_HLEN + 4 && !skb->gso_size)
		return bv_drop(slot, BV_DROP_OVERSIZE);
	skb->tc_index = BV_TC_INDEX_SLAVE;
	return bpf_redirect(bv_master_ifindex, 0);
}

/* A slave's frame on its way to the host or the wire? Clears what tells it. */
static __always_inline bool bv_is_from_slave(struct __sk_buff *skb)
{
	if (skb->tc_index != BV_TC_INDEX_SLAVE)
		return false;
	/* The host may forward it back to us, where it is the host's frame. */
	skb->tc_index = 0;
	return true;
}

#endif /* BV_BPF_DELIVER_H */
