/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest.h - what rows about slave 1 as a guest have in common. */
#ifndef BV_TEST_GUEST_H
#define BV_TEST_GUEST_H

#include <string.h>

#include "cases.h"

#define GUEST FOREIGN
#define guest foreign

#define GUEST_FLAGS .flags = { [1] = BV_SLAVE_GUEST }
#define UNPACK(...) __VA_ARGS__

static inline void guest_known(void)
{
	memcpy(env.slaves[1].mac, guest, sizeof(guest));
}

/*
 * Frames that are alike but for what is in parentheses: sent by the guest, and
 * received at to_.
 */
#define SENDS(to_, sent_, got_, ...)                           \
	.flags = { [1] = BV_SLAVE_GUEST },                     \
	.frame = { __VA_ARGS__, .from = guest, UNPACK sent_ }, \
	.out = { .verdict = REDIRECT,                          \
		 .to = to_,                                    \
		 .becomes = &(const struct spec){ __VA_ARGS__, UNPACK got_ } }

/* Likewise, to the master's MAC, and as the guest gets it, whose MAC is known. */
#define GETS(sent_, got_, ...)                                              \
	.flags = { [1] = BV_SLAVE_GUEST }, .prepare = guest_known,          \
	.frame = { __VA_ARGS__, UNPACK sent_ },                             \
	.out = { .verdict = REDIRECT,                                       \
		 .to = S1,                                                  \
		 .becomes = &(const struct spec){ __VA_ARGS__, .to = guest, \
						  UNPACK got_ } }

#endif /* BV_TEST_GUEST_H */
