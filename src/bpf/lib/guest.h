/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.h - a virtual machine behind an ipvlan tap, with a MAC of its own choice.
 *
 * The MAC that it sends from is learned and replaced by the master's: in
 * Ethernet, in ARP and in the link-layer address options of ND. What is for the
 * guest gets its MAC back. So everything else in these programs meets one MAC.
 *
 * A DHCP server would answer to the guest's MAC, which is none of ours, if it
 * were not asked to broadcast (RFC 2131 4.1).
 */
#ifndef BV_BPF_GUEST_H
#define BV_BPF_GUEST_H

#include <linux/udp.h>

#include "frame.h"

#define BV_DHCP_SERVER_PORT 67
#define BV_BOOTP_FLAGS 10 /* offset, RFC 2131 2 */
#define BV_BOOTP_BROADCAST 0x8000

static __always_inline bool bv_is_guest(__u32 flags)
{
	return (flags & (BV_SLAVE_TAP | BV_SLAVE_MACVLAN)) == BV_SLAVE_TAP;
}

static __always_inline void bv_guest_arp(struct __sk_buff *skb,
					 const __u8 *guest, const __u8 *master)
{
	const __u32 off = ETH_HLEN + offsetof(struct bv_arp, sha);
	__u8 sha[ETH_ALEN];

	if (bpf_skb_load_bytes(skb, off, sha, sizeof(sha)) ||
	    !bv_mac_equal(sha, guest))
		return;
	(void)bpf_skb_store_bytes(skb, off, master, ETH_ALEN, 0);
}

/* Its addresses among the options from @off; the checksum is at @csum. */
static __always_inline void bv_guest_nd_opts(struct __sk_buff *skb, __u32 off,
					     __u32 csum, const __u8 *guest,
					     const __u8 *master)
{
	struct bv_nd_opt opt, own;
	__s64 diff;
	int i;

	for (i = 0; i < BV_ND_OPTS_MAX; i++) {
		if (bpf_skb_load_bytes(skb, off, &opt, sizeof(opt)) ||
		    opt.len == 0)
			return;
		if ((opt.type == BV_ND_OPT_SLLA ||
		     opt.type == BV_ND_OPT_TLLA) &&
		    bv_mac_equal(opt.mac, guest)) {
			own = opt;
			__builtin_memcpy(own.mac, master, ETH_ALEN);
			diff = bpf_csum_diff((__be32 *)&opt, sizeof(opt),
					     (__be32 *)&own, sizeof(own), 0);
			(void)bpf_skb_store_bytes(skb, off, &own, sizeof(own),
						  0);
			(void)bpf_l4_csum_replace(skb, csum, 0, diff, 0);
		}
		off += (__u32)opt.len * 8;
	}
}

static __always_inline void bv_guest_nd(struct __sk_buff *skb,
					const __u8 *guest, const __u8 *master)
{
	struct ipv6hdr ip6;
	__u32 off, opts;
	__u8 type;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) ||
	    ip6.nexthdr == IPPROTO_TCP || ip6.nexthdr == IPPROTO_UDP)
		return;
	off = bv_find_icmp6(skb, ip6.nexthdr);
	if (!off || off == BV_OUT_OF_REACH ||
	    bpf_skb_load_bytes(skb, off, &type, sizeof(type)))
		return;
	if (type == BV_ND_RS)
		opts = off + BV_ND_RS_LEN;
	else if (type == BV_ND_RA)
		opts = off + BV_ND_RA_LEN;
	else if (type == BV_ND_NS || type == BV_ND_NA)
		opts = off + sizeof(struct bv_nd);
	else
		return;
	bv_guest_nd_opts(skb, opts, off + offsetof(struct bv_nd, csum), guest,
			 master);
}

static __always_inline void bv_guest_dhcp(struct __sk_buff *skb)
{
	const __be16 broadcast = bpf_htons(BV_BOOTP_BROADCAST);
	struct udphdr udp;
	struct iphdr ip;
	__be16 flags;
	__u32 off;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) ||
	    ip.protocol != IPPROTO_UDP || (ip.frag_off & bpf_htons(0x3fff)))
		return;
	off = ETH_HLEN + ip.ihl * 4;
	if (bpf_skb_load_bytes(skb, off, &udp, sizeof(udp)) ||
	    udp.dest != bpf_htons(BV_DHCP_SERVER_PORT) ||
	    bpf_skb_load_bytes(skb, off + sizeof(udp) + BV_BOOTP_FLAGS, &flags,
			       sizeof(flags)) ||
	    (flags & broadcast))
		return;
	if (udp.check)
		(void)bpf_l4_csum_replace(skb,
					  off + offsetof(struct udphdr, check),
					  flags, flags | broadcast,
					  BPF_F_MARK_MANGLED_0 | sizeof(flags));
	flags |= broadcast;
	(void)bpf_skb_store_bytes(skb, off + sizeof(udp) + BV_BOOTP_FLAGS,
				  &flags, sizeof(flags), 0);
}

/* From the guest; BV_OK, or the reason to drop it. */
BV_APART int bv_guest_tx(struct __sk_buff *skb, __u32 slot, __u32 flags)
{
	struct bv_slave *slave = bv_slave_get(slot);
	__u8 guest[ETH_ALEN], master[ETH_ALEN];

	if (!slave || bpf_skb_load_bytes(skb, ETH_ALEN, guest, sizeof(guest)))
		return BV_DROP_SHORT;
	if (guest[0] & 1)
		return BV_DROP_FOREIGN_MAC;
	if (!bv_mac_equal(guest, slave->mac)) {
		if ((flags & BV_SLAVE_LOCKED) && !bv_mac_is_zero(slave->mac))
			return BV_DROP_FOREIGN_MAC;
		__builtin_memcpy(slave->mac, guest, ETH_ALEN);
	}
	__builtin_memcpy(master, bv_port.mac, ETH_ALEN);
	if (bpf_skb_store_bytes(skb, ETH_ALEN, master, sizeof(master), 0))
		return BV_DROP_SHORT;
	switch (skb->protocol) {
	case bpf_htons(ETH_P_ARP):
		bv_guest_arp(skb, guest, master);
		break;
	case bpf_htons(ETH_P_IPV6):
		bv_guest_nd(skb, guest, master);
		break;
	case bpf_htons(ETH_P_IP):
		bv_guest_dhcp(skb);
		break;
	}
	return BV_OK;
}

/* To the guest, which takes what is for its own MAC. */
BV_APART int bv_guest_rx(struct __sk_buff *skb, __u32 slot)
{
	const __u32 off = ETH_HLEN + offsetof(struct bv_arp, tha);
	const struct bv_slave *slave = bv_slave_get(slot);
	__u8 mac[ETH_ALEN], guest[ETH_ALEN];

	if (!slave || bpf_skb_load_bytes(skb, 0, mac, sizeof(mac)) ||
	    !bv_mac_is_master(mac))
		return 0;
	__builtin_memcpy(guest, slave->mac, ETH_ALEN);
	if (bv_mac_is_zero(guest) ||
	    bpf_skb_store_bytes(skb, 0, guest, sizeof(guest), 0) ||
	    skb->protocol != bpf_htons(ETH_P_ARP) ||
	    bpf_skb_load_bytes(skb, off, mac, sizeof(mac)) ||
	    !bv_mac_is_master(mac))
		return 0;
	(void)bpf_skb_store_bytes(skb, off, guest, sizeof(guest), 0);
	return 0;
}

#endif /* BV_BPF_GUEST_H */
