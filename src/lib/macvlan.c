// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * macvlan.c - slaves that have MACs of their own, on a master with its slaves.
 *
 * What such a slave's MAC is, its device says: whoever is in its namespace may
 * change it. The record, the table of MACs (mac.c) and the master's filter
 * (filter.c) follow with the next command that changes something; so do, in
 * passthru, slave and master each other.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static uint32_t inline_copies(int32_t bclim)
{
	if (bclim < 0)
		return BV_SLOTS_MAX;
	return bclim < (int32_t)BV_FLOOD_INLINE ? (uint32_t)bclim :
						  BV_FLOOD_INLINE;
}

struct counts {
	uint32_t macvlans, switched, sources, passthru, queue;
};

static int count_source(const struct port *port, const struct bv_mac_key *key,
			uint32_t owner, void *arg)
{
	struct counts *c = arg;

	(void)port;
	(void)owner;
	if (key->n && key->n <= BV_SOURCE_SHARE)
		c->sources++;
	return 0;
}

static void store(uint32_t *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

int bv_counts_sync(struct bv_ctx *ctx, struct port *port)
{
	struct bv_port *rec = port->rec;
	struct counts c = {};
	bool any = false, listed = false;
	int err;

	for (uint32_t slot = 1; slot <= rec->high_slot; slot++) {
		const struct bv_slave *s = &port->slaves[slot];
		uint32_t flags = s->flags;

		if (s->state == BV_STATE_FREE || !(flags & BV_SLAVE_ACTIVE))
			continue;
		any = true;
		c.queue = s->queue_len > c.queue ? s->queue_len : c.queue;
		c.macvlans += !!(flags & BV_SLAVE_MACVLAN);
		c.switched += (flags & BV_SLAVE_SWITCHED) &&
			      !(flags & BV_SLAVE_SOURCE);
		listed |= !!(flags & BV_SLAVE_SOURCE);
		if (flags & BV_SLAVE_PASSTHRU)
			c.passthru = slot;
	}
	err = listed ? bv_macs_each(ctx, port, count_source, &c) : 0;
	if (err)
		return err;
	store(&rec->macvlans, c.macvlans);
	store(&rec->switched, c.switched);
	store(&rec->sources, c.sources);
	store(&rec->passthru, c.passthru);
	store(&rec->flood_inline, inline_copies(rec->bclim));
	store(&rec->queue_max,
	      any && c.queue < BV_COPIER_FRAMES ? c.queue : BV_COPIER_FRAMES);
	return 0;
}

static int bad_mac(struct bv_ctx *ctx, const char *name)
{
	return bv_fail(ctx, -EADDRNOTAVAIL,
		       "\"%s\" cannot have this MAC: Cannot assign "
		       "requested address",
		       name);
}

static int taken(struct bv_ctx *ctx, const char *name, const char *whose,
		 const char *of)
{
	return bv_fail(ctx, -EADDRINUSE,
		       "\"%s\" cannot have the MAC of %s%s: Address already "
		       "in use",
		       name, whose, of);
}

int bv_macvlan_enter(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		     const uint8_t mac[BV_MAC_LEN])
{
	const char *name = port->slaves[slot].name;
	int err;

	if (!bv_mac_valid(mac))
		return bad_mac(ctx, name);
	if (!memcmp(mac, port->link.mac, BV_MAC_LEN))
		return taken(ctx, name, "its master ", port->link.name);
	err = bv_mac_own(ctx, port, slot, mac);
	if (err == -EADDRINUSE)
		return taken(ctx, name, "another slave of ", port->link.name);
	if (err)
		return bv_fail(ctx, err,
			       "no room in the table of MACs of %s: %s",
			       port->link.name, strerror(-err));
	err = bv_filter_add(ctx, port, mac);
	if (err)
		bv_mac_disown(port, slot, mac);
	return err;
}

void bv_macvlan_leave(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		      const uint8_t mac[BV_MAC_LEN])
{
	uint32_t owner;

	bv_mac_disown(port, slot, mac);
	/* Unless somebody sends from it. */
	if (bv_mac_get(port, mac, 0, &owner))
		bv_filter_del(ctx, port, mac);
}

void bv_macvlan_release(struct bv_ctx *ctx, struct port *port, uint32_t slot)
{
	const struct bv_slave *rec = &port->slaves[slot];
	const struct bv_source none = { .macs = NULL };

	if (rec->flags & BV_SLAVE_SOURCE)
		bv_source_restore(ctx, port, slot, &none);
	bv_macvlan_leave(ctx, port, slot, rec->mac);
	__atomic_store_n(&port->slaves[slot].flags, 0, __ATOMIC_RELEASE);
	if (!bv_counts_sync(ctx, port))
		(void)bv_filter_sync(ctx, port);
}

int bv_macvlan_claim(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		     const uint8_t mac[BV_MAC_LEN],
		     const struct bv_slave_opts *opts)
{
	bool passthru = port->slaves[slot].flags & BV_SLAVE_PASSTHRU;
	struct bv_source old = { .macs = NULL };
	int err = 0;

	memcpy(port->slaves[slot].mac, mac, BV_MAC_LEN);
	if (!passthru)
		err = bv_macvlan_enter(ctx, port, slot, mac);
	if (!err && opts->macaddr)
		err = bv_source_change(ctx, port, slot, opts, &old);
	free(old.macs);
	if (!err)
		err = bv_counts_sync(ctx, port);
	if (!err && passthru)
		err = bv_filter_sync(ctx, port);
	return err;
}

int bv_passthru_set_mac(struct bv_ctx *ctx, const struct live_slave *live,
			const uint8_t mac[BV_MAC_LEN])
{
	static const uint8_t none[BV_MAC_LEN];
	struct port *port = live->port;
	struct nl_link_change change = { .mac = mac };
	bool first = !memcmp(port->rec->own_mac, none, BV_MAC_LEN);
	int err;

	if (!bv_mac_valid(mac))
		return bad_mac(ctx, live->link.name);
	if (first)
		memcpy(port->rec->own_mac, port->link.mac, BV_MAC_LEN);
	err = nl_link_set(ctx->nl, port->link.ifindex, &change);
	if (err) {
		bv_fail_nl(ctx, err, "cannot give %s the MAC of \"%s\"",
			   port->link.name, live->link.name);
		if (first)
			memset(port->rec->own_mac, 0, BV_MAC_LEN);
		return err;
	}
	memcpy(port->link.mac, mac, BV_MAC_LEN);
	memcpy(port->rec->mac, mac, BV_MAC_LEN);
	memcpy(port->slaves[live->slot].mac, mac, BV_MAC_LEN);
	err = nl_link_set(ctx->nl, live->host.ifindex, &change);
	return err ? bv_fail_nl(ctx, err, "cannot set the MAC of %s",
				live->host.name) :
		     0;
}

void bv_passthru_restore(struct bv_ctx *ctx, struct port *port)
{
	static const uint8_t none[BV_MAC_LEN];
	struct nl_link_change change = { .mac = port->rec->own_mac };

	if (!memcmp(change.mac, none, BV_MAC_LEN))
		return;
	if (!nl_link_set(ctx->nl, port->link.ifindex, &change)) {
		memcpy(port->link.mac, change.mac, BV_MAC_LEN);
		memcpy(port->rec->mac, change.mac, BV_MAC_LEN);
	}
	memset(port->rec->own_mac, 0, BV_MAC_LEN);
}

static int set_device_mac(struct bv_ctx *ctx, const struct live_slave *live,
			  struct nl_sock *nl, const uint8_t *mac)
{
	struct nl_link_change change = { .mac = mac };
	int err = 0;

	/* A tap's is the master's; whoever opens it learns of this one. */
	if (!(live->port->slaves[live->slot].flags & BV_SLAVE_TAP))
		err = nl_link_set(nl, live->link.ifindex, &change);
	return err ? bv_fail_sock(ctx, err, nl, "cannot set the MAC of \"%s\"",
				  live->link.name) :
		     0;
}

static int set_passthru_mac(struct bv_ctx *ctx, const struct live_slave *live,
			    struct nl_sock *nl, const uint8_t *mac)
{
	uint8_t was[BV_MAC_LEN];
	int err;

	memcpy(was, live->port->link.mac, BV_MAC_LEN);
	err = bv_passthru_set_mac(ctx, live, mac);
	if (err)
		return err;
	err = set_device_mac(ctx, live, nl, mac);
	if (err) {
		char why[sizeof(ctx->error)];

		memcpy(why, ctx->error, sizeof(why));
		(void)bv_passthru_set_mac(ctx, live, was);
		memcpy(ctx->error, why, sizeof(why));
	}
	return err;
}

int bv_macvlan_set_mac(struct bv_ctx *ctx, const struct live_slave *live,
		       struct nl_sock *nl, const uint8_t mac[BV_MAC_LEN])
{
	struct port *port = live->port;
	struct bv_slave *rec = &port->slaves[live->slot];
	uint8_t was[BV_MAC_LEN];
	int err;

	memcpy(was, rec->mac, BV_MAC_LEN);
	if (rec->flags & BV_SLAVE_PASSTHRU)
		return set_passthru_mac(ctx, live, nl, mac);
	err = bv_macvlan_enter(ctx, port, live->slot, mac);
	if (err)
		return err;
	err = set_device_mac(ctx, live, nl, mac);
	if (err) {
		if (memcmp(mac, was, BV_MAC_LEN))
			bv_macvlan_leave(ctx, port, live->slot, mac);
		return err;
	}
	memcpy(rec->mac, mac, BV_MAC_LEN);
	if (memcmp(mac, was, BV_MAC_LEN))
		bv_macvlan_leave(ctx, port, live->slot, was);
	return 0;
}

/* A MAC that it cannot have stays its own affair: what it sends is dropped. */
static void follow_mac(struct bv_ctx *ctx, const struct live_slave *live)
{
	struct port *port = live->port;
	struct bv_slave *rec = &port->slaves[live->slot];
	const uint8_t *mac = live->link.mac;

	if (!memcmp(rec->mac, mac, BV_MAC_LEN))
		return;
	if (rec->flags & BV_SLAVE_PASSTHRU) {
		(void)bv_passthru_set_mac(ctx, live, mac);
		return;
	}
	if (!bv_mac_valid(mac) || !memcmp(mac, port->link.mac, BV_MAC_LEN) ||
	    bv_mac_own(ctx, port, live->slot, mac))
		return;
	bv_mac_disown(port, live->slot, rec->mac);
	memcpy(rec->mac, mac, BV_MAC_LEN);
}

int bv_macvlan_sync(struct bv_ctx *ctx, struct port *port)
{
	struct live_slave live;
	int err = bv_counts_sync(ctx, port);

	if (err)
		return err;
	if (!port->rec->passthru)
		bv_passthru_restore(ctx, port);
	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++)
		if (port->slaves[slot].flags & BV_SLAVE_MACVLAN &&
		    !bv_live_get(ctx, port, slot, &live))
			follow_mac(ctx, &live);
	return bv_filter_sync(ctx, port);
}
