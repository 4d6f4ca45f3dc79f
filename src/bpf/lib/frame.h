/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame.h - what a frame says: whom it is for, and who claims to have sent it.
 *
 * Frames are hostile. Nothing is read past what is there, lengths inside the
 * frame are believed only as far as they stay within it, and what cannot be
 * parsed is BV_FRAME_OTHER, which is treated by its MAC alone as the in-tree
 * driver does. ND is found behind extension headers too, because receivers
 * accept it there.
 */
#ifndef BV_BPF_FRAME_H
#define BV_BPF_FRAME_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include <stddef.h>

#include "skb.h"
#include "verdict.h"

/* skb->pkt_type; linux/if_packet.h is not for BPF. */
enum {
	BV_PACKET_HOST = 0,
	BV_PACKET_BROADCAST = 1,
	BV_PACKET_MULTICAST = 2,
	BV_PACKET_OTHERHOST = 3,
};

enum bv_frame_what {
	BV_FRAME_OTHER = 0, /* no address that we know of */
	BV_FRAME_IP, /* dst is the destination */
	BV_FRAME_ANSWER, /* ARP other than a request; dst is its target */
	BV_FRAME_RESOLVE, /* ARP request or neighbour solicitation for dst */
};

struct bv_frame {
	struct bv_addr_key dst;
	struct bv_addr_key claim; /* the sender says that this is its own */
	__u8 what; /* enum bv_frame_what */
	bool has_claim;
	bool tentative; /* the claim is a question too: DAD, RFC 4862 5.4 */
	bool is_arp;
	bool is_ip4; /* dst and claim are IPv4 addresses */
	bool is_udp; /* next header of IP; it may be a fragment */
};

/* linux/if_arp.h is not for BPF either. */
#define BV_ARPHRD_ETHER 1
#define BV_ARPOP_REQUEST 1

struct bv_arp {
	__be16 htype, ptype;
	__u8 hlen, plen;
	__be16 op;
	__u8 sha[ETH_ALEN];
	__u8 spa[4];
	__u8 tha[ETH_ALEN];
	__u8 tpa[4];
} __attribute__((packed));
_Static_assert(sizeof(struct bv_arp) == 28, "RFC 826 over Ethernet and IPv4");

/* RFC 4861 4: the five messages and what precedes their options. */
enum {
	BV_ND_RS = 133,
	BV_ND_RA = 134,
	BV_ND_NS = 135,
	BV_ND_NA = 136,
};
struct bv_nd {
	__u8 type, code;
	__be16 csum;
	__be32 flags;
	__be32 target[4];
} __attribute__((packed));
struct bv_nd_opt {
	__u8 type, len; /* in units of eight bytes */
	__u8 mac[ETH_ALEN];
};
#define BV_ND_RS_LEN 8
#define BV_ND_RA_LEN 16
#define BV_ND_OPT_SLLA 1
#define BV_ND_OPT_TLLA 2
#define BV_ND_OPTS_MAX 16 /* more are refused: BV_DROP_BAD_ND */
#define BV_IP6_EXTS_MAX 6 /* more are refused too: there may be ND behind */

/* RFC 8200 8.1: what precedes ICMPv6 in its checksum. */
struct bv_pseudo6 {
	struct bv_addr_key src, dst;
	__be32 len, next;
};

static __always_inline __u16 bv_csum_fold(__s64 sum)
{
	__u32 folded = (__u32)sum;

	folded = (folded & 0xffff) + (folded >> 16);
	folded = (folded & 0xffff) + (folded >> 16);
	return ~folded;
}

/* By halves: a MAC within a structure on the stack is aligned to no more. */
static __always_inline bool bv_mac_equal(const void *mac, const void *other)
{
	const __u16 *a = mac, *b = other;

	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static __always_inline bool bv_mac_is_master(const void *mac)
{
	return bv_mac_equal(mac, (const void *)bv_port.mac);
}

#define BV_VLAN_VID 0x0fff

/* In a VLAN; a tag for VLAN 0 has but a priority (802.1Q 6.9). */
static __always_inline bool bv_in_vlan(const struct __sk_buff *skb)
{
	return skb->vlan_present && (skb->vlan_tci & BV_VLAN_VID);
}

/* Its tag is in the frame: of who wrote it there, or has no other place. */
static __always_inline bool bv_has_tag(const struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_8021Q) ||
	       skb->protocol == bpf_htons(ETH_P_8021AD);
}

static __always_inline void bv_key_ip4(struct bv_addr_key *key, __be32 ip)
{
	key->ip[0] = 0;
	key->ip[1] = 0;
	key->ip[2] = bpf_htonl(0xffff);
	key->ip[3] = ip;
}

static __always_inline void bv_key_ip6(struct bv_addr_key *key, const void *ip)
{
	__builtin_memcpy(key, ip, sizeof(*key));
}

static __always_inline int bv_parse_ip4(struct __sk_buff *skb,
					struct bv_frame *f)
{
	const struct iphdr *ip;
	void *data = bv_pull(skb, ETH_HLEN + sizeof(*ip));

	if (!data)
		return BV_OK;
	ip = data + ETH_HLEN;
	if (ip->version != 4 || ip->ihl < 5 ||
	    bpf_ntohs(ip->tot_len) > skb->len - ETH_HLEN)
		return BV_OK;
	f->what = BV_FRAME_IP;
	f->is_ip4 = true;
	f->is_udp = ip->protocol == IPPROTO_UDP;
	bv_key_ip4(&f->dst, ip->daddr);
	return BV_OK;
}

/* bv_find_icmp6(): more extension headers than are looked behind. */
#define BV_OUT_OF_REACH (~0U)

static __always_inline bool bv_is_ext(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT;
}

/*
 * Offset of the ICMPv6 header, 0 if there is none. RFC 8200 4: the
 * option headers have their length in the second byte, in units of eight, the
 * first not counted; the fragment header is eight bytes long.
 */
static __always_inline __u32 bv_find_icmp6(struct __sk_buff *skb, __u8 next)
{
	__u32 off = ETH_HLEN + sizeof(struct ipv6hdr);
	struct {
		__u8 next, len;
		__be16 frag_off;
	} ext;
	int i;

#pragma unroll
	for (i = 0; i < BV_IP6_EXTS_MAX; i++) {
		if (!bv_is_ext(next))
			break;
		if (bpf_skb_load_bytes(skb, off, &ext, sizeof(ext)))
			return 0;
		if (next == IPPROTO_FRAGMENT) {
			if (ext.frag_off & bpf_htons(0xfff8))
				return 0; /* not the first fragment */
			off += 8;
		} else {
			off += ((__u32)ext.len + 1) * 8;
		}
		next = ext.next;
	}
	if (next == IPPROTO_ICMPV6)
		return off;
	return bv_is_ext(next) ? BV_OUT_OF_REACH : 0;
}

/* Every link-layer address that a slave puts into ND must be the master's. */
static __always_inline int bv_check_nd_opts(struct __sk_buff *skb, __u32 off,
					    __u32 end)
{
	struct bv_nd_opt opt;
	int i;

	for (i = 0; i < BV_ND_OPTS_MAX; i++) {
		if (off >= end)
			break;
		if (bpf_skb_load_bytes(skb, off, &opt, sizeof(opt)) ||
		    opt.len == 0)
			return BV_DROP_BAD_ND;
		if ((opt.type == BV_ND_OPT_SLLA ||
		     opt.type == BV_ND_OPT_TLLA) &&
		    !bv_mac_is_master(opt.mac))
			return BV_DROP_FOREIGN_MAC;
		off += (__u32)opt.len * 8;
	}
	/* Short of the end: too many options; past it: the last one lies. */
	return off == end ? BV_OK : BV_DROP_BAD_ND;
}

static __always_inline bool bv_is_unspecified(const struct bv_addr_key *key)
{
	return !(key->ip[0] | key->ip[1] | key->ip[2] | key->ip[3]);
}

/*
 * ND at @off of a packet that ends at @end; f->claim is the packet's source.
 * from_slave: its options are checked. Of others no more than what they claim
 * and ask for matters.
 */
static __always_inline int bv_parse_nd(struct __sk_buff *skb, __u32 off,
				       __u32 end, bool from_slave,
				       struct bv_frame *f)
{
	struct bv_nd nd = {};
	__u32 opts = off + sizeof(nd);

	if (bpf_skb_load_bytes(skb, off, &nd, BV_ND_RS_LEN))
		return from_slave ? BV_DROP_SHORT : BV_OK;
	if (nd.type < BV_ND_RS || nd.type > BV_ND_NA)
		return BV_OK;
	if (nd.type >= BV_ND_NS &&
	    bpf_skb_load_bytes(skb, off, &nd, sizeof(nd)))
		return from_slave ? BV_DROP_SHORT : BV_OK;

	f->has_claim = true;
	switch (nd.type) {
	case BV_ND_RS:
		opts = off + BV_ND_RS_LEN;
		break;
	case BV_ND_RA:
		opts = off + BV_ND_RA_LEN;
		break;
	case BV_ND_NS:
		f->what = BV_FRAME_RESOLVE;
		bv_key_ip6(&f->dst, nd.target);
		if (bv_is_unspecified(&f->claim)) {
			bv_key_ip6(&f->claim, nd.target);
			f->tentative = true;
		}
		break;
	default:
		bv_key_ip6(&f->claim, nd.target);
		break;
	}
	return from_slave ? bv_check_nd_opts(skb, opts, end) : BV_OK;
}

/* What is neither TCP nor UDP may be ND. f->claim is the packet's source. */
BV_APART int bv_parse_icmp6(struct __sk_buff *skb, __u32 next, __u32 end,
			    bool from_slave, struct bv_frame *f)
{
	__u32 off;

	if (!f)
		return BV_OK;
	off = bv_find_icmp6(skb, next);
	if (!off)
		return BV_OK;
	if (off == BV_OUT_OF_REACH)
		return BV_DROP_BAD_ND;
	return bv_parse_nd(skb, off, end, from_slave, f);
}

static __always_inline int bv_parse_ip6(struct __sk_buff *skb, bool from_slave,
					struct bv_frame *f)
{
	const struct ipv6hdr *ip6;
	void *data = bv_pull(skb, ETH_HLEN + sizeof(*ip6));
	__u32 end;
	__u8 next;

	if (!data)
		return BV_OK;
	ip6 = data + ETH_HLEN;
	if (ip6->version != 6)
		return BV_OK;
	f->what = BV_FRAME_IP;
	bv_key_ip6(&f->dst, &ip6->daddr);
	next = ip6->nexthdr;
	f->is_udp = next == IPPROTO_UDP;
	if (next == IPPROTO_TCP || next == IPPROTO_UDP)
		return BV_OK;
	bv_key_ip6(&f->claim, &ip6->saddr);
	end = ETH_HLEN + sizeof(*ip6) + bpf_ntohs(ip6->payload_len);
	return bv_parse_icmp6(skb, next, end, from_slave, f);
}

static __always_inline int bv_parse_arp(struct __sk_buff *skb, bool from_slave,
					struct bv_frame *f)
{
	struct bv_arp arp;
	__be32 spa, tpa;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &arp, sizeof(arp)) ||
	    arp.htype != bpf_htons(BV_ARPHRD_ETHER) ||
	    arp.ptype != bpf_htons(ETH_P_IP) || arp.hlen != ETH_ALEN ||
	    arp.plen != sizeof(__be32))
		return from_slave ? BV_DROP_BAD_ARP : BV_OK;
	if (from_slave && !bv_mac_is_master(arp.sha))
		return BV_DROP_FOREIGN_MAC;

	__builtin_memcpy(&spa, arp.spa, sizeof(spa));
	__builtin_memcpy(&tpa, arp.tpa, sizeof(tpa));
	f->is_arp = true;
	f->is_ip4 = true;
	f->what = BV_FRAME_ANSWER;
	/* An announcement (spa == tpa, RFC 5227 1.1) is news for everybody. */
	if (arp.op == bpf_htons(BV_ARPOP_REQUEST) && spa != tpa)
		f->what = BV_FRAME_RESOLVE;
	bv_key_ip4(&f->dst, tpa);
	bv_key_ip4(&f->claim, spa);
	f->has_claim = true;
	return BV_OK;
}

/*
 * Fills *f. from_slave: also judges it; BV_OK or the reason to drop it. What
 * others send is never refused here.
 */
static __always_inline int bv_parse(struct __sk_buff *skb, bool from_slave,
				    struct bv_frame *f)
{
	switch (skb->protocol) {
	case bpf_htons(ETH_P_IP):
		return bv_parse_ip4(skb, f);
	case bpf_htons(ETH_P_IPV6):
		return bv_parse_ip6(skb, from_slave, f);
	case bpf_htons(ETH_P_ARP):
		return bv_parse_arp(skb, from_slave, f);
	case bpf_htons(ETH_P_PAUSE):
		return from_slave ? BV_DROP_PAUSE : BV_OK;
	default:
		return BV_OK;
	}
}

/* The address a group frame was sent from, for those that claim none. */
static __always_inline void bv_source(struct __sk_buff *skb, struct bv_frame *f)
{
	struct ipv6hdr ip6;
	struct iphdr ip;

	if (f->has_claim)
		return;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
			return;
		bv_key_ip4(&f->claim, ip.saddr);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)))
			return;
		bv_key_ip6(&f->claim, &ip6.saddr);
	}
}

#endif /* BV_BPF_FRAME_H */
