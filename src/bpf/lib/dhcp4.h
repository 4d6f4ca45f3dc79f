/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp4.h - DHCPv4 (RFC 2131) for clients that share a MAC.
 *
 * A server tells clients apart by option 61 and, where that is missing, by the
 * MAC in chaddr, and clients fill option 61 from the MAC. So in what a slave
 * sends as a client
 *
 *   option 61 = 01 and the master's MAC: dhcp_id takes the MAC's place
 *   no option 61: one with 01 and dhcp_id is put before the end, in the padding
 *	after it if there is room, else the packet grows
 *   any other: the client has an identity of its own
 *
 * and in the reply option 61 (RFC 6842) is as the client sent it: with the MAC,
 * or padding. chaddr remains, as switches compare it with the frame's source. A
 * guest has another MAC in option 61 than the master's, and gets that back.
 *
 * Clients that are started at the same moment may choose the same transaction
 * id, as busybox's udhcpc has been seen to. A server tells them apart by option
 * 61, a switch by chaddr, but here the id alone says whose a reply is:
 * while a client uses it, the request of another goes out with an id made of both
 * its id and its slot, and the reply comes back with its own.
 *
 * Only what is certain is touched: whole, not relayed, about the master's MAC,
 * with lengths that agree and options that end within them. Anything else is
 * passed on as it is.
 */
#ifndef BV_BPF_DHCP4_H
#define BV_BPF_DHCP4_H

#include "dhcp_msg.h"

#define BV_BOOTP_COOKIE 236 /* behind the names of server and file */
#define BV_BOOTP_OPTS 240
#define BV_DHCP4_MAGIC 0x63825363

enum {
	BV_DHCP4_PAD = 0,
	BV_DHCP4_OVERLOAD = 52, /* more options in the names */
	BV_DHCP4_ID = 61,
	BV_DHCP4_END = 255,
};

/* Option 61 as it is made from a MAC. */
struct bv_dhcp4_id {
	__u8 code, len, type;
	__u8 mac[ETH_ALEN];
};
#define BV_DHCP4_ID_LEN (1 + ETH_ALEN) /* type and MAC */
#define BV_DHCP4_ID_MAC offsetof(struct bv_dhcp4_id, mac)

/* A message; offsets are from the frame's start. */
struct bv_dhcp4 {
	struct __sk_buff *skb;
	__be32 xid;
	__u32 op;
	__u32 udp; /* its header */
	__u32 off, end; /* options not walked yet */
	__u32 id; /* option 61, 0: there is none */
	__u32 last; /* the end option, 0: they are not understood */
	__u32 many; /* an id may be elsewhere too */
};

static __always_inline bool bv_bootp_open(struct bv_dhcp4 *m)
{
	struct bv_bootp b;
	__be32 magic;

	m->off = m->udp + sizeof(struct udphdr) + BV_BOOTP_OPTS;
	if (m->off > m->end ||
	    bpf_skb_load_bytes(m->skb, m->udp + sizeof(struct udphdr), &b,
			       sizeof(b)) ||
	    bpf_skb_load_bytes(m->skb, m->off - sizeof(magic), &magic,
			       sizeof(magic)))
		return false;
	m->xid = b.xid;
	return magic == bpf_htonl(BV_DHCP4_MAGIC) && b.op == m->op &&
	       b.htype == BV_ARPHRD_ETHER && b.hlen == ETH_ALEN && !b.giaddr &&
	       bv_mac_is_master(b.chaddr);
}

static __always_inline bool bv_dhcp4_open(struct __sk_buff *skb,
					  struct bv_dhcp4 *m)
{
	struct udphdr udp;
	struct iphdr ip;

	m->skb = skb;
	if (skb->gso_size ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) ||
	    ip.version != 4 || ip.ihl < 5 || ip.protocol != IPPROTO_UDP ||
	    ip.frag_off & bpf_htons(0x3fff))
		return false;
	m->udp = ETH_HLEN + ip.ihl * 4;
	m->end = ETH_HLEN + bpf_ntohs(ip.tot_len);
	if (m->end > skb->len ||
	    bpf_skb_load_bytes(skb, m->udp, &udp, sizeof(udp)) ||
	    m->udp + bpf_ntohs(udp.len) != m->end)
		return false;
	if (udp.dest == bpf_htons(BV_DHCP4_SERVER))
		m->op = BV_BOOTP_REQUEST;
	else if (udp.dest == bpf_htons(BV_DHCP4_CLIENT))
		m->op = BV_BOOTP_REPLY;
	else
		return false;
	return bv_bootp_open(m);
}

/* One option; not 0 ends the walk. */
static long bv_dhcp4_option(__u32 i, struct bv_dhcp4 *m)
{
	__u8 code = 0, len = 0;

	(void)i;
	if (m->off >= m->end ||
	    bpf_skb_load_bytes(m->skb, m->off, &code, sizeof(code)))
		return 1;
	if (code == BV_DHCP4_END) {
		m->last = m->off;
		return 1;
	}
	if (code == BV_DHCP4_PAD) {
		m->off++;
		return 0;
	}
	if (bpf_skb_load_bytes(m->skb, m->off + 1, &len, sizeof(len)) ||
	    m->off + 2 + len >= m->end)
		return 1;
	if (code == BV_DHCP4_ID) {
		m->many |= m->id;
		m->id = m->off;
	}
	if (code == BV_DHCP4_OVERLOAD)
		m->many = 1;
	m->off += 2 + (__u32)len;
	return 0;
}

/* Where its one id has a MAC, or 0. */
static __always_inline __u32 bv_dhcp4_find_mac(struct bv_dhcp4 *m)
{
	struct bv_dhcp4_id id;

	bpf_loop(BV_DHCP_OPTS_MAX, bv_dhcp4_option, m, 0);
	if (!m->last || !m->id || m->many ||
	    bpf_skb_load_bytes(m->skb, m->id, &id, sizeof(id)) ||
	    id.len != BV_DHCP4_ID_LEN || id.type != BV_ARPHRD_ETHER)
		return 0;
	return m->id + BV_DHCP4_ID_MAC;
}

static __always_inline __u32 bv_udp_csum(__u32 udp)
{
	return udp + offsetof(struct udphdr, check);
}

/*
 * Makes the packet so many bytes longer, which are 0. What was behind it in the
 * frame was of no use to anybody.
 */
static __always_inline bool bv_dhcp4_grow(struct bv_dhcp4 *m, __u32 by)
{
	const __u32 ip_len = ETH_HLEN + offsetof(struct iphdr, tot_len);
	const __u32 ip_csum = ETH_HLEN + offsetof(struct iphdr, check);
	__u32 csum = bv_udp_csum(m->udp), end = m->end + by;
	__be16 old = bpf_htons(m->end - ETH_HLEN);
	__be16 new = bpf_htons(end - ETH_HLEN);

	if (end - ETH_HLEN > bv_port.mtu ||
	    (m->end < m->skb->len && bpf_skb_change_tail(m->skb, m->end, 0)) ||
	    bpf_skb_change_tail(m->skb, end, 0))
		return false;
	bpf_l3_csum_replace(m->skb, ip_csum, old, new, sizeof(new));
	bpf_skb_store_bytes(m->skb, ip_len, &new, sizeof(new), 0);
	old = bpf_htons(m->end - m->udp);
	new = bpf_htons(end - m->udp);
	/* It is in UDP's header, and in the pseudo header. */
	bpf_l4_csum_replace(m->skb, csum, old, new,
			    BPF_F_MARK_MANGLED_0 | sizeof(new));
	bpf_l4_csum_replace(m->skb, csum, old, new,
			    BPF_F_MARK_MANGLED_0 | BPF_F_PSEUDO_HDR |
				    sizeof(new));
	bpf_skb_store_bytes(m->skb, m->udp + offsetof(struct udphdr, len), &new,
			    sizeof(new), 0);
	return true;
}

static __always_inline __u32 bv_dhcp4_insert(struct bv_dhcp4 *m,
					     const __u8 *dhcp_id)
{
	const struct bv_dhcp4_id id = {
		.code = BV_DHCP4_ID,
		.len = BV_DHCP4_ID_LEN,
		.type = BV_ARPHRD_ETHER,
	};
	const __u32 len = sizeof(id) + 1; /* and the end option */
	__u32 room = m->end - m->last;
	struct bv_edit edit = {};

	if (room < len && !bv_dhcp4_grow(m, len - room))
		return BV_DHCP_ID_SAME;
	if (bpf_skb_load_bytes(m->skb, m->last, edit.old, len))
		return BV_DHCP_ID_SAME;
	__builtin_memcpy(edit.new, &id, sizeof(id));
	__builtin_memcpy(edit.new + BV_DHCP4_ID_MAC, dhcp_id, ETH_ALEN);
	edit.new[sizeof(id)] = BV_DHCP4_END;
	bv_edit(m->skb, m->last, len, bv_udp_csum(m->udp), &edit);
	return BV_DHCP_ID_INSERTED;
}

/* What a slave's request says of its sender: dhcp_id instead of the MAC. */
static __always_inline __u32 bv_dhcp4_identify(struct bv_dhcp4 *m, __u32 slot)
{
	const struct bv_slave *slave = bv_slave_get(slot);
	__u32 at = bv_dhcp4_find_mac(m);
	__u16 mac[ETH_ALEN / 2];

	if (!slave)
		return BV_DHCP_ID_SAME;
	if (m->last && !m->id && !m->many)
		return bv_dhcp4_insert(m, slave->dhcp_id);
	if (!at || bpf_skb_load_bytes(m->skb, at, mac, sizeof(mac)) ||
	    !bv_mac_equal(mac, bv_client_mac(slave)))
		return BV_DHCP_ID_SAME;
	bv_edit_mac(m->skb, at, bv_udp_csum(m->udp), mac, slave->dhcp_id);
	return BV_DHCP_ID_REPLACED;
}

/* In the reply it is as before bv_dhcp4_identify(). */
static __always_inline void bv_dhcp4_restore(struct bv_dhcp4 *m,
					     const struct bv_dhcp *seen)
{
	const struct bv_slave *slave = bv_slave_get(seen->slot);
	__u32 at = bv_dhcp4_find_mac(m);
	struct bv_edit edit = {};
	__u16 mac[ETH_ALEN / 2];

	if (!slave || !at || bpf_skb_load_bytes(m->skb, at, mac, sizeof(mac)) ||
	    !bv_mac_equal(mac, slave->dhcp_id))
		return;
	if (seen->id == BV_DHCP_ID_REPLACED) {
		bv_edit_mac(m->skb, at, bv_udp_csum(m->udp), mac,
			    bv_client_mac(slave));
		return;
	}
	/* Zeroes are the padding option. */
	if (seen->id == BV_DHCP_ID_INSERTED &&
	    !bpf_skb_load_bytes(m->skb, m->id, edit.old,
				sizeof(struct bv_dhcp4_id)))
		bv_edit(m->skb, m->id, sizeof(struct bv_dhcp4_id),
			bv_udp_csum(m->udp), &edit);
}

static __always_inline void bv_dhcp4_set_xid(struct bv_dhcp4 *m, __be32 xid)
{
	struct bv_edit edit = {};

	__builtin_memcpy(edit.old, &m->xid, sizeof(m->xid));
	__builtin_memcpy(edit.new, &xid, sizeof(xid));
	bv_edit(m->skb,
		m->udp + sizeof(struct udphdr) + offsetof(struct bv_bootp, xid),
		sizeof(xid), bv_udp_csum(m->udp), &edit);
}

static __always_inline void
bv_dhcp4_request(struct bv_dhcp4 *m, struct bv_dhcp_key *key, __u32 slot)
{
	__u32 id = slot ? bv_dhcp4_identify(m, slot) : BV_DHCP_ID_SAME;

	if (!bv_dhcp_free(key, slot)) {
		/* Times an odd number: another one for each slot. */
		key->xid = m->xid ^ bpf_htonl((slot + 1) * 2654435761U);
		if (!bv_dhcp_free(key, slot))
			return;
		bv_dhcp4_set_xid(m, key->xid);
	}
	bv_dhcp_note(key, slot, m->xid, id);
}

/* See bv_dhcp_pass(). */
BV_APART __u32 bv_dhcp4_pass(struct __sk_buff *skb, __u32 from)
{
	struct bv_dhcp_key key = { .version = 4 };
	struct bv_dhcp4 m = {};
	struct bv_dhcp seen;

	if (!bv_dhcp4_open(skb, &m))
		return 0;
	key.xid = m.xid;
	if (m.op == BV_BOOTP_REQUEST) {
		if (from != BV_DHCP_WIRE)
			bv_dhcp4_request(&m, &key, from);
		return 0;
	}
	if (!bv_dhcp_get(&key, &seen) ||
	    (seen.slot != BV_SLOT_HOST && !bv_dhcp_may(from, seen.slot)))
		return 0;
	if (seen.xid != m.xid)
		bv_dhcp4_set_xid(&m, seen.xid);
	if (seen.id != BV_DHCP_ID_SAME)
		bv_dhcp4_restore(&m, &seen);
	return seen.slot;
}

#endif /* BV_BPF_DHCP4_H */
