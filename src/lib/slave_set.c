// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * slave_set.c - change a slave while it runs.
 *
 * What the kernel may refuse comes first, and is taken back in reverse when a
 * later step fails; the flags that the programs read come last, in one store.
 *
 * Before Linux 6.2 a link that is up cannot be renamed, not even to the name
 * that it has: the kernel is not asked for what changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int rename_slave(struct nl_sock *nl, const struct live_slave *live,
			const char *name)
{
	struct nl_link_change change = { .name = name };

	return nl_link_set(nl, live->link.ifindex, &change);
}

/* What a change is about. */
struct change {
	struct bv_ctx *ctx;
	const struct live_slave *live;
	const struct bv_slave_opts *opts;
	struct nl_sock *nl; /* of the slave's namespace */
	uint32_t old, new; /* BV_SLAVE_ */
	enum bv_kind kind;
};

static struct nl_link_change device_change(const struct change *c)
{
	struct nl_link_change change = { .mtu = c->opts->mtu };

	if (c->opts->up) {
		change.flag_mask = IFF_UP;
		change.flags = c->opts->up == BV_SWITCH_ON ? IFF_UP : 0;
	}
	if (!(c->old & BV_SLAVE_TAP) &&
	    !(c->old & BV_SLAVE_ROUTED) != !(c->new &BV_SLAVE_ROUTED)) {
		change.flag_mask |= IFF_NOARP;
		if (c->new &BV_SLAVE_ROUTED)
			change.flags |= IFF_NOARP;
	}
	return change;
}

static void restore_device(const struct change *c)
{
	const struct nl_link *was = &c->live->link;
	struct nl_link_change change = device_change(c);

	if (change.mtu || change.flag_mask) {
		if (change.mtu)
			change.mtu = was->mtu;
		change.flags = was->flags & change.flag_mask;
		(void)nl_link_set(c->nl, was->ifindex, &change);
	}
	if (c->opts->new_name)
		(void)rename_slave(c->nl, c->live, was->name);
}

/* NOARP before UP, as when a slave is made. */
static int set_device(const struct change *c,
		      const struct nl_link_change *change)
{
	const struct nl_link_change noarp = {
		.flag_mask = change->flag_mask & IFF_NOARP,
		.flags = change->flags,
	};
	uint32_t ifindex = c->live->link.ifindex;
	int err = 0;

	if (noarp.flag_mask && change->flag_mask & IFF_UP)
		err = nl_link_set(c->nl, ifindex, &noarp);
	return err ? err : nl_link_set(c->nl, ifindex, change);
}

static int change_device(const struct change *c)
{
	const struct nl_link *link = &c->live->link;
	struct nl_link_change change = device_change(c);
	int err;

	if (c->opts->new_name && strcmp(c->opts->new_name, link->name)) {
		err = rename_slave(c->nl, c->live, c->opts->new_name);
		if (err)
			return bv_fail_sock(c->ctx, err, c->nl,
					    "cannot rename \"%s\" to \"%s\"",
					    link->name, c->opts->new_name);
	}
	if (!change.mtu && !change.flag_mask)
		return 0;
	err = set_device(c, &change);
	if (err) {
		bv_fail_sock(c->ctx, err, c->nl, "cannot change \"%s\"",
			     link->name);
		restore_device(c);
	}
	return err;
}

static int check_kind(const struct change *c)
{
	const char *name = c->live->link.name;
	int err;

	if (c->opts->kind && c->opts->kind != c->kind)
		return bv_fail(c->ctx, -EOPNOTSUPP,
			       "\"%s\" is of another type: Operation not "
			       "supported",
			       name);
	if (c->opts->user || c->opts->group || c->opts->multi_queue)
		return bv_fail(c->ctx, -EINVAL,
			       "\"%s\": \"user\", \"group\" and "
			       "\"multi_queue\" are for new taps",
			       name);
	err = bv_check_kind(c->ctx, c->kind, c->opts);
	if (!err)
		err = bv_check_tap(c->ctx, name, c->kind, c->opts);
	if (!err && (c->old ^ c->new) & BV_SLAVE_PASSTHRU)
		err = bv_fail(c->ctx, -EINVAL,
			      "\"%s\" cannot change to or from passthru: "
			      "Invalid argument",
			      name);
	return err ? err : bv_check_macvlan(c->ctx, name, c->opts, c->new);
}

static int check_change(const struct change *c)
{
	const struct bv_slave_opts *opts = c->opts;
	const struct live_slave *live = c->live;
	struct bv_ctx *ctx = c->ctx;
	int err;

	if (opts->master)
		return bv_fail(ctx, -EINVAL,
			       "\"%s\" cannot move to another master",
			       live->link.name);
	if (opts->max_slaves || opts->max_addrs)
		return bv_fail(ctx, -EINVAL,
			       "sizes are chosen with a master's first slave");
	if (opts->via)
		return bv_fail(
			ctx, -EINVAL,
			"\"%s\" stays what it was made of: \"via\" is for "
			"new slaves",
			live->link.name);
	err = check_kind(c);
	if (!err)
		err = bv_check_flags(ctx, live->link.name, c->new);
	if (!err && c->new &BV_SLAVE_NOMINEE)
		err = bv_nominee_check(ctx, live->port, live->slot);
	if (err)
		return err;
	return bv_check_against_master(ctx, c->kind, opts, &live->port->link);
}

/* Back to the old mode; the error is that of what failed before. */
static void unwind_mode(const struct change *c)
{
	struct bv_ctx *ctx = c->ctx;
	char why[sizeof(ctx->error)];

	memcpy(why, ctx->error, sizeof(why));
	(void)bv_routed_set(ctx, c->live->port, c->live->slot, c->old,
			    c->live->host.mtu);
	memcpy(ctx->error, why, sizeof(why));
}

/*
 * What the new mode needs is there before the programs know the mode, and what
 * the old one needed until they have forgotten it.
 */
static int change_mode(const struct change *c)
{
	struct port *port = c->live->port;
	uint32_t slot = c->live->slot;
	uint32_t mtu = c->opts->mtu ? c->opts->mtu : c->live->link.mtu;
	int err;

	port->slaves[slot].changing = 1;
	err = bv_routed_set(c->ctx, port, slot, c->old | c->new, 0);
	if (!err)
		err = change_device(c);
	if (!err) {
		bv_slave_flags_store(port, slot, c->new);
		err = bv_routed_set(c->ctx, port, slot, c->new,
				    bv_host_end_mtu(port, c->new, mtu));
		if (err) {
			bv_slave_flags_store(port, slot, c->old);
			restore_device(c);
		}
	}
	if (err)
		unwind_mode(c);
	port->slaves[slot].changing = 0;
	return err;
}

/* The device, with its MAC; nothing has happened if that fails. */
static int change_mac_and_device(const struct change *c)
{
	const uint8_t *mac = c->opts->mac, *was = c->live->link.mac;
	bool moves = mac && memcmp(mac, was, BV_MAC_LEN);
	char why[sizeof(c->ctx->error)];
	int err = moves ? bv_macvlan_set_mac(c->ctx, c->live, c->nl, mac) : 0;

	if (err)
		return err;
	err = change_device(c);
	if (err && moves) {
		memcpy(why, c->ctx->error, sizeof(why));
		(void)bv_macvlan_set_mac(c->ctx, c->live, c->nl, was);
		memcpy(c->ctx->error, why, sizeof(why));
	}
	return err;
}

/* What is the master's and nobody's in particular, too: it cannot fail. */
static int store_macvlan(const struct change *c)
{
	const struct bv_source none = { .macs = NULL };
	struct port *port = c->live->port;
	struct bv_slave *rec = &port->slaves[c->live->slot];
	int err;

	if (c->opts->bcqueuelen)
		rec->queue_len = *c->opts->bcqueuelen;
	if (c->opts->bclim)
		port->rec->bclim = *c->opts->bclim;
	bv_slave_flags_store(port, c->live->slot, c->new);
	if (c->old & ~c->new &BV_SLAVE_SOURCE)
		bv_source_restore(c->ctx, port, c->live->slot, &none);
	err = bv_counts_sync(c->ctx, port);
	if (!err)
		err = bv_copier_need(c->ctx, port);
	if (!err && (c->old ^ c->new) & BV_SLAVE_NOPROMISC)
		err = bv_filter_sync(c->ctx, port);
	return err;
}

static int change_macvlan(const struct change *c)
{
	struct port *port = c->live->port;
	uint32_t slot = c->live->slot, queue_len = port->slaves[slot].queue_len;
	struct bv_source old = { .macs = NULL };
	struct bv_ctx *ctx = c->ctx;
	char why[sizeof(ctx->error)];
	int32_t bclim = port->rec->bclim;
	int err = 0;

	if (c->opts->macaddr)
		err = bv_source_change(ctx, port, slot, c->opts, &old);
	if (err)
		return err;
	err = change_mac_and_device(c);
	if (err)
		goto err_source;
	err = store_macvlan(c);
	if (err)
		goto err_device;
	free(old.macs);
	return 0;

err_device:
	memcpy(why, ctx->error, sizeof(why));
	port->slaves[slot].queue_len = queue_len;
	port->rec->bclim = bclim;
	bv_slave_flags_store(port, slot, c->old);
	(void)bv_counts_sync(ctx, port);
	restore_device(c);
	if (c->opts->mac)
		(void)bv_macvlan_set_mac(ctx, c->live, c->nl,
					 c->live->link.mac);
	memcpy(ctx->error, why, sizeof(why));
err_source:
	if (c->opts->macaddr)
		bv_source_restore(ctx, port, slot, &old);
	free(old.macs);
	return err;
}

static int apply_change(const struct change *c)
{
	struct bv_slave *rec = &c->live->port->slaves[c->live->slot];
	int err;

	/* In l3s the way from the host is the host end's as well. */
	if ((c->old ^ c->new) & BV_SLAVE_ROUTED ||
	    (c->new &BV_SLAVE_L3S &&
	     (c->opts->mtu || (c->old ^ c->new) & BV_SLAVE_HOST_OFF))) {
		err = change_mode(c);
	} else if (c->new &BV_SLAVE_MACVLAN) {
		err = change_macvlan(c);
	} else {
		err = change_device(c);
		if (!err)
			bv_slave_flags_store(c->live->port, c->live->slot,
					     c->new);
	}
	if (!err && c->opts->new_name)
		snprintf(rec->name, sizeof(rec->name), "%s", c->opts->new_name);
	return err;
}

static int set_found(struct bv_ctx *ctx, const struct live_slave *live,
		     const struct bv_slave_opts *opts)
{
	struct change c = {
		.ctx = ctx,
		.live = live,
		.opts = opts,
		.old = live->port->slaves[live->slot].flags,
		.kind = live->port->slaves[live->slot].kind,
	};
	int err;

	c.new = bv_slave_flags_apply(opts, c.old);
	err = check_change(&c);
	if (!err)
		err = bv_slave_nl_open(ctx, live, &c.nl);
	if (err)
		return err;
	err = apply_change(&c);
	bv_slave_nl_close(ctx, c.nl);
	return err;
}

int bv_slave_set(struct bv_ctx *ctx, const char *name,
		 const struct bv_slave_opts *opts)
{
	struct bv_slave_ref ref = { .name = name };
	struct bv_slave_opts all;
	struct live_slave live;
	int err = bv_begin(ctx);

	if (err)
		return err;
	err = bv_check_opts(ctx, opts, &all);
	if (!err)
		err = bv_check_name(ctx, name);
	if (!err && all.new_name)
		err = bv_check_name(ctx, all.new_name);
	if (!err) {
		ref.netns = all.netns;
		err = bv_live_find(ctx, &ref, &live);
	}
	if (!err)
		err = set_found(ctx, &live, &all);
	bv_end(ctx);
	return err;
}
