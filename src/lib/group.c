// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * group.c - the groups of a port, from the user side: those of slaves that are
 * gone are deleted, because where nobody queries nothing else would do it.
 *
 * The programs set and clear bits of an entry at any time, and no system call
 * changes one bit. So only an entry goes that holds nobody, by one call that
 * returns what it deleted; if a slave has joined meanwhile it is put back. Bits
 * of slaves that are gone may stay in what others are in: they do not count, as
 * the next slave of the slot begins with an empty bloom filter.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static bool is_member(const struct port *port, const struct bv_addr_key *group,
		      uint32_t slot, const bool *gone)
{
	return slot < port->slots && !gone[slot] &&
	       port->slaves[slot].state != BV_STATE_FREE &&
	       port->slaves[slot].group_bloom & BV_GROUP_BLOOM(group);
}

static bool has_members(const struct port *port,
			const struct bv_addr_key *group,
			const struct bv_members *members, const bool *gone)
{
	for (uint32_t word = 0; word < BV_WORDS(port->slots); word++) {
		uint64_t bits = members[word].now | members[word].before;

		for (; bits; bits &= bits - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(bits);

			if (is_member(port, group, word * 64 + bit, gone))
				return true;
		}
	}
	return false;
}

static void purge_one(const struct port *port, const struct bv_addr_key *group,
		      struct bv_members *members, const bool *gone)
{
	if (has_members(port, group, members, gone) ||
	    bpf_map_lookup_and_delete_elem(port->groups_fd, group, members))
		return;
	if (has_members(port, group, members, gone))
		(void)bpf_map_update_elem(port->groups_fd, group, members,
					  BPF_NOEXIST);
}

#define GROUPS_CHUNK 256U

int bv_groups_purge(struct bv_ctx *ctx, const struct port *port,
		    const bool *gone)
{
	uint32_t words = BV_WORDS(port->slots), room = GROUPS_CHUNK;
	struct bv_addr_key *keys = calloc(room, sizeof(*keys));
	struct bv_members *values =
		calloc((size_t)room * words, sizeof(*values));
	uint32_t n, batch = 0;
	bool more = false, end = false;
	int err = keys && values ? 0 : -ENOMEM;

	for (; !err && !end; more = true) {
		n = room;
		err = bpf_map_lookup_batch(port->groups_fd,
					   more ? &batch : NULL, &batch, keys,
					   values, &n, NULL);
		end = err == -ENOENT;
		if (end)
			err = 0;
		for (uint32_t i = 0; !err && i < n; i++)
			purge_one(port, &keys[i], &values[(size_t)i * words],
				  gone);
	}
	free(keys);
	free(values);
	if (err)
		bv_fail(ctx, err, "cannot read the groups of %s: %s",
			port->link.name, strerror(-err));
	return err;
}
