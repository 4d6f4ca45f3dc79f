// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * route.c - the host's routes to l3s slaves.
 *
 * What is for an l3s slave goes through the host's stack, which finds the slave
 * by a route to each of its addresses, out of its host end. The source of such
 * a route is an address of the master, so that the host speaks to the slave as
 * it would have done on the master itself.
 *
 * Which routes there should be is in the address table, which the programs add
 * to on their own: so routes follow it at each changing command. They are told
 * from others by their protocol and by the host end they lead to; a route that
 * somebody else has made is left alone. Routes go with their device.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct want {
	struct bv_addr_key key;
	uint32_t slot;
	bool must; /* a static address: it is an error if there is none */
	bool there;
	bool replace;
};

struct routes {
	struct bv_ctx *ctx;
	const struct port *port;
	uint32_t slot; /* of this slave only; 0: of all of the port */
	struct nl_addr *own; /* the master's addresses */
	size_t n_own, own_room;
	struct want *wants;
	size_t n_wants, wants_room;
	struct nl_route *stale;
	size_t n_stale, stale_room;
};

static void routes_free(struct routes *r)
{
	free(r->own);
	free(r->wants);
	free(r->stale);
}

static bool is_link_local(const struct bv_address *addr)
{
	return addr->family == AF_INET6 && addr->ip[0] == 0xfe &&
	       (addr->ip[1] & 0xc0) == 0x80;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned int plen)
{
	unsigned int bytes = plen / 8, rest = plen % 8;

	if (memcmp(a, b, bytes))
		return false;
	return !rest || !((a[bytes] ^ b[bytes]) >> (8 - rest));
}

static int note_own(const struct nl_addr *addr, void *arg)
{
	struct routes *r = arg;

	/* The kernel refuses a source that is not usable, or not on any link. */
	if (addr->scope >= RT_SCOPE_LINK ||
	    addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return 0;
	if (bv_grow(&r->own, &r->own_room, r->n_own, sizeof(*r->own)))
		return -ENOMEM;
	r->own[r->n_own++] = *addr;
	return 0;
}

static int find_own(struct routes *r)
{
	const struct nl_link *master = &r->port->link;
	int err = nl_addr_dump(r->ctx->nl, NL_NSID_SELF, master->ifindex,
			       note_own, r);

	if (err)
		return bv_fail_nl(r->ctx, err,
				  "cannot list the addresses of %s",
				  master->name);
	return 0;
}

/* The master's address of the same subnet, else its first. */
static void choose_source(const struct routes *r, struct nl_route *route)
{
	const struct nl_addr *best = NULL;

	for (size_t i = 0; i < r->n_own; i++) {
		const struct nl_addr *own = &r->own[i];

		if (own->family != route->family)
			continue;
		if (same_prefix(own->ip, route->dst, own->plen)) {
			best = own;
			break;
		}
		if (!best)
			best = own;
	}
	if (best)
		memcpy(route->src, best->ip, sizeof(route->src));
}

static struct nl_route make_route(const struct routes *r,
				  const struct bv_addr_key *key, uint32_t slot)
{
	struct nl_route route = {
		.protocol = BV_RTPROT,
		.oif = bv_host_ifindex(r->port, slot),
	};
	struct bv_address addr;

	bv_key_to_address(key, 0, &addr);
	route.family = addr.family;
	route.dst_len = addr.family == AF_INET ? 32 : 128;
	memcpy(route.dst, addr.ip, sizeof(route.dst));
	choose_source(r, &route);
	return route;
}

static bool is_ours(const struct routes *r, uint32_t slot)
{
	if (r->slot)
		return slot == r->slot;
	return slot && slot < r->port->slots;
}

static int note_want(const struct port *port, const struct bv_addr_key *key,
		     const struct bv_addr *entry, void *arg)
{
	uint32_t slot = BV_OWNER_SLOT(entry->owner);
	struct routes *r = arg;
	struct bv_address addr;

	if (!is_ours(r, slot) ||
	    (!r->slot && !(port->slaves[slot].flags & BV_SLAVE_L3S)))
		return 0;
	bv_key_to_address(key, 0, &addr);
	/* Good on one link only, and the host end is none of the master's. */
	if (is_link_local(&addr))
		return 0;
	if (bv_grow(&r->wants, &r->wants_room, r->n_wants, sizeof(*r->wants)))
		return -ENOMEM;
	r->wants[r->n_wants++] = (struct want){
		.key = *key,
		.slot = slot,
		.must = r->slot && BV_OWNER_HOW(entry->owner) == BV_ADDR_STATIC,
	};
	return 0;
}

static int compare_wants(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int note_route(const struct nl_route *route, void *arg)
{
	struct routes *r = arg;
	uint32_t slot = route->oif - r->port->rec->base_ifindex;
	struct want key = {}, *want = NULL;
	struct nl_route as_wanted;

	if (!is_ours(r, slot))
		return 0;
	bv_key_from_ip(&key.key, route->family, route->dst);
	if (r->n_wants)
		want = bsearch(&key, r->wants, r->n_wants, sizeof(key),
			       compare_wants);
	if (want && want->slot == slot) {
		as_wanted = make_route(r, &key.key, slot);
		want->replace = memcmp(as_wanted.src, route->src,
				       sizeof(route->src)) != 0;
		want->there = true;
		return 0;
	}
	if (bv_grow(&r->stale, &r->stale_room, r->n_stale, sizeof(*r->stale)))
		return -ENOMEM;
	r->stale[r->n_stale++] = *route;
	return 0;
}

/* What should be, and what is. */
static int compare_with_kernel(struct routes *r, bool on)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int err = on ? find_own(r) : 0;

	if (!err && on)
		err = bv_table_each(r->ctx, r->port, note_want, r);
	if (err)
		return err;
	if (r->n_wants)
		qsort(r->wants, r->n_wants, sizeof(*r->wants), compare_wants);
	for (size_t i = 0; !err && i < 2; i++)
		err = nl_route_dump(r->ctx->nl, families[i], BV_RTPROT,
				    note_route, r);
	if (err)
		bv_fail_nl(r->ctx, err, "cannot list routes");
	return err;
}

static int add_one(const struct routes *r, const struct bv_addr_key *key,
		   uint32_t slot, bool replace)
{
	struct nl_route route = make_route(r, key, slot);
	char text[INET6_ADDRSTRLEN];
	int err = nl_route_add(r->ctx->nl, &route, replace);

	if (!err)
		return 0;
	inet_ntop(route.family, route.dst, text, sizeof(text));
	if (err == -EEXIST)
		return bv_fail(r->ctx, err,
			       "the host has another route to %s: File exists",
			       text);
	return bv_fail_nl(r->ctx, err, "cannot add a route to %s", text);
}

static void del_one(const struct routes *r, const struct bv_addr_key *key,
		    uint32_t slot)
{
	struct nl_route route = make_route(r, key, slot);

	(void)nl_route_del(r->ctx->nl, &route);
}

/* Adds what is not there, all that must be or none; returns what failed. */
static int add_missing(struct routes *r)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->n_wants; i++) {
		const struct want *want = &r->wants[i];

		if (want->there && !want->replace)
			continue;
		err = add_one(r, &want->key, want->slot, want->replace);
		/* A host end below 1280 bytes has no IPv6, nor has its slave. */
		if (err && want->must && err != -ENODEV && err != -EACCES)
			break;
		err = 0;
	}
	if (!err)
		return 0;
	while (i--)
		if (!r->wants[i].there)
			del_one(r, &r->wants[i].key, r->wants[i].slot);
	return err;
}

static int settle(struct routes *r, bool on)
{
	int err = compare_with_kernel(r, on);

	if (!err)
		err = add_missing(r);
	for (size_t i = 0; !err && i < r->n_stale; i++)
		(void)nl_route_del(r->ctx->nl, &r->stale[i]);
	routes_free(r);
	return err;
}

int bv_routes_set(struct bv_ctx *ctx, struct port *port, uint32_t slot, bool on)
{
	struct routes r = { .ctx = ctx, .port = port, .slot = slot };

	return settle(&r, on);
}

int bv_routes_sync(struct bv_ctx *ctx, struct port *port)
{
	struct routes r = { .ctx = ctx, .port = port };

	return settle(&r, true);
}

int bv_route_add(struct bv_ctx *ctx, const struct live_slave *live,
		 const struct bv_addr_key *key)
{
	struct routes r = { .ctx = ctx, .port = live->port };
	struct bv_address addr;
	int err;

	bv_key_to_address(key, 0, &addr);
	if (is_link_local(&addr))
		return 0;
	err = find_own(&r);
	if (!err)
		err = add_one(&r, key, live->slot, false);
	routes_free(&r);
	return err;
}

void bv_route_del(struct bv_ctx *ctx, const struct live_slave *live,
		  const struct bv_addr_key *key)
{
	const struct routes r = { .ctx = ctx, .port = live->port };

	del_one(&r, key, live->slot);
}
