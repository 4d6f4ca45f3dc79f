// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser of reference.h: plain, slow, and from the RFCs. */
#include "reference.h"

#include <string.h>

struct view {
	const uint8_t *at;
	size_t len;
};

static unsigned int u16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

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
}

static void read_ip4(struct view v, struct reading *r)
{
	if (v.len < 20 || v.at[0] >> 4 != 4)
		return;
	set4(&r->src, v.at + 12);
	set4(&r->dst, v.at + 16);
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
	if (type != 136 && v.len >= 8)
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
static void read_ip6(struct view v, const uint8_t mac[6], struct reading *r)
{
	struct view body = behind(v, 40);
	struct reading exact;
	size_t len;

	if (v.len < 40 || v.at[0] >> 4 != 6)
		return;
	set6(&r->src, v.at + 8);
	set6(&r->dst, v.at + 24);
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
