// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * flags.c - a slave's options as the programs read them: bits of one word.
 *
 * The programs, and whoever sees that a slave was moved, change other bits of
 * that word at the same time, so it is replaced by compare and exchange. Who is
 * nominee is in the port's record, one for a master, and in the slave's flags.
 */
#include <stddef.h>

#include "internal.h"

static void apply_switch(enum bv_switch to, uint32_t bit, uint32_t *flags)
{
	if (to == BV_SWITCH_ON)
		*flags |= bit;
	else if (to == BV_SWITCH_OFF)
		*flags &= ~bit;
}

uint32_t bv_slave_flags_apply(const struct bv_slave_opts *opts, uint32_t flags)
{
	if (opts->mode) {
		flags &= ~BV_SLAVE_ROUTED;
		if (opts->mode == BV_MODE_L3)
			flags |= BV_SLAVE_L3;
		else if (opts->mode == BV_MODE_L3S)
			flags |= BV_SLAVE_L3S;
	}
	if (opts->flag) {
		flags &= ~(BV_SLAVE_PRIVATE | BV_SLAVE_VEPA);
		if (opts->flag == BV_FLAG_PRIVATE)
			flags |= BV_SLAVE_PRIVATE;
		else if (opts->flag == BV_FLAG_VEPA)
			flags |= BV_SLAVE_VEPA;
	}
	if (opts->host == BV_SWITCH_ON)
		flags &= ~BV_SLAVE_HOST_OFF;
	else if (opts->host == BV_SWITCH_OFF)
		flags |= BV_SLAVE_HOST_OFF;
	if (opts->arp == BV_ARP_FILTER)
		flags &= ~BV_SLAVE_ARP_FLOOD;
	else if (opts->arp == BV_ARP_FLOOD)
		flags |= BV_SLAVE_ARP_FLOOD;
	apply_switch(opts->proxy, BV_SLAVE_PROXY, &flags);
	apply_switch(opts->nominee, BV_SLAVE_NOMINEE, &flags);
	return flags;
}

enum bv_mode bv_slave_mode(uint32_t flags)
{
	if (flags & BV_SLAVE_L3S)
		return BV_MODE_L3S;
	return flags & BV_SLAVE_L3 ? BV_MODE_L3 : BV_MODE_L2;
}

enum bv_flag bv_slave_flag(uint32_t flags)
{
	if (flags & BV_SLAVE_PRIVATE)
		return BV_FLAG_PRIVATE;
	return flags & BV_SLAVE_VEPA ? BV_FLAG_VEPA : BV_FLAG_BRIDGE;
}

int bv_nominee_check(struct bv_ctx *ctx, struct port *port, uint32_t slot)
{
	uint32_t nominee = port->rec->nominee;
	struct live_slave other;

	if (!nominee || nominee == slot ||
	    bv_live_get(ctx, port, nominee, &other) == -ENODEV)
		return 0;
	return bv_fail(
		ctx, -EBUSY,
		"%s has a nominee, slave \"%s\": Device or resource busy",
		port->link.name, other.link.name);
}

/* What options say; the rest is for others to change. */
#define BY_OPTIONS                                                 \
	(BV_SLAVE_ROUTED | BV_SLAVE_PRIVATE | BV_SLAVE_VEPA |      \
	 BV_SLAVE_HOST_OFF | BV_SLAVE_ARP_FLOOD | BV_SLAVE_PROXY | \
	 BV_SLAVE_NOMINEE)

void bv_slave_flags_store(struct port *port, uint32_t slot, uint32_t flags)
{
	struct bv_slave *rec = &port->slaves[slot];
	uint32_t *nominee = &port->rec->nominee, is = rec->flags, new;

	do {
		new = (is & ~BY_OPTIONS) | (flags & BY_OPTIONS);
		if (!(new &BV_SLAVE_L3S))
			new &= ~BV_SLAVE_NO_FWD6;
	} while (!__atomic_compare_exchange_n(&rec->flags, &is, new, false,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	rec->mode = (uint8_t)bv_slave_mode(new);
	if (new &BV_SLAVE_NOMINEE)
		__atomic_store_n(nominee, slot, __ATOMIC_RELEASE);
	else if (*nominee == slot)
		__atomic_store_n(nominee, 0, __ATOMIC_RELEASE);
	bv_listen_settle(port, slot);
}
