// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program may make of a frame, to the byte: nothing, one of our own
 * questions and answers, or DHCP of which a client id differs.
 */
#include <string.h>

#include "oracle.h"
#include "require.h"

#define QUOTE 1232U /* of a packet that was too big: RFC 4443 3.2 */

static bool is_probe(const struct seen *s)
{
	const struct datapath *d = s->d;
	uint8_t probe[PROBE_LEN];

	if (d->prog != SLAVE_TX || !s->r.claim.given ||
	    !reference_is_ip4(s->r.claim.ip))
		return false;
	reference_probe(probe, s->r.claim.ip, d->mac);
	if (d->skb.len < sizeof(probe) || memcmp(d->out, probe, sizeof(probe)))
		return false;
	/* Of the sender's own bytes none goes to whom it may not reach. */
	for (size_t i = sizeof(probe); i < d->skb.len; i++)
		require(!d->out[i]);
	return true;
}

static bool is_answer(const struct seen *s)
{
	static uint8_t answer[FRAME_MAX];
	const struct datapath *d = s->d;
	size_t len = reference_answer(d, &s->r, answer);

	return len && len == d->skb.len && !memcmp(d->out, answer, len);
}

/* The complaint to the sender of a packet; the rest of it is as it was. */
static bool is_too_big(const struct seen *s)
{
	const struct datapath *d = s->d;
	const uint8_t *ip6 = d->out + 14;
	static const uint8_t head[] = {
		0x60, 0, 0, 0, 1240 >> 8, 1240 & 255, 58
	};
	size_t quoted = d->len - 14 < QUOTE ? d->len - 14 : QUOTE;

	if (d->prog != SLAVE_TX || d->skb.len != 14 + 48 + QUOTE ||
	    memcmp(ip6, head, sizeof(head)) != 0 || ip6[40] != 2)
		return false;
	require(!memcmp(d->out + 6, d->mac, 6));
	require(!memcmp(d->out, d->mac, 6));
	require(!memcmp(ip6 + 8, &d->before.port.ip6, 16));
	require(s->r.src.given && !memcmp(ip6 + 24, s->r.src.ip, 16));
	require(!ip6[41] && !u16(ip6 + 44) && u16(ip6 + 46) == kernel.fib_mtu);
	require(reference_sum_ip6(ip6, 1240) == 0xffff);
	require(!memcmp(ip6 + 48, d->frame + 14, quoted));
	for (size_t i = quoted; i < QUOTE; i++)
		require(!ip6[48 + i]);
	return true;
}

/* The bytes that differ, but for those of two fields: no more than an option. */
static void check_edit(const uint8_t *old, const uint8_t *new, size_t from,
		       size_t old_end, size_t new_end)
{
	size_t first = 0, last = 0;

	for (size_t i = from; i < new_end; i++) {
		if (new[i] == (i < old_end ? old[i] : 0))
			continue;
		if (!first)
			first = i;
		last = i;
	}
	require(last - first < 12);
}

/* A checksum says as much as it did: right, wrong by so much, or not there. */
static void check_udp_sum(const struct datapath *d, size_t udp, size_t old_len,
			  size_t len)
{
	const uint8_t *old = d->frame + udp, *new = d->out + udp;
	uint16_t (*sum)(const uint8_t *, size_t) =
		udp == 54 ? reference_sum_ip6 : reference_sum_udp4;

	require(!u16(old + 6) == !u16(new + 6));
	if (!u16(old + 6))
		return;
	if (!kernel.partial) {
		require(sum(d->frame + 14, old_len) == sum(d->out + 14, len));
		return;
	}
	/* Of the pseudo header the length alone has changed. */
	require((u16(new + 6) + 0x1fffe - u16(old + 6) - (len - old_len)) %
			0xffff ==
		0);
}

/* A reply has its client's transaction id, a request one that nobody else has. */
static void check_xid(const struct seen *s, const uint8_t *new)
{
	const struct transaction *t =
		transaction_find(&s->d->before.transactions, s->r.xid, 4);
	uint32_t xid;

	memcpy(&xid, new, sizeof(xid));
	if (xid == s->r.xid)
		return;
	require(t);
	require(s->r.reply ? xid == t->dhcp.xid :
			     is_taken(s, t) && xid == other_xid(s));
}

/* 4: an IPv4 packet that may have grown; all else of its headers is the same. */
static bool is_dhcp4(const struct seen *s)
{
	const struct datapath *d = s->d;
	const uint8_t *old = d->frame + 14, *new = d->out + 14;
	size_t head, old_len, len;

	if ((s->r.reply | s->r.request) != 4 || d->skb.len < 42)
		return false;
	head = (old[0] & 15) * 4U;
	old_len = u16(old + 2);
	len = u16(new + 2);
	require(len >= old_len && len <= old_len + 10);
	require(14 + len <= d->skb.len && 14 + old_len <= d->len);
	require(len == old_len || (len <= d->before.port.mtu && s->r.request));
	require(!memcmp(d->frame, d->out, 14) && !memcmp(old, new, 2));
	require(!memcmp(old + 4, new + 4, 6));
	require(!memcmp(old + 12, new + 12, head - 12));
	require(reference_sum(old, head, 0) == reference_sum(new, head, 0));
	require(!memcmp(old + head, new + head, 4));
	require(u16(new + head + 4) == len - head);
	require(!memcmp(old + head + 8, new + head + 8, 4));
	check_xid(s, new + head + 12);
	check_edit(old, new, head + 16, old_len, len);
	check_udp_sum(d, 14 + head, old_len - head, len - head);
	if (len != old_len)
		require(d->skb.len == 14 + len);
	else
		require(d->skb.len == d->len &&
			!memcmp(old + len, new + len, d->len - 14 - len));
	return true;
}

static bool is_dhcp6(const struct seen *s)
{
	const struct datapath *d = s->d;
	size_t len;

	if ((s->r.reply | s->r.request) != 6 || d->skb.len != d->len)
		return false;
	len = u16(d->frame + 58);
	require(54 + len <= d->len);
	require(!memcmp(d->frame, d->out, 60));
	check_edit(d->frame, d->out, 62, d->len, d->len);
	check_udp_sum(d, 54, len, len);
	return true;
}

/* A slave's frame in l3 is a packet, whatever MAC it is for. */
static bool is_readdressed(const struct seen *s)
{
	const struct datapath *d = s->d;

	return d->prog == SLAVE_TX && s->flags & BV_SLAVE_ROUTED &&
	       d->skb.len == d->len && d->len >= 14 &&
	       !memcmp(d->out, d->mac, 6) &&
	       !memcmp(d->out + 6, d->frame + 6, d->len - 6);
}

enum made check_frame(const struct seen *s)
{
	const struct datapath *d = s->d;

	/* An answer may be what was asked: by the type of the message. */
	if (d->skb.len == d->len && !memcmp(d->out, d->frame, d->len))
		return MADE_NOTHING;
	if (is_readdressed(s))
		return MADE_READDRESSED;
	if (is_probe(s))
		return MADE_PROBE;
	if (is_answer(s))
		return MADE_ANSWER;
	if (is_too_big(s))
		return MADE_TOO_BIG;
	require(is_dhcp4(s) || is_dhcp6(s));
	require(d->prog != SLAVE_TX || !(s->flags & BV_SLAVE_ROUTED));
	return MADE_DHCP;
}
