// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * guard.c - the program that keeps the host off a slave in l3s (`host off`).
 *
 * The host has a route to such a slave, for what it forwards, by which its own
 * packets would leave as well. The program at the egress of the host end tells
 * them apart. Few slaves need it, so it is loaded for each, on the port's maps.
 */
#include "internal.h"

static bool is_wanted(uint32_t flags)
{
	return (flags & BV_SLAVE_L3S) && (flags & BV_SLAVE_HOST_OFF);
}

static int attach(struct bv_ctx *ctx, const struct port *port, uint32_t ifindex)
{
	_cleanup_fd_ int fd = bv_port_load_prog(ctx, port, BV_PROG_END_TX);
	int err;

	if (fd < 0)
		return fd;
	err = bv_hook_attach(ctx, port->rec->hook, ifindex, true, fd);
	return err ? bv_fail_nl(ctx, err,
				"cannot attach to a host end of %s (%s egress)",
				port->link.name,
				bv_hook_name(port->rec->hook)) :
		     0;
}

int bv_guard_set(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		 uint32_t flags)
{
	uint32_t ifindex = bv_host_ifindex(port, slot);
	_cleanup_fd_ int fd = -1;
	enum bv_hook hook;
	int err;

	fd = bv_hook_find(ctx, ifindex, true, BV_PROG_END_TX, &hook);
	if (is_wanted(flags) == (fd >= 0))
		return 0;
	if (fd < 0)
		return attach(ctx, port, ifindex);
	err = bv_hook_detach(ctx, hook, ifindex, true, fd);
	return err ? bv_fail_nl(ctx, err,
				"cannot take a program off a host end of %s",
				port->link.name) :
		     0;
}
