/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.h - a guest behind a tap of the ipvlan flavour, whose MAC is its own.
 *
 * To all but itself the guest has the master's MAC. What it sends is made so
 * before anything looks at it, and what is for it is made its own as the last
 * thing before delivery, so that everything between knows slaves only.
 *
 *			from the guest			to the guest
 *   Ethernet		source; destination, if it	destination, unless it is
 *			sends to itself			a group
 *   ARP, RARP		sender's and target's MAC	target's MAC
 *   ND			SLLA and TLLA options
 *   DHCPv4		chaddr				chaddr
 *
 * Ids that DHCP clients make from the MAC are in dhcp4.h and dhcp6.h. What still
 * has another MAC than the master's in ARP or ND after this is refused like any
 * slave's.
 *
 * The MAC is learned from every frame that the guest sends. It is written without
 * a lock: who reads it at that moment may mix two, and that frame is lost, as it
 * would be for a host that has just changed its MAC. Before it is known, frames
 * for the guest go to all who are behind the tap.
 *
 * Checksums are told what has changed. Where one is yet to be computed
 * (CHECKSUM_PARTIAL), the kernel knows that the payload is not in it.
 */
#ifndef BV_BPF_GUEST_H
#define BV_BPF_GUEST_H

#include "bootp.h"
#include "frame.h"

#define BV_ND_REDIRECT 137 /* RFC 4861 4.5: claims nothing, but has options */
#define BV_ND_REDIRECT_LEN 40

/* Two bytes of 0 follow each MAC, as a checksum goes by four. */
struct bv_swap {
	__u8 old[8], new[8];
};

/*
 * At an even offset one MAC for the other, if it is there. @csum: offset of the
 * checksum that it is in, 0 if in none.
 */
static __always_inline void bv_swap_mac(struct __sk_buff *skb, __u32 off,
					__u32 csum, __u64 flags,
					const struct bv_swap *swap)
{
	__u16 mac[ETH_ALEN / 2];
	__s64 diff;

	if (bpf_skb_load_bytes(skb, off, mac, sizeof(mac)) ||
	    !bv_mac_equal(mac, swap->old) ||
	    bpf_skb_store_bytes(skb, off, swap->new, ETH_ALEN,
				csum ? 0 : BPF_F_RECOMPUTE_CSUM) ||
	    !csum)
		return;
	diff = bpf_csum_diff((__be32 *)swap->old, sizeof(swap->old),
			     (__be32 *)swap->new, sizeof(swap->new), 0);
	bpf_l4_csum_replace(skb, csum, 0, diff, flags);
}

/* In a message of DHCPv4 to this port; in the first of its fragments, too. */
static __always_inline void bv_swap_chaddr(struct __sk_buff *skb, __u16 port,
					   __u8 op, const struct bv_swap *swap)
{
	const struct bv_udp4 *h = bv_pull(skb, sizeof(*h));
	struct udphdr udp;
	__u32 off;
	__u8 b[4]; /* how struct bv_bootp begins */

	if (!h || h->ip.protocol != IPPROTO_UDP || h->ip.ihl < 5 ||
	    (h->ip.frag_off & bpf_htons(0x1fff)))
		return;
	off = ETH_HLEN + h->ip.ihl * 4;
	if (bpf_skb_load_bytes(skb, off, &udp, sizeof(udp)) ||
	    udp.dest != bpf_htons(port) ||
	    bpf_skb_load_bytes(skb, off + sizeof(udp), b, sizeof(b)) ||
	    b[0] != op || b[1] != BV_ARPHRD_ETHER || b[2] != ETH_ALEN)
		return;
	bv_swap_mac(skb, off + sizeof(udp) + offsetof(struct bv_bootp, chaddr),
		    off + offsetof(struct udphdr, check), BPF_F_MARK_MANGLED_0,
		    swap);
}

/* Options of ND that are not walked yet; offsets are from the frame's start. */
struct bv_swap_nd {
	struct __sk_buff *skb;
	__u32 off, end, csum;
	struct bv_swap swap;
};

/* One option; not 0 ends the walk. */
static long bv_swap_nd_opt(__u32 i, struct bv_swap_nd *nd)
{
	struct bv_nd_opt opt;

	(void)i;
	if (nd->off >= nd->end ||
	    bpf_skb_load_bytes(nd->skb, nd->off, &opt, sizeof(opt)) || !opt.len)
		return 1;
	if (opt.type == BV_ND_OPT_SLLA || opt.type == BV_ND_OPT_TLLA)
		bv_swap_mac(nd->skb, nd->off + offsetof(struct bv_nd_opt, mac),
			    nd->csum, 0, &nd->swap);
	nd->off += (__u32)opt.len * 8;
	return 0;
}

/* How much of ND precedes its options; 0: it is no ND. */
static __always_inline __u32 bv_nd_len(__u8 type)
{
	switch (type) {
	case BV_ND_RS:
		return BV_ND_RS_LEN;
	case BV_ND_RA:
		return BV_ND_RA_LEN;
	case BV_ND_NS:
	case BV_ND_NA:
		return sizeof(struct bv_nd);
	case BV_ND_REDIRECT:
		return BV_ND_REDIRECT_LEN;
	default:
		return 0;
	}
}

static __noinline int bv_swap_nd(struct __sk_buff *skb,
				 const struct bv_swap *swap)
{
	struct bv_swap_nd nd = { .skb = skb };
	struct ipv6hdr ip6;
	__u32 off, len;
	__u8 type;

	if (!swap || bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) ||
	    ip6.version != 6 || ip6.nexthdr == IPPROTO_TCP ||
	    ip6.nexthdr == IPPROTO_UDP)
		return 0;
	off = bv_find_icmp6(skb, ip6.nexthdr);
	if (!off || off == BV_OUT_OF_REACH ||
	    bpf_skb_load_bytes(skb, off, &type, sizeof(type)))
		return 0;
	len = bv_nd_len(type);
	if (!len)
		return 0;
	nd.off = off + len;
	nd.end = ETH_HLEN + sizeof(ip6) + bpf_ntohs(ip6.payload_len);
	nd.csum = off + offsetof(struct bv_nd, csum);
	nd.swap = *swap;
	bpf_loop(BV_ND_OPTS_MAX, bv_swap_nd_opt, &nd, 0);
	return 0;
}

/* What is left of a frame from the guest, behind its Ethernet header. */
static __always_inline void bv_swap_sent(struct __sk_buff *skb,
					 const struct bv_swap *swap)
{
	switch (skb->protocol) {
	case bpf_htons(ETH_P_IP):
		bv_swap_chaddr(skb, BV_DHCP4_SERVER, BV_BOOTP_REQUEST, swap);
		break;
	case bpf_htons(ETH_P_IPV6):
		(void)bv_swap_nd(skb, swap);
		break;
	case bpf_htons(ETH_P_ARP):
	case bpf_htons(ETH_P_RARP):
		bv_swap_mac(skb, ETH_HLEN + offsetof(struct bv_arp, sha), 0, 0,
			    swap);
		bv_swap_mac(skb, ETH_HLEN + offsetof(struct bv_arp, tha), 0, 0,
			    swap);
		break;
	}
}

static __always_inline bool bv_mac_is_zero(const __u16 *mac)
{
	return !(mac[0] | mac[1] | mac[2]);
}

/*
 * What the guest of @slot sends, as one with the master's MAC would have sent it.
 * BV_OK or the reason to drop it; packet pointers are invalid after it.
 */
BV_APART int bv_guest_out(struct __sk_buff *skb, __u32 slot)
{
	struct bv_slave *slave = bv_slave_get(slot);
	struct bv_swap swap = {};
	struct ethhdr eth;

	if (!slave || bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
		return BV_DROP_SHORT;
	__builtin_memcpy(swap.old, eth.h_source, ETH_ALEN);
	__builtin_memcpy(swap.new, bv_port.mac, ETH_ALEN);
	if ((swap.old[0] & 1) || bv_mac_is_zero((const __u16 *)swap.old))
		return BV_DROP_FOREIGN_MAC;
	if (!bv_mac_equal(slave->mac, swap.old))
		__builtin_memcpy(slave->mac, swap.old, ETH_ALEN);
	if (bv_mac_equal(swap.old, swap.new))
		return BV_OK;
	if (bpf_skb_store_bytes(skb, ETH_ALEN, swap.new, ETH_ALEN, 0))
		return BV_DROP_SHORT;
	if (bv_mac_equal(eth.h_dest, swap.old) &&
	    !bpf_skb_store_bytes(skb, 0, swap.new, ETH_ALEN, 0))
		(void)bpf_skb_change_type(skb, BV_PACKET_HOST);
	bv_swap_sent(skb, &swap);
	return BV_OK;
}

/* The verdict: out of the tap of @slot, with the guest's MAC for the master's. */
BV_APART int bv_to_guest(struct __sk_buff *skb, __u32 slot)
{
	const struct bv_slave *slave = bv_slave_get(slot);
	struct bv_swap swap = {};
	__u8 dst[ETH_ALEN];

	if (!slave || bpf_skb_load_bytes(skb, 0, dst, sizeof(dst)))
		return bv_drop(slot, BV_DROP_SHORT);
	__builtin_memcpy(swap.old, bv_port.mac, ETH_ALEN);
	__builtin_memcpy(swap.new, slave->mac, ETH_ALEN);
	if (bv_mac_is_zero((const __u16 *)swap.new))
		__builtin_memset(swap.new, 0xff, ETH_ALEN);
	if (!(dst[0] & 1))
		bpf_skb_store_bytes(skb, 0, swap.new, ETH_ALEN, 0);
	if (skb->protocol == bpf_htons(ETH_P_IP))
		bv_swap_chaddr(skb, BV_DHCP4_CLIENT, BV_BOOTP_REPLY, &swap);
	else if (skb->protocol == bpf_htons(ETH_P_ARP))
		bv_swap_mac(skb, ETH_HLEN + offsetof(struct bv_arp, tha), 0, 0,
			    &swap);
	return bpf_redirect(bv_base_ifindex + slot, 0);
}

#endif /* BV_BPF_GUEST_H */
