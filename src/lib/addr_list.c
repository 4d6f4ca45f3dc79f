// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * addr_list.c - which slave has which address.
 *
 * The table is read once per master, sorted by slot, and met with the slaves in
 * the order in which they are walked.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

_Static_assert(BV_ORIGIN_STATIC == (int)BV_ADDR_STATIC &&
		       BV_ORIGIN_LEARNED == (int)BV_ADDR_LEARNED,
	       "the API shows what the ABI stores");

struct entry {
	struct bv_addr_key key;
	uint32_t owner;
	uint8_t plen;
};

struct addr_list {
	const struct port *port; /* whose entries these are */
	struct entry *entries; /* by slot, then by address */
	size_t n_entries, room_entries;
	struct bv_addr_info *info;
	size_t n, room;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	uint32_t s = BV_OWNER_SLOT(x->owner), t = BV_OWNER_SLOT(y->owner);

	if (s != t)
		return s < t ? -1 : 1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int collect(const struct port *port, const struct bv_addr_key *key,
		   const struct bv_addr *addr, void *arg)
{
	struct addr_list *list = arg;
	struct entry *entry;

	(void)port;
	if (bv_grow(&list->entries, &list->room_entries, list->n_entries,
		    sizeof(*list->entries)))
		return -ENOMEM;
	entry = &list->entries[list->n_entries++];
	entry->key = *key;
	entry->owner = addr->owner;
	entry->plen = addr->plen;
	return 0;
}

static int read_port(struct bv_ctx *ctx, const struct port *port,
		     struct addr_list *list)
{
	int err;

	list->port = port;
	list->n_entries = 0;
	err = bv_table_each(ctx, port, collect, list);
	if (!err && list->n_entries)
		qsort(list->entries, list->n_entries, sizeof(*list->entries),
		      compare_entries);
	return err;
}

static int add_info(struct bv_ctx *ctx, const struct live_slave *live,
		    const struct entry *entry, struct addr_list *list)
{
	struct bv_addr_info *info;

	if (bv_grow(&list->info, &list->room, list->n, sizeof(*list->info)))
		return -ENOMEM;
	info = &list->info[list->n++];
	memset(info, 0, sizeof(*info));
	bv_key_to_address(&entry->key, entry->plen, &info->addr);
	info->origin = BV_OWNER_HOW(entry->owner) == BV_ADDR_STATIC ?
			       BV_ORIGIN_STATIC :
			       BV_ORIGIN_LEARNED;
	memcpy(info->slave, live->link.name, sizeof(info->slave));
	memcpy(info->master, live->port->link.name, sizeof(info->master));
	strncpy(info->netns, bv_netns_name(ctx, live->nsid),
		sizeof(info->netns) - 1);
	info->slave_ifindex = live->link.ifindex;
	info->slot = live->slot;
	return 0;
}

static size_t first_of_slot(const struct addr_list *list, uint32_t slot)
{
	size_t low = 0, high = list->n_entries;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (BV_OWNER_SLOT(list->entries[mid].owner) < slot)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int list_slave(struct bv_ctx *ctx, const struct live_slave *live,
		      void *arg)
{
	struct addr_list *list = arg;
	size_t i;
	int err = 0;

	if (list->port != live->port)
		err = read_port(ctx, live->port, list);
	for (i = first_of_slot(list, live->slot);
	     !err && i < list->n_entries &&
	     BV_OWNER_SLOT(list->entries[i].owner) == live->slot;
	     i++)
		err = add_info(ctx, live, &list->entries[i], list);
	return err;
}

int bv_addr_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
		 struct bv_addr_info **ret)
{
	struct addr_list list = {};
	int err = bv_walk(ctx, f, list_slave, &list);

	free(list.entries);
	if (err) {
		free(list.info);
		return err;
	}
	*ret = list.info;
	return (int)list.n;
}

void bv_addr_list_free(struct bv_addr_info *list, int n)
{
	(void)n;
	free(list);
}
