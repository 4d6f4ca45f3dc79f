// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser of reference.h: plain, slow, and from the RFCs. */
#include "reference.h"

#include <string.h>

#include "datapath.h"

struct view {
	const uint8_t *at;
	size_t len;
};

static struct view behind(struct view v, size_t n)
{
	return n > v.len ? (struct view){} :
			   (struct view){ v.at + n, v.len - n };
}

static void set4(struct address *a, const uint8_t *ip)
{
	memset(a->ip, 0, 10);
	memset(a->ip + 10, 0xff, 2);
	memcpy(a->ip + 12, ip, 4);
	a->given = true;
}

static void set6(struct address *a, const uint8_t *ip)
{
	memcpy(a->ip, ip, 16);
	a->given = true;
}

static bool is_zero(const uint8_t *at, size_t n)
{
	while (n && !*at)
		at++, n--;
	return !n;
}

bool reference_is_ip4(const uint8_t ip[16])
{
	return is_zero(ip, 10) && ip[10] == 0xff && ip[11] == 0xff;
}

/* RFC 826: hardware, protocol, their lengths, operation; sender, target. */
static void read_arp(struct view v, const uint8_t mac[6], struct reading *r)
{
	static const uint8_t ethernet_ip4[] = { 0, 1, 8, 0, 6, 4 };

	if (v.len < 28 || memcmp(v.at, ethernet_ip4, 6) != 0)
		return;
	r->foreign = memcmp(v.at + 8, mac, 6) != 0;
	set4(&r->src, v.at + 14);
	set4(&r->dst, v.at + 24);
	r->claim = r->src;
	r->arp = true;
	r->arp_request = u16(v.at + 6) == 1 &&
			 memcmp(v.at + 14, v.at + 24, 4) != 0;
}

/* RFC 1112, 2236, 3376: whole, and as long as it says. */
static void read_igmp(struct view v, size_t head, struct reading *r)
{
	unsigned int type;

	if (u16(v.at + 6) & 0x3fff || u16(v.at + 2) > v.len || v.len <= head)
		return;
	type = v.at[head];
	r->report = type == 0x12 || type == 0x16 || type == 0x17 ||
		    type == 0x22;
}

/* RFC 2131 2: behind UDP's header op, htype, hlen, hops, xid. */
static void read_dhcp4(struct view v, struct reading *r)
{
	if (v.len < 16 || v.at[8] < 1 || v.at[8] > 2)
		return;
	r->reply = u16(v.at + 2) == 68 ? 4 : 0;
	r->request = u16(v.at + 2) == 67 ? 4 : 0;
	memcpy(&r->xid, v.at + 12, 4);
}

/* RFC 8415 8: a type and 24 bits. */
static void read_dhcp6(struct view v, struct reading *r)
{
	uint8_t xid[4] = {};

	if (v.len < 12)
		return;
	r->reply = u16(v.at + 2) == 546 ? 6 : 0;
	r->request = u16(v.at + 2) == 547 ? 6 : 0;
	memcpy(xid + 1, v.at + 9, 3);
	memcpy(&r->xid, xid, 4);
}

static void read_ip4(struct view v, struct reading *r)
{
	size_t head;

	if (v.len < 20 || v.at[0] >> 4 != 4)
		return;
	set4(&r->src, v.at + 12);
	set4(&r->dst, v.at + 16);
	head = (v.at[0] & 15) * 4U;
	if (head < 20 || head > v.len)
		return;
	if (v.at[9] == 2)
		read_igmp(v, head, r);
	if (v.at[9] == 17 && !(u16(v.at + 6) & 0x3fff))
		read_dhcp4(behind(v, head), r);
}

/* RFC 4861 4.6; a receiver discards the whole if one has length 0 or lies. */
static bool options_are_foreign(struct view v, const uint8_t mac[6])
{
	bool foreign = false;

	while (v.len) {
		size_t len = v.len >= 2 ? v.at[1] * 8U : 0;

		if (!len || len > v.len)
			return false;
		if ((v.at[0] == 1 || v.at[0] == 2) &&
		    memcmp(v.at + 2, mac, 6) != 0)
			foreign = true;
		v = behind(v, len);
	}
	return foreign;
}

static void read_icmp6(struct view v, const uint8_t mac[6], bool accepted,
		       struct reading *r)
{
	static const uint8_t lens[] = { 8, 16, 24, 24 };
	unsigned int type = v.len ? v.at[0] : 0;

	if (type < 133 || type > 136)
		return;
	if (type >= 135 && v.len >= 24)
		set6(type == 135 ? &r->target : &r->claim, v.at + 8);
	if (type != 136 && v.len >= (type == 135 ? 24 : 8))
		r->claim = r->src;
	if (type == 135 && is_zero(r->src.ip, 16)) {
		r->claim = r->target;
		r->question = true;
	}
	/* No node has such an address (RFC 4291 2.5.5.2). */
	if (reference_is_ip4(r->claim.ip))
		r->claim.given = false;
	if (accepted && v.len >= lens[type - 133])
		r->foreign =
			options_are_foreign(behind(v, lens[type - 133]), mac);
}

/*
 * Headers up to ICMPv6 (RFC 8200 4). Hop-by-hop options come first or not at
 * all, and ND in fragments is ignored (RFC 6980): receivers accept neither.
 */
static void walk(struct view v, unsigned int next, const uint8_t mac[6],
		 struct reading *r)
{
	bool accepted = true;

	for (bool first = true; next != 58; first = false) {
		size_t len = 8;

		if (v.len < 8)
			return;
		switch (next) {
		case 0:
			accepted &= first;
			break;
		case 43:
		case 60:
			break;
		case 44:
			if (u16(v.at + 2) & 0xfff8)
				return;
			accepted &= !(u16(v.at + 2) & 1);
			break;
		default:
			return;
		}
		if (next != 44)
			len += v.at[1] * 8U;
		next = v.at[0];
		v = behind(v, len);
	}
	read_icmp6(v, mac, accepted, r);
}

/*
 * What is in the packet by its length is what receivers go by. What is in the
 * frame behind that is read too: a claim or a question may be taken from there.
 */
/* RFC 2710, 3810: behind a hop-by-hop header, and as long as it says. */
static void read_mld(struct view v, struct reading *r)
{
	struct view body = behind(v, 40);
	unsigned int type;
	size_t at;

	if (u16(v.at + 4) > body.len || body.len < 2 || body.at[0] != 58)
		return;
	at = 8 + body.at[1] * 8U;
	if (at >= body.len)
		return;
	type = body.at[at];
	r->report = type == 131 || type == 132 || type == 143;
}

static void read_ip6(struct view v, const uint8_t mac[6], struct reading *r)
{
	struct view body = behind(v, 40);
	struct reading exact;
	size_t len;

	if (v.len < 40 || v.at[0] >> 4 != 6)
		return;
	set6(&r->src, v.at + 8);
	set6(&r->dst, v.at + 24);
	if (v.at[6] == 0)
		read_mld(v, r);
	if (v.at[6] == 17)
		read_dhcp6(body, r);
	exact = *r;
	walk(body, v.at[6], mac, r);
	r->foreign = false;
	len = u16(v.at + 4);
	/* 0 with hop-by-hop options: a jumbogram, or all that there is. */
	if (!len && v.at[6] == 0)
		len = body.len;
	if (len > body.len)
		return;
	body.len = len;
	walk(body, v.at[6], mac, &exact);
	r->foreign = exact.foreign;
}

void reference_read(const uint8_t *frame, size_t len, const uint8_t mac[6],
		    struct reading *r)
{
	struct view v;

	*r = (struct reading){};
	if (len < 14)
		return;
	v = (struct view){ frame + 14, len - 14 };
	switch (u16(frame + 12)) {
	case 0x0800:
		read_ip4(v, r);
		break;
	case 0x0806:
		read_arp(v, mac, r);
		break;
	case 0x86dd:
		read_ip6(v, mac, r);
		break;
	}
}

/* RFC 1122 3.2.1.3, RFC 4291 2.4, 2.5.2, 2.5.3, 2.5.5, RFC 1112 4. */
bool reference_is_host_address(const uint8_t ip[16])
{
	if (reference_is_ip4(ip))
		return ip[12] != 0 && ip[12] != 127 && ip[12] < 224;
	return ip[0] != 0xff && !is_zero(ip, 8);
}

void reference_probe(uint8_t frame[PROBE_LEN], const uint8_t ip[16],
		     const uint8_t mac[6])
{
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };

	memset(frame, 0, PROBE_LEN);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, head, sizeof(head));
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 38, ip + 12, 4);
}

uint16_t reference_sum(const uint8_t *at, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)at[i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum ? (uint16_t)sum : 0xffff;
}

/* RFC 8200 8.1: both addresses, length, next header. */
uint16_t reference_sum_ip6(const uint8_t *ip6, size_t len)
{
	uint32_t sum = reference_sum(ip6 + 8, 32, (uint32_t)len + ip6[6]);

	return reference_sum(ip6 + 40, len, sum);
}

/* RFC 768. */
uint16_t reference_sum_udp4(const uint8_t *ip, size_t len)
{
	uint32_t sum = reference_sum(ip + 12, 8, (uint32_t)len + 17);

	return reference_sum(ip + (ip[0] & 15) * 4U, len, sum);
}

/* RFC 826, "Packet Reception". */
static size_t answer_arp(const struct datapath *d, uint8_t *answer)
{
	const uint8_t *ask = d->frame + 14;
	uint8_t *arp = answer + 14;

	memcpy(answer, d->frame, d->len);
	memcpy(answer, d->frame + 6, 6);
	memcpy(answer + 6, d->mac, 6);
	arp[7] = 2;
	memcpy(arp + 8, d->mac, 6);
	memcpy(arp + 14, ask + 24, 4);
	memcpy(arp + 18, ask + 8, 10);
	return d->len;
}

/* RFC 4861 7.2.4, 4.4; to all nodes (RFC 2464 7) who asks by DAD. */
static size_t answer_ns(const struct datapath *d, const struct reading *r,
			uint8_t *answer)
{
	static const uint8_t all_mac[] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t head[] = { 0x86, 0xdd, 0x60, 0,  0,
					0,    0,    32,	  58, 255 };
	uint8_t *ip6 = answer + 14, *na = ip6 + 40;
	uint16_t sum;

	if (d->frame[21] != 255)
		return 0;
	memset(answer, 0, 86);
	memcpy(answer, r->question ? all_mac : d->frame + 6, 6);
	memcpy(answer + 6, d->mac, 6);
	memcpy(answer + 12, head, sizeof(head));
	memcpy(ip6 + 8, r->target.ip, 16);
	ip6[24] = 0xff;
	ip6[25] = 2;
	ip6[39] = 1;
	if (!r->question)
		memcpy(ip6 + 24, r->src.ip, 16);
	na[0] = 136;
	na[4] = r->question ? 0x20 : 0x60;
	memcpy(na + 8, r->target.ip, 16);
	na[24] = 2;
	na[25] = 1;
	memcpy(na + 26, d->mac, 6);
	sum = ~reference_sum_ip6(ip6, 32);
	na[2] = (uint8_t)(sum >> 8);
	na[3] = (uint8_t)sum;
	return 86;
}

size_t reference_answer(const struct datapath *d, const struct reading *r,
			uint8_t *answer)
{
	if (d->len < 14 || d->frame[6] & 1)
		return 0;
	if (r->arp_request)
		return answer_arp(d, answer);
	return r->target.given ? answer_ns(d, r, answer) : 0;
}
