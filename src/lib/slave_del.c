// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * slave_del.c - delete slaves, and a master's programs with the last one.
 *
 * The kernel waits for grace periods for each request to delete a device, but
 * once only for a whole group of devices (IFLA_GROUP): many slaves are put into
 * a group of their own, which is then deleted, with grace periods expedited.
 * Records say DELETING before the first device goes, so that what a killed
 * command left is finished by the next.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "internal.h"

struct group_search {
	uint32_t group;
	bool used;
};

static int note_group(const struct nl_link *link, void *arg)
{
	struct group_search *search = arg;

	search->used |= link->group == search->group;
	return 0;
}

/* A device group that nobody uses: who deletes a group deletes all of it. */
static int choose_group(struct bv_ctx *ctx, uint32_t *group)
{
	struct group_search search = { .used = true };
	int err;

	while (search.used) {
		if (getrandom(&search.group, sizeof(search.group), 0) !=
		    sizeof(search.group))
			return -EAGAIN;
		search.group |= 1; /* group 0 is the default one */
		search.used = false;
		err = nl_link_dump(ctx->nl, NL_NSID_SELF, note_group, &search);
		if (err)
			return err;
	}
	*group = search.group;
	return 0;
}

static int delete_group(struct bv_ctx *ctx, const uint32_t *ifindexes, size_t n)
{
	struct nl_link_change change = {};
	int err = choose_group(ctx, &change.group);

	for (size_t i = 0; !err && i < n; i++) {
		err = nl_link_set(ctx->nl, ifindexes[i], &change);
		if (err == -ENODEV) /* went by itself, with its namespace */
			err = 0;
	}
	return err ? err : nl_link_del_group(ctx->nl, change.group);
}

int bv_links_delete(struct bv_ctx *ctx, const uint32_t *ifindexes, size_t n)
{
	int err = 0;

	if (n > 1)
		err = delete_group(ctx, ifindexes, n);
	else if (n == 1)
		err = nl_link_del(ctx->nl, ifindexes[0]);
	return err == -ENODEV ? 0 : err;
}

static int delete_devices(struct bv_ctx *ctx, const struct live_slave *live,
			  size_t n)
{
	uint32_t *ifindexes = calloc(n, sizeof(*ifindexes));
	int err;

	if (!ifindexes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ifindexes[i] = live[i].host.ifindex;
	err = bv_links_delete(ctx, ifindexes, n);
	free(ifindexes);
	return err;
}

static int settle(struct bv_ctx *ctx, struct port *port)
{
	int err = bv_filter_sync(ctx, port);

	return err ? err : bv_forward_sync(ctx, port);
}

/* After the devices: reaping does all that is left, for each master once. */
static int forget(struct bv_ctx *ctx, const struct live_slave *live, size_t n)
{
	struct port *port, *done = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		port = live[i].port;
		if (port == done)
			continue;
		done = port;
		/* Removed already, if slaves of masters come in turns. */
		for (size_t j = 0; j < i; j++)
			if (live[j].port == port)
				port = NULL;
		if (!port)
			continue;
		err = bv_reap(ctx, port);
		if (!err)
			err = bv_live_count(port) ? settle(ctx, port) :
						    bv_port_remove(ctx, port);
	}
	return err;
}

static int find_all(struct bv_ctx *ctx, const struct bv_slave_ref *refs,
		    size_t n, struct live_slave *live, size_t *failed)
{
	for (size_t i = 0; i < n; i++) {
		int err = bv_check_name(ctx, refs[i].name);

		if (!err)
			err = bv_live_find(ctx, &refs[i], &live[i]);
		/* Named twice: by the second time it would be gone. */
		for (size_t j = 0; !err && j < i; j++)
			if (live[j].port == live[i].port &&
			    live[j].slot == live[i].slot)
				err = bv_fail(ctx, -ENODEV,
					      "Cannot find device \"%s\"",
					      refs[i].name);
		if (err) {
			if (failed)
				*failed = i;
			return err;
		}
	}
	return 0;
}

int bv_slave_del(struct bv_ctx *ctx, const struct bv_slave_ref *refs, size_t n,
		 size_t *failed)
{
	struct rcu_guard *rcu = NULL;
	struct live_slave *live;
	int err = bv_begin(ctx);

	if (err)
		return err;
	live = calloc(n ? n : 1, sizeof(*live));
	if (!live)
		err = bv_fail(ctx, -ENOMEM, "out of memory");
	if (!err)
		err = find_all(ctx, refs, n, live, failed);
	if (err || !n)
		goto out;
	for (size_t i = 0; i < n; i++)
		live[i].port->slaves[live[i].slot].state = BV_STATE_DELETING;
	/* Each device that TCX is on waits by itself, in a group too. */
	if (n > 1 && !ctx->batch)
		(void)bv_rcu_expedite(&rcu);
	err = delete_devices(ctx, live, n);
	bv_rcu_restore(rcu);
	if (err) {
		bv_fail_nl(ctx, err, "cannot delete \"%s\"%s", refs[0].name,
			   n > 1 ? " and others" : "");
		/* Those that are still there go on as before. */
		for (size_t i = 0; i < n; i++)
			live[i].port->slaves[live[i].slot].state =
				BV_STATE_READY;
		goto out;
	}
	err = forget(ctx, live, n);
out:
	free(live);
	bv_end(ctx);
	return err;
}
