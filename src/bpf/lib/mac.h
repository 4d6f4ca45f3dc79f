/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mac.h - slaves with MACs of their own: whose is a MAC.
 *
 * The user side enters the MAC that a slave was given. What else an unlocked
 * slave sends from is learned, so that frames follow a MAC that was changed
 * inside the slave's namespace, and reach what is bridged behind it.
 */
#ifndef BV_BPF_MAC_H
#define BV_BPF_MAC_H

#include "frame.h"

static __always_inline struct bv_mac_key bv_mac_key(const __u8 *mac)
{
	struct bv_mac_key key = {};

	__builtin_memcpy(key.mac, mac, ETH_ALEN);
	return key;
}

/* The slave, set up, that has a MAC: its slot, with its flags; else 0. */
static __always_inline __u32 bv_mac_slave(const __u8 *mac, __u32 *flags)
{
	struct bv_mac_key key = bv_mac_key(mac);
	const __u32 *owner = bpf_map_lookup_elem(&bv_macs, &key);

	if (!owner)
		return 0;
	*flags = bv_slave_flags(BV_OWNER_SLOT(*owner));
	return *flags ? BV_OWNER_SLOT(*owner) : 0;
}

/* Beyond the bound a slave sends from what it likes, but hears no answer. */
static __always_inline void bv_mac_learn(const struct bv_mac_key *key,
					 struct bv_slave *slave, __u32 slot)
{
	__u32 owner = BV_OWNER(slot, BV_ADDR_LEARNED);

	if (__sync_fetch_and_add(&slave->macs, 1) >= BV_MACS_MAX ||
	    bpf_map_update_elem(&bv_macs, key, &owner, BPF_NOEXIST))
		__sync_fetch_and_add(&slave->macs, -1);
}

/* A source MAC that is not the slave's first one: BV_OK, or why it may not. */
BV_APART int bv_mac_claim(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_slave *slave = bv_slave_get(slot);
	const __u32 *owner;
	struct bv_mac_key key = {};
	__u32 owner_slot;

	if (!slave || bpf_skb_load_bytes(skb, ETH_ALEN, key.mac, ETH_ALEN))
		return BV_DROP_SHORT;
	owner = bpf_map_lookup_elem(&bv_macs, &key);
	owner_slot = owner ? BV_OWNER_SLOT(*owner) : 0;
	if (owner_slot == slot)
		return BV_OK;
	if ((flags & BV_SLAVE_LOCKED) || (key.mac[0] & 1) ||
	    bv_mac_is_master(key.mac))
		return BV_DROP_FOREIGN_MAC;
	if (!owner) {
		bv_mac_learn(&key, slave, slot);
		return BV_OK;
	}
	/* Of a sibling that is gone, or alive. */
	if (bv_slave_flags(owner_slot))
		return BV_DROP_FOREIGN_MAC;
	(void)bpf_map_delete_elem(&bv_macs, &key);
	bv_mac_learn(&key, slave, slot);
	return BV_OK;
}

#endif /* BV_BPF_MAC_H */
