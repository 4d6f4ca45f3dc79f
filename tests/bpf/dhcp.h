/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp.h - what may come of a row about DHCP, of either version.
 */
#ifndef BV_TEST_DHCP_H
#define BV_TEST_DHCP_H

#include "cases.h"

#define FROM_WIRE .from = neighbour

#define EVERYBODY \
	.out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE }
#define TO_WIRE .out = { .verdict = REDIRECT, .to = WIRE }
#define TO_HOST .out = { .verdict = REDIRECT, .to = HOST }
#define ONLY(slave) .out = { .verdict = REDIRECT, .to = slave }
#define DROPPED(slot_, why_) \
	.out = { .verdict = DROP, .drops = { { slot_, BV_DROP_##why_, 1 } } }
#define PASSED .out = { .verdict = NEXT }

#endif /* BV_TEST_DHCP_H */
