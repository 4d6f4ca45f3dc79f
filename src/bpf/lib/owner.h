/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner.h - who owns an address, and how a slave or the host comes to own one.
 *
 * The user side enters static addresses. The programs enter what slaves and the
 * host claim by ARP and ND, where nobody owns it yet. The question by which DAD
 * (RFC 4862 5.4) looks for another owner claims nothing yet: the wire may have
 * one. No claim takes an address from a live owner; what the programs do
 * instead, for an IPv4 address that was learned:
 *
 *   first claim by another	note the time, and ask the owner by an ARP probe
 *				(RFC 5227 2.1.1) of our own making
 *   the owner answers		its claim is newer than the note: it stays
 *   a claim one second later	the owner was silent: the address changes hands
 *
 * Between slaves that have MACs of their own the last claim wins at once.
 *
 * So an address that a container gave up can be used by its sibling although
 * nothing told us that it was given up. An IPv6 address stays, as there is no
 * ND to be made of a claim: a question from the claimant could be one that the
 * owner does not hear. A slave that is gone loses all its addresses at the first
 * claim, and at the next command.
 */
#ifndef BV_BPF_OWNER_H
#define BV_BPF_OWNER_H

#include "deliver.h"
#include "listen.h"

#define BV_SILENCE_NS 1000000000ULL

/* No slot: for questions that come from the wire. */
#define BV_NOBODY (~0U)

static __always_inline struct bv_addr *bv_addr_get(const struct bv_addr_key *k)
{
	/* A copy, see BV_APART. */
	struct bv_addr_key key = *k;

	return bpf_map_lookup_elem(&bv_addrs, &key);
}

/* Slot of the owner, or -1. Slot 0 is the host. */
static __always_inline long bv_owner(const struct bv_addr_key *key)
{
	const struct bv_addr *addr = bv_addr_get(key);

	return addr ? (long)BV_OWNER_SLOT(addr->owner) : -1;
}

/* The slave, set up, that owns an address: its slot, with its flags; else 0. */
static __always_inline __u32 bv_owner_slave(const struct bv_addr_key *key,
					    __u32 *flags)
{
	long slot = bv_owner(key);

	if (slot <= BV_SLOT_HOST)
		return 0;
	*flags = bv_slave_flags(slot);
	return *flags ? slot : 0;
}

/* Is it for this entry's owner, another than @slot, to answer a question? */
static __always_inline bool bv_can_answer(const struct bv_addr *addr,
					  __u32 slot)
{
	__u32 owner, flags;

	if (!addr)
		return false;
	owner = BV_OWNER_SLOT(addr->owner);
	if (owner == slot || owner == BV_SLOT_HOST)
		return owner != slot;
	flags = bv_slave_flags(owner);
	/* Source hears nobody but those on its list. */
	return flags && !(flags & BV_SLAVE_SOURCE);
}

/* Addresses that a host may have (RFC 1122 3.2.1.3, RFC 4291 2.4). */
static __always_inline bool bv_may_own(const struct bv_frame *f)
{
	const __be32 *ip = f->claim.ip;
	__u32 first;

	if (!f->is_ip4)
		return (ip[0] | ip[1]) != 0 &&
		       (ip[0] & bpf_htonl(0xff000000)) != bpf_htonl(0xff000000);
	first = bpf_ntohl(ip[3]) >> 24;
	return first != 0 && first != 127 && first < 224;
}

static __always_inline __u8 bv_learned_plen(const struct bv_frame *f)
{
	return f->is_ip4 ? 32 : 128;
}

/* One more for this slave, if it may: the other CPUs count at the same time. */
static __always_inline bool bv_count_learned(struct bv_slave *slave)
{
	if (__sync_fetch_and_add(&slave->learned, 1) < BV_LEARN_MAX)
		return true;
	__sync_fetch_and_add(&slave->learned, -1);
	return false;
}

static __always_inline int bv_learn(const struct bv_frame *f,
				    struct bv_slave *slave, __u32 slot,
				    __u64 now)
{
	struct bv_addr addr = {
		.owner = BV_OWNER(slot, BV_ADDR_LEARNED),
		.plen = bv_learned_plen(f),
		.seen_ns = now,
	};
	struct bv_addr_key key = f->claim; /* see BV_APART */
	long err;

	if (!bv_count_learned(slave))
		return BV_DROP_ADDR_LIMIT;
	err = bpf_map_update_elem(&bv_addrs, &key, &addr, BPF_NOEXIST);
	if (!err) {
		bv_count_addr4(&f->claim, slave, slot, 1);
		return BV_OK;
	}
	__sync_fetch_and_add(&slave->learned, -1);
	/* Another CPU was first; the next claim is judged by what it entered. */
	return err == -EEXIST ? BV_OK : BV_DROP_TABLE_FULL;
}

/* The owner was silent, or is gone: the address changes hands. */
static __always_inline int bv_take_over(const struct bv_frame *f,
					struct bv_addr *addr, __u32 owner,
					struct bv_slave *slave, __u32 slot)
{
	struct bv_slave *old;

	if (!bv_count_learned(slave))
		return BV_DROP_ADDR_LIMIT;
	if (__sync_val_compare_and_swap(&addr->owner, owner,
					BV_OWNER(slot, BV_ADDR_LEARNED)) !=
	    owner) {
		__sync_fetch_and_add(&slave->learned, -1);
		return BV_DROP_ADDR_IN_USE;
	}
	addr->plen = bv_learned_plen(f);
	addr->seen_ns = bpf_ktime_get_ns();
	addr->challenged_ns = 0;
	bv_count_addr4(&f->claim, slave, slot, 1);
	old = bv_slave_get(BV_OWNER_SLOT(owner));
	bv_count_addr4(&f->claim, old, BV_OWNER_SLOT(owner), -1);
	if (old && BV_OWNER_HOW(owner) == BV_ADDR_LEARNED)
		__sync_fetch_and_add(&old->learned, -1);
	return BV_OK;
}

/* bv_claim(): refuse it as BV_DROP_ADDR_IN_USE, and bv_ask_owner(). */
#define BV_ASK (-2)

/*
 * Between MACs of their own an address moves at once, as on any LAN: so do those
 * that fail over (VRRP).
 */
static __always_inline bool bv_is_failover(const struct bv_addr *addr,
					   const struct bv_slave *slave)
{
	return (slave->flags & BV_SLAVE_MACVLAN) &&
	       BV_OWNER_HOW(addr->owner) == BV_ADDR_LEARNED &&
	       (bv_slave_flags(BV_OWNER_SLOT(addr->owner)) & BV_SLAVE_MACVLAN);
}

/* Another slave, alive, has the address that @f claims for @slot. */
static __always_inline int bv_contest(const struct bv_frame *f,
				      struct bv_addr *addr, __u32 owner,
				      struct bv_slave *slave, __u32 slot)
{
	__u64 asked = addr->challenged_ns;

	if (bv_is_failover(addr, slave) && !f->tentative)
		return bv_take_over(f, addr, owner, slave, slot);
	if (!f->is_arp || BV_OWNER_HOW(owner) != BV_ADDR_LEARNED)
		return BV_DROP_ADDR_IN_USE;
	if (!asked || addr->seen_ns >= asked)
		return BV_ASK;
	if (bv_since(asked) < BV_SILENCE_NS)
		return BV_DROP_ADDR_IN_USE;
	return bv_take_over(f, addr, owner, slave, slot);
}

/* BV_OK: the address is (now) @slot's, or cannot be anybody's. */
static __always_inline int bv_claim(const struct bv_frame *f,
				    struct bv_slave *slave, __u32 slot)
{
	struct bv_addr *addr;
	__u32 owner, owner_slot;

	if (!bv_may_own(f))
		return BV_OK;
	addr = bv_addr_get(&f->claim);
	if (!addr)
		return f->tentative ?
			       BV_OK :
			       bv_learn(f, slave, slot, bpf_ktime_get_ns());
	owner = addr->owner;
	owner_slot = BV_OWNER_SLOT(owner);
	if (owner_slot == slot) {
		addr->seen_ns = bpf_ktime_get_ns();
		return BV_OK;
	}
	if (owner_slot == BV_SLOT_HOST || bv_slave_flags(owner_slot))
		return bv_contest(f, addr, owner, slave, slot);
	if (f->tentative)
		return BV_OK;
	return bv_take_over(f, addr, owner, slave, slot);
}

/* What the frame claims to own, settled; BV_OK or the reason to drop it. */
BV_APART int bv_settle_claim(__u32 slot, const struct bv_frame *f)
{
	struct bv_slave *slave = bv_slave_get(slot);
	int why;

	if (!slave || !f)
		return BV_DROP_INACTIVE;
	why = bv_claim(f, slave, slot);
	/* A question about an address in use is for its owner to answer. */
	if (why == BV_DROP_ADDR_IN_USE && f->tentative)
		return BV_OK;
	/* That it has more is no harm where its MAC is what counts. */
	if ((slave->flags & BV_SLAVE_MACVLAN) &&
	    (why == BV_DROP_ADDR_LIMIT || why == BV_DROP_TABLE_FULL))
		return BV_OK;
	return why;
}

/*
 * Turns a refused ARP claim into a probe of its owner, and sends it there. The
 * probe is ours: nothing that the slave wrote is left in it.
 */
static __always_inline int bv_ask_owner(struct __sk_buff *skb,
					const struct bv_frame *f)
{
	struct bv_arp arp = {
		.htype = bpf_htons(BV_ARPHRD_ETHER),
		.ptype = bpf_htons(ETH_P_IP),
		.hlen = ETH_ALEN,
		.plen = sizeof(__be32),
		.op = bpf_htons(BV_ARPOP_REQUEST),
	};
	const __u8 broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct bv_addr *addr = bv_addr_get(&f->claim);
	__u32 slot, flags;

	__builtin_memcpy(arp.sha, bv_port.mac, ETH_ALEN);
	__builtin_memcpy(arp.tpa, &f->claim.ip[3], sizeof(arp.tpa));
	if (!addr || bpf_skb_change_tail(skb, ETH_HLEN + sizeof(arp), 0) ||
	    bpf_skb_store_bytes(skb, 0, broadcast, ETH_ALEN, 0) ||
	    bpf_skb_store_bytes(skb, ETH_HLEN, &arp, sizeof(arp), 0))
		return BV_DROP;
	addr->challenged_ns = bpf_ktime_get_ns();
	slot = BV_OWNER_SLOT(addr->owner);
	if (slot == BV_SLOT_HOST)
		return bv_to_host(skb);
	flags = bv_slave_flags(slot);
	/* Source hears nobody, and will be silent. */
	if (!flags || (flags & BV_SLAVE_SOURCE))
		return BV_DROP;
	/*
	 * By the queue: before Linux 6.15 bpf_redirect_peer() keeps the type of
	 * the claim, and what was not for us the owner would not hear.
	 */
	return bv_to_slave(skb, slot, 0, true);
}

#endif /* BV_BPF_OWNER_H */
