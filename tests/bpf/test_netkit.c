// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the program does for a slave that is a netkit pair. It runs at the host
 * end of a veth here, where the kernel has received the frame: what a raw socket
 * may tell netkit is for tests/netns.
 */
#include "macvlan_cases.h"

#define IP4(to_, dst_)                                                        \
	{                                                                     \
		.kind = FRAME_IP4, .to = to_, .src = "10.0.0.1", .dst = dst_, \
		.payload = 30                                                 \
	}
#define NETKIT .flags = { [1] = BV_SLAVE_NETKIT }
#define REDIRECTED(to_) .out = { .verdict = REDIRECT, .to = to_ }
#define DROPPED(why_) \
	.out = { .verdict = DROP, .drops = { { 1, BV_DROP_##why_, 1 } } }

/* Run alone, the program is handed the frame with the tag in it. */
static const struct test_case tag_cases[] = {
	{ .name = "a tag in the frame is dropped",
	  .frame = { .to = neighbour, .vlan = 5, .payload = 46 },
	  NETKIT,
	  .styles = RUN,
	  DROPPED(VLAN) },
	{ .name = "priority alone, in the frame, is dropped",
	  .frame = { .to = broadcast, .vlan = 0x2000, .payload = 46 },
	  NETKIT,
	  .styles = RUN,
	  DROPPED(VLAN) },
	{ .name = "a service tag in the frame is dropped",
	  .frame = { .to = neighbour, .proto = 0x88a8, .payload = 46 },
	  NETKIT,
	  .styles = RUN,
	  DROPPED(VLAN) },
	{ .name = "macvlan: a tagged frame to a sibling's MAC reaches it",
	  .frame = { .to = mac2, .from = mac1, .vlan = 5, .payload = 46 },
	  BV_IS(BRIDGE | BV_SLAVE_NETKIT),
	  .styles = RUN,
	  REDIRECTED(S2) },
	{ .name = "macvlan: a tagged frame to a neighbour goes to the wire",
	  .frame = { .to = neighbour, .from = mac1, .vlan = 5, .payload = 46 },
	  BV_IS(PRIVATE | BV_SLAVE_NETKIT),
	  .styles = RUN,
	  REDIRECTED(WIRE) },
};

static const struct test_case frame_cases[] = {
	{ .name = "a foreign source is dropped",
	  .frame = { .from = foreign, .to = neighbour, .payload = 46 },
	  NETKIT,
	  DROPPED(FOREIGN_MAC) },
	{ .name = "IPv4 to a neighbour goes to the wire",
	  .frame = IP4(neighbour, IP4_WIRE),
	  NETKIT,
	  REDIRECTED(WIRE) },
	{ .name = "a frame with a length for a type goes to the wire",
	  .frame = { .to = neighbour, .proto = 46, .payload = 46 },
	  NETKIT,
	  REDIRECTED(WIRE) },
	{ .name = "IPv4 to the host reaches it",
	  .frame = IP4(own, IP4_HOST),
	  NETKIT,
	  REDIRECTED(HOST) },
	{ .name = "IPv4 to a sibling in another namespace reaches it",
	  .frame = IP4(own, "10.0.0.2"),
	  NETKIT,
	  REDIRECTED(S2) },
	{ .name = "IPv4 to a sibling in the master's namespace reaches it",
	  .frame = IP4(own, "10.0.0.3"),
	  NETKIT,
	  REDIRECTED(S3) },
	{ .name = "a broadcast reaches everybody",
	  .frame = IP4(broadcast, "255.255.255.255"),
	  NETKIT,
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE } },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, tag_cases),
		CASES(SLAVE_TX, frame_cases),
		{},
	};

	return cases_main(tables);
}
