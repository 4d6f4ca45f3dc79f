/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datapath.h - the programs of src/bpf on one frame, from an input's bytes.
 *
 * An input is a struct setup and a frame. The setup says of the port what a
 * frame's way depends on; all zero is four slaves that are active, in other
 * namespaces, with no address in the table.
 */
#ifndef BV_FUZZ_DATAPATH_H
#define BV_FUZZ_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/bv_abi.h"
#include "kernel.h"

#define SLAVES 70U /* of which 4 are set up one by one */
#define CHOSEN 4U
#define BASE_IFINDEX BV_IFINDEX_FIRST
#define MASTER_IFINDEX 7U
#define OTHER_IFINDEX 3U
#define ADDRS 8U
#define GROUPS 4U
#define MACS 4U /* that are not a device's */
#define LISTS 2U
#define SILENCE_NS 1000000000ULL
#define DHCP_LIFE_NS 150000000000ULL

enum program {
	SLAVE_TX,
	WIRE_RX,
	HOST_TX,
	END_TX,
	COPY
};
enum verdict {
	DROP = 2,
	REDIRECT = 7,
	NEXT = -1
};

struct setup {
	uint8_t slot; /* that sends: 1 to 70, less 1; 70 and 71: no slot */
	uint8_t skb; /* SETUP_ bits */
	uint8_t pkt_type; /* 0 to 3, 5; else as the kernel has it */
	uint8_t linear; /* bytes */
	uint16_t flags[CHOSEN]; /* BV_SLAVE_, but that 0 is active, and peer */
	uint16_t port; /* SETUP_ bits */
	uint8_t gone; /* slots whose device is not there, a bit each */
	uint8_t full; /* slots with 64 addresses and groups, a bit each */
	/* Owners of the addresses in datapath.c: see there. */
	uint8_t owners[ADDRS];
	/* Members: slots 1 to 4 in the low half now, in the high one before. */
	uint8_t groups[GROUPS];
	uint8_t stale; /* slots with inherited bits in groups, a bit each */
	uint8_t nominee; /* slot 1 to 4, else none */
	uint8_t dhcp[2]; /* whose v4 and v6 transactions: see set_dhcp() */
	uint8_t fib; /* what a lookup says, 16s: by which device */
	uint8_t ingress; /* where what the host sends came in */
	uint8_t more; /* so many times 8 bytes behind the frame */
	uint8_t fewer; /* than 15 copies at once, by so many; 16: all at once */
	/* See setup_macs.c. */
	uint8_t modes[CHOSEN]; /* enum mode */
	uint8_t macs[MACS]; /* slot 1 to 4 that was seen to send from it */
	uint8_t lists[LISTS]; /* slots that list a MAC, a bit each; LISTS_ */
	uint8_t macs_full; /* slots with 64 MACs, a bit each; 1: table full */
	uint8_t queue; /* so many frames less may wait for the copier */
	/* See guests.c: slots 1 to 4, and 16s: whose guest's MAC is known. */
	uint8_t guests;
	uint8_t unused;
};
_Static_assert(sizeof(struct setup) == 50, "corpus_setup.py has it too");

/* Of a slave; more are the same again. */
enum mode {
	MODE_IPVLAN,
	MODE_BRIDGE,
	MODE_PRIVATE,
	MODE_VEPA,
	MODE_SOURCE,
	MODE_NODST,
	MODE_PASSTHRU, /* of the first of them; no other slave is there */
	MODE_MAX_
};
#define LISTS_BACKWARDS 1U /* the last slot is first in the list */

#define SETUP_VLAN 1U
#define SETUP_GSO 2U
#define SETUP_TC_INDEX 4U
#define SETUP_PARTIAL 8U
#define SETUP_FOLDED 16U
#define SETUP_LIES 32U /* via netkit: the protocol is IPv4, the sender says */
#define SETUP_PRIORITY 64U /* a tag for VLAN 0 */
#define SETUP_ROUTED 128U /* by the FIB, via netkit; or it says so */

#define SETUP_FLOOD_REACHED 1U
#define SETUP_FLOOD_BEFORE 2U /* in the window before */
#define SETUP_SMALL_MTU 4U
#define SETUP_TABLE_FULL 8U
#define SETUP_FEW_SLOTS 16U /* only slots 1 and 2 are in use */
#define SETUP_NO_SLOTS 32U
#define SETUP_COPIER 64U
#define SETUP_QUEUE_FULL 128U
#define SETUP_QUEUE_STUCK 256U
#define SETUP_MANY 512U /* slots 5 to 70 are like 1 to 4, again and again */
#define SETUP_NO_IP6 1024U /* the master has no IPv6 address */
#define SETUP_QUERIED 2048U
#define SETUP_GROUPS_FULL 4096U

#define SMALL_MTU 80U

/* The table, in no order. */
struct table {
	uint32_t n;
	struct table_entry {
		struct bv_addr_key key;
		struct bv_addr addr;
	} entries[ADDRS + 1];
};
/* NULL: there is none. */
const struct table_entry *table_find(const struct table *t,
				     const uint8_t ip[16]);

/* As many words as a port of that size has. */
#define WORDS BV_WORDS(SLAVES + 1)

struct groups {
	uint32_t n;
	struct group_entry {
		struct bv_addr_key key;
		struct bv_members members[WORDS];
	} entries[SLAVES];
};

struct macs {
	uint32_t n;
	struct mac_entry {
		struct bv_mac_key key;
		struct bv_mac mac;
	} entries[SLAVES + MACS + LISTS * BV_SOURCE_SHARE + 1];
};

struct transactions {
	uint32_t n;
	struct transaction {
		struct bv_dhcp_key key;
		struct bv_dhcp dhcp;
	} entries[4];
};

struct state {
	uint32_t slots; /* those that are set up, 4 or all; below is no more */
	struct bv_port port;
	struct bv_slave slaves[SLAVES + 1];
	struct bv_drops drops[SLAVES + 1];
	struct bv_listeners listeners[WORDS];
	struct table table;
	struct groups groups;
	struct transactions transactions;
	struct macs macs;
};
/* NULL: there is none. */
const struct group_entry *group_find(const struct groups *g,
				     const uint8_t ip[16]);
const struct transaction *transaction_find(const struct transactions *t,
					   uint32_t xid, uint8_t version);
/* n: as in the key. */
const struct mac_entry *mac_find(const struct macs *m, const uint8_t mac[6],
				 uint16_t n);

/* One run: what was before, what went in, what came out. */
struct datapath {
	enum program prog;
	struct setup setup;
	uint32_t slot; /* the sender's; for SLAVE_TX */
	uint8_t mac[6];
	const uint8_t *frame;
	size_t len;
	struct __sk_buff skb; /* afterwards */
	uint8_t *out; /* the frame afterwards; skb.len bytes */
	enum verdict verdict;
	size_t n_sent; /* by the program itself, the rest is the copier's */
	bool deferred; /* the copier had the frame */
	uint64_t now; /* before */
	struct state before, after;
};

/*
 * plain: with slaves in the places of guests. false: there are not enough bytes
 * for a setup.
 */
bool datapath_run(enum program prog, const uint8_t *data, size_t size,
		  bool plain, struct datapath *d);
void datapath_free(struct datapath *d);

/* Ends the process unless all is as it must be. */
void oracle_check(const struct datapath *d);

/* All of it, as LLVMFuzzerTestOneInput(). */
int datapath_fuzz(enum program prog, const uint8_t *data, size_t size);

#endif /* BV_FUZZ_DATAPATH_H */
