// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes for slaves with MACs of their own, from the wire and the host. */
#include "cases.h"

#define FROM_WIRE(to_)                                            \
	{                                                         \
		.kind = FRAME_IP4, .to = to_, .from = neighbour,  \
		.src = IP4_WIRE, .dst = "10.0.0.1", .payload = 30 \
	}
#define FROM_HOST(to_)                                         \
	{                                                      \
		.kind = FRAME_IP4, .to = to_, .src = IP4_HOST, \
		.dst = "10.0.0.1", .payload = 30               \
	}
#define PLAIN(to_, from_)                               \
	{                                               \
		.to = to_, .from = from_, .payload = 46 \
	}
#define ASKS(from_, src_, dst_)                                    \
	{                                                          \
		.kind = FRAME_ARP, .to = broadcast, .from = from_, \
		.sha = from_, .src = src_, .dst = dst_             \
	}
#define TO_SLAVE(to_) .out = { .verdict = REDIRECT, .to = to_ }
#define TO_HOST .out = { .verdict = NEXT }
#define GROUP(copies_) .out = { .verdict = NEXT, .copies = copies_ }
#define DROPS(slot_, why_) \
	.out = { .verdict = DROP, .drops = { { slot_, why_, 1 } } }
#define REFLECTED(copies_)          \
	.out = { .verdict = DROP,   \
		 .copies = copies_, \
		 .drops = { { 0, BV_DROP_REFLECTED, 1 } } }

#define BRIDGE BV_SLAVE_MACVLAN
#define PRIVATE (BV_SLAVE_MACVLAN | BV_SLAVE_PRIVATE)
#define VEPA (BV_SLAVE_MACVLAN | BV_SLAVE_VEPA | BV_SLAVE_SWITCHED)
#define SOURCE (BV_SLAVE_MACVLAN | BV_SLAVE_SOURCE)
#define PASSTHRU (BV_SLAVE_MACVLAN | BV_SLAVE_PASSTHRU)
#define THREE(a, b, c)                    \
	{                                 \
		[1] = a, [2] = b, [3] = c \
	}
#define BV_IS(mode) .flags = THREE(mode, BRIDGE, BRIDGE)

static const struct test_case unicast_cases[] = {
	{ .name = "bridge: to its MAC",
	  BV_IS(BRIDGE),
	  .frame = FROM_WIRE(mac1),
	  TO_SLAVE(S1) },
	{ .name = "in the master's namespace: to its MAC",
	  BV_IS(BRIDGE),
	  .frame = FROM_WIRE(mac3),
	  TO_SLAVE(S3) },
	{ .name = "private: to its MAC",
	  BV_IS(PRIVATE),
	  .frame = FROM_WIRE(mac1),
	  TO_SLAVE(S1) },
	{ .name = "vepa: to its MAC",
	  BV_IS(VEPA),
	  .frame = FROM_WIRE(mac1),
	  TO_SLAVE(S1) },
	{ .name = "vepa: what a sibling sent, reflected",
	  BV_IS(VEPA),
	  .frame = PLAIN(mac1, mac2),
	  TO_SLAVE(S1) },
	{ .name = "private: what a sibling sent, reflected",
	  BV_IS(PRIVATE),
	  .frame = PLAIN(mac1, mac2),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "private: what one of the ipvlan flavour sent, reflected",
	  .flags = THREE(PRIVATE, 0, 0),
	  .frame = PLAIN(mac1, own),
	  DROPS(1, BV_DROP_PRIVATE) },
	{ .name = "source: to its MAC is the host's",
	  BV_IS(SOURCE),
	  .frame = FROM_WIRE(mac1),
	  TO_HOST },
	{ .name = "to a MAC that was learned",
	  BV_IS(BRIDGE),
	  .macs = { { foreign, 0, 1, BV_MAC_LEARNED } },
	  .frame = FROM_WIRE(foreign),
	  TO_SLAVE(S1) },
	{ .name = "to a MAC that nobody has",
	  BV_IS(BRIDGE),
	  .frame = FROM_WIRE(foreign),
	  TO_HOST },
	{ .name = "to the MAC of one that is gone",
	  BV_IS(BRIDGE),
	  .inactive = S1,
	  .frame = FROM_WIRE(mac1),
	  TO_HOST },
	{ .name = "to the master's MAC, whosever address",
	  BV_IS(BRIDGE),
	  .frame = FROM_WIRE(own),
	  TO_HOST },
	{ .name = "in a VLAN",
	  BV_IS(BRIDGE),
	  .styles = SENT,
	  .frame = { .to = mac1, .from = neighbour, .vlan = 7, .payload = 46 },
	  TO_SLAVE(S1) },
	{ .name = "passthru: to its MAC, which is the master's",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .frame = FROM_WIRE(own),
	  TO_SLAVE(S1) },
	{ .name = "passthru: to whatever MAC",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .frame = FROM_WIRE(foreign),
	  TO_SLAVE(S1) },
	{ .name = "passthru: in a VLAN",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .styles = SENT,
	  .frame = { .to = foreign,
		     .from = neighbour,
		     .vlan = 7,
		     .payload = 46 },
	  TO_SLAVE(S1) },
};

static const struct test_case group_cases[] = {
	{ .name = "to all of both flavours",
	  .flags = THREE(BRIDGE, VEPA, 0),
	  .frame = PLAIN(broadcast, neighbour),
	  GROUP(S1 | S2 | S3) },
	{ .name = "to all, private too",
	  .flags = THREE(PRIVATE, BRIDGE, SOURCE),
	  .frame = PLAIN(broadcast, neighbour),
	  GROUP(S1 | S2) },
	{ .name = "in a VLAN: to all of macvlan",
	  .flags = THREE(BRIDGE, BRIDGE, 0),
	  .styles = SENT,
	  .frame = { .to = broadcast,
		     .from = neighbour,
		     .vlan = 7,
		     .payload = 46 },
	  GROUP(S1 | S2) },
	{ .name = "what a sibling in bridge sent, reflected",
	  .flags = THREE(BRIDGE, BRIDGE, BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  REFLECTED(0) },
	{ .name = "...is for those in vepa",
	  .flags = THREE(BRIDGE, VEPA, BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  REFLECTED(S2) },
	{ .name = "what one of the ipvlan flavour or the host sent is not",
	  .flags = THREE(0, VEPA, BRIDGE),
	  .frame = PLAIN(broadcast, own),
	  REFLECTED(0) },
	{ .name = "what a sibling in private sent is not",
	  .flags = THREE(PRIVATE, VEPA, BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  REFLECTED(0) },
	{ .name = "what a sibling in vepa sent is for all but private",
	  .flags = THREE(VEPA, VEPA, BRIDGE),
	  .frame = PLAIN(broadcast, mac1),
	  GROUP(S2 | S3) },
	{ .name = "...in a VLAN for those of macvlan",
	  .flags = THREE(VEPA, VEPA, 0),
	  .styles = SENT,
	  .frame = { .to = broadcast, .from = mac1, .vlan = 7, .payload = 46 },
	  GROUP(S2) },
	{ .name = "a question reaches its owner",
	  BV_IS(BRIDGE),
	  .frame = ASKS(neighbour, IP4_WIRE, "10.0.0.1"),
	  TO_SLAVE(S1) },
	{ .name = "...that of a sibling for one in vepa, reflected",
	  .flags = THREE(BRIDGE, VEPA, BRIDGE),
	  .frame = ASKS(mac1, "10.0.0.1", "10.0.0.2"),
	  REFLECTED(S2) },
	{ .name = "a question of one in vepa, reflected, reaches its owner",
	  .flags = THREE(VEPA, VEPA, BRIDGE),
	  .frame = ASKS(mac1, "10.0.0.1", "10.0.0.2"),
	  TO_SLAVE(S2) },
	{ .name = "...but is not its own to hear: a probe is no conflict",
	  .flags = THREE(VEPA, VEPA, BRIDGE | BV_SLAVE_ARP_FLOOD),
	  .frame = ASKS(mac1, NULL, "10.0.0.1"),
	  GROUP(S2 | S3) },
	{ .name = "a question for source is not given to it",
	  BV_IS(SOURCE),
	  .frame = ASKS(neighbour, IP4_WIRE, "10.0.0.1"),
	  TO_HOST },
	{ .name = "a learned MAC that is on the wire is not here any more",
	  BV_IS(BRIDGE),
	  .macs = { { foreign, 0, 1, BV_MAC_LEARNED } },
	  .frame = PLAIN(broadcast, foreign),
	  GROUP(S1 | S2 | S3),
	  .macs_after = { { foreign, 0, -1, BV_MAC_LEARNED } } },
	{ .name = "...unless it is of one in vepa, whose own comes back",
	  BV_IS(VEPA),
	  .macs = { { foreign, 0, 1, BV_MAC_LEARNED } },
	  .frame = PLAIN(broadcast, foreign),
	  GROUP(S2 | S3) },
	{ .name = "passthru: its own that comes back is not the host's",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .inactive = S2 | S3,
	  .frame = PLAIN(broadcast, own),
	  TO_SLAVE(S1) },
	{ .name = "passthru: to all",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .inactive = S2 | S3,
	  .frame = PLAIN(broadcast, neighbour),
	  GROUP(S1) },
};

#define NODST (SOURCE | BV_SLAVE_NODST)

static const struct test_case source_cases[] = {
	{ .name = "who lists the sender has a copy",
	  BV_IS(SOURCE),
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = FROM_WIRE(own),
	  GROUP(S1) },
	{ .name = "...beside who it is for",
	  .flags = THREE(SOURCE, BRIDGE, BRIDGE),
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = FROM_WIRE(mac2),
	  .out = { .verdict = REDIRECT, .copies = S1, .to = S2 } },
	{ .name = "...of a broadcast as well",
	  BV_IS(SOURCE),
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = PLAIN(broadcast, neighbour),
	  GROUP(S1 | S2 | S3) },
	{ .name = "several that list it each have one",
	  .flags = THREE(SOURCE, SOURCE, SOURCE),
	  .macs = { { neighbour, 1, 3, 0 }, { neighbour, 2, 1, 0 } },
	  .frame = FROM_WIRE(own),
	  GROUP(S1 | S3) },
	{ .name = "who lists another has none",
	  BV_IS(SOURCE),
	  .macs = { { foreign, 1, 1, 0 } },
	  .frame = FROM_WIRE(own),
	  TO_HOST },
	{ .name = "one that is gone has none",
	  BV_IS(SOURCE),
	  .inactive = S1,
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = FROM_WIRE(own),
	  TO_HOST },
	{ .name = "nodst: nobody else has it",
	  BV_IS(NODST),
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = FROM_WIRE(mac2),
	  .out = { .verdict = DROP, .copies = S1 } },
	{ .name = "nodst: not of a broadcast either",
	  BV_IS(NODST),
	  .macs = { { neighbour, 1, 1, 0 } },
	  .frame = PLAIN(broadcast, neighbour),
	  .out = { .verdict = DROP, .copies = S1 } },
	{ .name = "nodst: but for others that list it",
	  .flags = THREE(NODST, SOURCE, BRIDGE),
	  .macs = { { neighbour, 1, 1, 0 }, { neighbour, 2, 2, 0 } },
	  .frame = FROM_WIRE(own),
	  .out = { .verdict = DROP, .copies = S1 | S2 } },
};

static const struct test_case host_cases[] = {
	{ .name = "to a slave's MAC",
	  BV_IS(BRIDGE),
	  .frame = FROM_HOST(mac1),
	  TO_SLAVE(S1) },
	{ .name = "private: to its MAC",
	  BV_IS(PRIVATE),
	  .frame = FROM_HOST(mac1),
	  TO_SLAVE(S1) },
	{ .name = "vepa: to its MAC",
	  BV_IS(VEPA),
	  .frame = FROM_HOST(mac1),
	  TO_SLAVE(S1) },
	{ .name = "source: to its MAC is the wire's",
	  BV_IS(SOURCE),
	  .frame = FROM_HOST(mac1),
	  TO_HOST },
	{ .name = "host off: to its MAC",
	  BV_IS(BRIDGE | BV_SLAVE_HOST_OFF),
	  .frame = FROM_HOST(mac1),
	  DROPS(1, BV_DROP_HOST_OFF) },
	{ .name = "to the wire",
	  BV_IS(BRIDGE),
	  .frame = FROM_HOST(neighbour),
	  TO_HOST },
	{ .name = "in a VLAN, to a slave's MAC",
	  BV_IS(BRIDGE),
	  .styles = SENT,
	  .frame = { .to = mac1, .vlan = 7, .payload = 46 },
	  TO_SLAVE(S1) },
	{ .name = "to all",
	  BV_IS(BRIDGE),
	  .frame = PLAIN(broadcast, own),
	  GROUP(S1 | S2 | S3) },
	{ .name = "to all but host off and source",
	  .flags = THREE(BRIDGE | BV_SLAVE_HOST_OFF, SOURCE, PRIVATE),
	  .frame = PLAIN(broadcast, own),
	  GROUP(S3) },
	{ .name = "passthru: the host's are the wire's",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .frame = FROM_HOST(own),
	  TO_HOST },
	{ .name = "passthru: to all",
	  .flags = THREE(PASSTHRU, 0, 0),
	  .inactive = S2 | S3,
	  .frame = PLAIN(broadcast, own),
	  GROUP(0) },
};

int main(void)
{
	const struct case_table tables[] = {
		CASES(WIRE_RX, unicast_cases),
		CASES(WIRE_RX, group_cases),
		CASES(WIRE_RX, source_cases),
		CASES(HOST_TX, host_cases),
		{ .n = 0 },
	};

	return cases_main(tables);
}
