// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Membership: whom frames for a group reach, how a query ages it, its bounds.
 * What reports change is in test_reports.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "groups.h"

#define DATA4(dst_)                   \
	.frame = { .kind = FRAME_IP4, \
		   .to = mac4,        \
		   .src = IP4_WIRE,   \
		   .from = neighbour, \
		   .dst = dst_ }
#define DATA6(dst_)                   \
	.frame = { .kind = FRAME_IP6, \
		   .to = mac6,        \
		   .src = IP6_WIRE,   \
		   .from = neighbour, \
		   .dst = dst_ }
#define TO_SLAVES(set_) .out = { .verdict = NEXT, .copies = set_ }
#define NS(target_)                          \
	.frame = { .kind = FRAME_ND,         \
		   .to = mac6,               \
		   .from = neighbour,        \
		   .src = IP6_WIRE,          \
		   .dst = "ff02::1:ff00:88", \
		   .target = target_,        \
		   .opts = BYTES(1, 1, NEIGHBOUR) }

static const struct test_case wire_cases[] = {
	{ .name = "what nobody joined reaches no slave",
	  DATA4(G4),
	  TO_SLAVES(0) },
	{ .name = "...nor by IPv6", DATA6(G6), TO_SLAVES(0) },
	{ .name = "multicast reaches its members",
	  IN(G4, S1, S3),
	  DATA4(G4),
	  TO_SLAVES(S1 | S3) },
	{ .name = "...by IPv6", IN(G6, S2, S2), DATA6(G6), TO_SLAVES(S2) },
	{ .name = "...not who is in another group",
	  IN(H6, S2, S2),
	  DATA6(G6),
	  TO_SLAVES(0) },
	{ .name = "a member that is gone gets none",
	  .inactive = S2,
	  IN(G4, S2 | S3, 0),
	  DATA4(G4),
	  TO_SLAVES(S3) },
	{ .name = "all hosts: everybody, joined or not",
	  IN("224.0.0.1", S1, 0),
	  DATA4("224.0.0.1"),
	  TO_SLAVES(S1 | S2 | S3) },
	{ .name = "ff02::1: everybody",
	  DATA6("ff02::1"),
	  TO_SLAVES(S1 | S2 | S3) },
	{ .name = "DHCPv6 servers: everybody, joined or not",
	  IN("ff02::1:2", S1, 0),
	  DATA6("ff02::1:2"),
	  TO_SLAVES(S1 | S2 | S3) },
	{ .name = "mDNS: everybody while nobody has reported it",
	  DATA4("224.0.0.251"),
	  TO_SLAVES(S1 | S2 | S3) },
	{ .name = "...and then members",
	  IN("224.0.0.251", S1, 0),
	  DATA4("224.0.0.251"),
	  TO_SLAVES(S1) },
	{ .name = "...by IPv6, too",
	  DATA6("ff02::fb"),
	  TO_SLAVES(S1 | S2 | S3) },
	{ .name = "...and then members, by IPv6",
	  IN("ff02::fb", 0, S3),
	  DATA6("ff02::fb"),
	  TO_SLAVES(S3) },
	{ .name = "another link-local group reaches members alone",
	  DATA6("ff02::2"),
	  TO_SLAVES(0) },
	{ .name = "224.0.1.0 is no link-local group",
	  DATA4("224.0.1.0"),
	  TO_SLAVES(0) },
	{ .name = "a solicitation reaches members of its target's group",
	  IN("ff02::1:ff00:88", S2, 0),
	  NS("fe80::88"),
	  TO_SLAVES(S2) },
	{ .name = "...and who has `arp flood'",
	  .flags = { [1] = BV_SLAVE_ARP_FLOOD },
	  IN("ff02::1:ff00:88", S2, 0),
	  NS("fe80::88"),
	  TO_SLAVES(S1 | S2) },
	{ .name = "...if nobody is a member, too",
	  .flags = { [3] = BV_SLAVE_ARP_FLOOD },
	  NS("fe80::88"),
	  TO_SLAVES(S3) },
	{ .name = "ARP for nobody's address reaches who has `arp flood'",
	  .flags = { [2] = BV_SLAVE_ARP_FLOOD },
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.88" },
	  TO_SLAVES(S2) },
	{ .name = "a report from the wire is for no slave",
	  IN("224.0.0.22", S1 | S2 | S3, 0),
	  .frame = { .kind = FRAME_IGMP,
		     .to = mac4,
		     .from = neighbour,
		     .src = IP4_WIRE,
		     .dst = "224.0.0.22",
		     MSG(0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, G4_BYTES) },
	  TO_SLAVES(0) },
	{ .name = "a query of a group is for its members",
	  IN(G4, S1, S2),
	  .frame = { .kind = FRAME_IGMP,
		     .to = mac4,
		     .from = neighbour,
		     .src = IP4_WIRE,
		     .dst = G4,
		     MSG(0x11, 10, 0, 0, G4_BYTES) },
	  TO_SLAVES(S1 | S2) },
};

static const uint8_t all_hosts[] = { 1, 0, 0x5e, 0, 0, 1 };

#define QUERY4(...)                    \
	.frame = { .kind = FRAME_IGMP, \
		   .to = all_hosts,    \
		   .from = neighbour,  \
		   .src = IP4_WIRE,    \
		   .dst = "224.0.0.1", \
		   __VA_ARGS__ }
#define QUERY6(...)                   \
	.frame = { .kind = FRAME_MLD, \
		   .to = all_nodes,   \
		   .from = neighbour, \
		   .src = IP6_WIRE,   \
		   .dst = "ff02::1",  \
		   __VA_ARGS__ }
#define EVERYBODY TO_SLAVES(S1 | S2 | S3)
#define BOTH .joined = { { G4, S1 | S2, S3 }, { G6, S1, S3 }, { H4, 0, S1 } }
#define AGED4 .groups = { { G4, 0, S1 | S2 }, { H4, 0, 0 } }
#define AGED6 .groups = { { G6, 0, S1 } }

static void aged_9s_ago(void)
{
	env.port->rotated_ns[0] = env_ago(env_now(), 9000);
	env.port->rotated_ns[1] = env_ago(env_now(), 9000);
}

static void aged_11s_ago(void)
{
	env.port->rotated_ns[0] = env_ago(env_now(), 11000);
	env.port->rotated_ns[1] = env_ago(env_now(), 11000);
}

static const struct test_case query_cases[] = {
	{ .name = "a general query of IGMPv1 ages IPv4 groups",
	  BOTH,
	  QUERY4(MSG(0x11, 0, 0, 0, 0, 0, 0, 0)),
	  EVERYBODY,
	  AGED4 },
	{ .name = "a general query of IGMPv2 ages IPv4 groups",
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0)),
	  EVERYBODY,
	  AGED4 },
	{ .name = "a general query of IGMPv3 ages IPv4 groups",
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0)),
	  EVERYBODY,
	  AGED4 },
	{ .name = "a general query of MLDv1 ages IPv6 groups",
	  BOTH,
	  QUERY6(MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		     0, 0, 0, 0, 0, 0)),
	  EVERYBODY,
	  AGED6 },
	{ .name = "a general query of MLDv2 ages IPv6 groups",
	  BOTH,
	  QUERY6(MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		     0, 0, 0, 0, 0, 0, 2, 125, 0, 0)),
	  EVERYBODY,
	  AGED6 },
	{ .name = "ten seconds after another it does",
	  .prepare = aged_11s_ago,
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0)),
	  EVERYBODY,
	  AGED4 },
	{ .name = "earlier it does not",
	  .prepare = aged_9s_ago,
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0)),
	  EVERYBODY },
	{ .name = "hosts ignore a query of a wrong checksum: no age",
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0), .bad_csum = true),
	  EVERYBODY },
	{ .name = "...of MLD, too",
	  BOTH,
	  QUERY6(MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		     0, 0, 0, 0, 0, 0),
		 .bad_csum = true),
	  EVERYBODY },
	{ .name = "hosts ignore MLD from afar: no age",
	  BOTH,
	  QUERY6(MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		     0, 0, 0, 0, 0, 0),
		 .hops = 2),
	  EVERYBODY },
	{ .name = "hosts ignore MLD without router alert: no age",
	  BOTH,
	  QUERY6(MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		     0, 0, 0, 0, 0, 0),
		 .exts = BYTES(IPPROTO_HOPOPTS)),
	  EVERYBODY },
	{ .name = "hosts ignore MLD from no link-local address: no age",
	  BOTH,
	  .frame = { .kind = FRAME_MLD,
		     .to = all_nodes,
		     .from = neighbour,
		     .src = "2001:db8::77",
		     .dst = "ff02::1",
		     MSG(130, 0, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			 0, 0, 0, 0, 0, 0, 0) },
	  EVERYBODY },
	{ .name = "a query that gives hosts half an hour: no age",
	  BOTH,
	  QUERY4(MSG(0x11, 0xff, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0)),
	  EVERYBODY },
	{ .name = "a query of no version: no age",
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, 0, 0, 0, 0, 2)),
	  EVERYBODY },
	{ .name = "a query of one group: no age",
	  BOTH,
	  QUERY4(MSG(0x11, 100, 0, 0, G4_BYTES)),
	  EVERYBODY },
};

static const struct test_case slave_query_cases[] = {
	{ .name = "a slave's query ages siblings, not itself",
	  BOTH,
	  .frame = { .kind = FRAME_IGMP,
		     .to = all_hosts,
		     .src = "10.0.0.1",
		     .dst = "224.0.0.1",
		     MSG(0x11, 100, 0, 0, 0, 0, 0, 0) },
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE },
	  .groups = { { G4, 0, S1 | S2 }, { H4, 0, S1 } } },
	{ .name = "...nor who does not hear it",
	  .flags = { [3] = BV_SLAVE_PRIVATE },
	  BOTH,
	  .frame = { .kind = FRAME_IGMP,
		     .to = all_hosts,
		     .src = "10.0.0.1",
		     .dst = "224.0.0.1",
		     MSG(0x11, 100, 0, 0, 0, 0, 0, 0) },
	  .out = { .verdict = REDIRECT, .copies = S2 | HOST, .to = WIRE },
	  .groups = { { G4, 0, S1 | S2 | S3 }, { H4, 0, S1 } } },
	{ .name = "a private slave's query ages nobody",
	  .flags = { [1] = BV_SLAVE_PRIVATE },
	  BOTH,
	  .frame = { .kind = FRAME_IGMP,
		     .to = all_hosts,
		     .src = "10.0.0.1",
		     .dst = "224.0.0.1",
		     MSG(0x11, 100, 0, 0, 0, 0, 0, 0) },
	  .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE } },
};

static const struct test_case host_query_cases[] = {
	{ .name = "the host's query ages all but who has host off",
	  .flags = { [3] = BV_SLAVE_HOST_OFF },
	  BOTH,
	  .frame = { .kind = FRAME_IGMP,
		     .to = all_hosts,
		     .src = IP4_HOST,
		     .dst = "224.0.0.1",
		     MSG(0x11, 100, 0, 0, 0, 0, 0, 0) },
	  .out = { .verdict = NEXT, .copies = S1 | S2 },
	  .groups = { { G4, 0, S1 | S2 | S3 }, { H4, 0, 0 } } },
};

/* Slaves in l3, of which slave 1 may be the nominee. */
static void nominate(void)
{
	env.port->nominee = 1;
}

#define L3_1 [1] = BV_SLAVE_L3
#define NOMINATED .prepare = nominate

static const struct test_case routed_cases[] = {
	{ .name = "a routed slave gets no broadcast",
	  .flags = { L3_1 },
	  .frame = { .to = broadcast, .from = neighbour, .payload = 46 },
	  TO_SLAVES(S2 | S3) },
	{ .name = "...and no question about nobody's address",
	  .flags = { L3_1 | BV_SLAVE_ARP_FLOOD },
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.88" },
	  TO_SLAVES(0) },
	{ .name = "the nominee gets broadcasts",
	  NOMINATED,
	  .flags = { L3_1 },
	  .frame = { .to = broadcast, .from = neighbour, .payload = 46 },
	  .out = { .verdict = NEXT, .copies = S1 | S2 | S3 } },
	{ .name = "...and multicast that nobody joined",
	  NOMINATED,
	  .flags = { L3_1 },
	  DATA4(G4),
	  TO_SLAVES(S1) },
	{ .name = "a nominee that is gone gets nothing",
	  NOMINATED,
	  .inactive = S1,
	  .flags = { L3_1 },
	  DATA4(G4),
	  TO_SLAVES(0) },
};

static const struct test_case routed_host_cases[] = {
	{ .name = "the nominee gets the host's broadcasts",
	  NOMINATED,
	  .flags = { L3_1 },
	  .frame = { .to = broadcast, .payload = 46 },
	  .out = { .verdict = NEXT, .copies = S1 | S2 | S3 } },
	{ .name = "...but for host off",
	  NOMINATED,
	  .flags = { L3_1 | BV_SLAVE_HOST_OFF },
	  .frame = { .to = broadcast, .payload = 46 },
	  .out = { .verdict = NEXT, .copies = S2 | S3 } },
};

static void send_report(const uint8_t *group, uint8_t type)
{
	const uint8_t msg[] = { type,	  0,	    0,	      0,
				group[0], group[1], group[2], group[3] };
	const struct spec spec = { .kind = FRAME_IGMP,
				   .to = mac4,
				   .src = "10.0.0.1",
				   .dst = "224.0.0.22",
				   .msg = { msg, sizeof(msg) } };
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f;

	frame_build(&f, &spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	assert_int_equal(run.verdict, REDIRECT);
}

/* 64 groups are joined, the next is not, until another is left. */
static void test_limit(void **state)
{
	(void)state;
	env_reset();
	for (uint8_t i = 0; i < BV_GROUPS_MAX; i++)
		send_report((const uint8_t[]){ 239, 9, 9, i }, 0x16);
	assert_int_equal(env_group_count(), BV_GROUPS_MAX);
	send_report((const uint8_t[]){ 239, 9, 9, 0 }, 0x16);
	assert_int_equal(env.drops[1].count[BV_DROP_GROUP_LIMIT], 0);
	send_report((const uint8_t[]){ G4_BYTES }, 0x16);
	assert_int_equal(env.drops[1].count[BV_DROP_GROUP_LIMIT], 1);
	assert_int_equal(env_group_count(), BV_GROUPS_MAX);
	send_report((const uint8_t[]){ 239, 9, 9, 5 }, 0x17);
	send_report((const uint8_t[]){ G4_BYTES }, 0x16);
	assert_int_equal(env.drops[1].count[BV_DROP_GROUP_LIMIT], 1);
	assert_int_equal(env_group_count(), BV_GROUPS_MAX);
	assert_int_equal(env.slaves[1].groups, BV_GROUPS_MAX);
}

/* A report of 100 groups: those over the bound of a slave are not joined. */
static void test_many_records(void **state)
{
	uint8_t msg[8 + 100 * 8] = { 0x22, [7] = 100 };
	struct spec spec = { .kind = FRAME_IGMP,
			     .to = mac4,
			     .src = "10.0.0.1",
			     .dst = "224.0.0.22",
			     .msg = { msg, sizeof(msg) } };
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f;

	(void)state;
	env_reset();
	for (uint8_t i = 0; i < 100; i++)
		memcpy(msg + 8 + i * 8,
		       ((const uint8_t[]){ 4, 0, 0, 0, 239, 8, 8, i }), 8);
	frame_build(&f, &spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	assert_int_equal(env_group_count(), BV_GROUPS_MAX);
	assert_int_equal(env.slaves[1].groups, BV_GROUPS_MAX);
}

/* The next slave of a slot is in no group that the one before was in. */
static void test_slot_given_out_again(void **state)
{
	const struct bv_members both = { .now = S1 | S2 };
	const struct spec spec = { .kind = FRAME_IP4,
				   .to = mac4,
				   .from = neighbour,
				   .src = IP4_WIRE,
				   .dst = G4 };
	struct run run = { .ifindex = env_ifindex(AT_WIRE) };
	struct bv_members got;
	struct frame f;

	(void)state;
	env_reset();
	env_group_set(G4, &both);
	env.slaves[1].groups = 0;
	env.slaves[1].group_bloom = 0;
	frame_build(&f, &spec);
	assert_int_equal(env_run(WIRE_RX, &run, &f), 0);
	env_settle();
	assert_false(env_take(1, &f));
	assert_true(env_take(2, &f));
	send_report((const uint8_t[]){ G4_BYTES }, 0x17);
	assert_int_equal(env.slaves[1].groups, 0);
	assert_true(env_group_get(G4, &got));
	send_report((const uint8_t[]){ G4_BYTES }, 0x16);
	assert_int_equal(env.slaves[1].groups, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_slot_given_out_again),
	};
	static const struct case_table tables[] = {
		CASES(WIRE_RX, wire_cases),
		CASES(WIRE_RX, query_cases),
		CASES(SLAVE_TX, slave_query_cases),
		CASES(HOST_TX, host_query_cases),
		CASES(WIRE_RX, routed_cases),
		CASES(HOST_TX, routed_host_cases),
		{},
	};
	int failed = cases_main(tables);

	return failed | cmocka_run_group_tests(tests, env_setup, env_teardown);
}
