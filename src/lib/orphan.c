// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * orphan.c - slaves whose master does not lead to them any more.
 *
 * Somebody may have flushed all programs from the master (deleting its clsact,
 * say), or deleted the master itself; no daemon sees it. Host ends are known by
 * their ifindex, and the program on a host end still leads to the port:
 *
 *   the master is there	the programs are attached to it again
 *   the master is gone		its slaves go too, as with the in-tree driver
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct host_ends {
	uint32_t *ifindexes;
	size_t n, room;
};

static int collect(const struct nl_link *link, void *arg)
{
	struct host_ends *ends = arg;

	if (link->ifindex < BV_IFINDEX_FIRST || !bv_is_end_kind(link))
		return 0;
	if (bv_grow(&ends->ifindexes, &ends->room, ends->n,
		    sizeof(*ends->ifindexes)))
		return -ENOMEM;
	ends->ifindexes[ends->n++] = link->ifindex;
	return 0;
}

static uint32_t base_of(uint32_t ifindex)
{
	return ifindex - (ifindex - BV_IFINDEX_FIRST) % BV_SLOTS_MAX;
}

static bool has_port(const struct bv_ctx *ctx, uint32_t base)
{
	for (const struct port *port = ctx->ports; port; port = port->next)
		if (port->rec->base_ifindex == base)
			return true;
	return false;
}

/* The port behind one of a range's host ends, which begin at ends[0]. */
static int open_range(struct bv_ctx *ctx, const uint32_t *ends, size_t n,
		      struct port **ret)
{
	struct nl_link unknown = { .name = "a master" };
	int err = -ENOENT;

	for (size_t i = 0; err == -ENOENT && i < n; i++) {
		_cleanup_fd_ int fd = bv_end_find(ctx, ends[i]);

		if (fd >= 0)
			err = bv_port_from_prog(ctx, fd, &unknown, ret);
	}
	return err;
}

/* All that is left of a port whose slaves went with their namespaces. */
static int delete_copier(struct bv_ctx *ctx, uint32_t ifindex)
{
	_cleanup_fd_ int fd = -1;

	if (ifindex != base_of(ifindex))
		return 0;
	fd = bv_copier_prog(ctx, ifindex);
	return fd < 0 ? 0 : bv_links_delete(ctx, &ifindex, 1);
}

static int settle_range(struct bv_ctx *ctx, const uint32_t *ends, size_t n)
{
	struct port *port;
	int err = open_range(ctx, ends, n, &port);

	if (err == -ENOENT) /* devices of that number, but not ours */
		return delete_copier(ctx, ends[0]);
	if (err)
		return err;
	err = nl_link_get(ctx->nl, NL_NSID_SELF, port->rec->master_ifindex,
			  NULL, &port->link);
	if (!err) {
		bv_ports_add(ctx, port);
		return bv_port_check(ctx, port);
	}
	bv_port_close(port);
	if (err == -ENODEV)
		err = bv_links_delete(ctx, ends, n);
	if (err)
		bv_fail_nl(ctx, err, "cannot clean up after a deleted master");
	return err;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int bv_orphans_settle(struct bv_ctx *ctx)
{
	struct host_ends ends = {};
	size_t i, n;
	int err;

	err = bv_port_open_all(ctx);
	if (err)
		return err;
	err = nl_link_dump(ctx->nl, NL_NSID_SELF, collect, &ends);
	if (err)
		bv_fail_nl(ctx, err, "cannot list devices");
	if (ends.n)
		qsort(ends.ifindexes, ends.n, sizeof(*ends.ifindexes), compare);
	for (i = 0; !err && i < ends.n; i += n) {
		uint32_t base = base_of(ends.ifindexes[i]);

		for (n = 1; i + n < ends.n; n++)
			if (base_of(ends.ifindexes[i + n]) != base)
				break;
		if (!has_port(ctx, base))
			err = settle_range(ctx, ends.ifindexes + i, n);
	}
	free(ends.ifindexes);
	return err;
}
