/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toobig.h - ICMPv6 "packet too big" to a slave in l3, from the master's address.
 *
 * IPv4 leaves this to the stack, which can be told to forward for one device
 * alone. Before Linux 6.17 the stack forwards no IPv6, and says nothing, unless
 * it forwards between all devices, which is not for us to switch on.
 */
#ifndef BV_BPF_TOOBIG_H
#define BV_BPF_TOOBIG_H

#include "answer.h"

#define BV_ICMP6_TOOBIG 2
#define BV_IP6_MIN_MTU 1280 /* RFC 8200 5: more than this is never too big */
#define BV_TOOBIG_HOPS 64

struct bv_toobig {
	struct ipv6hdr ip6;
	__u8 type, code;
	__be16 csum;
	__be32 mtu;
} __attribute__((packed));
_Static_assert(sizeof(struct bv_toobig) == 48, "40 + 8");

/* RFC 4443 3.2: as much of the packet as the minimum MTU has room for. */
#define BV_TOOBIG_QUOTE (BV_IP6_MIN_MTU - sizeof(struct bv_toobig))
#define BV_TOOBIG_LEN (ETH_HLEN + BV_IP6_MIN_MTU)
/* What bpf_csum_diff() takes at once. */
#define BV_CSUM_CHUNK 512
_Static_assert(BV_TOOBIG_QUOTE == 2 * BV_CSUM_CHUNK + 208, "three chunks");

/* Over ICMPv6 header and quote; -1: they are not there. */
static __always_inline __s64 bv_toobig_sum(struct __sk_buff *skb, __s64 sum)
{
	void *quote, *data = bv_pull(skb, BV_TOOBIG_LEN);

	if (!data)
		return -1;
	quote = data + ETH_HLEN + sizeof(struct bv_toobig);
	sum = bpf_csum_diff(NULL, 0, quote, BV_CSUM_CHUNK, sum);
	sum = bpf_csum_diff(NULL, 0, quote + BV_CSUM_CHUNK, BV_CSUM_CHUNK, sum);
	return bpf_csum_diff(NULL, 0, quote + 2 * BV_CSUM_CHUNK, 208, sum);
}

static __always_inline int
bv_toobig_head(struct __sk_buff *skb, const struct bv_addr_key *to, __u32 mtu)
{
	const __u32 len = BV_IP6_MIN_MTU - sizeof(struct ipv6hdr);
	struct bv_pseudo6 pseudo = {
		.src = bv_port.ip6,
		.dst = *to,
		.len = bpf_htonl(len),
		.next = bpf_htonl(IPPROTO_ICMPV6),
	};
	struct bv_toobig head = {
		.ip6 = { .version = 6,
			 .payload_len = bpf_htons(len),
			 .nexthdr = IPPROTO_ICMPV6,
			 .hop_limit = BV_TOOBIG_HOPS },
		.type = BV_ICMP6_TOOBIG,
		.mtu = bpf_htonl(mtu),
	};
	__s64 sum;

	__builtin_memcpy(&head.ip6.saddr, &pseudo.src, sizeof(pseudo.src));
	__builtin_memcpy(&head.ip6.daddr, &pseudo.dst, sizeof(pseudo.dst));
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&head.type, 8, sum);
	sum = bv_toobig_sum(skb, sum);
	if (sum < 0)
		return BV_DROP_SHORT;
	head.csum = bv_csum_fold(sum);
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &head, sizeof(head), 0))
		return BV_DROP_SHORT;
	return BV_OK;
}

/*
 * Turns an IPv6 packet from @to into the complaint about it; BV_OK or the reason
 * to drop it. Its Ethernet header serves both ways: all of us have one MAC.
 */
BV_APART int bv_too_big(struct __sk_buff *skb, const struct bv_addr_key *to,
			__u32 mtu)
{
	if (!to || bv_is_unspecified(&bv_port.ip6))
		return BV_DROP_OVERSIZE;
	if (bpf_skb_change_tail(skb, ETH_HLEN + BV_TOOBIG_QUOTE, 0) ||
	    bpf_skb_adjust_room(skb, sizeof(struct bv_toobig), BPF_ADJ_ROOM_MAC,
				0))
		return BV_DROP_OVERSIZE;
	return bv_toobig_head(skb, to, mtu);
}

#endif /* BV_BPF_TOOBIG_H */
