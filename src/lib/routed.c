// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * routed.c - what l3 and l3s need beside the programs.
 *
 * The host end of a routed slave stands for the slave in the host's routing: the
 * kernel looks routes up as for a packet that came in there, and does so only
 * where that device forwards (bpf_fib_lookup(), ip_forward()). For IPv6 the
 * device needs IPv6, but must not speak: without addresses, and without
 * IFF_MULTICAST, it neither solicits nor joins. An l3s slave also gets what the
 * host's stack sends out of its host end, by the routes of route.c, without ARP:
 * the slave's MAC is the host end's own. There the stack goes by the host end's
 * MTU, which therefore is the slave's.
 *
 * All of it is the host end's and goes with it, but for the master's forwarding
 * (master_conf.c). A sysctl of the whole host (net.ipv4.ip_forward, say) is
 * copied by the kernel to every device when it is written; the next changing
 * command puts ours right again.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"

struct setting {
	int family;
	const char *key;
	const char *value; /* for l3 and l3s; else as new devices have it */
};

/* In this order: silent before it has IPv6. */
static const struct setting settings[] = {
	{ AF_INET, "forwarding", "1" },
	{ AF_INET, "send_redirects", "0" },
	/*
	 * Off: from a device without an address the kernel else takes only what
	 * it would send back there (fib_validate_source()), which it has no
	 * route for until a learned address is registered.
	 */
	{ AF_INET, "rp_filter", "0" },
	{ AF_INET6, "addr_gen_mode", "1" }, /* IN6_ADDR_GEN_MODE_NONE */
	{ AF_INET6, "accept_ra", "0" },
	{ AF_INET6, "accept_dad", "0" },
	{ AF_INET6, "forwarding", "1" },
	{ AF_INET6, "force_forwarding", "1" },
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int apply_setting(struct bv_ctx *ctx, const char *dev,
			 const struct setting *s, bool routed)
{
	char fallback[BV_CONF_LEN];
	const char *value = s->value;
	int fd = bv_conf_fd(ctx, s->family), err = 0;

	if (fd < 0)
		return fd;
	if (!routed) {
		err = bv_conf_get(fd, "default", s->key, fallback);
		value = fallback;
	}
	if (err)
		return err;
	if (s->family == AF_INET6 && !strcmp(s->key, "forwarding"))
		return bv_conf_forward6(ctx, fd, dev, value);
	return bv_conf_need(fd, dev, s->key, value);
}

/* Without the family, or IPv6 on that device, there is nothing to be told. */
static int absent_is_fine(const struct setting *s, int err)
{
	return err == -ENOENT && s->family == AF_INET6 ? 0 : err;
}

static int apply_settings(struct bv_ctx *ctx, const char *dev, bool routed)
{
	static const struct setting ip6 = { AF_INET6, "disable_ipv6", NULL };
	int fd = bv_conf_fd(ctx, AF_INET6), err = 0;

	if (!routed && fd >= 0)
		err = bv_conf_need(fd, dev, ip6.key, "1");
	err = absent_is_fine(&ip6, err);
	for (size_t i = 0; !err && i < N_SETTINGS; i++)
		err = absent_is_fine(&settings[i],
				     apply_setting(ctx, dev, &settings[i],
						   routed));
	if (!err && routed && fd >= 0)
		err = bv_conf_need(fd, dev, ip6.key, "0");
	return absent_is_fine(&ip6, err);
}

static int apply_link(struct bv_ctx *ctx, uint32_t ifindex, uint32_t flags,
		      uint32_t mtu)
{
	struct nl_link_change change = {
		.mtu = mtu,
		.flag_mask = IFF_MULTICAST | IFF_NOARP,
		.flags = (flags & BV_SLAVE_ROUTED ? 0 : IFF_MULTICAST) |
			 (flags & BV_SLAVE_L3S ? IFF_NOARP : 0),
	};

	return nl_link_set(ctx->nl, ifindex, &change);
}

/* First the MTU: below 1280 a device loses IPv6, with all its settings. */
int bv_host_end_set(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		    uint32_t flags, uint32_t mtu)
{
	uint32_t ifindex = bv_host_ifindex(port, slot);
	bool routed = flags & BV_SLAVE_ROUTED;
	char dev[IFNAMSIZ];
	int err;

	if (!if_indextoname(ifindex, dev))
		return bv_fail(ctx, -errno, "the host end of slot %u is gone",
			       slot);
	/* An l2 one may speak again when it has lost IPv6, and not before. */
	err = apply_link(ctx, ifindex, routed ? flags : BV_SLAVE_L3, mtu);
	if (err)
		return bv_fail_nl(ctx, err, "cannot change %s", dev);
	err = apply_settings(ctx, dev, routed);
	if (err)
		return bv_fail(ctx, err, "cannot set sysctls of %s: %s", dev,
			       strerror(-err));
	err = routed ? 0 : apply_link(ctx, ifindex, flags, 0);
	if (err)
		return bv_fail_nl(ctx, err, "cannot change %s", dev);
	return 0;
}

uint32_t bv_host_end_mtu(const struct port *port, uint32_t flags,
			 uint32_t slave_mtu)
{
	return flags & (BV_SLAVE_L3S | BV_SLAVE_TAP) ? slave_mtu :
						       port->link.mtu;
}

static bool any_with(const struct port *port, uint32_t flags, uint32_t but)
{
	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++)
		if (slot != but && port->slaves[slot].flags & flags)
			return true;
	return false;
}

int bv_forward_sync(struct bv_ctx *ctx, struct port *port)
{
	return bv_forward_set(ctx, port, any_with(port, BV_SLAVE_L3S, 0));
}

int bv_routed_set(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		  uint32_t flags, uint32_t mtu)
{
	bool l3s = flags & BV_SLAVE_L3S;
	int err = 0;

	if (!l3s)
		err = bv_routes_set(ctx, port, slot, false);
	if (!err)
		err = bv_host_end_set(ctx, port, slot, flags, mtu);
	if (!err)
		err = bv_guard_set(ctx, port, slot, flags);
	if (!err)
		err = bv_forward_set(ctx, port,
				     l3s || any_with(port, BV_SLAVE_L3S, slot));
	if (!err && l3s)
		err = bv_routes_set(ctx, port, slot, true);
	return err;
}

/* A command died while it changed the mode: the programs' view counts. */
static int finish_change(struct bv_ctx *ctx, struct port *port, uint32_t slot)
{
	struct bv_slave *rec = &port->slaves[slot];
	struct live_slave live;
	int err = bv_live_get(ctx, port, slot, &live);

	if (err == -ENODEV)
		return 0;
	if (!err)
		err = bv_routed_set(ctx, port, slot, rec->flags,
				    bv_host_end_mtu(port, rec->flags,
						    live.link.mtu));
	if (!err && !(rec->flags & BV_SLAVE_TAP))
		err = bv_slave_noarp(ctx, &live, rec->flags & BV_SLAVE_ROUTED);
	if (!err)
		rec->changing = 0;
	return err;
}

/* What is written for the whole host is written to each device: ask one. */
static bool still_forwards(struct bv_ctx *ctx, const struct port *port,
			   uint32_t slot)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char dev[IFNAMSIZ], value[BV_CONF_LEN];

	if (!if_indextoname(bv_host_ifindex(port, slot), dev))
		return true;
	for (size_t i = 0; i < 2; i++) {
		int fd = bv_conf_fd(ctx, families[i]);

		if (fd >= 0 && !bv_conf_get(fd, dev, "forwarding", value) &&
		    !strcmp(value, "0"))
			return false;
	}
	return true;
}

void bv_routed_check(struct bv_ctx *ctx, struct port *port)
{
	const struct bv_slave *slaves = port->slaves;
	bool asked = false, forwards = true;

	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++) {
		if (slaves[slot].state != BV_STATE_READY)
			continue;
		if (slaves[slot].changing)
			(void)finish_change(ctx, port, slot);
		if (!(slaves[slot].flags & BV_SLAVE_ROUTED))
			continue;
		if (!asked)
			forwards = still_forwards(ctx, port, slot);
		asked = true;
		if (!forwards)
			(void)bv_host_end_set(ctx, port, slot,
					      slaves[slot].flags, 0);
	}
	(void)bv_forward_sync(ctx, port);
	if (any_with(port, BV_SLAVE_L3S, 0))
		(void)bv_routes_sync(ctx, port);
}
