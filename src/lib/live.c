// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * live.c - which slaves of a port are alive, and where their devices are now.
 *
 * A slave's record says what it is; whether it is, the kernel says: its host
 * end exists as long as the slave does, wherever somebody has moved it and
 * whatever its name is today. From the host end the kernel gives the slave's
 * namespace and ifindex, and through these its link.
 *
 * States of a record, changed under the lock only:
 *   FREE -> CREATING -> READY -> DELETING -> FREE
 * CREATING and DELETING found by who holds the lock are of a command that was
 * killed: the device goes, if it is there, and so does the record.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

bool bv_slot_alive(const struct bv_ctx *ctx, const struct port *port,
		   uint32_t slot)
{
	struct ifreq req = { .ifr_ifindex = (int)bv_host_ifindex(port, slot) };

	return !ioctl(ctx->ioctl_fd, SIOCGIFNAME, &req);
}

void bv_slot_free(struct port *port, uint32_t slot)
{
	if (port->rec->nominee == slot)
		__atomic_store_n(&port->rec->nominee, 0, __ATOMIC_RELEASE);
	memset(&port->slaves[slot], 0, sizeof(port->slaves[slot]));
	bv_listen_settle(port, slot);
	memset(&port->drops[slot], 0, sizeof(port->drops[slot]));
}

void bv_update_high_slot(struct port *port)
{
	uint32_t slot = port->rec->high_slot;

	while (slot && port->slaves[slot].state == BV_STATE_FREE)
		slot--;
	port->rec->high_slot = slot;
}

uint32_t bv_live_count(const struct port *port)
{
	uint32_t n = 0;

	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++)
		n += port->slaves[slot].state == BV_STATE_READY;
	return n;
}

static bool is_gone(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		    int *err)
{
	uint32_t state = port->slaves[slot].state;
	int failed;

	if (state == BV_STATE_FREE)
		return false;
	if (!bv_slot_alive(ctx, port, slot))
		return true;
	if (state == BV_STATE_READY)
		return false;
	failed = nl_link_del(ctx->nl, bv_host_ifindex(port, slot));
	if (failed && failed != -ENODEV) {
		*err = failed;
		return false;
	}
	return true;
}

int bv_reap(struct bv_ctx *ctx, struct port *port)
{
	uint32_t high = port->rec->high_slot, n = 0;
	bool *gone = calloc(port->slots, sizeof(*gone));
	int err = 0;

	if (!gone)
		return bv_fail(ctx, -ENOMEM, "out of memory");
	for (uint32_t slot = 1; slot <= high && slot < port->slots; slot++) {
		gone[slot] = is_gone(ctx, port, slot, &err);
		n += gone[slot];
	}
	if (err) {
		bv_fail_nl(ctx, err, "cannot clean up slaves of %s",
			   port->link.name);
		goto out;
	}
	if (!n)
		goto out;
	err = bv_table_purge(ctx, port, gone);
	if (!err)
		err = bv_groups_purge(ctx, port, gone);
	if (!err)
		err = bv_macs_purge(ctx, port, gone);
	if (err)
		goto out;
	for (uint32_t slot = 1; slot <= high; slot++)
		if (gone[slot])
			bv_slot_free(port, slot);
	bv_update_high_slot(port);
	err = bv_counts_sync(ctx, port);
out:
	free(gone);
	return err;
}

/*
 * How the programs reach the slave depends on where it is, and whoever looks at
 * it may be the first to see that it was moved.
 */
static void note_place(struct bv_slave *rec, int nsid)
{
	uint32_t place = nsid == NL_NSID_SELF ? 0 : BV_SLAVE_PEER;

	if ((rec->flags & BV_SLAVE_PEER) == place)
		return;
	if (place)
		__atomic_fetch_or(&rec->flags, BV_SLAVE_PEER, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&rec->flags, ~BV_SLAVE_PEER,
				   __ATOMIC_RELAXED);
}

int bv_live_get(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		struct live_slave *ret)
{
	struct live_slave live = { .port = port, .slot = slot };
	int err;

	if (port->slaves[slot].state != BV_STATE_READY)
		return -ENODEV;
	err = nl_link_get(ctx->nl, NL_NSID_SELF, bv_host_ifindex(port, slot),
			  NULL, &live.host);
	if (err)
		return err;
	if (port->slaves[slot].flags & BV_SLAVE_TAP) {
		bv_tap_link(&port->slaves[slot], &live);
		*ret = live;
		return 0;
	}
	live.nsid = live.host.peer_nsid;
	err = nl_link_get(ctx->nl, live.nsid, live.host.peer_ifindex, NULL,
			  &live.link);
	if (err)
		return err;
	note_place(&port->slaves[slot], live.nsid);
	*ret = live;
	return 0;
}

struct search {
	const struct bv_slave_ref *ref;
	bool any_ns;
	int nsid; /* unless any_ns */
	bool by_hint; /* only slaves that were created under this name */
	int found;
	struct live_slave *ret;
};

static void search_port(struct bv_ctx *ctx, struct port *port,
			struct search *search)
{
	const char *name = search->ref->name;
	struct live_slave live;

	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++) {
		const struct bv_slave *rec = &port->slaves[slot];

		if (rec->state != BV_STATE_READY ||
		    (search->by_hint &&
		     strncmp(rec->name, name, sizeof(rec->name))))
			continue;
		if (bv_live_get(ctx, port, slot, &live) ||
		    strcmp(live.link.name, name) ||
		    (!search->any_ns && live.nsid != search->nsid))
			continue;
		if (!search->found++)
			*search->ret = live;
	}
}

/* Most slaves have the name they were made with; look at all if not. */
static void search_ports(struct bv_ctx *ctx, struct search *search)
{
	for (int pass = 0; pass < 2 && !search->found; pass++) {
		search->by_hint = pass == 0;
		for (struct port *port = ctx->ports; port; port = port->next)
			search_port(ctx, port, search);
	}
}

static int not_found(struct bv_ctx *ctx, const struct bv_slave_ref *ref)
{
	if (ref->netns && *ref->netns)
		return bv_fail(ctx, -ENODEV,
			       "Cannot find device \"%s\" in netns \"%s\"",
			       ref->name, ref->netns);
	return bv_fail(ctx, -ENODEV, "Cannot find device \"%s\"", ref->name);
}

int bv_live_find(struct bv_ctx *ctx, const struct bv_slave_ref *ref,
		 struct live_slave *ret)
{
	struct live_slave live;
	struct search search = {
		.ref = ref,
		.any_ns = !ref->netns || !*ref->netns,
		.ret = &live,
	};
	int err = 0;

	if (!search.any_ns && bv_netns_resolve(ctx, ref->netns, &search.nsid))
		return not_found(ctx, ref);
	err = bv_port_open_all(ctx);
	if (err)
		return err;
	search_ports(ctx, &search);
	if (!search.found) {
		err = bv_orphans_settle(ctx);
		if (err)
			return err;
		search_ports(ctx, &search);
	}
	if (search.found > 1)
		return bv_fail(ctx, -ENOTUNIQ,
			       "\"%s\" is the name of %d slaves: say which by "
			       "\"netns\"",
			       ref->name, search.found);
	if (!search.found)
		return not_found(ctx, ref);
	err = bv_port_check(ctx, live.port);
	if (err)
		return err;
	*ret = live;
	return 0;
}

int bv_slave_enter(struct bv_ctx *ctx, const struct live_slave *live,
		   struct netns_scope *scope)
{
	_cleanup_fd_ int fd = -1;
	int err = 0;

	if (live->nsid != NL_NSID_SELF) {
		fd = bv_netns_open_nsid(ctx, live->nsid);
		err = fd < 0 ? fd : bv_netns_enter(scope, fd);
	}
	if (err)
		bv_fail(ctx, err, "cannot enter the namespace of \"%s\": %s",
			live->link.name, strerror(-err));
	return err;
}

/* There is no request to change a link by nsid: it takes a socket there. */
int bv_slave_nl_open(struct bv_ctx *ctx, const struct live_slave *live,
		     struct nl_sock **ret)
{
	struct netns_scope scope _cleanup_netns_ = { -1 };
	int err;

	if (live->nsid == NL_NSID_SELF) {
		*ret = ctx->nl;
		return 0;
	}
	err = bv_slave_enter(ctx, live, &scope);
	if (err)
		return err;
	err = nl_open(ret);
	if (err)
		bv_fail(ctx, err, "cannot open a socket for \"%s\": %s",
			live->link.name, strerror(-err));
	return err;
}

void bv_slave_nl_close(const struct bv_ctx *ctx, struct nl_sock *nl)
{
	if (nl != ctx->nl)
		nl_close(nl);
}

int bv_slave_noarp(struct bv_ctx *ctx, const struct live_slave *live, bool on)
{
	struct nl_link_change change = {
		.flag_mask = IFF_NOARP,
		.flags = on ? IFF_NOARP : 0,
	};
	struct nl_sock *nl;
	int err = bv_slave_nl_open(ctx, live, &nl);

	if (err)
		return err;
	err = nl_link_set(nl, live->link.ifindex, &change);
	if (err)
		bv_fail_sock(ctx, err, nl, "cannot set the flags of \"%s\"",
			     live->link.name);
	bv_slave_nl_close(ctx, nl);
	return err;
}
