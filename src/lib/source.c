// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * source.c - the lists of slaves in mode source: from whom they hear.
 *
 * They are kept by MAC, for the programs to find: a MAC's listeners have the
 * numbers 1, 2 and so on without a gap, so the last one moves into the place of
 * one that goes. For a moment it then is there twice.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Returns the number of @slot in the list of a MAC, 0 if it is not there. */
static uint16_t find(const struct port *port, uint32_t slot,
		     const uint8_t mac[BV_MAC_LEN], uint16_t *last,
		     uint32_t *last_slot)
{
	uint16_t found = 0;
	uint32_t owner;

	*last = 0;
	for (uint16_t n = 1; n <= BV_SOURCE_SHARE; n++) {
		if (bv_mac_get(port, mac, n, &owner))
			break;
		*last = n;
		*last_slot = owner;
		if (owner == slot)
			found = n;
	}
	return found;
}

static int unlist(const struct port *port, uint32_t slot,
		  const uint8_t mac[BV_MAC_LEN])
{
	uint32_t last_slot = 0;
	uint16_t last, n = find(port, slot, mac, &last, &last_slot);
	int err = 0;

	if (!n)
		return 0;
	if (n != last)
		err = bv_mac_put(port, mac, n, last_slot, true);
	return err ? err : bv_mac_del(port, mac, last);
}

static int enlist(const struct port *port, uint32_t slot,
		  const uint8_t mac[BV_MAC_LEN])
{
	uint32_t last_slot;
	uint16_t last;

	if (find(port, slot, mac, &last, &last_slot))
		return 0;
	if (last == BV_SOURCE_SHARE)
		return -ENOSPC;
	return bv_mac_put(port, mac, (uint16_t)(last + 1), slot, false);
}

/* Entries of the lists, of all slots that are wanted. */
struct listed {
	uint32_t slot;
	uint8_t mac[BV_MAC_LEN];
};

struct listing {
	const bool *wanted; /* by slot; NULL: only @slot */
	uint32_t slot;
	struct listed *list;
	size_t n, room;
};

static int note(const struct port *port, const struct bv_mac_key *key,
		uint32_t owner, void *arg)
{
	struct listing *l = arg;
	struct listed *e;

	if (!key->n || key->n > BV_SOURCE_SHARE || owner >= port->slots ||
	    !(l->wanted ? l->wanted[owner] : owner == l->slot))
		return 0;
	if (bv_grow(&l->list, &l->room, l->n, sizeof(*l->list)))
		return -ENOMEM;
	e = &l->list[l->n++];
	e->slot = owner;
	memcpy(e->mac, key->mac, BV_MAC_LEN);
	return 0;
}

int bv_sources_purge(struct bv_ctx *ctx, const struct port *port,
		     const bool *gone)
{
	struct listing l = { .wanted = gone };
	int err = bv_macs_each(ctx, port, note, &l);

	for (size_t i = 0; !err && i < l.n; i++) {
		err = unlist(port, l.list[i].slot, l.list[i].mac);
		if (err)
			bv_fail(ctx, err, "cannot clean up lists of %s: %s",
				port->link.name, strerror(-err));
	}
	free(l.list);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return memcmp(x->mac, y->mac, BV_MAC_LEN);
}

int bv_source_get(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		  struct bv_source *ret)
{
	struct listing l = { .slot = slot };
	uint8_t *macs = NULL;
	int err = bv_macs_each(ctx, port, note, &l);

	if (!err && l.n) {
		qsort(l.list, l.n, sizeof(*l.list), compare);
		macs = calloc(l.n, BV_MAC_LEN);
		err = macs ? 0 : bv_fail(ctx, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; macs && i < l.n; i++)
		memcpy(macs + i * BV_MAC_LEN, l.list[i].mac, BV_MAC_LEN);
	free(l.list);
	if (err)
		return err;
	*ret = (struct bv_source){ .macs = macs, .n = (uint32_t)l.n };
	return 0;
}

static bool is_in(const struct bv_source *list, const uint8_t *mac)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (!memcmp(list->macs + (size_t)i * BV_MAC_LEN, mac,
			    BV_MAC_LEN))
			return true;
	return false;
}

static const uint8_t *nth(const struct bv_source *list, uint32_t i)
{
	return list->macs + (size_t)i * BV_MAC_LEN;
}

void bv_source_restore(struct bv_ctx *ctx, const struct port *port,
		       uint32_t slot, const struct bv_source *old)
{
	struct bv_source now = { .macs = NULL };
	char why[sizeof(ctx->error)];

	memcpy(why, ctx->error, sizeof(why));
	if (!bv_source_get(ctx, port, slot, &now))
		for (uint32_t i = 0; i < now.n; i++)
			if (!is_in(old, nth(&now, i)))
				(void)unlist(port, slot, nth(&now, i));
	for (uint32_t i = 0; i < old->n; i++)
		(void)enlist(port, slot, nth(old, i));
	free(now.macs);
	memcpy(ctx->error, why, sizeof(why));
}

/* What of the list is to go. */
static int remove_some(const struct port *port, uint32_t slot,
		       const struct bv_slave_opts *opts,
		       const struct bv_source *old,
		       const struct bv_source *given)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < old->n; i++) {
		const uint8_t *mac = nth(old, i);
		bool named = is_in(given, mac);

		if (opts->macaddr == BV_MACADDR_FLUSH ||
		    (opts->macaddr == BV_MACADDR_SET && !named) ||
		    (opts->macaddr == BV_MACADDR_DEL && named))
			err = unlist(port, slot, mac);
	}
	return err;
}

int bv_source_change(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		     const struct bv_slave_opts *opts, struct bv_source *old)
{
	struct bv_source given = { .macs = (uint8_t *)opts->source_macs,
				   .n = opts->n_source_macs };
	bool adds = opts->macaddr == BV_MACADDR_ADD ||
		    opts->macaddr == BV_MACADDR_SET;
	int err = bv_source_get(ctx, port, slot, old);

	if (err)
		return err;
	for (uint32_t i = 0; !err && adds && i < given.n; i++)
		err = enlist(port, slot, nth(&given, i));
	if (!err)
		err = remove_some(port, slot, opts, old, &given);
	if (!err)
		return 0;
	bv_fail(ctx, err,
		"cannot change the list: %u slaves may list a MAC, and there "
		"is room for %u on %s: %s",
		BV_SOURCE_SHARE, BV_MACS_ROOM(port->slots), port->link.name,
		strerror(-err));
	bv_source_restore(ctx, port, slot, old);
	free(old->macs);
	old->macs = NULL;
	return err;
}
