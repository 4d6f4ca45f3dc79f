// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which address belongs to whom after a frame. What takes more than one frame
 * is in test_contest.c.
 */
#include "cases.h"

#include <stdio.h>

#define DROPPED(why_) \
	.out = { .verdict = DROP, .drops = { { 1, BV_DROP_##why_, 1 } } }
#define EVERYBODY \
	.out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE }
/* A question that is for no slave. */
#define UNHEARD .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE }
#define TO_WIRE .out = { .verdict = REDIRECT, .to = WIRE }
#define OWNED(ip_, slot_) .after = { { .ip = ip_, .slot = slot_ } }

/* To all, about an address of the wire. */
#define ARP_FROM(ip_)                 \
	.frame = { .kind = FRAME_ARP, \
		   .to = broadcast,   \
		   .src = ip_,        \
		   .dst = "192.0.2.99" }
#define ND(type_, src_, target_)     \
	.frame = { .kind = FRAME_ND, \
		   .to = all_nodes,  \
		   .type = type_,    \
		   .src = src_,      \
		   .dst = "ff02::1", \
		   .target = target_ }

static const struct test_case arp_cases[] = {
	{ .name = "an ARP request claims its sender's address",
	  ARP_FROM("192.0.2.1"),
	  UNHEARD,
	  OWNED("192.0.2.1", 1) },
	{ .name = "an ARP announcement claims its address",
	  .empty = true,
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = "192.0.2.1",
		     .dst = "192.0.2.1" },
	  EVERYBODY,
	  OWNED("192.0.2.1", 1) },
	{ .name = "an ARP reply to a neighbour claims its address",
	  .at = 3,
	  .frame = { .kind = FRAME_ARP,
		     .op = ARP_REPLY,
		     .to = neighbour,
		     .src = "192.0.2.1",
		     .dst = IP4_WIRE },
	  TO_WIRE,
	  OWNED("192.0.2.1", 3) },
	{ .name = "a vepa slave claims its address",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  ARP_FROM("192.0.2.1"),
	  TO_WIRE,
	  OWNED("192.0.2.1", 1) },
	{ .name = "an ARP probe claims nothing",
	  ARP_FROM("0.0.0.0"),
	  EVERYBODY },
	{ .name = "0.1.2.3 is nobody's", ARP_FROM("0.1.2.3"), UNHEARD },
	{ .name = "127.0.0.1 is nobody's", ARP_FROM("127.0.0.1"), UNHEARD },
	{ .name = "127.255.255.254 is nobody's",
	  ARP_FROM("127.255.255.254"),
	  UNHEARD },
	{ .name = "224.0.0.1 is nobody's", ARP_FROM("224.0.0.1"), UNHEARD },
	{ .name = "240.0.0.1 is nobody's", ARP_FROM("240.0.0.1"), UNHEARD },
	{ .name = "255.255.255.255 is nobody's",
	  ARP_FROM("255.255.255.255"),
	  UNHEARD },
	{ .name = "223.255.255.254 is somebody's",
	  ARP_FROM("223.255.255.254"),
	  UNHEARD,
	  OWNED("223.255.255.254", 1) },
	{ .name = "1.0.0.1 is somebody's",
	  ARP_FROM("1.0.0.1"),
	  UNHEARD,
	  OWNED("1.0.0.1", 1) },
	{ .name = "what is refused claims nothing",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = "192.0.2.1",
		     .dst = IP4_WIRE,
		     .sha = foreign },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "IPv4 claims nothing",
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .src = "192.0.2.1",
		     .dst = "255.255.255.255" },
	  EVERYBODY },
};

static const struct test_case nd_cases[] = {
	{ .name = "a solicitation claims its source",
	  ND(ND_NS, "2001:db8::1", IP6_WIRE),
	  UNHEARD,
	  OWNED("2001:db8::1", 1) },
	{ .name = "an advertisement claims its target, not its source",
	  ND(ND_NA, "fe80::111", "2001:db8::1"),
	  EVERYBODY,
	  OWNED("2001:db8::1", 1) },
	{ .name = "a router solicitation claims its source",
	  ND(ND_RS, "fe80::111", NULL),
	  EVERYBODY,
	  OWNED("fe80::111", 1) },
	{ .name = "a router advertisement claims its source",
	  ND(ND_RA, "fe80::111", NULL),
	  EVERYBODY,
	  OWNED("fe80::111", 1) },
	{ .name = "an advertisement to a neighbour claims its target",
	  .frame = { .kind = FRAME_ND,
		     .to = neighbour,
		     .type = ND_NA,
		     .src = "2001:db8::1",
		     .dst = IP6_WIRE,
		     .target = "2001:db8::1" },
	  TO_WIRE,
	  OWNED("2001:db8::1", 1) },
	{ .name = "DAD's question claims nothing yet",
	  ND(ND_NS, "::", "2001:db8::1"),
	  EVERYBODY },
	{ .name = "a router solicitation from no address claims nothing",
	  ND(ND_RS, "::", NULL),
	  EVERYBODY },
	{ .name = "an advertisement of no address claims nothing",
	  ND(ND_NA, "fe80::1", "::"),
	  EVERYBODY },
	{ .name = "ff02::1 is nobody's",
	  ND(ND_NA, "fe80::1", "ff02::1"),
	  EVERYBODY },
	{ .name = "ff02::1 is nobody's as a source either",
	  ND(ND_NS, "ff02::1", IP6_WIRE),
	  UNHEARD },
	{ .name = "::1 is nobody's", ND(ND_NA, "fe80::1", "::1"), EVERYBODY },
	{ .name = "IPv4 addresses are not claimed by ND",
	  ND(ND_NA, "fe80::1", "::ffff:192.0.2.1"),
	  EVERYBODY },
	{ .name = "nor are old IPv4-compatible ones",
	  ND(ND_NA, "fe80::1", "::192.0.2.1"),
	  EVERYBODY },
	{ .name = "what is refused claims nothing",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = "2001:db8::1",
		     .dst = "ff02::1",
		     .target = IP6_WIRE,
		     .opts = BYTES(1, 1, FOREIGN) },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a redirect claims nothing",
	  ND(ND_REDIRECT, "2001:db8::1", "2001:db8::1"),
	  EVERYBODY },
	{ .name = "IPv6 claims nothing",
	  .frame = { .kind = FRAME_IP6,
		     .to = all_nodes,
		     .src = "2001:db8::1",
		     .dst = "ff02::1" },
	  EVERYBODY },
};

#define STATIC(ip_, slot_) \
	.table = { { .ip = ip_, .slot = slot_, .how = BV_ADDR_STATIC } }
#define LEARNED(ip_, slot_, ...) \
	.table = { { .ip = ip_, .slot = slot_, __VA_ARGS__ } }
#define PROBED(to_)                   \
	.out = { .verdict = REDIRECT, \
		 .to = to_,           \
		 .probe = true,       \
		 .drops = { { 1, BV_DROP_ADDR_IN_USE, 1 } } }
#define IP4_X "192.0.2.1"
#define IP6_X "2001:db8::1"

static const struct test_case conflict_cases[] = {
	{ .name = "a sibling's static address is not taken by ARP",
	  STATIC(IP4_X, 2),
	  ARP_FROM(IP4_X),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "the host's static address is not taken by ARP",
	  ARP_FROM(IP4_HOST),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "the host's static address is not taken by ND",
	  ND(ND_NA, "fe80::1", IP6_HOST),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "a static address is not taken by ND, whenever last seen",
	  .table = { { .ip = IP6_X,
		       .slot = 2,
		       .how = BV_ADDR_STATIC,
		       .seen_ago = 900000,
		       .asked_ago = 100000 } },
	  ND(ND_NA, "fe80::1", IP6_X),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "one's own static address stays static",
	  STATIC(IP4_X, 1),
	  ARP_FROM(IP4_X),
	  UNHEARD },
	{ .name = "a sibling's learned address: it is asked first",
	  ARP_FROM("10.0.0.2"),
	  PROBED(S2) },
	{ .name = "...in the master's namespace, too",
	  ARP_FROM("10.0.0.3"),
	  PROBED(S3) },
	{ .name = "...and the host",
	  LEARNED(IP4_X, 0),
	  ARP_FROM(IP4_X),
	  PROBED(HOST) },
	{ .name = "a claim in a frame to a neighbour asks the owner as well",
	  .frame = { .kind = FRAME_ARP,
		     .to = neighbour,
		     .op = ARP_REPLY,
		     .src = "10.0.0.2",
		     .dst = IP4_WIRE },
	  PROBED(S2) },
	{ .name = "a vepa slave's claim asks the owner as well",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  ARP_FROM("10.0.0.2"),
	  PROBED(S2) },
	{ .name = "an owner that was asked is not asked again in the second",
	  LEARNED(IP4_X, 2, .seen_ago = 5000, .asked_ago = 500),
	  ARP_FROM(IP4_X),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "an owner that answered is asked anew",
	  LEARNED(IP4_X, 2, .seen_ago = 1400, .asked_ago = 1500),
	  ARP_FROM(IP4_X),
	  PROBED(S2) },
	{ .name = "an owner silent for a second loses its address",
	  LEARNED(IP4_X, 2, .seen_ago = 5000, .asked_ago = 1500),
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 1) },
	{ .name = "...and so does a silent host",
	  LEARNED(IP4_X, 0, .seen_ago = 5000, .asked_ago = 1500),
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 1) },
	{ .name = "...but for IPv6 silence says nothing",
	  LEARNED(IP6_X, 2, .seen_ago = 5000, .asked_ago = 1500),
	  ND(ND_NA, "fe80::1", IP6_X),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "an advertisement of a learned address is refused",
	  ND(ND_NA, "fe80::1", "fe80::2"),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "a solicitation from a learned address is refused",
	  ND(ND_NS, "fe80::2", IP6_WIRE),
	  DROPPED(ADDR_IN_USE) },
	{ .name = "DAD's question reaches a learned owner and the wire",
	  ND(ND_NS, "::", "fe80::2"),
	  .out = { .verdict = REDIRECT, .copies = S2, .to = WIRE } },
	{ .name = "...also when asked before",
	  LEARNED(IP6_X, 3, .seen_ago = 5000, .asked_ago = 500),
	  ND(ND_NS, "::", IP6_X),
	  .out = { .verdict = REDIRECT, .copies = S3, .to = WIRE } },
	{ .name = "...also when silent, who loses nothing by a question",
	  LEARNED(IP6_X, 3, .seen_ago = 5000, .asked_ago = 1500),
	  ND(ND_NS, "::", IP6_X),
	  .out = { .verdict = REDIRECT, .copies = S3, .to = WIRE } },
	{ .name = "DAD's question reaches a static owner alone",
	  STATIC(IP6_X, 2),
	  ND(ND_NS, "::", IP6_X),
	  .out = { .verdict = REDIRECT, .to = S2 } },
	{ .name = "DAD's question reaches the host alone",
	  ND(ND_NS, "::", IP6_HOST),
	  .out = { .verdict = REDIRECT, .to = HOST } },
};

static const struct test_case gone_cases[] = {
	{ .name = "a slave that is gone loses a learned address",
	  LEARNED(IP4_X, 4),
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 1) },
	{ .name = "a slave that is gone loses a static address",
	  STATIC(IP4_X, 4),
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 1) },
	{ .name = "a slave that is gone loses an address by ND",
	  LEARNED(IP6_X, 4),
	  ND(ND_NA, "fe80::1", IP6_X),
	  EVERYBODY,
	  OWNED(IP6_X, 1) },
	{ .name = "...but not by DAD's question",
	  LEARNED(IP6_X, 4),
	  ND(ND_NS, "::", IP6_X),
	  EVERYBODY },
};

/* Slave 1 has learned all it may; 10.0.0.1 and fe80::1 are two of them. */
static void learn_all(void)
{
	for (uint32_t i = env.slaves[1].learned; i < BV_LEARN_MAX; i++) {
		const struct bv_addr addr = {
			.owner = BV_OWNER(1, BV_ADDR_LEARNED),
			.plen = 32,
		};
		char ip[16];

		snprintf(ip, sizeof(ip), "198.51.100.%u", i);
		env_addr_set(ip, &addr);
	}
	env.slaves[1].learned = BV_LEARN_MAX;
	env_count();
}

/* No room is left in the table: it is full of static addresses. */
static void fill_table(void)
{
	for (uint32_t i = env_addr_count(); i < TABLE_SIZE; i++) {
		const struct bv_addr addr = {
			.owner = BV_OWNER(2, BV_ADDR_STATIC),
			.plen = 24,
		};
		char ip[16];

		snprintf(ip, sizeof(ip), "198.51.100.%u", i);
		env_addr_set(ip, &addr);
	}
	env_count();
}

static const struct test_case limit_cases[] = {
	{ .name = "a slave with 64 addresses learns no more by ARP",
	  .prepare = learn_all,
	  ARP_FROM(IP4_X),
	  DROPPED(ADDR_LIMIT) },
	{ .name = "a slave with 64 addresses learns no more by ND",
	  .prepare = learn_all,
	  ND(ND_NA, "fe80::1", IP6_X),
	  DROPPED(ADDR_LIMIT) },
	{ .name = "a slave with 64 addresses keeps those",
	  .prepare = learn_all,
	  ARP_FROM("198.51.100.63"),
	  UNHEARD },
	{ .name = "a slave with 64 addresses takes none over",
	  .prepare = learn_all,
	  LEARNED(IP4_X, 4),
	  ARP_FROM(IP4_X),
	  DROPPED(ADDR_LIMIT) },
	{ .name = "a slave with 64 addresses may ask by DAD",
	  .prepare = learn_all,
	  ND(ND_NS, "::", IP6_X),
	  EVERYBODY },
	{ .name = "another slave is not hindered by that",
	  .at = 2,
	  .prepare = learn_all,
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 2) },
	{ .name = "a full table: a new address is refused by ARP",
	  .prepare = fill_table,
	  ARP_FROM(IP4_X),
	  DROPPED(TABLE_FULL) },
	{ .name = "a full table: a new address is refused by ND",
	  .prepare = fill_table,
	  ND(ND_NS, IP6_X, IP6_WIRE),
	  DROPPED(TABLE_FULL) },
	{ .name = "a full table: known addresses are good",
	  .prepare = fill_table,
	  ARP_FROM("10.0.0.1"),
	  UNHEARD },
	{ .name = "a full table: an address can change hands",
	  .table = { { .ip = IP4_X, .slot = 4 } },
	  .prepare = fill_table,
	  ARP_FROM(IP4_X),
	  UNHEARD,
	  OWNED(IP4_X, 1) },
};

static void learn_all_host(void)
{
	learn_all();
	env.slaves[0].learned = BV_LEARN_MAX;
}

#define TO_SLAVES .out = { .verdict = NEXT, .copies = S1 | S2 | S3 }

static const struct test_case host_cases[] = {
	{ .name = "the host claims its address by ARP",
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT },
	  OWNED(IP4_X, 0) },
	{ .name = "the host claims its address by ND",
	  ND(ND_NA, IP6_X, IP6_X),
	  TO_SLAVES,
	  OWNED(IP6_X, 0) },
	{ .name = "the host's DAD claims nothing yet",
	  ND(ND_NS, "::", IP6_X),
	  TO_SLAVES },
	{ .name = "the host's ARP for a slave claims the host's address",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = IP4_X,
		     .dst = "10.0.0.1" },
	  .out = { .verdict = NEXT, .copies = S1 },
	  OWNED(IP4_X, 0) },
	{ .name = "the host's ARP to one MAC claims nothing",
	  .frame = { .kind = FRAME_ARP,
		     .to = neighbour,
		     .op = ARP_REPLY,
		     .src = IP4_X,
		     .dst = IP4_WIRE },
	  .out = { .verdict = NEXT } },
	{ .name = "the host takes no static address, and is heard",
	  STATIC(IP4_X, 1),
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT } },
	{ .name = "the host takes no learned address, and is heard",
	  LEARNED(IP4_X, 1),
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT } },
	{ .name = "the host takes the address of a slave that is gone",
	  LEARNED(IP4_X, 4),
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT },
	  OWNED(IP4_X, 0) },
	{ .name = "127.0.0.1 is not the host's either",
	  ARP_FROM("127.0.0.1"),
	  .out = { .verdict = NEXT } },
	{ .name = "a host with 64 addresses learns no more, and is heard",
	  .prepare = learn_all_host,
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT } },
	{ .name = "a full table: the host is heard all the same",
	  .prepare = fill_table,
	  ARP_FROM(IP4_X),
	  .out = { .verdict = NEXT } },
};

/* Nobody beyond the wire is an owner here. */
static const struct test_case wire_cases[] = {
	{ .name = "the wire's ARP claims nothing",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_X,
		     .dst = IP4_X },
	  TO_SLAVES },
	{ .name = "the wire's ARP takes no address of a slave that is gone",
	  LEARNED(IP4_X, 4),
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_X,
		     .dst = IP4_X },
	  TO_SLAVES },
	{ .name = "the wire's ND claims nothing",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .from = neighbour,
		     .type = ND_NA,
		     .src = IP6_X,
		     .dst = "ff02::1",
		     .target = IP6_X },
	  TO_SLAVES },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, arp_cases),	 CASES(SLAVE_TX, nd_cases),
		CASES(SLAVE_TX, conflict_cases), CASES(SLAVE_TX, gone_cases),
		CASES(SLAVE_TX, limit_cases),	 CASES(HOST_TX, host_cases),
		CASES(WIRE_RX, wire_cases),	 {},
	};

	return cases_main(tables);
}
