// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Membership: what IGMP and MLD reports of every version change, whom they are
 * shown, how a query ages it, and whom frames for a group reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "cases.h"

#define G4 "239.1.2.3"
#define G4_BYTES 239, 1, 2, 3
#define H4 "239.1.2.4"
#define H4_BYTES 239, 1, 2, 4
#define G6 "ff05::1:3"
#define G6_BYTES 0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3
#define H6 "ff05::1:4"
#define H6_BYTES 0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4
#define SRC4 192, 0, 2, 1
#define SRC6 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1

static const uint8_t mac4[] = { 1, 0, 0x5e, 1, 2, 3 };
static const uint8_t mac6[] = { 0x33, 0x33, 0, 1, 0, 3 };

#define IGMP(...)                       \
	.frame = { .kind = FRAME_IGMP,  \
		   .to = mac4,          \
		   .src = "10.0.0.1",   \
		   .dst = "224.0.0.22", \
		   __VA_ARGS__ }
#define MLD(...)                      \
	.frame = { .kind = FRAME_MLD, \
		   .to = mac6,        \
		   .src = "fe80::1",  \
		   .dst = "ff02::16", \
		   __VA_ARGS__ }
#define MSG(...) .msg = BYTES(__VA_ARGS__)
/* Reports are for who routes: the host and the wire. */
#define REPORTED .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE }
#define JOINED(ip_) .groups = { { ip_, S1, 0 } }
#define IN(ip_, now_, before_) .joined = { { ip_, now_, before_ } }
#define GONE_(ip_) .groups = { { ip_, 0, 0 } }

static const struct test_case igmp_cases[] = {
	{ .name = "a report of IGMPv1 joins",
	  IGMP(MSG(0x12, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "a report of IGMPv2 joins",
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "a second one changes nothing",
	  IN(G4, S1, 0),
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES)),
	  REPORTED },
	{ .name = "one after a query renews",
	  IN(G4, 0, S1 | S2),
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  .groups = { { G4, S1, S1 | S2 } } },
	{ .name = "a leave leaves, and who was alone ends the group",
	  IN(G4, S1, S1),
	  IGMP(MSG(0x17, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  GONE_(G4) },
	{ .name = "a leave does not touch others",
	  IN(G4, S1 | S2, S1 | S3),
	  IGMP(MSG(0x17, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  .groups = { { G4, S2, S3 } } },
	{ .name = "a leave of a group it is not in changes nothing",
	  IN(G4, S2, 0),
	  IGMP(MSG(0x17, 0, 0, 0, G4_BYTES)),
	  REPORTED },
	{ .name = "a report of what is no group joins nothing",
	  IGMP(MSG(0x16, 0, 0, 0, 10, 0, 0, 2)),
	  REPORTED },
	{ .name = "a report that is too short joins nothing",
	  IGMP(MSG(0x16, 0, 0, 0, 239, 1, 2)),
	  REPORTED },
	{ .name = "a report longer than its packet joins nothing",
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES), .len_off = -1),
	  REPORTED },
	{ .name = "a report in a fragment is none: it reaches all",
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES), .frag_off = 0x2000),
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE } },
	{ .name = "a packet of another type joins nothing",
	  IGMP(MSG(0x13, 0, 0, 0, G4_BYTES)),
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE } },
	{ .name = "a private slave's report joins",
	  .flags = { [1] = BV_SLAVE_PRIVATE },
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES)),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "a vepa slave's report joins",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  IGMP(MSG(0x16, 0, 0, 0, G4_BYTES)),
	  .out = { .verdict = REDIRECT, .to = WIRE },
	  JOINED(G4) },
};

/* RFC 3376 4.2: type, auxiliary words, sources, group, sources, auxiliary. */
#define V3(n_, ...) \
	IGMP(MSG(0x22, 0, 0, 0, 0, 0, (n_) >> 8, (n_)&0xff, __VA_ARGS__))

static const struct test_case igmp3_cases[] = {
	{ .name = "IGMPv3: MODE_IS_EXCLUDE joins",
	  V3(1, 2, 0, 0, 0, G4_BYTES),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: CHANGE_TO_EXCLUDE_MODE joins",
	  V3(1, 4, 0, 0, 0, G4_BYTES),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: ...whatever it excludes",
	  V3(1, 4, 0, 0, 1, G4_BYTES, SRC4),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: MODE_IS_INCLUDE with sources joins",
	  V3(1, 1, 0, 0, 1, G4_BYTES, SRC4),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: CHANGE_TO_INCLUDE_MODE with sources joins",
	  V3(1, 3, 0, 0, 2, G4_BYTES, SRC4, SRC4),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: ALLOW_NEW_SOURCES joins",
	  V3(1, 5, 0, 0, 1, G4_BYTES, SRC4),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: ALLOW_NEW_SOURCES of none does nothing",
	  V3(1, 5, 0, 0, 0, G4_BYTES),
	  REPORTED },
	{ .name = "IGMPv3: CHANGE_TO_INCLUDE_MODE without sources leaves",
	  IN(G4, S1, 0),
	  V3(1, 3, 0, 0, 0, G4_BYTES),
	  REPORTED,
	  GONE_(G4) },
	{ .name = "IGMPv3: MODE_IS_INCLUDE without sources leaves",
	  IN(G4, 0, S1),
	  V3(1, 1, 0, 0, 0, G4_BYTES),
	  REPORTED,
	  GONE_(G4) },
	{ .name = "IGMPv3: BLOCK_OLD_SOURCES changes nothing",
	  IN(G4, S1, 0),
	  V3(2, 6, 0, 0, 1, G4_BYTES, SRC4, 6, 0, 0, 1, H4_BYTES, SRC4),
	  REPORTED },
	{ .name = "IGMPv3: a record of an unknown type changes nothing",
	  V3(1, 7, 0, 0, 0, G4_BYTES),
	  REPORTED },
	{ .name = "IGMPv3: each record counts, behind auxiliary data too",
	  IN(G4, S1 | S2, 0),
	  V3(2, 3, 1, 0, 0, G4_BYTES, 4, 0, 0, 0, 4, 0, 0, 0, H4_BYTES),
	  REPORTED,
	  .groups = { { G4, S2, 0 }, { H4, S1, 0 } } },
	{ .name = "IGMPv3: a record with more sources than there are: not it",
	  V3(2, 4, 0, 0, 0, G4_BYTES, 4, 0, 0, 9, H4_BYTES, SRC4),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: a record with more data than there is: not it",
	  V3(1, 4, 255, 0, 0, G4_BYTES),
	  REPORTED },
	{ .name = "IGMPv3: 65535 sources that are not there",
	  V3(1, 4, 0, 0xff, 0xff, G4_BYTES),
	  REPORTED },
	{ .name = "IGMPv3: fewer records than it says",
	  V3(0xffff, 4, 0, 0, 0, G4_BYTES),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: no more records than it says",
	  V3(1, 4, 0, 0, 0, G4_BYTES, 4, 0, 0, 0, H4_BYTES),
	  REPORTED,
	  JOINED(G4) },
	{ .name = "IGMPv3: a header alone",
	  IGMP(MSG(0x22, 0, 0, 0, 0, 0, 0)),
	  REPORTED },
};

#define HEAD6(type_) type_, 0, 0, 0, 0, 0, 0, 0
#define V2(n_, ...) \
	MLD(MSG(143, 0, 0, 0, 0, 0, (n_) >> 8, (n_)&0xff, __VA_ARGS__))

static const struct test_case mld_cases[] = {
	{ .name = "a report of MLDv1 joins",
	  MLD(MSG(HEAD6(131), G6_BYTES)),
	  REPORTED,
	  JOINED(G6) },
	{ .name = "a done of MLDv1 leaves",
	  IN(G6, S1 | S3, S1),
	  MLD(MSG(HEAD6(132), G6_BYTES)),
	  REPORTED,
	  .groups = { { G6, S3, 0 } } },
	{ .name = "a report without an address joins",
	  .frame = { .kind = FRAME_MLD,
		     .to = mac6,
		     .src = "::",
		     .dst = "ff02::16",
		     MSG(HEAD6(131), G6_BYTES) },
	  REPORTED,
	  JOINED(G6) },
	{ .name = "a report of what is no group joins nothing",
	  MLD(MSG(HEAD6(131), SRC6)),
	  REPORTED },
	{ .name = "a report of an interface-local group joins nothing",
	  MLD(MSG(HEAD6(131), 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		  9)),
	  REPORTED },
	{ .name = "a report that is too short joins nothing",
	  MLD(MSG(HEAD6(131), 0xff, 5, 0, 0)),
	  REPORTED },
	{ .name = "a report longer than its packet joins nothing",
	  MLD(MSG(HEAD6(131), G6_BYTES), .len_off = -1),
	  REPORTED },
	{ .name = "a report behind other headers is none",
	  MLD(MSG(HEAD6(131), G6_BYTES), .exts = BYTES(IPPROTO_DSTOPTS)),
	  REPORTED },
	{ .name = "MLDv2: MODE_IS_EXCLUDE joins",
	  V2(1, 2, 0, 0, 0, G6_BYTES),
	  REPORTED,
	  JOINED(G6) },
	{ .name = "MLDv2: CHANGE_TO_EXCLUDE_MODE joins",
	  V2(1, 4, 0, 0, 0, G6_BYTES),
	  REPORTED,
	  JOINED(G6) },
	{ .name = "MLDv2: MODE_IS_INCLUDE with sources joins",
	  V2(1, 1, 0, 0, 1, G6_BYTES, SRC6),
	  REPORTED,
	  JOINED(G6) },
	{ .name = "MLDv2: ALLOW_NEW_SOURCES joins",
	  V2(1, 5, 0, 0, 1, G6_BYTES, SRC6),
	  REPORTED,
	  JOINED(G6) },
	{ .name = "MLDv2: CHANGE_TO_INCLUDE_MODE without sources leaves",
	  IN(G6, S1, S1),
	  V2(1, 3, 0, 0, 0, G6_BYTES),
	  REPORTED,
	  GONE_(G6) },
	{ .name = "MLDv2: BLOCK_OLD_SOURCES changes nothing",
	  IN(G6, S1, 0),
	  V2(1, 6, 0, 0, 1, G6_BYTES, SRC6),
	  REPORTED },
	{ .name = "MLDv2: each record counts, behind auxiliary data too",
	  IN(G6, S1 | S2, 0),
	  V2(2, 3, 1, 0, 1, H6_BYTES, SRC6, 4, 0, 0, 0, 3, 0, 0, 0, G6_BYTES),
	  REPORTED,
	  .groups = { { G6, S2, 0 }, { H6, S1, 0 } } },
	{ .name = "MLDv2: a record with more sources than there are: not it",
	  V2(1, 4, 0, 0, 2, G6_BYTES, SRC6),
	  REPORTED },
	{ .name = "MLDv2: fewer records than it says",
	  V2(0xffff, 4, 0, 0, 0, G6_BYTES),
	  REPORTED,
	  JOINED(G6) },
};

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
		CASES(SLAVE_TX, igmp_cases),
		CASES(SLAVE_TX, igmp3_cases),
		CASES(SLAVE_TX, mld_cases),
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
