/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snoop.h - IGMP and MLD: what slaves report, and when somebody asks.
 *
 * All versions: IGMPv1 (RFC 1112), v2 (RFC 2236), v3 (RFC 3376), MLDv1
 * (RFC 2710), v2 (RFC 3810). Sources are not kept: a slave that wants a group
 * from some sources gets it from all, and its own stack filters.
 *
 * What has the type of a report is one for its receivers, too: it is kept from
 * slaves even if it is too short to be believed (RFC 4541 2.1.1: who hears
 * another's report of v1 or v2 does not send its own). MLD is behind a
 * hop-by-hop header and nothing else, as receivers want it.
 *
 * A query ages memberships only if hosts would answer it: a slave could silence
 * its siblings by one that they ignore.
 */
#ifndef BV_BPF_SNOOP_H
#define BV_BPF_SNOOP_H

#include "members.h"

enum bv_msg_type {
	BV_MSG_NONE = 0,
	BV_MSG_QUERY,
	BV_MSG_JOIN,
	BV_MSG_LEAVE,
	BV_MSG_RECORDS, /* IGMPv3, MLDv2: records of groups */
};

struct bv_msg {
	__u32 off, end; /* of the message in the frame */
	__u8 type; /* enum bv_msg_type */
	bool mld;
};

#define BV_RECORDS_MAX 64U

struct bv_igmp {
	__u8 type, code;
	__be16 csum;
	__be32 group;
};

struct bv_mld {
	__u8 type, code;
	__be16 csum;
	__be16 delay, reserved;
	__be32 group[4];
};

static __always_inline __u8 bv_igmp_type(__u8 type)
{
	switch (type) {
	case 0x11:
		return BV_MSG_QUERY;
	case 0x12:
	case 0x16:
		return BV_MSG_JOIN;
	case 0x17:
		return BV_MSG_LEAVE;
	case 0x22:
		return BV_MSG_RECORDS;
	default:
		return BV_MSG_NONE;
	}
}

static __always_inline __u8 bv_mld_type(__u8 type)
{
	switch (type) {
	case 130:
		return BV_MSG_QUERY;
	case 131:
		return BV_MSG_JOIN;
	case 132:
		return BV_MSG_LEAVE;
	case 143:
		return BV_MSG_RECORDS;
	default:
		return BV_MSG_NONE;
	}
}

static __always_inline void bv_find_igmp(struct __sk_buff *skb,
					 struct bv_msg *msg)
{
	struct iphdr ip;
	__u8 type;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) ||
	    ip.version != 4 || ip.ihl < 5 || ip.protocol != IPPROTO_IGMP ||
	    (ip.frag_off & bpf_htons(0x3fff)))
		return;
	msg->off = ETH_HLEN + ip.ihl * 4;
	msg->end = ETH_HLEN + bpf_ntohs(ip.tot_len);
	if (msg->end > skb->len ||
	    bpf_skb_load_bytes(skb, msg->off, &type, sizeof(type)))
		return;
	msg->type = bv_igmp_type(type);
}

static __always_inline void bv_find_mld(struct __sk_buff *skb,
					struct bv_msg *msg)
{
	struct ipv6hdr ip6;
	__u8 hop[2], type;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) ||
	    ip6.version != 6 || ip6.nexthdr != IPPROTO_HOPOPTS)
		return;
	msg->off = ETH_HLEN + sizeof(ip6);
	msg->end = msg->off + bpf_ntohs(ip6.payload_len);
	if (msg->end > skb->len ||
	    bpf_skb_load_bytes(skb, msg->off, hop, sizeof(hop)) ||
	    hop[0] != IPPROTO_ICMPV6)
		return;
	msg->off += ((__u32)hop[1] + 1) * 8;
	if (bpf_skb_load_bytes(skb, msg->off, &type, sizeof(type)))
		return;
	msg->type = bv_mld_type(type);
	msg->mld = true;
}

/* In a VLAN groups, and who asks for them, are others. */
static __always_inline void bv_find_msg(struct __sk_buff *skb,
					struct bv_msg *msg)
{
	if (bv_in_vlan(skb))
		return;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		bv_find_igmp(skb, msg);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		bv_find_mld(skb, msg);
}

static __always_inline bool bv_is_report(const struct bv_msg *msg)
{
	return msg->type > BV_MSG_QUERY;
}

/* The group of a message of an older version, or a query; false: too short. */
static __always_inline bool bv_msg_group(struct __sk_buff *skb,
					 const struct bv_msg *msg,
					 struct bv_addr_key *group)
{
	struct bv_igmp igmp;
	struct bv_mld mld;

	if (msg->mld) {
		if (msg->off + sizeof(mld) > msg->end ||
		    bpf_skb_load_bytes(skb, msg->off, &mld, sizeof(mld)))
			return false;
		bv_key_ip6(group, mld.group);
	} else {
		if (msg->off + sizeof(igmp) > msg->end ||
		    bpf_skb_load_bytes(skb, msg->off, &igmp, sizeof(igmp)))
			return false;
		bv_key_ip4(group, igmp.group);
	}
	return true;
}

struct bv_records {
	struct __sk_buff *skb;
	struct bv_slave *slave;
	__u32 slot;
	__u32 off, end;
	bool mld;
	int why; /* BV_OK, or why one of them counts for nothing */
};

/* RFC 3376 4.2.12: what its sender wants now; 0 leave, 1 join, -1 neither. */
static __always_inline int bv_record_joins(__u8 type, __u16 sources)
{
	switch (type) {
	case 1: /* MODE_IS_INCLUDE */
	case 3: /* CHANGE_TO_INCLUDE_MODE */
		return sources != 0;
	case 2: /* MODE_IS_EXCLUDE */
	case 4: /* CHANGE_TO_EXCLUDE_MODE */
		return 1;
	case 5: /* ALLOW_NEW_SOURCES */
		return sources ? 1 : -1;
	default: /* BLOCK_OLD_SOURCES, or unknown */
		return -1;
	}
}

static long bv_take_record(__u32 i, struct bv_records *r)
{
	struct {
		__u8 type, aux;
		__be16 sources;
	} head;
	__u32 addr_len = r->mld ? 16 : 4, off = r->off, end;
	struct bv_addr_key group = {};
	int joins, why = BV_OK;

	(void)i;
	if (bpf_skb_load_bytes(r->skb, off, &head, sizeof(head)))
		return 1;
	end = off + sizeof(head) + addr_len +
	      bpf_ntohs(head.sources) * addr_len + head.aux * 4U;
	if (end > r->end)
		return 1;
	off += sizeof(head);
	if (r->mld) {
		if (bpf_skb_load_bytes(r->skb, off, &group, sizeof(group)))
			return 1;
	} else {
		bv_key_ip4(&group, 0);
		if (bpf_skb_load_bytes(r->skb, off, &group.ip[3], 4))
			return 1;
	}
	r->off = end;
	joins = bv_record_joins(head.type, head.sources);
	if (joins > 0)
		why = bv_join(&group, r->slave, r->slot);
	else if (!joins)
		bv_leave(&group, r->slave, r->slot);
	if (why != BV_OK)
		r->why = why;
	return 0;
}

static __always_inline int bv_take_records(struct __sk_buff *skb,
					   const struct bv_msg *msg,
					   struct bv_slave *slave, __u32 slot)
{
	struct bv_records r = {
		.skb = skb,
		.slave = slave,
		.slot = slot,
		.off = msg->off + 8,
		.end = msg->end,
		.mld = msg->mld,
		.why = BV_OK,
	};
	__be16 n;

	if (r.off > r.end ||
	    bpf_skb_load_bytes(skb, msg->off + 6, &n, sizeof(n)))
		return BV_OK;
	bpf_loop(bpf_ntohs(n) < BV_RECORDS_MAX ? bpf_ntohs(n) : BV_RECORDS_MAX,
		 bv_take_record, &r, 0);
	return r.why;
}

/* A report is never dropped; what it would change may be refused, and counted. */
static __always_inline void bv_take_report(struct __sk_buff *skb,
					   const struct bv_msg *msg, __u32 slot)
{
	struct bv_slave *slave = bv_slave_get(slot);
	struct bv_addr_key group = {};
	int why = BV_OK;

	if (!msg || !slave)
		return;
	if (msg->type == BV_MSG_RECORDS)
		why = bv_take_records(skb, msg, slave, slot);
	else if (!bv_msg_group(skb, msg, &group))
		return;
	else if (msg->type == BV_MSG_JOIN)
		why = bv_join(&group, slave, slot);
	else
		bv_leave(&group, slave, slot);
	if (why != BV_OK)
		bv_drop(slot, why);
}

/* How long hosts may take to answer, in ms; 0: they would not. RFC 3376 4.1.1 */
static __always_inline __u32 bv_igmp_query(struct __sk_buff *skb,
					   const struct bv_msg *msg)
{
	__u32 len = msg->end - msg->off, code;
	struct {
		struct bv_igmp igmp;
		__be32 v3;
	} q = {};

	if (len != sizeof(q.igmp) && len != sizeof(q))
		return 0;
	if (bpf_skb_load_bytes(skb, msg->off, &q, sizeof(q.igmp)) ||
	    (len == sizeof(q) &&
	     bpf_skb_load_bytes(skb, msg->off + sizeof(q.igmp), &q.v3,
				sizeof(q.v3))))
		return 0;
	if (q.igmp.group ||
	    bv_csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&q, sizeof(q), 0)))
		return 0;
	code = q.igmp.code;
	/* From 128 on IGMPv3 has an exponent; the bound of v2 is near. */
	if (code >= 128 && len == sizeof(q))
		code = ((code & 0xf) | 0x10) << ((code >> 4 & 7) + 3);
	return code ? code * 100 : 10000;
}

/* RFC 2711: for MLD, padded before or behind. */
static __always_inline bool bv_is_router_alert(const __be32 hop[2])
{
	if (hop[0] == bpf_htonl(0x3a000502))
		return !(hop[1] & bpf_htonl(0xffff0000));
	return hop[0] == bpf_htonl(0x3a000100) &&
	       hop[1] == bpf_htonl(0x05020000);
}

/* RFC 3810 5.1, 6.2. */
static __always_inline __u32 bv_mld_query(struct __sk_buff *skb,
					  const struct bv_msg *msg)
{
	__u32 len = msg->end - msg->off, ms;
	struct {
		struct bv_mld mld;
		__be32 v2;
	} q = {};
	struct bv_pseudo6 pseudo = {
		.len = bpf_htonl(len),
		.next = bpf_htonl(IPPROTO_ICMPV6),
	};
	struct ipv6hdr ip6;
	__be32 hop[2];
	__s64 sum;

	if (len != sizeof(q.mld) && len != sizeof(q))
		return 0;
	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(ip6), hop, sizeof(hop)) ||
	    bpf_skb_load_bytes(skb, msg->off, &q, sizeof(q.mld)) ||
	    (len == sizeof(q) &&
	     bpf_skb_load_bytes(skb, msg->off + sizeof(q.mld), &q.v2,
				sizeof(q.v2))))
		return 0;
	__builtin_memcpy(&pseudo.src, &ip6.saddr, sizeof(pseudo.src));
	__builtin_memcpy(&pseudo.dst, &ip6.daddr, sizeof(pseudo.dst));
	if (ip6.hop_limit != 1 ||
	    (pseudo.src.ip[0] & bpf_htonl(0xffc00000)) !=
		    bpf_htonl(0xfe800000) ||
	    (q.mld.group[0] | q.mld.group[1] | q.mld.group[2] |
	     q.mld.group[3]) ||
	    !bv_is_router_alert(hop))
		return 0;
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&q, sizeof(q), sum);
	if (bv_csum_fold(sum))
		return 0;
	ms = bpf_ntohs(q.mld.delay);
	if (ms >= 32768 && len == sizeof(q))
		ms = ((ms & 0xfff) | 0x1000) << ((ms >> 12 & 7) + 3);
	return ms ? ms : 1;
}

/* In how many ms answers are due if it is a query that hosts would answer, or 0. */
static __always_inline __u32 bv_query_ms(struct __sk_buff *skb,
					 const struct bv_msg *msg)
{
	if (msg->type != BV_MSG_QUERY)
		return 0;
	return msg->mld ? bv_mld_query(skb, msg) : bv_igmp_query(skb, msg);
}

#endif /* BV_BPF_SNOOP_H */
