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
#include <string.h>

#include "internal.h"

static int rename_slave(struct nl_sock *nl, const struct live_slave *live,
			const char *name)
{
	struct nl_link_change change = { .name = name };

	return nl_link_set(nl, live->link.ifindex, &change);
}

static int change_device(struct bv_ctx *ctx, struct nl_sock *nl,
			 const struct live_slave *live,
			 const struct bv_slave_opts *opts)
{
	const bool rename = opts->new_name &&
			    strcmp(opts->new_name, live->link.name);
	struct nl_link_change change = { .mtu = opts->mtu };
	int err;

	if (rename) {
		err = rename_slave(nl, live, opts->new_name);
		if (err)
			return bv_fail_sock(ctx, err, nl,
					    "cannot rename \"%s\" to \"%s\"",
					    live->link.name, opts->new_name);
	}
	if (opts->up) {
		change.flag_mask = IFF_UP;
		change.flags = opts->up == BV_SWITCH_ON ? IFF_UP : 0;
	}
	if (!change.mtu && !change.flag_mask)
		return 0;
	err = nl_link_set(nl, live->link.ifindex, &change);
	if (!err)
		return 0;
	bv_fail_sock(ctx, err, nl, "cannot change \"%s\"", live->link.name);
	change.mtu = live->link.mtu;
	change.flags = live->link.flags & IFF_UP;
	(void)nl_link_set(nl, live->link.ifindex, &change);
	if (rename)
		(void)rename_slave(nl, live, live->link.name);
	return err;
}

static int check_change(struct bv_ctx *ctx, const struct live_slave *live,
			const struct bv_slave_opts *opts)
{
	uint32_t flags;
	int err;

	if (opts->master)
		return bv_fail(ctx, -EINVAL,
			       "\"%s\" cannot move to another master",
			       live->link.name);
	if (opts->max_slaves || opts->max_addrs)
		return bv_fail(ctx, -EINVAL,
			       "sizes are chosen with a master's first slave");
	flags = bv_slave_flags_apply(opts,
				     live->port->slaves[live->slot].flags);
	err = bv_check_flags(ctx, live->link.name, flags);
	if (!err && flags & BV_SLAVE_NOMINEE)
		err = bv_nominee_check(ctx, live->port, live->slot);
	if (err)
		return err;
	return bv_check_against_master(ctx, opts, &live->port->link);
}

static int set_found(struct bv_ctx *ctx, const struct live_slave *live,
		     const struct bv_slave_opts *opts)
{
	struct bv_slave *rec = &live->port->slaves[live->slot];
	struct nl_sock *nl;
	int err;

	err = check_change(ctx, live, opts);
	if (err)
		return err;
	err = bv_slave_nl_open(ctx, live, &nl);
	if (err)
		return err;
	err = change_device(ctx, nl, live, opts);
	bv_slave_nl_close(ctx, nl);
	if (err)
		return err;
	if (opts->new_name)
		snprintf(rec->name, sizeof(rec->name), "%s", opts->new_name);
	bv_slave_flags_store(live->port, live->slot, opts);
	return 0;
}

int bv_slave_set(struct bv_ctx *ctx, const char *name,
		 const struct bv_slave_opts *opts)
{
	struct bv_slave_ref ref = { .name = name };
	struct live_slave live;
	int err = bv_begin(ctx);

	if (err)
		return err;
	err = bv_check_opts(ctx, opts);
	if (!err)
		err = bv_check_name(ctx, name);
	if (!err && opts->new_name)
		err = bv_check_name(ctx, opts->new_name);
	if (!err) {
		ref.netns = opts->netns;
		err = bv_live_find(ctx, &ref, &live);
	}
	if (!err)
		err = set_found(ctx, &live, opts);
	bv_end(ctx);
	return err;
}
