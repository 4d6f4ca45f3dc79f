/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mac.h - who has a MAC, where slaves have MACs of their own (macvlan).
 *
 * The user side enters the MAC of each slave's device. What else a slave sends
 * from is learned: its device was given another MAC, or there is somebody behind
 * it (VRRP, a bridge, a guest). A learned MAC moves to whoever sends from it, as
 * in any switch, so that what fails over does; one of a device's never does.
 *
 * Where no slave has a MAC of its own, which bv_port counts, nothing is asked.
 */
#ifndef BV_BPF_MAC_H
#define BV_BPF_MAC_H

#include "deliver.h"

static __always_inline void bv_mac_key(struct bv_mac_key *key, const void *mac,
				       __u16 n)
{
	__builtin_memcpy(key->mac, mac, ETH_ALEN);
	key->n = n;
}

static __always_inline struct bv_mac *bv_mac_get(const void *mac)
{
	struct bv_mac_key key;

	bv_mac_key(&key, mac, 0);
	return bpf_map_lookup_elem(&bv_macs, &key);
}

/* The slave, set up, that has a MAC: its slot, with its flags; else 0. */
static __always_inline __u32 bv_mac_slave(const void *mac, __u32 *flags)
{
	const struct bv_mac *entry;
	__u32 slot;

	if (!bv_port.macvlans)
		return 0;
	entry = bv_mac_get(mac);
	if (!entry)
		return 0;
	slot = BV_OWNER_SLOT(entry->owner);
	*flags = bv_slave_flags(slot);
	return *flags & BV_SLAVE_MACVLAN ? slot : 0;
}

/* One more for this slave, if it may: the other CPUs count at the same time. */
static __always_inline bool bv_count_mac(struct bv_slave *slave)
{
	if (__sync_fetch_and_add(&slave->macs, 1) < BV_MACS_MAX)
		return true;
	__sync_fetch_and_add(&slave->macs, -1);
	return false;
}

/* Another's, or that of one who is gone; BV_OK: it is @slot's now. */
static __always_inline int bv_mac_move(struct bv_mac *entry,
				       struct bv_slave *slave, __u32 slot)
{
	__u32 owner = entry->owner;
	struct bv_slave *old = bv_slave_get(BV_OWNER_SLOT(owner));

	if (BV_OWNER_HOW(owner) == BV_MAC_OWN &&
	    bv_slave_flags(BV_OWNER_SLOT(owner)))
		return BV_DROP_MAC_IN_USE;
	if (!bv_count_mac(slave))
		return BV_DROP_MAC_LIMIT;
	if (__sync_val_compare_and_swap(&entry->owner, owner,
					BV_OWNER(slot, BV_MAC_LEARNED)) !=
	    owner) {
		__sync_fetch_and_add(&slave->macs, -1);
		return BV_DROP_MAC_IN_USE;
	}
	if (old && BV_OWNER_HOW(owner) == BV_MAC_LEARNED)
		__sync_fetch_and_add(&old->macs, -1);
	return BV_OK;
}

/* May @slot send from a MAC that is not its device's? BV_OK or a drop reason. */
static __noinline int bv_claim_mac(struct bv_slave *slave, __u32 slot,
				   const struct bv_mac_key *mac)
{
	struct bv_mac new = { .owner = BV_OWNER(slot, BV_MAC_LEARNED) };
	struct bv_mac_key key;
	struct bv_mac *entry;
	long err;

	if (!slave || !mac)
		return BV_DROP_INACTIVE;
	key = *mac;
	if (key.mac[0] & 1)
		return BV_DROP_FOREIGN_MAC;
	if (bv_mac_is_master(key.mac))
		return BV_DROP_MAC_IN_USE;
	entry = bpf_map_lookup_elem(&bv_macs, &key);
	if (entry && BV_OWNER_SLOT(entry->owner) == slot)
		return BV_OK;
	if (entry)
		return bv_mac_move(entry, slave, slot);
	if (!bv_count_mac(slave))
		return BV_DROP_MAC_LIMIT;
	err = bpf_map_update_elem(&bv_macs, &key, &new, BPF_NOEXIST);
	if (!err)
		return BV_OK;
	__sync_fetch_and_add(&slave->macs, -1);
	/* Another CPU was first; the next frame is judged by what it entered. */
	return err == -EEXIST ? BV_OK : BV_DROP_TABLE_FULL;
}

/* Whoever is on the wire with a MAC that was learned here is not here any more. */
static __always_inline void bv_forget_mac(const struct bv_mac_key *mac,
					  const struct bv_mac *entry)
{
	struct bv_slave *slave = bv_slave_get(BV_OWNER_SLOT(entry->owner));
	struct bv_mac_key key = *mac;

	if (bpf_map_delete_elem(&bv_macs, &key) || !slave)
		return;
	__sync_fetch_and_add(&slave->macs, -1);
}

/* What a frame from the wire says of the slave that sent it. */
#define BV_NOT_OURS (-1) /* none did */

/*
 * The slot of the slave that has sent a frame which the wire brings back, by its
 * source; BV_SLOT_HOST: it is the master's MAC, which the host and all of the
 * ipvlan flavour have; BV_NOT_OURS.
 */
static __always_inline long bv_wire_sender(struct __sk_buff *skb)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	const struct bv_mac *entry;
	struct bv_mac_key key;
	__u32 slot, flags;

	if (!eth)
		return BV_NOT_OURS;
	if (bv_mac_is_master(eth->h_source))
		return BV_SLOT_HOST;
	if (!bv_port.macvlans)
		return BV_NOT_OURS;
	bv_mac_key(&key, eth->h_source, 0);
	entry = bpf_map_lookup_elem(&bv_macs, &key);
	if (!entry)
		return BV_NOT_OURS;
	slot = BV_OWNER_SLOT(entry->owner);
	flags = bv_slave_flags(slot);
	/* All that vepa sends to groups comes back. */
	if (BV_OWNER_HOW(entry->owner) == BV_MAC_LEARNED &&
	    !(flags & BV_SLAVE_VEPA)) {
		bv_forget_mac(&key, entry);
		return BV_NOT_OURS;
	}
	return flags ? (long)slot : BV_NOT_OURS;
}

/* Delivery by MAC: the receiver's stack takes what is PACKET_HOST. */
static __always_inline int bv_to_mac(struct __sk_buff *skb, __u32 slot,
				     __u32 flags, bool ingress)
{
	if (skb->pkt_type != BV_PACKET_HOST)
		(void)bpf_skb_change_type(skb, BV_PACKET_HOST);
	return bv_to_slave(skb, slot, flags, ingress);
}

struct bv_listed {
	struct __sk_buff *skb;
	struct bv_mac_key key;
	__u32 consumed;
};

static long bv_copy_listed(__u32 i, struct bv_listed *l)
{
	struct bv_mac_key key = l->key;
	const struct bv_mac *entry;
	__u32 slot, flags;

	key.n = i + 1;
	entry = bpf_map_lookup_elem(&bv_macs, &key);
	if (!entry)
		return 1;
	slot = entry->owner;
	flags = bv_slave_flags(slot);
	if (!(flags & BV_SLAVE_SOURCE))
		return 0;
	l->consumed |= flags & BV_SLAVE_NODST;
	bv_copy_to_slave(l->skb, slot);
	return 0;
}

/*
 * A copy for each slave in mode source that has the sender on its list. Returns
 * whether one of them keeps it from all others. Packet pointers are invalid after
 * it.
 */
BV_APART int bv_to_listed(struct __sk_buff *skb)
{
	const struct ethhdr *eth = bv_pull(skb, ETH_HLEN);
	struct bv_listed l = { .skb = skb };

	if (!eth)
		return 0;
	bv_mac_key(&l.key, eth->h_source, 0);
	bpf_loop(BV_SOURCE_SHARE, bv_copy_listed, &l, 0);
	return l.consumed != 0;
}

#endif /* BV_BPF_MAC_H */
