/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvlan_cases.h - what rows about slaves with MACs of their own have in common. */
#ifndef BV_TEST_MACVLAN_CASES_H
#define BV_TEST_MACVLAN_CASES_H

#include "cases.h"

#define PLAIN(to_, from_)                               \
	{                                               \
		.to = to_, .from = from_, .payload = 46 \
	}
#define DROPS(slot_, why_) \
	.out = { .verdict = DROP, .drops = { { slot_, why_, 1 } } }

#define BRIDGE BV_SLAVE_MACVLAN
#define PRIVATE (BV_SLAVE_MACVLAN | BV_SLAVE_PRIVATE)
#define VEPA (BV_SLAVE_MACVLAN | BV_SLAVE_VEPA | BV_SLAVE_SWITCHED)
#define SOURCE (BV_SLAVE_MACVLAN | BV_SLAVE_SOURCE)
#define PASSTHRU (BV_SLAVE_MACVLAN | BV_SLAVE_PASSTHRU)
/* Slaves 1 to 3, by their flags. */
#define THREE(a, b, c)                    \
	{                                 \
		[1] = a, [2] = b, [3] = c \
	}
/* Slave 1 in this mode, the others in bridge. */
#define BV_IS(mode) .flags = THREE(mode, BRIDGE, BRIDGE)

#endif /* BV_TEST_MACVLAN_CASES_H */
