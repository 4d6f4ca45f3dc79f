/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cases.h - one frame, and all that it must cause: a row of a table.
 *
 * A row is run in up to three styles, each a test of its own:
 *
 *   run	BPF_PROG_TEST_RUN: verdict, frame out, copies made
 *   sent	a real frame on real devices: who receives it, byte for byte
 *   fragments	the same; what follows its Ethernet header is in fragments
 *
 * After each, drop counters, address table and MAC table are compared as a whole:
 * what a row does not mention must not have changed.
 */
#ifndef BV_TEST_CASES_H
#define BV_TEST_CASES_H

#include "env.h"
#include "macs.h"

enum verdict {
	DROP = 2,
	REDIRECT = 7,
	NEXT = -1
};

/* Sets of receivers. */
#define TO(at) (1U << (at))
#define S1 TO(1)
#define S2 TO(2)
#define S3 TO(3)
#define S4 TO(4)
#define HOST TO(AT_HOST)
#define WIRE TO(AT_WIRE)
/* Of what goes up the stack as the next step; slave 1 alone has ears there. */
#define STACK TO(AT_STACK)

struct entry {
	const char *ip; /* NULL ends a list */
	int slot; /* GONE: not in the table */
	enum bv_addr_how how;
	uint32_t seen_ago, asked_ago; /* ms; asked 0: not challenged */
};
#define GONE (-1)
#define ENTRIES_MAX 6

/* Who has reported a group, as sets of slaves; none in either: no entry. */
struct group {
	const char *ip; /* NULL ends a list */
	uint32_t now, before;
};
#define GROUPS_MAX 4

struct drop {
	uint32_t slot;
	enum bv_drop_reason why;
	uint64_t count; /* 0 ends a list */
};

struct outcome {
	enum verdict verdict;
	uint32_t copies; /* who gets a copy */
	uint32_t to; /* who gets the frame itself; of NEXT it is implied */
	struct drop drops[3];
	bool probe; /* the frame is now an ARP probe for the claimed address */
	const struct spec *becomes; /* ...or this */
};

/* What is known of the DHCP transaction that the frame belongs to. */
struct transaction {
	bool known;
	uint16_t slot;
	enum bv_dhcp_id id;
	uint32_t ago; /* seconds */
	uint32_t xid; /* the client's, if not the frame's */
};

enum style {
	STYLE_RUN,
	STYLE_SENT,
	STYLE_FRAGMENTS,
	STYLE_MAX_
};

/* What comes of a frame cut to this length or more. */
struct cut {
	size_t from; /* 0 ends a list */
	struct outcome out;
};

/* In which styles a row makes sense; none: in all. */
#define RUN (1U << STYLE_RUN)
#define SENT (1U << STYLE_SENT | 1U << STYLE_FRAGMENTS)

struct test_case {
	const char *name;
	int at; /* the slave that sends, if it is not slave 1 */
	struct spec frame;
	uint32_t styles;

	/* Before: */
	uint32_t flags[SLAVES + 1]; /* added to the slot's flags... */
	uint32_t inactive; /* ...and none of these, a set */
	uint32_t gso_size;
	uint32_t came_in_by; /* RUN only: ifindex, the host forwards it */
	struct entry table[ENTRIES_MAX]; /* put into the table */
	bool empty; /* ...which otherwise has everybody's address, as below */
	struct transaction xid; /* of frame.dhcp, if that is given */
	struct group joined[GROUPS_MAX];
	struct mac_entry macs[MACS_MAX]; /* others than slaves' own */
	void (*prepare)(void); /* anything else */
	bool (*too_late)(void); /* what it prepared was over too soon: again */

	/* After: */
	struct outcome out;
	struct entry after[ENTRIES_MAX]; /* how the table differs then */
	const struct dhcp *becomes; /* what frame.dhcp is then, if it changes */
	/* Likewise; of .becomes->xid, if that is given, and .xid remains. */
	struct transaction xid_after;
	struct group groups[GROUPS_MAX]; /* how .joined differs then */
	struct mac_entry macs_after[MACS_MAX]; /* how the table differs then */
	/* Or, instead of .out: the frame is cut to every length there is. */
	struct cut cuts[6];
};

/*
 * Whom addresses belong to if a case does not say otherwise: slave N has
 * learned 10.0.0.N and fe80::N, the host has 10.0.0.9 and fe80::9, static.
 */
#define IP4_HOST "10.0.0.9"
#define IP6_HOST "fe80::9"
#define IP4_WIRE "10.0.0.77" /* nobody's here */
#define IP6_WIRE "fe80::77"

/* Runs one row, which fails the test when it comes out differently. */
void case_check(const struct test_case *c, enum program prog, enum style style);

/* Rows for one program; the last table has none. */
struct case_table {
	enum program prog;
	const struct test_case *cases;
	size_t n;
};
#define CASES(prog, table)                                      \
	{                                                       \
		prog, table, sizeof(table) / sizeof((table)[0]) \
	}

/* Runs all rows in all their styles, each as a test of its own: main(). */
int cases_main(const struct case_table *tables);

#endif /* BV_TEST_CASES_H */
