// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames that end early: each is cut to every length from its Ethernet header
 * on. At every length it is treated by what is still there.
 */
#include "cases.h"

#include <netinet/in.h>

#define TO_(to_)                               \
	{                                      \
		.verdict = REDIRECT, .to = to_ \
	}
#define SLAVE_ALL_                                                        \
	{                                                                 \
		.verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE \
	}
/* A question that is for no slave; a packet to a group that none is in. */
#define SLAVE_NONE_                                             \
	{                                                       \
		.verdict = REDIRECT, .copies = HOST, .to = WIRE \
	}
#define DROPPED_(why_)                                                 \
	{                                                              \
		.verdict = DROP, .drops = { { 1, BV_DROP_##why_, 1 } } \
	}

/* Ethernet 14, ARP 28, IPv4 20, IPv6 40, UDP 8, a solicitation 24 + 8. */
static const struct test_case slave_cases[] = {
	{ .name = "ARP from a slave",
	  .frame = { .kind = FRAME_ARP,
		     .op = ARP_REPLY,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2",
		     .payload = 4 },
	  .cuts = { { 14, DROPPED_(BAD_ARP) }, { 42, TO_(S2) } } },
	{ .name = "ARP from a slave to all",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = "10.0.0.1",
		     .dst = IP4_WIRE },
	  .cuts = { { 14, DROPPED_(BAD_ARP) }, { 42, SLAVE_NONE_ } } },
	{ .name = "IPv4 to a sibling",
	  .frame = { .kind = FRAME_IP4,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2",
		     .payload = 10 },
	  .cuts = { { 14, TO_(HOST) }, { 52, TO_(S2) } } },
	{ .name = "IPv4 to a sibling, its length 0",
	  .frame = { .kind = FRAME_IP4,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2",
		     .no_len = true,
		     .payload = 10 },
	  .cuts = { { 14, TO_(HOST) }, { 34, TO_(S2) } } },
	{ .name = "IPv4 to a neighbour",
	  .frame = { .kind = FRAME_IP4,
		     .to = neighbour,
		     .src = "10.0.0.1",
		     .dst = IP4_WIRE,
		     .payload = 10 },
	  .cuts = { { 14, TO_(WIRE) } } },
	{ .name = "IPv6 to a sibling",
	  .frame = { .kind = FRAME_IP6,
		     .src = "fe80::1",
		     .dst = "fe80::2",
		     .payload = 10 },
	  .cuts = { { 14, TO_(HOST) }, { 54, TO_(S2) } } },
	{ .name = "IPv6 with headers to a sibling",
	  .frame = { .kind = FRAME_IP6,
		     .src = "fe80::1",
		     .dst = "fe80::2",
		     .exts = BYTES(IPPROTO_HOPOPTS, IPPROTO_FRAGMENT,
				   IPPROTO_DSTOPTS),
		     .payload = 10 },
	  .cuts = { { 14, TO_(HOST) }, { 54, TO_(S2) } } },
	{ .name = "a slave's solicitation",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = "fe80::1",
		     .dst = "ff02::1:ff00:77",
		     .target = IP6_WIRE,
		     .opts = BYTES(1, 1, OWN, 14, 1, 1, 2, 3, 4, 5, 6) },
	  .cuts = { { 14, SLAVE_ALL_ },
		    { 54, DROPPED_(SHORT) },
		    { 78, DROPPED_(BAD_ND) },
		    { 94, SLAVE_NONE_ } } },
	{ .name = "a slave's advertisement of a foreign MAC",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .type = ND_NA,
		     .src = "fe80::1",
		     .dst = "ff02::1",
		     .target = "fe80::1",
		     .opts = BYTES(2, 1, FOREIGN) },
	  .cuts = { { 14, SLAVE_ALL_ },
		    { 54, DROPPED_(SHORT) },
		    { 78, DROPPED_(BAD_ND) },
		    { 86, DROPPED_(FOREIGN_MAC) } } },
	{ .name = "a slave's router advertisement",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .type = ND_RA,
		     .src = "fe80::1",
		     .dst = "ff02::1",
		     .opts = BYTES(1, 1, OWN) },
	  .cuts = { { 14, SLAVE_ALL_ },
		    { 54, DROPPED_(SHORT) },
		    { 62, DROPPED_(BAD_ND) },
		    { 78, SLAVE_ALL_ } } },
	{ .name = "a slave's solicitation behind headers",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = "fe80::1",
		     .dst = "ff02::1:ff00:77",
		     .target = IP6_WIRE,
		     .exts = BYTES(IPPROTO_HOPOPTS, IPPROTO_DSTOPTS),
		     .opts = BYTES(1, 1, OWN) },
	  /* A header is read by its first four bytes. */
	  .cuts = { { 14, SLAVE_ALL_ },
		    { 54, SLAVE_NONE_ },
		    { 66, DROPPED_(SHORT) },
		    { 94, DROPPED_(BAD_ND) },
		    { 102, SLAVE_NONE_ } } },
	{ .name = "any protocol from a slave",
	  .frame = { .to = neighbour, .payload = 10 },
	  .cuts = { { 14, TO_(WIRE) } } },
};

#define WIRE_ALL_                                       \
	{                                               \
		.verdict = NEXT, .copies = S1 | S2 | S3 \
	}
#define NEXT_                   \
	{                       \
		.verdict = NEXT \
	}

static const struct test_case wire_cases[] = {
	{ .name = "ARP from the wire",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  .cuts = { { 14, WIRE_ALL_ }, { 42, TO_(S1) } } },
	{ .name = "an ARP reply from the wire",
	  .frame = { .kind = FRAME_ARP,
		     .from = neighbour,
		     .op = ARP_REPLY,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  .cuts = { { 14, NEXT_ }, { 42, TO_(S1) } } },
	{ .name = "IPv4 from the wire",
	  .frame = { .kind = FRAME_IP4,
		     .from = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1",
		     .payload = 10 },
	  .cuts = { { 14, NEXT_ }, { 52, TO_(S1) } } },
	{ .name = "IPv6 from the wire",
	  .frame = { .kind = FRAME_IP6,
		     .from = neighbour,
		     .src = IP6_WIRE,
		     .dst = "fe80::1",
		     .payload = 10 },
	  .cuts = { { 14, NEXT_ }, { 54, TO_(S1) } } },
	{ .name = "a solicitation from the wire",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .from = neighbour,
		     .src = IP6_WIRE,
		     .dst = "ff02::1:ff00:1",
		     .target = "fe80::1",
		     .opts = BYTES(1, 1, NEIGHBOUR) },
	  .cuts = { { 14, WIRE_ALL_ }, { 54, NEXT_ }, { 78, TO_(S1) } } },
	{ .name = "a solicitation behind headers from the wire",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .from = neighbour,
		     .src = IP6_WIRE,
		     .dst = "ff02::1:ff00:1",
		     .target = "fe80::1",
		     .opts = BYTES(1, 1, NEIGHBOUR),
		     .exts = BYTES(IPPROTO_HOPOPTS, IPPROTO_ROUTING) },
	  .cuts = { { 14, WIRE_ALL_ }, { 54, NEXT_ }, { 94, TO_(S1) } } },
	{ .name = "a vepa slave's IPv4, reflected",
	  .flags = { [2] = BV_SLAVE_VEPA },
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .src = "10.0.0.2",
		     .dst = "10.0.0.255",
		     .payload = 10 },
	  .cuts = { { 14,
		      { .verdict = DROP,
			.drops = { { 0, BV_DROP_REFLECTED, 1 } } } },
		    { 34, { .verdict = NEXT, .copies = S1 | S3 } } } },
	{ .name = "a vepa slave's IPv6, reflected",
	  .flags = { [2] = BV_SLAVE_VEPA },
	  .frame = { .kind = FRAME_IP6,
		     .to = all_nodes,
		     .src = "fe80::2",
		     .dst = "ff02::1",
		     .payload = 10 },
	  .cuts = { { 14,
		      { .verdict = DROP,
			.drops = { { 0, BV_DROP_REFLECTED, 1 } } } },
		    { 54, { .verdict = NEXT, .copies = S1 | S3 } } } },
};

static const struct test_case host_cases[] = {
	{ .name = "ARP from the host",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = IP4_HOST,
		     .dst = "10.0.0.1" },
	  .cuts = { { 14, WIRE_ALL_ },
		    { 42, { .verdict = NEXT, .copies = S1 } } } },
	{ .name = "IPv4 from the host",
	  .frame = { .kind = FRAME_IP4,
		     .src = IP4_HOST,
		     .dst = "10.0.0.1",
		     .payload = 10 },
	  .cuts = { { 14, NEXT_ }, { 52, TO_(S1) } } },
	{ .name = "IPv6 from the host",
	  .frame = { .kind = FRAME_IP6,
		     .src = IP6_HOST,
		     .dst = "fe80::1",
		     .payload = 10 },
	  .cuts = { { 14, NEXT_ }, { 54, TO_(S1) } } },
	{ .name = "a solicitation from the host",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = IP6_HOST,
		     .dst = "ff02::1:ff00:1",
		     .target = "fe80::1",
		     .opts = BYTES(1, 1, OWN) },
	  .cuts = { { 14, WIRE_ALL_ },
		    { 54, NEXT_ },
		    { 78, { .verdict = NEXT, .copies = S1 } } } },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, slave_cases),
		CASES(WIRE_RX, wire_cases),
		CASES(HOST_TX, host_cases),
		{},
	};

	return cases_main(tables);
}
