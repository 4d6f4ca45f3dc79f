/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup_macs.h - slaves that have MACs of their own, from the bytes of a setup.
 */
#ifndef BV_FUZZ_SETUP_MACS_H
#define BV_FUZZ_SETUP_MACS_H

#include "datapath.h"

/* The slot of the slave that has the master for itself; 0: none has. */
uint32_t setup_passthru(const struct setup *setup, uint32_t high_slot);

bool setup_is_macvlan(const struct setup *setup, uint32_t slot);

/* What a slave's mode makes of its flags, and of its MAC. */
void setup_mode(const struct setup *setup, const struct bv_port *port,
		struct bv_slave *slave, uint32_t slot);

uint32_t setup_inline(const struct setup *setup);

/* The table of MACs, and the counts that the user side makes of it. */
void setup_macs(const struct setup *setup, struct bv_port *port,
		struct bv_slave *(*slave_get)(uint32_t slot),
		const struct native_map *map);

#endif /* BV_FUZZ_SETUP_MACS_H */
