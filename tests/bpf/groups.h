/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups.h - two groups of each family, for the tests of membership. */
#ifndef BV_TEST_GROUPS_H
#define BV_TEST_GROUPS_H

#include "cases.h"

#define G4 "239.1.2.3"
#define G4_BYTES 239, 1, 2, 3
#define H4 "239.1.2.4"
#define H4_BYTES 239, 1, 2, 4
#define G6 "ff05::1:3"
#define G6_BYTES 0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3
#define H6 "ff05::1:4"
#define H6_BYTES 0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4

static const uint8_t mac4[] = { 1, 0, 0x5e, 1, 2, 3 };
static const uint8_t mac6[] = { 0x33, 0x33, 0, 1, 0, 3 };

#define MSG(...) .msg = BYTES(__VA_ARGS__)
#define IN(ip_, now_, before_) .joined = { { ip_, now_, before_ } }

#endif /* BV_TEST_GROUPS_H */
