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

/* As with the drivers. */
uint32_t bv_slave_flags_default(enum bv_kind kind)
{
	const uint32_t ipvlan = BV_SLAVE_ACTIVE | BV_SLAVE_L3;
	const uint32_t macvlan = BV_SLAVE_ACTIVE | BV_SLAVE_MACVLAN |
				 BV_SLAVE_IP4 | BV_SLAVE_ARP_FLOOD |
				 BV_SLAVE_VEPA | BV_SLAVE_SWITCHED;

	switch (kind) {
	case BV_KIND_MACVLAN:
		return macvlan;
	case BV_KIND_MACVTAP:
		return macvlan | BV_SLAVE_TAP;
	case BV_KIND_IPVTAP:
		return ipvlan | BV_SLAVE_TAP | BV_SLAVE_GUEST;
	default:
		return ipvlan;
	}
}

/* All that a mode is made of. */
#define MODE_BITS(flags)                                                 \
	(BV_SLAVE_ROUTED |                                               \
	 ((flags)&BV_SLAVE_MACVLAN ?                                     \
		  BV_SLAVE_PRIVATE | BV_SLAVE_VEPA | BV_SLAVE_SWITCHED | \
			  BV_SLAVE_PASSTHRU | BV_SLAVE_SOURCE :          \
		  0))

static uint32_t mode_bits(enum bv_mode mode)
{
	switch (mode) {
	case BV_MODE_L3:
		return BV_SLAVE_L3;
	case BV_MODE_L3S:
		return BV_SLAVE_L3S;
	case BV_MODE_PRIVATE:
		return BV_SLAVE_PRIVATE;
	case BV_MODE_VEPA:
		return BV_SLAVE_VEPA | BV_SLAVE_SWITCHED;
	case BV_MODE_PASSTHRU:
		return BV_SLAVE_PASSTHRU;
	case BV_MODE_SOURCE:
		return BV_SLAVE_SOURCE | BV_SLAVE_SWITCHED;
	default:
		return 0;
	}
}

uint32_t bv_slave_flags_apply(const struct bv_slave_opts *opts, uint32_t flags)
{
	if (opts->mode)
		flags = (flags & ~MODE_BITS(flags)) | mode_bits(opts->mode);
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
	apply_switch(opts->nopromisc, BV_SLAVE_NOPROMISC, &flags);
	apply_switch(opts->nodst, BV_SLAVE_NODST, &flags);
	return flags;
}

static enum bv_mode macvlan_mode(uint32_t flags)
{
	if (flags & BV_SLAVE_PASSTHRU)
		return BV_MODE_PASSTHRU;
	if (flags & BV_SLAVE_SOURCE)
		return BV_MODE_SOURCE;
	if (flags & BV_SLAVE_VEPA)
		return BV_MODE_VEPA;
	return flags & BV_SLAVE_PRIVATE ? BV_MODE_PRIVATE : BV_MODE_BRIDGE;
}

enum bv_mode bv_slave_mode(uint32_t flags)
{
	if (flags & BV_SLAVE_MACVLAN)
		return macvlan_mode(flags);
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
	 BV_SLAVE_NOMINEE | BV_SLAVE_SWITCHED | BV_SLAVE_SOURCE |  \
	 BV_SLAVE_NODST | BV_SLAVE_NOPROMISC)

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
