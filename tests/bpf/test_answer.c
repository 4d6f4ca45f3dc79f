// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ARP and ND for a slave in l3 or l3s, which speaks neither: the datapath
 * answers siblings and the host, and the wire for `proxy`.
 */
#include "cases.h"

#define FLAGS(...) .flags = { __VA_ARGS__ }
#define L3(slot_) [slot_] = BV_SLAVE_L3
#define L3S(slot_) [slot_] = BV_SLAVE_L3S
#define PROXY1(mode_) FLAGS([1] = BV_SLAVE_##mode_ | BV_SLAVE_PROXY)
#define DROPPED_AT(slot_, why_) \
	.out = { .verdict = DROP, .drops = { { slot_, BV_DROP_##why_, 1 } } }
#define PASSED .out = { .verdict = NEXT }
#define ANSWERED(to_, ...)            \
	.out = { .verdict = REDIRECT, \
		 .to = to_,           \
		 .becomes = &(const struct spec)__VA_ARGS__ }

#define SOLICITED 0x40000000
#define OVERRIDE 0x20000000
#define SLLA(...) .opts = BYTES(1, 1, __VA_ARGS__)
#define TLLA .opts = BYTES(2, 1, OWN)

/* Questions; mac_ is who asks, as a pointer, MAC_ as an initialiser. */
#define ASK4(to_, mac_, src_, dst_, ...)                                 \
	{                                                                \
		.kind = FRAME_ARP, .to = to_, .from = mac_, .sha = mac_, \
		.src = src_, .dst = dst_, __VA_ARGS__                    \
	}
#define ASK6(to_, mac_, MAC_, src_, dst_, target_, ...)                 \
	{                                                               \
		.kind = FRAME_ND, .to = to_, .from = mac_, .src = src_, \
		.dst = dst_, .target = target_, SLLA(MAC_), __VA_ARGS__ \
	}
#define DAD(mac_, target_)                                              \
	{                                                               \
		.kind = FRAME_ND, .to = all_nodes, .from = mac_,        \
		.src = "::", .dst = "ff02::1:ff00:1", .target = target_ \
	}
/* Answers: that addr_ is at the master's MAC, to who asked. */
#define ANSWER4(mac_, addr_, to_)                                             \
	{                                                                     \
		.kind = FRAME_ARP, .op = ARP_REPLY, .to = mac_, .src = addr_, \
		.tha = mac_, .dst = to_                                       \
	}
#define ANSWER6(mac_, addr_, to_)                                              \
	{                                                                      \
		.kind = FRAME_ND, .type = ND_NA, .to = mac_, .src = addr_,     \
		.dst = to_, .target = addr_, .nd_flags = SOLICITED | OVERRIDE, \
		TLLA                                                           \
	}
#define ANSWER_DAD(addr_)                                         \
	{                                                         \
		.kind = FRAME_ND, .type = ND_NA, .to = all_nodes, \
		.src = addr_, .dst = "ff02::1", .target = addr_,  \
		.nd_flags = OVERRIDE, TLLA                        \
	}

/* Slave 2, in l2, asks for slave 1's. */
#define S2_ASKS4(to_, ...) ASK4(to_, own, "10.0.0.2", "10.0.0.1", __VA_ARGS__)
#define S2_ASKS6(to_, dst_, ...) \
	ASK6(to_, own, OWN, "fe80::2", dst_, "fe80::1", __VA_ARGS__)
#define TOLD4 ANSWERED(S2, ANSWER4(own, "10.0.0.1", "10.0.0.2"))
#define TOLD6 ANSWERED(S2, ANSWER6(own, "fe80::1", "fe80::2"))

static const struct test_case sibling_cases[] = {
	{ .name = "l2 asks for l3 by ARP",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS4(broadcast),
	  TOLD4 },
	{ .name = "l2 asks for l3s by ARP",
	  .at = 2,
	  FLAGS(L3S(1)),
	  .frame = S2_ASKS4(broadcast),
	  TOLD4 },
	{ .name = "l2 asks for l3's static address by ARP",
	  .at = 2,
	  FLAGS(L3(1)),
	  .table = { { .ip = "10.7.7.7", .slot = 1, .how = BV_ADDR_STATIC } },
	  .frame = ASK4(broadcast, own, "10.0.0.2", "10.7.7.7"),
	  ANSWERED(S2, ANSWER4(own, "10.7.7.7", "10.0.0.2")) },
	{ .name = "l2 asks for l3 by ARP to one MAC",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS4(own),
	  TOLD4 },
	{ .name = "an ARP question with a tail is answered with its tail",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS4(broadcast, .payload = 18),
	  ANSWERED(S2, { .kind = FRAME_ARP,
			 .op = ARP_REPLY,
			 .src = "10.0.0.1",
			 .tha = own,
			 .dst = "10.0.0.2",
			 .payload = 18 }) },
	{ .name = "l2 probes for an address of l3's",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = ASK4(broadcast, own, NULL, "10.0.0.1"),
	  ANSWERED(S2, ANSWER4(own, "10.0.0.1", NULL)) },
	{ .name = "one in the master's namespace asks for l3 by ARP",
	  .at = 3,
	  FLAGS(L3(1)),
	  .frame = ASK4(broadcast, own, "10.0.0.3", "10.0.0.1"),
	  ANSWERED(S3, ANSWER4(own, "10.0.0.1", "10.0.0.3")) },
	{ .name = "l2 asks for l3 by ND",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  TOLD6 },
	{ .name = "l2 asks for l3s by ND",
	  .at = 2,
	  FLAGS(L3S(1)),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  TOLD6 },
	{ .name = "l2 asks whether l3 is still there (NUD)",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS6(own, "fe80::1"),
	  TOLD6 },
	{ .name = "ND with more options than ours is cut",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = { .kind = FRAME_ND,
		     .to = all_nodes,
		     .src = "fe80::2",
		     .dst = "ff02::1:ff00:1",
		     .target = "fe80::1",
		     .opts = BYTES(1, 1, OWN, 14, 1, 1, 2, 3, 4, 5, 6) },
	  TOLD6 },
	{ .name = "ND without options is lengthened",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = { .kind = FRAME_ND,
		     .src = "fe80::2",
		     .dst = "fe80::1",
		     .target = "fe80::1" },
	  TOLD6 },
	{ .name = "ND behind extension headers",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1", .exts = BYTES(0, 60)),
	  TOLD6 },
	{ .name = "l2's DAD for an address of l3's fails",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = DAD(own, "fe80::1"),
	  ANSWERED(S2, ANSWER_DAD("fe80::1")) },
	{ .name = "ND from beyond the link",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1", .hop_limit = 254),
	  DROPPED_AT(2, BAD_ND) },
	{ .name = "l2 asks for a private sibling in l3",
	  .at = 2,
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_PRIVATE),
	  .frame = S2_ASKS4(broadcast),
	  DROPPED_AT(2, PRIVATE) },
	{ .name = "private l2 asks for l3",
	  .at = 2,
	  FLAGS(L3(1), [2] = BV_SLAVE_PRIVATE),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  DROPPED_AT(2, PRIVATE) },
	{ .name = "vepa l2 asks for l3: the wire alone",
	  .at = 2,
	  FLAGS(L3(1), [2] = BV_SLAVE_VEPA),
	  .frame = S2_ASKS4(broadcast),
	  .out = { .verdict = REDIRECT, .to = WIRE } },
	{ .name = "an ARP answer to l3 is not answered: it goes there",
	  .at = 2,
	  FLAGS(L3(1)),
	  .frame = S2_ASKS4(own, .op = ARP_REPLY),
	  .out = { .verdict = REDIRECT, .to = S1 } },
};

#define HOST_ASKS4 ASK4(broadcast, own, IP4_HOST, "10.0.0.1")
#define HOST_ASKS6(...)                                                  \
	ASK6(all_nodes, own, OWN, IP6_HOST, "ff02::1:ff00:1", "fe80::1", \
	     __VA_ARGS__)
#define HOST_TOLD4 ANSWERED(HOST, ANSWER4(own, "10.0.0.1", IP4_HOST))
#define HOST_TOLD6 ANSWERED(HOST, ANSWER6(own, "fe80::1", IP6_HOST))

static const struct test_case host_cases[] = {
	{ .name = "the host asks for l3 by ARP",
	  FLAGS(L3(1)),
	  .frame = HOST_ASKS4,
	  HOST_TOLD4 },
	{ .name = "the host asks for l3s by ARP",
	  FLAGS(L3S(1)),
	  .frame = HOST_ASKS4,
	  HOST_TOLD4 },
	{ .name = "the host asks for l3 by ARP to one MAC",
	  FLAGS(L3(1)),
	  .frame = ASK4(own, own, IP4_HOST, "10.0.0.1"),
	  HOST_TOLD4 },
	{ .name = "the host asks for private and vepa l3",
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_PRIVATE | BV_SLAVE_VEPA),
	  .frame = HOST_ASKS4,
	  HOST_TOLD4 },
	{ .name = "the host asks for l3 by ND",
	  FLAGS(L3(1)),
	  .frame = HOST_ASKS6(),
	  HOST_TOLD6 },
	{ .name = "the host asks for l3s by ND",
	  FLAGS(L3S(1)),
	  .frame = HOST_ASKS6(),
	  HOST_TOLD6 },
	{ .name = "the host asks whether l3 is still there (NUD)",
	  FLAGS(L3(1)),
	  .frame = ASK6(own, own, OWN, IP6_HOST, "fe80::1", "fe80::1"),
	  HOST_TOLD6 },
	{ .name = "the host's DAD for an address of l3's fails",
	  FLAGS(L3(1)),
	  .frame = DAD(own, "fe80::1"),
	  ANSWERED(HOST, ANSWER_DAD("fe80::1")) },
	{ .name = "the host's ND with another hop limit goes to the wire",
	  FLAGS(L3(1)),
	  .frame = HOST_ASKS6(.hop_limit = 64),
	  PASSED },
	{ .name = "l3 with host off: the wire is asked",
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_HOST_OFF),
	  .frame = HOST_ASKS4,
	  PASSED },
	{ .name = "l3 with host off, by ND",
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_HOST_OFF),
	  .frame = HOST_ASKS6(),
	  PASSED },
	{ .name = "l3s with host off is found, for what the host forwards",
	  FLAGS([1] = BV_SLAVE_L3S | BV_SLAVE_HOST_OFF),
	  .frame = HOST_ASKS4,
	  HOST_TOLD4 },
};

#define WIRE_ASKS4(to_, ...) \
	ASK4(to_, neighbour, IP4_WIRE, "10.0.0.1", __VA_ARGS__)
#define WIRE_ASKS6(to_, dst_, ...) \
	ASK6(to_, neighbour, NEIGHBOUR, IP6_WIRE, dst_, "fe80::1", __VA_ARGS__)
#define WIRE_TOLD4 ANSWERED(WIRE, ANSWER4(neighbour, "10.0.0.1", IP4_WIRE))
#define WIRE_TOLD6 ANSWERED(WIRE, ANSWER6(neighbour, "fe80::1", IP6_WIRE))

static const struct test_case wire_cases[] = {
	{ .name = "the wire asks for l3 by ARP: no proxy, no answer",
	  FLAGS(L3(1)),
	  .frame = WIRE_ASKS4(broadcast),
	  PASSED },
	{ .name = "the wire asks for l3s by ND: no proxy, no answer",
	  FLAGS(L3S(1)),
	  .frame = WIRE_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  PASSED },
	{ .name = "the wire asks for l3 by ARP to one MAC: no proxy",
	  FLAGS(L3(1)),
	  .frame = WIRE_ASKS4(own),
	  PASSED },
	{ .name = "the wire asks for l3 with proxy by ARP",
	  PROXY1(L3),
	  .frame = WIRE_ASKS4(broadcast),
	  WIRE_TOLD4 },
	{ .name = "the wire asks for l3s with proxy by ARP",
	  PROXY1(L3S),
	  .frame = WIRE_ASKS4(broadcast),
	  WIRE_TOLD4 },
	{ .name = "the wire asks for l3 with proxy by ARP to one MAC",
	  PROXY1(L3),
	  .frame = WIRE_ASKS4(own),
	  WIRE_TOLD4 },
	{ .name = "the wire probes for an address of l3 with proxy",
	  PROXY1(L3),
	  .frame = ASK4(broadcast, neighbour, NULL, "10.0.0.1"),
	  ANSWERED(WIRE, ANSWER4(neighbour, "10.0.0.1", NULL)) },
	{ .name = "the wire asks for l3 with proxy by ND",
	  PROXY1(L3),
	  .frame = WIRE_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  WIRE_TOLD6 },
	{ .name = "the wire asks for l3s with proxy by ND",
	  PROXY1(L3S),
	  .frame = WIRE_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  WIRE_TOLD6 },
	{ .name = "the wire asks whether l3 with proxy is there (NUD)",
	  PROXY1(L3),
	  .frame = WIRE_ASKS6(own, "fe80::1"),
	  WIRE_TOLD6 },
	{ .name = "the wire's DAD for an address of l3 with proxy fails",
	  PROXY1(L3),
	  .frame = DAD(neighbour, "fe80::1"),
	  ANSWERED(WIRE, ANSWER_DAD("fe80::1")) },
	{ .name = "the wire's ND with another hop limit is the host's",
	  PROXY1(L3),
	  .frame = WIRE_ASKS6(all_nodes, "ff02::1:ff00:1", .hop_limit = 254),
	  PASSED },
	{ .name = "a question from a group MAC is not answered",
	  PROXY1(L3),
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = all_nodes,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  PASSED },
	{ .name = "private and host off are no matter of the wire's",
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_PROXY | BV_SLAVE_PRIVATE |
		      BV_SLAVE_HOST_OFF),
	  .frame = WIRE_ASKS4(broadcast),
	  WIRE_TOLD4 },
	{ .name = "proxy at one slave is no matter of another's",
	  FLAGS([1] = BV_SLAVE_L3, [2] = BV_SLAVE_L3 | BV_SLAVE_PROXY),
	  .frame = WIRE_ASKS4(broadcast),
	  PASSED },
	{ .name = "the host's own address is the host's to answer",
	  PROXY1(L3),
	  .frame = ASK4(broadcast, neighbour, IP4_WIRE, IP4_HOST),
	  PASSED },
	/* A vepa slave's question, which the switch brings back. */
	{ .name = "reflected: answered to the wire, which brings it back",
	  FLAGS(L3(1), [2] = BV_SLAVE_VEPA),
	  .frame = S2_ASKS4(broadcast),
	  ANSWERED(WIRE, ANSWER4(own, "10.0.0.1", "10.0.0.2")) },
	{ .name = "reflected, by ND",
	  FLAGS(L3S(1), [2] = BV_SLAVE_VEPA),
	  .frame = S2_ASKS6(all_nodes, "ff02::1:ff00:1"),
	  ANSWERED(WIRE, ANSWER6(own, "fe80::1", "fe80::2")) },
	{ .name = "reflected, for a private one",
	  FLAGS([1] = BV_SLAVE_L3 | BV_SLAVE_PRIVATE, [2] = BV_SLAVE_VEPA),
	  .frame = S2_ASKS4(broadcast),
	  DROPPED_AT(1, PRIVATE) },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, sibling_cases),
		CASES(HOST_TX, host_cases),
		CASES(WIRE_RX, wire_cases),
		{},
	};

	return cases_main(tables);
}
