/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listen.h - which slaves hear a question about an address that nobody owns.
 *
 * A slave that no IPv4 address is known of may have one all the same, set by
 * hand and silent: it hears every ARP request until one is known. So does a
 * slave with `arp flood`, and neighbour solicitations too. Where there is no
 * such slave the two counts in bv_port say so without a look at any.
 *
 * Both sides count a slave's addresses, and then set its bits to what the count
 * and the flags say. Who has set a bit looks again: of two that disagree the one
 * that comes last finds what the other has counted.
 */
#ifndef BV_BPF_LISTEN_H
#define BV_BPF_LISTEN_H

#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <stdbool.h>

#include "maps.h"

static __always_inline bool bv_key_is_ip4(const struct bv_addr_key *key)
{
	return !(key->ip[0] | key->ip[1]) && key->ip[2] == bpf_htonl(0xffff);
}

static __always_inline void bv_listen_arp(__u32 slot, bool listens)
{
	__u32 word = slot / 64;
	struct bv_listeners *l = bpf_map_lookup_elem(&bv_listeners, &word);
	__u64 bit = 1ULL << (slot % 64);

	if (!l)
		return;
	if (listens) {
		if (!(__sync_fetch_and_or(&l->arp, bit) & bit))
			__sync_fetch_and_add(&bv_port.arp_listeners, 1);
	} else if (__sync_fetch_and_and(&l->arp, ~bit) & bit) {
		__sync_fetch_and_add(&bv_port.arp_listeners, -1);
	}
}

static __always_inline void bv_listen_settle(struct bv_slave *slave, __u32 slot)
{
	bool listens = BV_LISTENS_ARP(slave->flags, slave->addrs4);

	bv_listen_arp(slot, listens);
	if (BV_LISTENS_ARP(slave->flags, slave->addrs4) != listens)
		bv_listen_arp(slot, !listens);
}

/* The slave has one IPv4 address more or less; of others nothing is counted. */
static __noinline void bv_count_addr4(const struct bv_addr_key *key,
				      struct bv_slave *slave, __u32 slot, int n)
{
	if (!key || !slave || !bv_key_is_ip4(key) || slot == BV_SLOT_HOST)
		return;
	__sync_fetch_and_add(&slave->addrs4, n);
	bv_listen_settle(slave, slot);
}

/* Who sends IPv4 or ARP gets IPv4 broadcasts from then on. */
static __noinline void bv_note_ip4(struct __sk_buff *skb, __u32 slot)
{
	struct bv_slave *slave;

	if (skb->protocol != bpf_htons(ETH_P_IP) &&
	    skb->protocol != bpf_htons(ETH_P_ARP))
		return;
	slave = bv_slave_get(slot);
	if (slave)
		__sync_fetch_and_or(&slave->flags, BV_SLAVE_IP4);
}

#endif /* BV_BPF_LISTEN_H */
