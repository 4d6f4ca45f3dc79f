// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What IGMP and MLD reports of every version change, and whom they are shown.
 */
#include "groups.h"

#include <netinet/in.h>

#define SRC4 192, 0, 2, 1
#define SRC6 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1

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
/* Reports are for who routes: the host and the wire. */
#define REPORTED .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE }
#define JOINED(ip_) .groups = { { ip_, S1, 0 } }
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

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, igmp_cases),
		CASES(SLAVE_TX, igmp3_cases),
		CASES(SLAVE_TX, mld_cases),
		{},
	};

	return cases_main(tables);
}
