/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guests.h - guests behind taps: all must be as if they were slaves whose MAC is
 * the master's, but for the MACs in what they send and get.
 *
 * So an input with guests is run twice: with them, and with plain slaves in their
 * places and the sender's frame made what such a slave would have sent. The oracle
 * judges the second run, and the first has to come to the same.
 */
#ifndef BV_FUZZ_GUESTS_H
#define BV_FUZZ_GUESTS_H

#include "datapath.h"

/* One of the ipvlan flavour whose bit is set; only these are. */
bool setup_is_guest(const struct setup *setup, uint32_t slot);
/* How its record differs from another slave's; plain: it is one. */
void setup_guest(const struct setup *setup, struct bv_slave *slave,
		 uint32_t slot, bool plain);

/*
 * What a plain slave would have sent in the place of a guest's frame. false: the
 * guest's source is no host's, and nobody would.
 */
bool guest_sent(uint8_t *frame, size_t len, const uint8_t mac[6], bool partial);

/* Ends the process unless a run with guests came to what the plain one did. */
void check_guests(const struct datapath *run, const struct sent *sent,
		  size_t n_sent, const struct datapath *plain);

#endif /* BV_FUZZ_GUESTS_H */
