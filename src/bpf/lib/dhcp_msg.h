/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp_msg.h - what DHCPv4 and DHCPv6 have in common here: transactions, and
 * bytes replaced under a UDP checksum.
 *
 * Who first uses a transaction id keeps it while it is in use, and for
 * BV_DHCP_LIFE_NS after: requests are broadcast, so that a sibling knows the id
 * of another's and could ask for its replies. An id that has been quiet for
 * longer is as good as unknown. What a second client with the same id gets is
 * in dhcp4.h.
 */
#ifndef BV_BPF_DHCP_MSG_H
#define BV_BPF_DHCP_MSG_H

#include "bootp.h"
#include "owner.h"

/* A client repeats itself within 64 seconds (RFC 2131 4.1), or 2 minutes. */
#define BV_DHCP_LIFE_NS 150000000000ULL

#define BV_DHCP6_CLIENT 546
#define BV_DHCP6_SERVER 547

/* More options are not walked, and the message is left as it is. */
#define BV_DHCP_OPTS_MAX 128

/* Where a frame is from: a slot, or the wire. */
#define BV_DHCP_WIRE BV_NOBODY

struct bv_udp6 {
	struct ethhdr eth;
	struct ipv6hdr ip;
	struct udphdr udp;
} __attribute__((packed, aligned(2)));

/* Copied: an entry may be used anew while it is looked at. */
static __always_inline bool bv_dhcp_get(const struct bv_dhcp_key *key,
					struct bv_dhcp *ret)
{
	const struct bv_dhcp *seen = bpf_map_lookup_elem(&bv_dhcp, key);

	if (!seen)
		return false;
	*ret = *seen;
	if (bv_since(ret->seen_ns) >= BV_DHCP_LIFE_NS)
		return false;
	return ret->slot == BV_SLOT_HOST || bv_slave_flags(ret->slot);
}

/* Does nobody else use it? */
static __always_inline bool bv_dhcp_free(const struct bv_dhcp_key *key,
					 __u32 slot)
{
	struct bv_dhcp old;

	return !bv_dhcp_get(key, &old) || old.slot == slot;
}

/* Of a request which its client knows as xid, where bv_dhcp_free(). */
static __always_inline void bv_dhcp_note(const struct bv_dhcp_key *key,
					 __u32 slot, __be32 xid, __u32 id)
{
	struct bv_dhcp new = {
		.slot = slot,
		.id = id,
		.xid = xid,
		.seen_ns = bpf_ktime_get_ns(),
	};

	(void)bpf_map_update_elem(&bv_dhcp, key, &new, BPF_ANY);
}

/* May a reply from there be given to this slot alone? */
static __always_inline bool bv_dhcp_may(__u32 from, __u32 slot)
{
	__u32 flags = bv_slave_flags(slot);

	/*
	 * A vepa slave speaks to the wire only, a routed one has no DHCP, and one
	 * of macvlan has it by its MAC.
	 */
	return flags && slot != from &&
	       !(flags & (BV_SLAVE_ROUTED | BV_SLAVE_MACVLAN)) &&
	       !(bv_slave_flags(from) & BV_SLAVE_VEPA);
}

/* The MAC from which a slave makes its ids. */
static __always_inline const __u8 *bv_client_mac(const struct bv_slave *slave)
{
	return slave->flags & BV_SLAVE_GUEST ? slave->mac : bv_port.mac;
}

/* Bytes and what replaces them; 0 in both where there are none. */
struct bv_edit {
	__u8 old[12], new[12];
};

/*
 * The checksum's offset tells which byte of a word each is: UDP's header is at
 * an even one. A checksum of 0 is none, and stays; with CHECKSUM_PARTIAL the
 * kernel knows that the payload is not in it yet.
 */
static __always_inline void bv_edit(struct __sk_buff *skb, __u32 off, __u32 len,
				    __u32 csum, const struct bv_edit *edit)
{
	__u32 diff = bpf_csum_diff((__be32 *)edit->old, sizeof(edit->old),
				   (__be32 *)edit->new, sizeof(edit->new), 0);

	if (off & 1)
		diff = diff >> 8 | diff << 24;
	if (!bpf_skb_store_bytes(skb, off, edit->new, len, 0))
		bpf_l4_csum_replace(skb, csum, 0, diff, BPF_F_MARK_MANGLED_0);
}

/* One MAC at off for another. */
static __always_inline void bv_edit_mac(struct __sk_buff *skb, __u32 off,
					__u32 csum, const void *old,
					const void *new)
{
	struct bv_edit edit = {};

	__builtin_memcpy(edit.old, old, ETH_ALEN);
	__builtin_memcpy(edit.new, new, ETH_ALEN);
	bv_edit(skb, off, ETH_ALEN, csum, &edit);
}

#endif /* BV_BPF_DHCP_MSG_H */
