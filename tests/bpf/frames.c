// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the frames of frames.h, from the Ethernet header down. */
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "abi/bv_abi.h"

const uint8_t own[6] = { OWN };
const uint8_t neighbour[6] = { NEIGHBOUR };
const uint8_t foreign[6] = { FOREIGN };
const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
const uint8_t all_nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };

void key_parse(struct bv_addr_key *key, const char *text)
{
	struct bv_addr_key k = { .ip = { 0, 0, htonl(0xffff), 0 } };

	if (strchr(text, ':'))
		assert_int_equal(inet_pton(AF_INET6, text, k.ip), 1);
	else
		assert_int_equal(inet_pton(AF_INET, text, &k.ip[3]), 1);
	*key = k;
}

static void put(struct frame *f, const void *data, size_t len)
{
	assert_true(f->len + len <= sizeof(f->data));
	if (data)
		memcpy(f->data + f->len, data, len);
	else
		memset(f->data + f->len, 0, len);
	f->len += len;
}

static void put8(struct frame *f, unsigned int v)
{
	uint8_t byte = (uint8_t)v;

	put(f, &byte, 1);
}

static void put16(struct frame *f, unsigned int v)
{
	put8(f, v >> 8);
	put8(f, v & 0xff);
}

static void put32(struct frame *f, uint32_t v)
{
	put16(f, v >> 16);
	put16(f, v & 0xffff);
}

/* Each byte differs from its neighbours, so that none can go unnoticed. */
static void put_payload(struct frame *f, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put8(f, (unsigned int)(0xa0 + i * 7) & 0xff);
}

static void put_addr(struct frame *f, const char *text, size_t len)
{
	struct bv_addr_key key = {};

	if (text)
		key_parse(&key, text);
	put(f, (const uint8_t *)key.ip + sizeof(key.ip) - len, len);
}

/* RFC 1071, over what begins at `from`, and the sum so far. */
static uint32_t sum_over(uint32_t sum, const uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)from[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void store16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* The checksum of what is above IP; addrs_len bytes of addresses count too. */
static void finish_csum(struct frame *f, size_t addrs, size_t addrs_len,
			uint8_t proto, size_t upper)
{
	size_t csum = upper + (proto == IPPROTO_UDP ? 6 : 2);
	uint32_t s;

	if (csum + 2 > f->len)
		return;
	s = sum_over(proto + (uint32_t)(f->len - upper), f->data + addrs,
		     addrs_len);
	s = sum_over(s, f->data + upper, f->len - upper);
	store16(f->data + csum, ~s);
}

/* RFC 2131 2, to the magic cookie of its 3. */
static void put_dhcp4(struct frame *f, const struct dhcp *d)
{
	put8(f, d->type ? d->type : 1);
	put8(f, d->htype ? d->htype : 1);
	put8(f, d->hlen ? d->hlen : 6);
	put8(f, 0);
	put32(f, d->xid ? d->xid : XID);
	put(f, NULL, 4 + 12);
	put_addr(f, d->relay, 4);
	put(f, d->chaddr ? d->chaddr : own, 6);
	put(f, NULL, 10 + 64 + 128);
	put32(f, d->cookie ? d->cookie : 0x63825363);
}

static void put_dhcp6(struct frame *f, const struct dhcp *d)
{
	put8(f, d->type ? d->type : 1);
	put8(f, (d->xid ? d->xid : XID) >> 16);
	put16(f, (d->xid ? d->xid : XID) & 0xffff);
}

static void put_udp(struct frame *f, const struct spec *s)
{
	size_t start = f->len;

	put16(f, 4000);
	put16(f, s->dport ? s->dport : 4001);
	put(f, NULL, 4);
	if (!s->dhcp) {
		put_payload(f, s->payload);
	} else {
		if (s->kind == FRAME_IP4)
			put_dhcp4(f, s->dhcp);
		else
			put_dhcp6(f, s->dhcp);
		if (s->dhcp->opts.len)
			put(f, s->dhcp->opts.data, s->dhcp->opts.len);
		put(f, NULL, s->dhcp->pad);
	}
	store16(f->data + start + 4,
		(uint32_t)((int)(f->len - start) + s->udp_len_off));
}

/* Each byte is told by how far from the end it is. */
static void put_trailer(struct frame *f, const struct dhcp *d)
{
	for (size_t i = d ? d->trailer : 0; i; i--)
		put8(f, (unsigned int)(0xa0 + i * 7) & 0xff);
}

static void build_ip4(struct frame *f, const struct spec *s)
{
	size_t header = 20 + s->ip_opts * 4U, ip = f->len;
	uint8_t ihl = s->ihl ? s->ihl : (uint8_t)(header / 4);

	put8(f, (s->version ? s->version : 4) << 4 | ihl);
	put8(f, 0);
	put16(f, 0);
	put16(f, 1);
	put16(f, s->frag_off);
	put8(f, s->hop_limit ? s->hop_limit : 64);
	put8(f, IPPROTO_UDP);
	put16(f, 0);
	put_addr(f, s->src, 4);
	put_addr(f, s->dst, 4);
	for (size_t i = 20; i < header; i++)
		put8(f, 1); /* no operation */
	put_udp(f, s);
	if (!s->no_len)
		store16(f->data + ip + 2,
			(uint32_t)((int)(f->len - ip) + s->len_off));
	store16(f->data + ip + 10, ~sum_over(0, f->data + ip, header));
	if (!s->no_csum)
		finish_csum(f, ip + 12, 8, IPPROTO_UDP, ip + header);
	put_trailer(f, s->dhcp);
}

/* A PadN option fills what an option header has room for. */
static void put_ext(struct frame *f, const struct spec *s, uint8_t type,
		    uint8_t next)
{
	size_t room = (size_t)s->ext_words * 8 + 6;

	put8(f, next);
	if (type == IPPROTO_FRAGMENT) {
		put8(f, 0);
		put16(f, s->frag_off);
		put(f, NULL, 4);
		return;
	}
	put8(f, s->ext_words);
	put8(f, type == IPPROTO_ROUTING ? 4 : 1);
	put8(f, type == IPPROTO_ROUTING ? 0 : (unsigned int)room - 2);
	put(f, NULL, room - 2);
}

static void put_nd(struct frame *f, const struct spec *s, uint8_t type)
{
	static const uint8_t bodies[] = { 8, 16, 24, 24, 40 };
	size_t body = s->body ? s->body : bodies[type - ND_RS];
	size_t start = f->len;

	put8(f, type);
	put8(f, 0);
	put16(f, 0);
	put16(f, s->nd_flags >> 16);
	put16(f, s->nd_flags & 0xffff);
	if (type >= ND_NS)
		put_addr(f, s->target, 16);
	if (f->len > start + body)
		f->len = start + body;
	else
		put(f, NULL, body - (f->len - start));
	if (s->opts.len)
		put(f, s->opts.data, s->opts.len);
}

static void build_ip6(struct frame *f, const struct spec *s)
{
	uint8_t last = s->kind == FRAME_ND ? IPPROTO_ICMPV6 : IPPROTO_UDP;
	size_t ip = f->len, upper;

	if (s->next)
		last = s->next;
	put8(f, (s->version ? s->version : 6) << 4);
	put(f, NULL, 3);
	put16(f, 0);
	put8(f, s->exts.len ? s->exts.data[0] : last);
	put8(f, s->hop_limit ? s->hop_limit : 255);
	put_addr(f, s->src, 16);
	put_addr(f, s->dst, 16);
	for (size_t i = 0; i < s->exts.len; i++)
		put_ext(f, s, s->exts.data[i],
			i + 1 < s->exts.len ? s->exts.data[i + 1] : last);
	upper = f->len;
	if (s->kind == FRAME_ND)
		put_nd(f, s, s->type ? s->type : ND_NS);
	else
		put_udp(f, s);
	if (!s->no_len)
		store16(f->data + ip + 4,
			(uint32_t)((int)(f->len - ip - 40) + s->len_off));
	finish_csum(f, ip + 8, 32, last, upper);
	put_trailer(f, s->dhcp);
}

/* RFC 2113: an option that makes routers look. */
static void build_igmp(struct frame *f, const struct spec *s)
{
	size_t ip = f->len, total = 24 + s->msg.len, upper;

	put8(f, 4 << 4 | (s->ihl ? s->ihl : 6));
	put8(f, 0xc0);
	put16(f, (unsigned int)((int)total + s->len_off));
	put16(f, 1);
	put16(f, s->frag_off);
	put8(f, s->hops ? s->hops : 1);
	put8(f, IPPROTO_IGMP);
	put16(f, 0);
	put_addr(f, s->src, 4);
	put_addr(f, s->dst, 4);
	put16(f, 0x9404);
	put16(f, 0);
	store16(f->data + ip + 10, ~sum_over(0, f->data + ip, 24));
	upper = f->len;
	put(f, s->msg.data, s->msg.len);
	if (s->msg.len >= 4)
		store16(f->data + upper + 2,
			~sum_over(0, f->data + upper, s->msg.len) ^
				s->bad_csum);
}

/* RFC 2710 3: behind a router alert option (RFC 2711). */
static void build_mld(struct frame *f, const struct spec *s)
{
	static const uint8_t alert[] = { IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0 };
	size_t ip = f->len, upper;

	put8(f, 6 << 4);
	put(f, NULL, 5);
	put8(f, s->exts.len ? s->exts.data[0] : IPPROTO_HOPOPTS);
	put8(f, s->hops ? s->hops : 1);
	put_addr(f, s->src, 16);
	put_addr(f, s->dst, 16);
	for (size_t i = 0; i < s->exts.len; i++)
		put_ext(f, s, s->exts.data[i],
			i + 1 < s->exts.len ? s->exts.data[i + 1] :
					      IPPROTO_ICMPV6);
	if (!s->exts.len)
		put(f, alert, sizeof(alert));
	upper = f->len;
	put(f, s->msg.data, s->msg.len);
	store16(f->data + ip + 4,
		(uint32_t)((int)(f->len - ip - 40) + s->len_off));
	finish_csum(f, ip + 8, 32, IPPROTO_ICMPV6, upper);
	if (s->bad_csum)
		f->data[upper + 3] ^= 1;
}

static void build_arp(struct frame *f, const struct spec *s)
{
	put16(f, s->htype ? s->htype : 1);
	put16(f, s->ptype ? s->ptype : ETH_P_IP);
	put8(f, s->hlen ? s->hlen : 6);
	put8(f, s->plen ? s->plen : 4);
	put16(f, s->op ? s->op : ARP_REQUEST);
	put(f, s->sha ? s->sha : own, 6);
	put_addr(f, s->src, 4);
	put(f, s->tha, 6);
	put_addr(f, s->dst, 4);
	put_payload(f, s->payload);
}

void frame_build(struct frame *f, const struct spec *s)
{
	static const uint16_t protos[] = {
		[FRAME_PLAIN] = ETH_P_TEST, [FRAME_IP4] = ETH_P_IP,
		[FRAME_IP6] = ETH_P_IPV6,   [FRAME_ARP] = ETH_P_ARP,
		[FRAME_ND] = ETH_P_IPV6,    [FRAME_IGMP] = ETH_P_IP,
		[FRAME_MLD] = ETH_P_IPV6,
	};

	f->len = 0;
	put(f, s->to ? s->to : own, 6);
	put(f, s->from ? s->from : own, 6);
	if (s->vlan) {
		put16(f, s->vlan_inner ? ETH_P_8021AD : ETH_P_8021Q);
		put16(f, s->vlan);
	}
	if (s->vlan_inner) {
		put16(f, ETH_P_8021Q);
		put16(f, s->vlan_inner);
	}
	put16(f, s->proto ? s->proto : protos[s->kind]);
	if (s->kind == FRAME_IP4)
		build_ip4(f, s);
	else if (s->kind == FRAME_IP6 || s->kind == FRAME_ND)
		build_ip6(f, s);
	else if (s->kind == FRAME_ARP)
		build_arp(f, s);
	else if (s->kind == FRAME_IGMP)
		build_igmp(f, s);
	else if (s->kind == FRAME_MLD)
		build_mld(f, s);
	else
		put_payload(f, s->payload);
	if (s->cut) {
		assert_in_range(s->cut, ETH_HLEN, f->len);
		f->len = s->cut;
	}
}
