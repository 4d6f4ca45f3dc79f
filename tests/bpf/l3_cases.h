/* SPDX-License-Identifier: GPL-2.0-or-later */
/* l3_cases.h - what rows about l3 and l3s have in common. */
#ifndef BV_TEST_L3_CASES_H
#define BV_TEST_L3_CASES_H

#include "cases.h"

/* Slave 1's, as its stack sends it: NOARP, to its own MAC. */
#define FROM4(src_, dst_, ...)                                              \
	{                                                                   \
		.kind = FRAME_IP4, .src = src_, .dst = dst_, .payload = 30, \
		__VA_ARGS__                                                 \
	}
#define FROM6(src_, dst_, ...)                                              \
	{                                                                   \
		.kind = FRAME_IP6, .src = src_, .dst = dst_, .payload = 30, \
		__VA_ARGS__                                                 \
	}
#define IP4(dst_, ...) FROM4("10.0.0.1", dst_, __VA_ARGS__)
#define IP6(dst_, ...) FROM6("fe80::1", dst_, __VA_ARGS__)

#define L3(slot_) [slot_] = BV_SLAVE_L3
#define L3S(slot_) [slot_] = BV_SLAVE_L3S
#define FLAGS(...) .flags = { __VA_ARGS__ }
#define REDIRECTED(to_) .out = { .verdict = REDIRECT, .to = to_ }
#define PASSED .out = { .verdict = NEXT }
#define DROPPED_AT(slot_, why_) \
	.out = { .verdict = DROP, .drops = { { slot_, BV_DROP_##why_, 1 } } }
#define DROPPED(why_) DROPPED_AT(1, why_)

static inline void nominate1(void)
{
	env.port->nominee = 1;
}

static inline void nominate2(void)
{
	env.port->nominee = 2;
}

static inline void nominate4(void)
{
	env.port->nominee = 4;
}

#endif /* BV_TEST_L3_CASES_H */
