// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host sends through the master: to slaves, or the wire. */
#include "cases.h"

#define IP4(to_, dst_)                                                      \
	{                                                                   \
		.kind = FRAME_IP4, .to = to_, .src = IP4_HOST, .dst = dst_, \
		.payload = 30                                               \
	}
#define IP6(to_, dst_)                                                      \
	{                                                                   \
		.kind = FRAME_IP6, .to = to_, .src = IP6_HOST, .dst = dst_, \
		.payload = 30                                               \
	}
#define ARP(to_, op_, dst_)                                               \
	{                                                                 \
		.kind = FRAME_ARP, .to = to_, .op = op_, .src = IP4_HOST, \
		.dst = dst_                                               \
	}
#define ND(to_, type_, dst_, target_)                                        \
	{                                                                    \
		.kind = FRAME_ND, .to = to_, .type = type_, .src = IP6_HOST, \
		.dst = dst_, .target = target_, .opts = BYTES(1, 1, OWN)     \
	}
#define TO_SLAVE(to_) .out = { .verdict = REDIRECT, .to = to_ }
#define TO_WIRE .out = { .verdict = NEXT }
#define EVERYBODY .out = { .verdict = NEXT, .copies = S1 | S2 | S3 }
/* A question that is for nobody here. */
#define UNHEARD .out = { .verdict = NEXT }
#define OFF1 .flags = { [1] = BV_SLAVE_HOST_OFF }
#define DROPPED(slot_) \
	.out = { .verdict = DROP, .drops = { { slot_, BV_DROP_HOST_OFF, 1 } } }
#define STATIC1 \
	.table = { { .ip = "10.7.7.7", .slot = 1, .how = BV_ADDR_STATIC } }

static const struct test_case unicast_cases[] = {
	{ .name = "IPv4 to a neighbour goes to the wire",
	  .frame = IP4(neighbour, IP4_WIRE),
	  TO_WIRE },
	{ .name = "IPv4 for a slave by way of a router goes to the router",
	  .frame = IP4(neighbour, "10.0.0.1"),
	  TO_WIRE },
	{ .name = "ARP to a neighbour goes to the wire",
	  .frame = ARP(neighbour, ARP_REPLY, "10.0.0.1"),
	  TO_WIRE },
	{ .name = "another's frame that the host forwards goes to the wire",
	  .frame = { .from = foreign, .to = neighbour, .payload = 46 },
	  TO_WIRE },
	{ .name = "IPv4 to a slave's address reaches it",
	  .frame = IP4(own, "10.0.0.1"),
	  TO_SLAVE(S1) },
	{ .name = "IPv4 reaches a slave in the master's namespace",
	  .frame = IP4(own, "10.0.0.3"),
	  TO_SLAVE(S3) },
	{ .name = "IPv4 to a static address reaches its owner",
	  STATIC1,
	  .frame = IP4(own, "10.7.7.7"),
	  TO_SLAVE(S1) },
	{ .name = "IPv6 to a slave's address reaches it",
	  .frame = IP6(own, "fe80::2"),
	  TO_SLAVE(S2) },
	{ .name = "IPv6 behind headers reaches it",
	  .frame = { .kind = FRAME_IP6,
		     .src = IP6_HOST,
		     .dst = "fe80::2",
		     .exts = BYTES(60, 44),
		     .payload = 30 },
	  TO_SLAVE(S2) },
	{ .name = "an ARP reply reaches the slave that asked",
	  .frame = ARP(own, ARP_REPLY, "10.0.0.2"),
	  TO_SLAVE(S2) },
	{ .name = "an ARP request to one MAC reaches the slave asked",
	  .frame = ARP(own, ARP_REQUEST, "10.0.0.1"),
	  TO_SLAVE(S1) },
	{ .name = "an advertisement reaches the slave that asked",
	  .frame = ND(own, ND_NA, "fe80::1", IP6_HOST),
	  TO_SLAVE(S1) },
	{ .name = "a solicitation to one MAC reaches the slave asked",
	  .frame = ND(own, ND_NS, "fe80::3", "fe80::3"),
	  TO_SLAVE(S3) },
	{ .name = "IPv4 to a slave with host off is dropped, as the slave's",
	  OFF1,
	  .frame = IP4(own, "10.0.0.1"),
	  DROPPED(1) },
	{ .name = "IPv6 to a slave with host off is dropped",
	  OFF1,
	  .frame = IP6(own, "fe80::1"),
	  DROPPED(1) },
	{ .name = "an ARP reply to a slave with host off is dropped",
	  OFF1,
	  .frame = ARP(own, ARP_REPLY, "10.0.0.1"),
	  DROPPED(1) },
	{ .name = "host off at one slave is no matter of another's",
	  OFF1,
	  .frame = IP4(own, "10.0.0.2"),
	  TO_SLAVE(S2) },
	{ .name = "a private and a vepa slave are reached",
	  .flags = { [2] = BV_SLAVE_PRIVATE | BV_SLAVE_VEPA },
	  .frame = IP4(own, "10.0.0.2"),
	  TO_SLAVE(S2) },
	{ .name = "IPv4 to a slave that is gone goes to the wire",
	  .inactive = S1,
	  .frame = IP4(own, "10.0.0.1"),
	  TO_WIRE },
	{ .name = "IPv4 to our MAC but nobody's address goes to the wire",
	  .frame = IP4(own, IP4_WIRE),
	  TO_WIRE },
	{ .name = "IPv4 to our MAC and the host's address, too",
	  .frame = IP4(own, IP4_HOST),
	  TO_WIRE },
	{ .name = "an unknown protocol to our MAC, too",
	  .frame = { .payload = 46 },
	  TO_WIRE },
	{ .name = "IPv4 of no sane length, too",
	  .frame = { .kind = FRAME_IP4,
		     .src = IP4_HOST,
		     .dst = "10.0.0.1",
		     .len_off = 1 },
	  TO_WIRE },
};

static const struct test_case group_cases[] = {
	{ .name = "an IPv4 broadcast reaches everybody",
	  .frame = IP4(broadcast, "255.255.255.255"),
	  EVERYBODY },
	{ .name = "an IPv6 multicast reaches everybody",
	  .frame = IP6(all_nodes, "ff02::1"),
	  EVERYBODY },
	{ .name = "an unknown protocol to all reaches everybody",
	  .frame = { .to = broadcast, .payload = 46 },
	  EVERYBODY },
	{ .name = "a broadcast of its addresses alone reaches everybody",
	  .frame = { .to = broadcast },
	  EVERYBODY },
	{ .name = "another's broadcast that the host forwards, too",
	  .frame = { .to = broadcast, .from = foreign, .payload = 46 },
	  EVERYBODY },
	{ .name = "a tagged broadcast goes to the wire alone",
	  .styles = SENT,
	  .frame = { .to = broadcast, .vlan = 7, .payload = 46 },
	  TO_WIRE },
	{ .name = "...and one with two tags",
	  .styles = SENT,
	  .frame = { .to = broadcast,
		     .vlan = 7,
		     .vlan_inner = 8,
		     .payload = 46 },
	  TO_WIRE },
	{ .name = "a broadcast does not reach a slave with host off",
	  OFF1,
	  .frame = IP4(broadcast, "10.0.0.255"),
	  .out = { .verdict = NEXT, .copies = S2 | S3 } },
	{ .name = "a broadcast reaches a private and a vepa slave",
	  .flags = { [1] = BV_SLAVE_PRIVATE, [2] = BV_SLAVE_VEPA },
	  .frame = IP4(broadcast, "10.0.0.255"),
	  EVERYBODY },
	{ .name = "a broadcast reaches no slave that is not set up",
	  .inactive = S2 | S3,
	  .frame = IP4(broadcast, "10.0.0.255"),
	  .out = { .verdict = NEXT, .copies = S1 } },
	{ .name = "ARP for a slave's learned address: it and the wire",
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1"),
	  .out = { .verdict = NEXT, .copies = S1 } },
	{ .name = "ARP for a slave's static address reaches it alone",
	  STATIC1,
	  .frame = ARP(broadcast, ARP_REQUEST, "10.7.7.7"),
	  TO_SLAVE(S1) },
	{ .name = "ARP for a slave with host off goes to the wire alone",
	  OFF1,
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1"),
	  TO_WIRE },
	{ .name = "ARP for its static address, too",
	  OFF1,
	  STATIC1,
	  .frame = ARP(broadcast, ARP_REQUEST, "10.7.7.7"),
	  TO_WIRE },
	{ .name = "ARP for nobody's address reaches no slave",
	  .frame = ARP(broadcast, ARP_REQUEST, IP4_WIRE),
	  UNHEARD },
	{ .name = "ARP for an address of a slave that is gone, too",
	  .table = { { .ip = "10.0.0.4", .slot = 4 } },
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.4"),
	  UNHEARD },
	{ .name = "an ARP announcement reaches everybody",
	  .frame = ARP(broadcast, ARP_REQUEST, IP4_HOST),
	  EVERYBODY },
	{ .name = "an ARP reply to all reaches everybody",
	  .frame = ARP(broadcast, ARP_REPLY, "10.0.0.1"),
	  EVERYBODY },
	{ .name = "ARP that cannot be parsed reaches everybody",
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .hlen = 7,
		     .src = IP4_HOST,
		     .dst = "10.0.0.1" },
	  EVERYBODY },
	{ .name = "a solicitation of a slave: it and the wire",
	  .frame = ND(all_nodes, ND_NS, "ff02::1:ff00:1", "fe80::1"),
	  .out = { .verdict = NEXT, .copies = S1 } },
	{ .name = "a solicitation of nobody here reaches no slave",
	  .frame = ND(all_nodes, ND_NS, "ff02::1:ff00:77", IP6_WIRE),
	  UNHEARD },
	{ .name = "a solicitation of the host's own address, too",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = "::",
		     .dst = "ff02::1:ff00:9",
		     .target = IP6_HOST },
	  EVERYBODY },
	{ .name = "a router advertisement reaches everybody",
	  .frame = ND(all_nodes, ND_RA, "ff02::1", NULL),
	  EVERYBODY },
	{ .name = "ND that cannot be parsed reaches everybody",
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .type = ND_NA,
		     .src = IP6_HOST,
		     .dst = "ff02::1",
		     .target = IP6_HOST,
		     .opts = BYTES(2, 0, OWN) },
	  EVERYBODY },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(HOST_TX, unicast_cases),
		CASES(HOST_TX, group_cases),
		{},
	};

	return cases_main(tables);
}
