// SPDX-License-Identifier: GPL-2.0-or-later
/* What slaves with MACs of their own send, and to them their siblings. */
#include "groups.h"
#include "macvlan_cases.h"

#include <string.h>

/* A frame of slave 1, from its own MAC. */
#define IP4(to_)                                                               \
	{                                                                      \
		.kind = FRAME_IP4, .to = to_, .from = mac1, .src = "10.0.0.1", \
		.dst = IP4_WIRE, .payload = 30                                 \
	}
#define IP4_TO(to_, dst_)                                                      \
	{                                                                      \
		.kind = FRAME_IP4, .to = to_, .from = mac1, .src = "10.0.0.1", \
		.dst = dst_, .payload = 30                                     \
	}
#define ARP(to_, op_, src_, dst_)                                      \
	{                                                              \
		.kind = FRAME_ARP, .to = to_, .from = mac1, .op = op_, \
		.sha = mac1, .src = src_, .dst = dst_                  \
	}
#define IGMP(to_, dst_, ...)           \
	.frame = { .kind = FRAME_IGMP, \
		   .to = to_,          \
		   .from = mac1,       \
		   .vlan = 7,          \
		   .src = "10.0.0.1",  \
		   .dst = dst_,        \
		   __VA_ARGS__ }
#define SENDS(to_) .out = { .verdict = REDIRECT, .to = to_ }
#define GROUP(copies_) \
	.out = { .verdict = REDIRECT, .copies = copies_, .to = WIRE }

static const struct test_case unicast_cases[] = {
	{ .name = "bridge: to a sibling's MAC",
	  BV_IS(BRIDGE),
	  .frame = IP4(mac2),
	  SENDS(S2) },
	{ .name = "bridge: to one in the master's namespace",
	  BV_IS(BRIDGE),
	  .frame = IP4(mac3),
	  SENDS(S3) },
	{ .name = "bridge: to the host",
	  BV_IS(BRIDGE),
	  .frame = IP4_TO(own, IP4_HOST),
	  SENDS(HOST) },
	{ .name = "bridge: to the master's MAC and nobody's address",
	  BV_IS(BRIDGE),
	  .frame = IP4(own),
	  SENDS(HOST) },
	{ .name = "bridge: to a MAC that nobody here has",
	  BV_IS(BRIDGE),
	  .frame = IP4(neighbour),
	  SENDS(WIRE) },
	{ .name = "bridge: what is no IP goes by MAC as well",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(mac2, mac1),
	  SENDS(S2) },
	{ .name = "bridge: in a VLAN",
	  BV_IS(BRIDGE),
	  .styles = SENT,
	  .frame = { .to = mac2, .from = mac1, .vlan = 7, .payload = 46 },
	  SENDS(S2) },
	{ .name = "bridge: in a VLAN, to the wire",
	  BV_IS(BRIDGE),
	  .styles = SENT,
	  .frame = { .to = neighbour, .from = mac1, .vlan = 7, .payload = 46 },
	  SENDS(WIRE) },
	{ .name = "bridge: to a sibling of the ipvlan flavour, by its address",
	  .flags = THREE(BRIDGE, 0, 0),
	  .frame = IP4_TO(own, "10.0.0.2"),
	  SENDS(S2) },
	{ .name = "bridge: to the master's MAC and a macvlan sibling's address",
	  BV_IS(BRIDGE),
	  .frame = IP4_TO(own, "10.0.0.2"),
	  SENDS(HOST) },
	{ .name = "bridge: to a sibling in private",
	  .flags = THREE(BRIDGE, PRIVATE, 0),
	  .frame = IP4(mac2),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "bridge: to a sibling in vepa is the switch's",
	  .flags = THREE(BRIDGE, VEPA, 0),
	  .frame = IP4(mac2),
	  SENDS(WIRE) },
	{ .name = "bridge: to a sibling in source",
	  .flags = THREE(BRIDGE, SOURCE, 0),
	  .frame = IP4(mac2),
	  SENDS(WIRE) },
	{ .name = "bridge: to a sibling that is gone",
	  BV_IS(BRIDGE),
	  .inactive = S2,
	  .frame = IP4(mac2),
	  SENDS(WIRE) },
	{ .name = "bridge, host off: to the host",
	  BV_IS(BRIDGE | BV_SLAVE_HOST_OFF),
	  .frame = IP4_TO(own, IP4_HOST),
	  DROPS(1, BV_DROP_HOST_OFF) },
	{ .name = "private: to a sibling",
	  BV_IS(PRIVATE),
	  .frame = IP4(mac2),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "private: to a sibling of the ipvlan flavour",
	  .flags = THREE(PRIVATE, 0, 0),
	  .frame = IP4_TO(own, "10.0.0.2"),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "private: to the host",
	  BV_IS(PRIVATE),
	  .frame = IP4_TO(own, IP4_HOST),
	  SENDS(HOST) },
	{ .name = "private: to the wire",
	  BV_IS(PRIVATE),
	  .frame = IP4(neighbour),
	  SENDS(WIRE) },
	{ .name = "vepa: to a sibling",
	  BV_IS(VEPA),
	  .frame = IP4(mac2),
	  SENDS(WIRE) },
	{ .name = "vepa: to the host",
	  BV_IS(VEPA),
	  .frame = IP4_TO(own, IP4_HOST),
	  SENDS(WIRE) },
	{ .name = "source: to a sibling",
	  BV_IS(SOURCE),
	  .frame = IP4(mac2),
	  SENDS(WIRE) },
	{ .name = "source: to the host",
	  BV_IS(SOURCE),
	  .frame = IP4_TO(own, IP4_HOST),
	  SENDS(WIRE) },
	{ .name = "passthru: to whatever MAC",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .frame = PLAIN(own, foreign),
	  SENDS(WIRE) },
	{ .name = "too long for the wire",
	  BV_IS(BRIDGE),
	  .styles = RUN,
	  .frame = { .to = neighbour, .from = mac1, .payload = 1505 },
	  DROPS(1, BV_DROP_OVERSIZE) },
};

/* The ipvlan flavour sends from the master's MAC. */
#define FROM_IPVLAN(to_)                                         \
	{                                                        \
		.kind = FRAME_IP4, .to = to_, .src = "10.0.0.1", \
		.dst = "10.0.0.2", .payload = 30                 \
	}

static const struct test_case ipvlan_cases[] = {
	{ .name = "to a macvlan sibling",
	  .flags = THREE(0, BRIDGE, 0),
	  .frame = FROM_IPVLAN(mac2),
	  SENDS(S2) },
	{ .name = "private: to a macvlan sibling",
	  .flags = THREE(BV_SLAVE_PRIVATE, BRIDGE, 0),
	  .frame = FROM_IPVLAN(mac2),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "vepa: to a macvlan sibling",
	  .flags = THREE(BV_SLAVE_VEPA, BRIDGE, 0),
	  .frame = FROM_IPVLAN(mac2),
	  SENDS(WIRE) },
	{ .name = "to a macvlan sibling in vepa",
	  .flags = THREE(0, VEPA, 0),
	  .frame = FROM_IPVLAN(mac2),
	  SENDS(S2) },
	{ .name = "to a macvlan sibling in source",
	  .flags = THREE(0, SOURCE, 0),
	  .frame = FROM_IPVLAN(mac2),
	  SENDS(WIRE) },
	{ .name = "to all, those in vepa too",
	  .flags = THREE(0, VEPA, SOURCE),
	  .frame = PLAIN(broadcast, own),
	  GROUP(S2 | HOST) },
	{ .name = "to the wire, beside a macvlan sibling",
	  .flags = THREE(0, BRIDGE, 0),
	  .frame = FROM_IPVLAN(neighbour),
	  SENDS(WIRE) },
	{ .name = "an address that source has learned: it is not asked",
	  .flags = THREE(0, SOURCE, 0),
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = "10.0.0.2",
		     .dst = IP4_WIRE },
	  .out = { .verdict = DROP,
		   .probe = true,
		   .drops = { { 1, BV_DROP_ADDR_IN_USE, 1 } } } },
	{ .name = "from a macvlan sibling's MAC",
	  .flags = THREE(0, BRIDGE, 0),
	  .frame = PLAIN(neighbour, mac2),
	  DROPS(1, BV_DROP_FOREIGN_MAC) },
};

static const uint8_t all4[] = { 1, 0, 0x5e, 0, 0, 1 };

static const struct test_case group_cases[] = {
	{ .name = "bridge: to all",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(S2 | S3 | HOST) },
	{ .name = "bridge: to all, of either flavour",
	  .flags = THREE(BRIDGE, 0, 0),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(S2 | S3 | HOST) },
	{ .name = "bridge: to all but those of private, vepa and source",
	  .flags = { [1] = BRIDGE, [2] = PRIVATE, [3] = VEPA },
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(HOST) },
	{ .name = "bridge: not to source",
	  .flags = THREE(BRIDGE, SOURCE, BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(S3 | HOST) },
	{ .name = "bridge, host off: to all",
	  BV_IS(BRIDGE | BV_SLAVE_HOST_OFF),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(S2 | S3) },
	{ .name = "bridge: to all in a VLAN, of the macvlan flavour alone",
	  .flags = THREE(BRIDGE, BRIDGE, 0),
	  .styles = SENT,
	  .frame = { .to = broadcast, .from = mac1, .vlan = 7, .payload = 46 },
	  GROUP(S2 | HOST) },
	{ .name = "bridge: in a VLAN a report of a group counts for nothing",
	  .flags = THREE(BRIDGE, BRIDGE, 0),
	  .styles = SENT,
	  IN(G4, S2, 0),
	  IGMP(mac4, G4, MSG(0x16, 0, 0, 0, G4_BYTES)),
	  GROUP(S2 | HOST) },
	{ .name = "bridge: ...and a query ages none",
	  .flags = THREE(BRIDGE, BRIDGE, 0),
	  .styles = SENT,
	  IN(G4, S2, S2 | S3),
	  IGMP(all4, "224.0.0.1", MSG(0x11, 100, 0, 0, 0, 0, 0, 0)),
	  GROUP(S2 | HOST) },
	{ .name = "vepa: in a VLAN a report of a group counts for nothing",
	  BV_IS(VEPA),
	  .styles = SENT,
	  IGMP(mac4, G4, MSG(0x16, 0, 0, 0, G4_BYTES)),
	  GROUP(0) },
	{ .name = "bridge: PAUSE is the wire's",
	  BV_IS(BRIDGE),
	  .frame = { .to = (const uint8_t[]){ 1, 0x80, 0xc2, 0, 0, 1 },
		     .from = mac1,
		     .proto = 0x8808,
		     .payload = 46 },
	  GROUP(0) },
	{ .name = "private: to all",
	  BV_IS(PRIVATE),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(HOST) },
	{ .name = "vepa: to all",
	  BV_IS(VEPA),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(0) },
	{ .name = "source: to all",
	  BV_IS(SOURCE),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(0) },
	{ .name = "passthru: to all",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .inactive = S2 | S3,
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(0) },
	{ .name = "bridge: a question reaches its owner, and the wire",
	  BV_IS(BRIDGE),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", "10.0.0.2"),
	  GROUP(S2) },
	{ .name = "bridge: a question about a static address its owner alone",
	  BV_IS(BRIDGE),
	  .table = { { .ip = "10.0.0.2", .slot = 2, .how = BV_ADDR_STATIC } },
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", "10.0.0.2"),
	  SENDS(S2) },
	{ .name = "bridge: a question about the host's address the host",
	  BV_IS(BRIDGE),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", IP4_HOST),
	  SENDS(HOST) },
	{ .name = "bridge: a question for one in vepa is the switch's",
	  .flags = THREE(BRIDGE, VEPA, 0),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", "10.0.0.2"),
	  SENDS(WIRE) },
	{ .name = "bridge: a question that is for nobody here",
	  BV_IS(BRIDGE),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", IP4_WIRE),
	  GROUP(HOST) },
	{ .name = "bridge: ...but for those with arp flood",
	  .flags = THREE(BRIDGE, BRIDGE | BV_SLAVE_ARP_FLOOD, BRIDGE),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.1", IP4_WIRE),
	  GROUP(S2 | HOST) },
};

/* As many as it may have, which the row's own comparison then begins with. */
static void fill_macs(void)
{
	struct mac_entry macs[BV_MACS_MAX + 1] = {};
	uint8_t bytes[BV_MACS_MAX][6];

	for (uint8_t i = 0; i < BV_MACS_MAX; i++) {
		memcpy(bytes[i], (const uint8_t[]){ 2, 0, 0, 0, 0x77, i }, 6);
		macs[i] = (struct mac_entry){ bytes[i], 0, 1, BV_MAC_LEARNED };
	}
	macs_add(macs);
}

static const struct test_case claim_cases[] = {
	{ .name = "another MAC is learned",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(neighbour, foreign),
	  SENDS(WIRE),
	  .macs_after = { { foreign, 0, 1, BV_MAC_LEARNED } } },
	{ .name = "...and known then",
	  BV_IS(BRIDGE),
	  .macs = { { foreign, 0, 1, BV_MAC_LEARNED } },
	  .frame = PLAIN(neighbour, foreign),
	  SENDS(WIRE) },
	{ .name = "...and moves to who sends from it",
	  BV_IS(BRIDGE),
	  .macs = { { foreign, 0, 2, BV_MAC_LEARNED } },
	  .frame = PLAIN(neighbour, foreign),
	  SENDS(WIRE),
	  .macs_after = { { foreign, 0, 1, BV_MAC_LEARNED } } },
	{ .name = "a sibling's own MAC does not",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(neighbour, mac2),
	  DROPS(1, BV_DROP_MAC_IN_USE) },
	{ .name = "...but if it is gone",
	  BV_IS(BRIDGE),
	  .inactive = S2,
	  .frame = PLAIN(neighbour, mac2),
	  SENDS(WIRE),
	  .macs_after = { { mac2, 0, 1, BV_MAC_LEARNED } } },
	{ .name = "the master's MAC is the host's",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(neighbour, own),
	  DROPS(1, BV_DROP_MAC_IN_USE) },
	{ .name = "a group is no source",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(neighbour, broadcast),
	  DROPS(1, BV_DROP_FOREIGN_MAC) },
	{ .name = "a learned MAC is reached",
	  BV_IS(BRIDGE),
	  .macs = { { foreign, 0, 2, BV_MAC_LEARNED } },
	  .frame = PLAIN(foreign, mac1),
	  SENDS(S2) },
	{ .name = "an address learned of a macvlan sibling moves at once",
	  BV_IS(BRIDGE),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.2", "10.0.0.2"),
	  GROUP(S2 | S3 | HOST),
	  .after = { { .ip = "10.0.0.2", .slot = 1 } } },
	{ .name = "a static one does not",
	  BV_IS(BRIDGE),
	  .table = { { .ip = "10.0.0.2", .slot = 2, .how = BV_ADDR_STATIC } },
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.2", "10.0.0.2"),
	  DROPS(1, BV_DROP_ADDR_IN_USE) },
	{ .name = "one of a sibling of the ipvlan flavour does not",
	  .flags = THREE(BRIDGE, 0, 0),
	  .table = { { .ip = "10.0.0.2",
		       .slot = 2,
		       .seen_ago = 10,
		       .asked_ago = 20 } },
	  .frame = ARP(broadcast, ARP_REQUEST, "10.0.0.2", "10.0.0.2"),
	  DROPS(1, BV_DROP_ADDR_IN_USE) },
	{ .name = "one more MAC than a slave may have",
	  BV_IS(BRIDGE),
	  .prepare = fill_macs,
	  .frame = PLAIN(neighbour, foreign),
	  DROPS(1, BV_DROP_MAC_LIMIT) },
	{ .name = "source claims nothing",
	  .flags = THREE(SOURCE, BRIDGE, 0),
	  .frame = ARP(broadcast, ARP_REQUEST, "10.9.9.9", "10.9.9.9"),
	  GROUP(0) },
};

int main(void)
{
	const struct case_table tables[] = {
		CASES(SLAVE_TX, unicast_cases),
		CASES(SLAVE_TX, ipvlan_cases),
		CASES(SLAVE_TX, group_cases),
		CASES(SLAVE_TX, claim_cases),
		{ .n = 0 },
	};

	return cases_main(tables);
}
