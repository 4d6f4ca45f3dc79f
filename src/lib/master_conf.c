// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * master_conf.c - what we change on a master, and put back.
 *
 *   IFF_ALLMULTI	while there is a port: a slave joins groups on its own
 *			device, of which the master's filter knows nothing
 *   IFF_PROMISC, MACs	for macvlan (filter.c, macvlan.c)
 *   forwarding		while there is an l3s slave: what comes from the wire is
 *			forwarded to it by the host's stack
 *
 * Only what was not so already is changed, which the port's record remembers,
 * beforehand: what kills us in between must not make it stay. Only that is put
 * back. Nothing is changed for the whole host. The IPv4 stack
 * forwards what came in on a device by that device's setting. The IPv6 stack
 * looks at net.ipv6.conf.all.forwarding alone, and since Linux 6.17 also at the
 * device's force_forwarding. Where neither helps, l3s slaves have IPv4 only,
 * and their records say so, for the programs to drop and count what would
 * vanish in the stack.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static int set_allmulti(struct bv_ctx *ctx, uint32_t ifindex, bool on)
{
	struct nl_link_change change = {
		.flag_mask = IFF_ALLMULTI,
		.flags = on ? IFF_ALLMULTI : 0,
	};

	return nl_link_set(ctx->nl, ifindex, &change);
}

int bv_allmulti_sync(struct bv_ctx *ctx, struct port *port)
{
	int err;

	if (port->link.flags & IFF_ALLMULTI)
		return 0;
	port->rec->ours |= BV_OURS_ALLMULTI;
	err = set_allmulti(ctx, port->link.ifindex, true);
	if (err) {
		port->rec->ours &= (uint8_t)~BV_OURS_ALLMULTI;
		return bv_fail_nl(ctx, err,
				  "cannot have %s receive all multicast",
				  port->link.name);
	}
	port->link.flags |= IFF_ALLMULTI;
	return 0;
}

static bool is_on(int conf_fd, const char *dev, const char *key)
{
	char value[BV_CONF_LEN];

	return !bv_conf_get(conf_fd, dev, key, value) && strcmp(value, "0");
}

/* The master may have another name than when the port was opened. */
static bool master_name(const struct port *port, char *name)
{
	return if_indextoname(port->link.ifindex, name);
}

static int set_ours(struct port *port, uint8_t bit, int conf_fd,
		    const char *name, const char *key)
{
	int err;

	port->rec->ours |= bit;
	err = bv_conf_set(conf_fd, name, key, "1");
	if (err)
		port->rec->ours &= (uint8_t)~bit;
	return err;
}

static int forward4_on(struct bv_ctx *ctx, struct port *port, const char *name)
{
	int fd = bv_conf_fd(ctx, AF_INET);

	if (fd < 0)
		return fd;
	if (is_on(fd, name, "forwarding"))
		return 0;
	return set_ours(port, BV_OURS_FORWARD4, fd, name, "forwarding");
}

/* Returns 1 if IPv6 will be forwarded, 0 if not. */
static int forward6_on(struct bv_ctx *ctx, struct port *port, const char *name)
{
	int fd = bv_conf_fd(ctx, AF_INET6), err;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (is_on(fd, "all", "forwarding") ||
	    is_on(fd, name, "force_forwarding"))
		return 1;
	err = set_ours(port, BV_OURS_FORWARD6, fd, name, "force_forwarding");
	if (err == -ENOENT)
		return 0;
	return err ? err : 1;
}

/*
 * Back to off, unless somebody has had all devices forward since: what we would
 * write is then not what was there before.
 */
static void forward_off(struct bv_ctx *ctx, struct port *port, const char *name)
{
	uint8_t ours = port->rec->ours;
	int fd4 = bv_conf_fd(ctx, AF_INET), fd6 = bv_conf_fd(ctx, AF_INET6);

	if (ours & BV_OURS_FORWARD4 && fd4 >= 0 &&
	    !is_on(fd4, "all", "forwarding"))
		(void)bv_conf_set(fd4, name, "forwarding", "0");
	if (ours & BV_OURS_FORWARD6 && fd6 >= 0)
		(void)bv_conf_set(fd6, name, "force_forwarding", "0");
	port->rec->ours &= (uint8_t) ~(BV_OURS_FORWARD4 | BV_OURS_FORWARD6);
}

static void note_forward6(struct port *port, bool forwarded)
{
	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++) {
		struct bv_slave *slave = &port->slaves[slot];

		if (slave->flags & BV_SLAVE_L3S && !forwarded)
			__atomic_fetch_or(&slave->flags, BV_SLAVE_NO_FWD6,
					  __ATOMIC_RELAXED);
		else if (slave->flags & BV_SLAVE_NO_FWD6)
			__atomic_fetch_and(&slave->flags, ~BV_SLAVE_NO_FWD6,
					   __ATOMIC_RELAXED);
	}
}

int bv_forward_set(struct bv_ctx *ctx, struct port *port, bool on)
{
	char name[IFNAMSIZ];
	int err;

	if (!on && !(port->rec->ours & (BV_OURS_FORWARD4 | BV_OURS_FORWARD6)))
		return 0;
	if (!master_name(port, name))
		return 0;
	if (!on) {
		forward_off(ctx, port, name);
		return 0;
	}
	err = forward4_on(ctx, port, name);
	if (!err)
		err = forward6_on(ctx, port, name);
	if (err < 0)
		return bv_fail(ctx, err, "cannot have %s forward: %s", name,
			       strerror(-err));
	note_forward6(port, err);
	return 0;
}

void bv_master_restore(struct bv_ctx *ctx, struct port *port)
{
	(void)bv_forward_set(ctx, port, false);
	bv_filter_restore(ctx, port);
	bv_passthru_restore(ctx, port);
	if (!(port->rec->ours & BV_OURS_ALLMULTI))
		return;
	(void)set_allmulti(ctx, port->link.ifindex, false);
	port->rec->ours &= (uint8_t)~BV_OURS_ALLMULTI;
}
