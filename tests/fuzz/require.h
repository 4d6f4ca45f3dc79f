/* SPDX-License-Identifier: GPL-2.0-or-later */
/* require.h - assert(3) that no build option takes out. */
#ifndef BV_FUZZ_REQUIRE_H
#define BV_FUZZ_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

#define require(cond)                                                    \
	do {                                                             \
		if (!(cond)) {                                           \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #cond);                        \
			abort();                                         \
		}                                                        \
	} while (0)

#endif /* BV_FUZZ_REQUIRE_H */
