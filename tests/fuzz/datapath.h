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

#define SLAVES 4U
#define BASE_IFINDEX BV_IFINDEX_FIRST
#define MASTER_IFINDEX 7U
#define ADDRS 8U
#define SILENCE_NS 1000000000ULL

enum program {
	SLAVE_TX,
	WIRE_RX,
	HOST_TX
};
enum verdict {
	DROP = 2,
	REDIRECT = 7,
	NEXT = -1
};

struct setup {
	uint8_t slot; /* that sends: 1 to 4, less 1; 4 and 5: no host end */
	uint8_t skb; /* SETUP_ bits */
	uint8_t pkt_type; /* 0 to 3; else as the kernel has it */
	uint8_t linear; /* bytes */
	uint8_t flags[SLAVES]; /* BV_SLAVE_, but that 0 is active, and peer */
	uint8_t gone; /* slots whose device is not there, a bit each */
	uint8_t port; /* SETUP_ bits */
	uint8_t full; /* slots that have learned 64 addresses, a bit each */
	/* Owners of the addresses in datapath.c: see there. */
	uint8_t owners[ADDRS];
	uint8_t reserved;
};
_Static_assert(sizeof(struct setup) == 20, "make-corpus.py has it too");

#define SETUP_VLAN 1U
#define SETUP_GSO 2U
#define SETUP_TC_INDEX 4U

#define SETUP_FLOOD_REACHED 1U
#define SETUP_FLOOD_BEFORE 2U /* in the window before */
#define SETUP_SMALL_MTU 4U
#define SETUP_TABLE_FULL 8U
#define SETUP_FEW_SLOTS 16U /* slots 3 and 4 are not looked at */
#define SETUP_NO_SLOTS 32U

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

struct state {
	struct bv_port port;
	struct bv_slave slaves[SLAVES + 1];
	struct bv_drops drops[SLAVES + 1];
	struct table table;
};

/* One run: what was before, what went in, what came out. */
struct datapath {
	enum program prog;
	struct setup setup;
	uint32_t slot; /* the sender's; for SLAVE_TX */
	uint8_t mac[6];
	const uint8_t *frame;
	size_t len;
	struct __sk_buff skb; /* afterwards, like kernel.frame */
	enum verdict verdict;
	uint64_t now; /* before */
	struct state before, after;
};

/* false: there are not enough bytes for a setup. */
bool datapath_run(enum program prog, const uint8_t *data, size_t size,
		  struct datapath *d);

/* Ends the process unless all is as it must be. */
void oracle_check(const struct datapath *d);

/* Both, as LLVMFuzzerTestOneInput(). */
int datapath_fuzz(enum program prog, const uint8_t *data, size_t size);

#endif /* BV_FUZZ_DATAPATH_H */
