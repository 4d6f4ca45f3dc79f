/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oracle.h - what the parts of the oracle share: a run, and what follows. */
#ifndef BV_FUZZ_ORACLE_H
#define BV_FUZZ_ORACLE_H

#include "datapath.h"
#include "reference.h"

/* What a program has made of the frame. */
enum made {
	MADE_NOTHING,
	MADE_PROBE, /* our question to an owner */
	MADE_ANSWER, /* of a question, for its owner */
	MADE_TOO_BIG,
	MADE_DHCP, /* an id replaced, inserted or put back */
	MADE_READDRESSED, /* to the master's MAC, for a slave in l3 or l3s */
};

struct seen {
	const struct datapath *d;
	struct reading r;
	uint32_t flags; /* the sending slave's */
	bool own; /* its Ethernet source is the master's MAC */
	/* Whose the wire brings back: a slot, 0 for the master's MAC; else -1. */
	int sender;
	bool in_vlan; /* what is in it means nothing to us */
	int why; /* it was dropped; else -1 */
	enum made made;
	struct address claims[2]; /* the sender's, in l3 its source too */
	struct address asked; /* the target of ARP or ND */
};

bool is_active(const struct state *s, uint32_t slot);
/* As an owner; the host always is. */
bool is_live(const struct state *s, uint32_t slot);
/* Slot of the owner before, or -1. */
int owner_of(const struct seen *s, const struct address *a);
bool owned_by(const struct seen *s, const struct address *a, uint32_t slot);
bool is_claimed(const struct seen *s, const uint8_t ip[16]);
/* The slot of what the host forwards; beyond those in use: nobody's. */
uint32_t forwarded_from(const struct seen *s);

/* oracle_frame.c: what became of the frame is one of enum made. */
enum made check_frame(const struct seen *s);
/* oracle_group.c: a copy is for a slave that the frame concerns. */
void check_concerned(const struct seen *s, uint32_t slot);
void check_groups(const struct seen *s);
/* oracle_mac.c: slaves with MACs of their own. */
int wire_sender(const struct seen *s);
bool in_vlan(const struct datapath *d, uint32_t flags);
/* For a slave in source, which hears nothing else? */
bool is_by_list(const struct seen *s, const struct sent *sent);
/* A slave in source, which has a copy, keeps it from all others. */
bool is_kept_by_list(const struct seen *s);
bool is_nobodys_mac(const struct seen *s);
/* Is a slave to have it by its MAC alone? */
bool check_mac_receiver(const struct seen *s, const struct sent *sent,
			uint32_t slot);
void check_mac_drop(const struct seen *s, int why);
void check_macs(const struct seen *s);
/* oracle_state.c: what was counted, learned and written. */
void check_drops(struct seen *s);
void check_claim(const struct seen *s);
void check_table(const struct seen *s);
void check_transactions(const struct seen *s);
bool is_taken(const struct seen *s, const struct transaction *t);
/* What a request of DHCPv4 goes out with if its own transaction id is taken. */
uint32_t other_xid(const struct seen *s);
void check_rest(const struct seen *s);
void check_same(const struct state *a, const struct state *b);

#endif /* BV_FUZZ_ORACLE_H */
