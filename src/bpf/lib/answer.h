/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer.h - ARP and ND on behalf of a slave that does none itself.
 *
 * In l3 and l3s a slave is NOARP: it asks nobody and answers nobody. A question
 * for its address is turned into the answer, with the master's MAC, which is the
 * slave's own. What follows bv_answer() is delivering it to who asked.
 */
#ifndef BV_BPF_ANSWER_H
#define BV_BPF_ANSWER_H

#include "frame.h"

#define BV_ARPOP_REPLY 2
#define BV_ND_HOP_LIMIT 255 /* RFC 4861 7.1.1: from no further than the link */
/* Solicited and override: RFC 4861 4.4. The MAC is the owner's, not a proxy's. */
#define BV_NA_SOLICITED 0x40000000U
#define BV_NA_OVERRIDE 0x20000000U

/* A neighbour advertisement, from its Ethernet header on. */
struct bv_na {
	__u8 dst[ETH_ALEN];
	__u8 src[ETH_ALEN];
	__be16 proto;
	struct ipv6hdr ip6;
	struct bv_nd nd;
	struct bv_nd_opt tlla;
} __attribute__((packed));
_Static_assert(sizeof(struct bv_na) == 86, "14 + 40 + 24 + 8");

static __always_inline int bv_answer_arp(struct __sk_buff *skb,
					 const __u8 *asker)
{
	__u8 macs[2 * ETH_ALEN];
	struct bv_arp ask, arp;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ask, sizeof(ask)))
		return BV_DROP_SHORT;
	arp = ask;
	arp.op = bpf_htons(BV_ARPOP_REPLY);
	__builtin_memcpy(arp.sha, bv_port.mac, ETH_ALEN);
	__builtin_memcpy(arp.spa, ask.tpa, sizeof(arp.spa));
	__builtin_memcpy(arp.tha, ask.sha, ETH_ALEN);
	__builtin_memcpy(arp.tpa, ask.spa, sizeof(arp.tpa));
	__builtin_memcpy(macs, asker, ETH_ALEN);
	__builtin_memcpy(macs + ETH_ALEN, bv_port.mac, ETH_ALEN);
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &arp, sizeof(arp),
				BPF_F_RECOMPUTE_CSUM) ||
	    bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0))
		return BV_DROP_SHORT;
	return BV_OK;
}

/* What is checked lies together: both addresses, and the message. */
#define BV_NA_ADDRS (2 * sizeof(struct bv_addr_key))
#define BV_NA_BODY (sizeof(struct bv_nd) + sizeof(struct bv_nd_opt))

static __always_inline void bv_fill_na(struct bv_na *na,
				       const struct bv_frame *f)
{
	const __be32 all_nodes[4] = { bpf_htonl(0xff020000), 0, 0,
				      bpf_htonl(1) };
	/* RFC 8200 8.1: length and protocol are in the checksum as well. */
	__s64 sum = bpf_htons(BV_NA_BODY) + bpf_htons(IPPROTO_ICMPV6);

	na->proto = bpf_htons(ETH_P_IPV6);
	na->ip6.version = 6;
	na->ip6.payload_len = bpf_htons(BV_NA_BODY);
	na->ip6.nexthdr = IPPROTO_ICMPV6;
	na->ip6.hop_limit = BV_ND_HOP_LIMIT;
	__builtin_memcpy(&na->ip6.saddr, &f->dst, sizeof(f->dst));
	na->nd.type = BV_ND_NA;
	/* RFC 4861 7.2.4: who asks by DAD has no address to be told at. */
	if (f->tentative) {
		__builtin_memcpy(&na->ip6.daddr, all_nodes, sizeof(all_nodes));
		na->nd.flags = bpf_htonl(BV_NA_OVERRIDE);
	} else {
		__builtin_memcpy(&na->ip6.daddr, &f->claim, sizeof(f->claim));
		na->nd.flags = bpf_htonl(BV_NA_SOLICITED | BV_NA_OVERRIDE);
	}
	__builtin_memcpy(na->nd.target, &f->dst, sizeof(na->nd.target));
	na->tlla.type = BV_ND_OPT_TLLA;
	na->tlla.len = 1;
	__builtin_memcpy(na->tlla.mac, bv_port.mac, ETH_ALEN);
	sum = bpf_csum_diff(NULL, 0, (void *)&na->ip6.saddr, BV_NA_ADDRS, sum);
	sum = bpf_csum_diff(NULL, 0, (void *)&na->nd, BV_NA_BODY, sum);
	na->nd.csum = bv_csum_fold(sum);
}

static __always_inline int
bv_answer_ns(struct __sk_buff *skb, const __u8 *asker, const struct bv_frame *f)
{
	/* RFC 2464 7: all nodes. */
	const __u8 all[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct bv_na na = {};
	struct ipv6hdr ask;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ask, sizeof(ask)) ||
	    ask.hop_limit != BV_ND_HOP_LIMIT)
		return BV_DROP_BAD_ND;
	__builtin_memcpy(na.dst, f->tentative ? all : asker, ETH_ALEN);
	__builtin_memcpy(na.src, bv_port.mac, ETH_ALEN);
	bv_fill_na(&na, f);
	if (bpf_skb_change_tail(skb, sizeof(na), 0) ||
	    bpf_skb_store_bytes(skb, 0, &na, sizeof(na), BPF_F_RECOMPUTE_CSUM))
		return BV_DROP_SHORT;
	return BV_OK;
}

/*
 * Turns the question @f (BV_FRAME_RESOLVE) into its answer. BV_OK or a reason
 * not to; packet pointers are invalid after it.
 */
BV_APART int bv_answer(struct __sk_buff *skb, const struct bv_frame *f)
{
	__u8 asker[ETH_ALEN];
	int why;

	if (!f || bpf_skb_load_bytes(skb, ETH_ALEN, asker, sizeof(asker)))
		return BV_DROP_SHORT;
	if (asker[0] & 1)
		return BV_DROP_FOREIGN_MAC;
	why = f->is_arp ? bv_answer_arp(skb, asker) :
			  bv_answer_ns(skb, asker, f);
	/* bpf_redirect_peer() leaves the question's type before Linux 6.15. */
	if (why == BV_OK)
		(void)bpf_skb_change_type(skb, BV_PACKET_HOST);
	return why;
}

#endif /* BV_BPF_ANSWER_H */
