/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp6.h - DHCPv6 (RFC 8415) for clients that share a MAC.
 *
 * A server tells clients apart by the DUID in option 1. One that is made of the
 * link-layer address (DUID-LL, DUID-LLT) may be the same for all slaves: in what
 * a slave sends as a client dhcp_id takes the place of the master's MAC in it,
 * and in what comes back the MAC that of dhcp_id. Other DUIDs and relayed
 * messages are left alone.
 *
 * The reply goes to the client's link-local address, whose owner ND has told;
 * where it has not, the transaction id does.
 */
#ifndef BV_BPF_DHCP6_H
#define BV_BPF_DHCP6_H

#include "dhcp_msg.h"

/* RFC 8415 7.3; types 1 to 11, without those of relays. */
enum {
	BV_DHCP6_ADVERTISE = 2,
	BV_DHCP6_REPLY = 7,
	BV_DHCP6_RECONFIGURE = 10,
	BV_DHCP6_INFORMATION = 11,
};

#define BV_DHCP6_CLIENT_ID 1
#define BV_DUID_LLT 1
#define BV_DUID_LL 3

struct bv_dhcp6_opt {
	__be16 code, len;
};

/* Both sorts of DUID begin so; LLT has a time between this and the address. */
struct bv_duid {
	__be16 type, htype;
};
#define BV_DUID_LLT_MAC 8
#define BV_DUID_LL_MAC 4

/* A message; offsets are from the frame's start. */
struct bv_dhcp6 {
	struct __sk_buff *skb;
	__be32 xid;
	__u32 is_reply;
	__u32 off, end; /* options not walked yet */
	__u32 duid, duid_len; /* the client's; 0: there is none */
	__u32 many;
	struct bv_addr_key dst;
};

static __always_inline bool bv_dhcp6_type(struct bv_dhcp6 *m, __u8 type)
{
	if (!type || type > BV_DHCP6_INFORMATION)
		return false;
	return m->is_reply ==
	       (type == BV_DHCP6_ADVERTISE || type == BV_DHCP6_REPLY ||
		type == BV_DHCP6_RECONFIGURE);
}

static __always_inline bool bv_dhcp6_open(struct __sk_buff *skb,
					  struct bv_dhcp6 *m)
{
	struct bv_udp6 h;
	__be32 first; /* type and transaction */

	m->skb = skb;
	if (skb->gso_size || bpf_skb_load_bytes(skb, 0, &h, sizeof(h)) ||
	    bpf_skb_load_bytes(skb, sizeof(h), &first, sizeof(first)) ||
	    h.ip.version != 6 || h.ip.nexthdr != IPPROTO_UDP ||
	    h.ip.payload_len != h.udp.len)
		return false;
	m->off = sizeof(h) + sizeof(first);
	m->end = offsetof(struct bv_udp6, udp) + bpf_ntohs(h.udp.len);
	if (m->off > m->end || m->end > skb->len)
		return false;
	if (h.udp.dest == bpf_htons(BV_DHCP6_CLIENT))
		m->is_reply = 1;
	else if (h.udp.dest != bpf_htons(BV_DHCP6_SERVER))
		return false;
	m->xid = first & bpf_htonl(0xffffff);
	bv_key_ip6(&m->dst, &h.ip.daddr);
	/* A reply is to the client's own address; not our own is the wire's. */
	if (m->is_reply && !bv_mac_is_master(h.eth.h_dest))
		return false;
	return bv_dhcp6_type(m, bpf_ntohl(first) >> 24);
}

/* One option; not 0 ends the walk. */
static long bv_dhcp6_option(__u32 i, struct bv_dhcp6 *m)
{
	struct bv_dhcp6_opt opt = {};
	__u32 next;

	(void)i;
	if (m->off >= m->end ||
	    bpf_skb_load_bytes(m->skb, m->off, &opt, sizeof(opt)))
		return 1;
	next = m->off + sizeof(opt) + bpf_ntohs(opt.len);
	if (next > m->end)
		return 1;
	if (opt.code == bpf_htons(BV_DHCP6_CLIENT_ID)) {
		m->many |= m->duid;
		m->duid = m->off + sizeof(opt);
		m->duid_len = bpf_ntohs(opt.len);
	}
	m->off = next;
	return 0;
}

/* Where the client's one DUID has an Ethernet address, or 0. */
static __always_inline __u32 bv_dhcp6_find_mac(struct bv_dhcp6 *m)
{
	struct bv_duid duid = {};

	bpf_loop(BV_DHCP_OPTS_MAX, bv_dhcp6_option, m, 0);
	if (m->off != m->end || !m->duid || m->many ||
	    bpf_skb_load_bytes(m->skb, m->duid, &duid, sizeof(duid)) ||
	    duid.htype != bpf_htons(BV_ARPHRD_ETHER))
		return 0;
	if (duid.type == bpf_htons(BV_DUID_LLT) &&
	    m->duid_len == BV_DUID_LLT_MAC + ETH_ALEN)
		return m->duid + BV_DUID_LLT_MAC;
	if (duid.type == bpf_htons(BV_DUID_LL) &&
	    m->duid_len == BV_DUID_LL_MAC + ETH_ALEN)
		return m->duid + BV_DUID_LL_MAC;
	return 0;
}

/* The slave's dhcp_id for the MAC in what it sends, and back in what it gets. */
static __always_inline void bv_dhcp6_identify(struct bv_dhcp6 *m, __u32 slot)
{
	const struct bv_slave *slave = bv_slave_get(slot);
	const __u32 csum = offsetof(struct bv_udp6, udp.check);
	__u32 at = bv_dhcp6_find_mac(m);
	__u16 mac[ETH_ALEN / 2];

	if (!slave || !at || bpf_skb_load_bytes(m->skb, at, mac, sizeof(mac)))
		return;
	if (!m->is_reply && bv_mac_equal(mac, bv_client_mac(slave)))
		bv_edit_mac(m->skb, at, csum, mac, slave->dhcp_id);
	else if (m->is_reply && bv_mac_equal(mac, slave->dhcp_id))
		bv_edit_mac(m->skb, at, csum, mac, bv_client_mac(slave));
}

/* See bv_dhcp_pass(). */
BV_APART __u32 bv_dhcp6_pass(struct __sk_buff *skb, __u32 from)
{
	struct bv_dhcp_key key = { .version = 6 };
	struct bv_dhcp6 m = {};
	struct bv_dhcp seen;
	__u32 slot, flags;

	if (!bv_dhcp6_open(skb, &m))
		return 0;
	key.xid = m.xid;
	if (!m.is_reply) {
		if (from == BV_DHCP_WIRE)
			return 0;
		if (bv_dhcp_free(&key, from))
			bv_dhcp_note(&key, from, key.xid, BV_DHCP_ID_SAME);
		if (from)
			bv_dhcp6_identify(&m, from);
		return 0;
	}
	slot = bv_owner_slave(&m.dst, &flags);
	if (!slot && bv_owner(&m.dst) < 0 && bv_dhcp_get(&key, &seen))
		slot = seen.slot;
	if (!bv_dhcp_may(from, slot))
		return 0;
	bv_dhcp6_identify(&m, slot);
	return slot;
}

#endif /* BV_BPF_DHCP6_H */
