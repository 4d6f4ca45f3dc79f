/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macs.h - who has which MAC, before and after a row of cases.h.
 */
#ifndef BV_TEST_MACS_H
#define BV_TEST_MACS_H

#include <stdint.h>

#include "abi/bv_abi.h"

/* MACs of slaves' own, as initialisers. */
#define MAC1 2, 0, 0, 0, 0x51, 1
#define MAC2 2, 0, 0, 0, 0x51, 2
#define MAC3 2, 0, 0, 0, 0x51, 3
extern const uint8_t mac1[6], mac2[6], mac3[6];

struct mac_entry {
	const uint8_t *mac; /* NULL ends a list */
	uint16_t n; /* from 1 on: of a list, in mode source */
	int slot; /* -1: not in the table */
	enum bv_mac_how how;
};
#define MACS_MAX 6

/*
 * Slaves with BV_SLAVE_MACVLAN have mac1, mac2 or mac3, by slot, and all counts
 * are as the user side makes them; then come the row's own entries.
 */
void macs_set(const struct mac_entry *entries);
/* ...and these, in a row's .prepare. */
void macs_add(const struct mac_entry *entries);
/* The table is as macs_set() left it but for these; NULL, or what is wrong. */
const char *macs_check(const struct mac_entry *changed);

#endif /* BV_TEST_MACS_H */
