// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * walk.c - go over the living slaves. Takes no lock and changes nothing: a slave
 * that comes or goes meanwhile is met or not.
 */
#include <string.h>

#include "internal.h"

static bool wanted(const char *filter, const char *value)
{
	return !filter || !*filter || !strcmp(filter, value);
}

struct walk {
	const struct bv_slave_filter *f;
	bool any_ns;
	int nsid; /* unless any_ns */
	bv_walk_cb cb;
	void *arg;
};

static int walk_port(struct bv_ctx *ctx, struct port *port,
		     const struct walk *walk)
{
	struct live_slave live;
	int err = 0;

	for (uint32_t slot = 1; !err && slot <= port->rec->high_slot; slot++) {
		if (bv_live_get(ctx, port, slot, &live))
			continue; /* not there, or gone since */
		if ((!walk->any_ns && live.nsid != walk->nsid) ||
		    (walk->f && !wanted(walk->f->name, live.link.name)))
			continue;
		err = walk->cb(ctx, &live, walk->arg);
	}
	return err;
}

int bv_walk(struct bv_ctx *ctx, const struct bv_slave_filter *f, bv_walk_cb cb,
	    void *arg)
{
	struct walk walk = {
		.f = f,
		.any_ns = !f || !f->netns || !*f->netns,
		.cb = cb,
		.arg = arg,
	};
	int err = bv_begin_reading(ctx);

	if (err)
		return err;
	err = walk.any_ns ? 0 : bv_netns_resolve(ctx, f->netns, &walk.nsid);
	if (err) {
		err = bv_fail(ctx, -ENODEV, "Cannot find netns \"%s\"",
			      f->netns);
		goto out;
	}
	err = bv_port_open_all(ctx);
	if (err)
		goto out;
	for (struct port *port = ctx->ports; !err && port; port = port->next)
		if (!f || wanted(f->master, port->link.name))
			err = walk_port(ctx, port, &walk);
	if (err)
		bv_fail(ctx, err, "cannot list slaves: %s", strerror(-err));
out:
	bv_end(ctx);
	return err;
}
