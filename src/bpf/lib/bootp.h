/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bootp.h - the fixed part of DHCPv4's messages (RFC 951, RFC 2131 2). */
#ifndef BV_BPF_BOOTP_H
#define BV_BPF_BOOTP_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <linux/udp.h>

#define BV_DHCP4_SERVER 67
#define BV_DHCP4_CLIENT 68

enum {
	BV_BOOTP_REQUEST = 1,
	BV_BOOTP_REPLY = 2,
};

struct bv_bootp {
	__u8 op, htype, hlen, hops;
	__be32 xid;
	__be16 secs, flags;
	__be32 ciaddr, yiaddr, siaddr, giaddr;
	__u8 chaddr[16];
};

/* From the Ethernet header on, with no IP options. */
struct bv_udp4 {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed, aligned(2)));
_Static_assert(sizeof(struct bv_udp4) == 42, "no more than ARP has");

#endif /* BV_BPF_BOOTP_H */
