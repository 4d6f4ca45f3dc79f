// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * table.c - the address table of a port, from the user side.
 *
 * The programs insert and replace entries at the same time (owner.h on the BPF
 * side has the rules), so nothing here assumes that what it has read still
 * holds: entries come with BPF_NOEXIST, and a whole walk is a snapshot.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int bv_table_get(const struct port *port, const struct bv_addr_key *key,
		 struct bv_addr *addr)
{
	return bpf_map_lookup_elem(port->addrs_fd, key, addr) ? -errno : 0;
}

int bv_table_del(const struct port *port, const struct bv_addr_key *key)
{
	struct bv_addr addr;
	uint32_t slot;

	if (bpf_map_lookup_and_delete_elem(port->addrs_fd, key, &addr))
		return -errno;
	slot = BV_OWNER_SLOT(addr.owner);
	if (BV_OWNER_HOW(addr.owner) == BV_ADDR_LEARNED && slot < port->slots)
		__atomic_fetch_sub(&port->slaves[slot].learned, 1,
				   __ATOMIC_RELAXED);
	bv_count_addr(port, slot, key, -1);
	return 0;
}

#define TABLE_CHUNK 1024U

int bv_table_each(struct bv_ctx *ctx, const struct port *port, bv_table_cb cb,
		  void *arg)
{
	struct bv_addr_key *keys = calloc(TABLE_CHUNK, sizeof(*keys));
	struct bv_addr *addrs = calloc(TABLE_CHUNK, sizeof(*addrs));
	uint32_t chunk, n, batch = 0;
	bool more = false, end = false;
	int err = -ENOMEM;

	if (!keys || !addrs)
		goto out;
	for (chunk = TABLE_CHUNK; !end; more = true) {
		n = chunk;
		err = bpf_map_lookup_batch(port->addrs_fd, more ? &batch : NULL,
					   &batch, keys, addrs, &n, NULL);
		end = err == -ENOENT;
		if (err && !end)
			break;
		err = 0;
		for (uint32_t i = 0; !err && i < n; i++)
			err = cb(port, &keys[i], &addrs[i], arg);
		if (err)
			break;
	}
	if (err)
		bv_fail(ctx, err, "cannot read the address table of %s: %s",
			port->link.name, strerror(-err));
out:
	free(keys);
	free(addrs);
	return err;
}

static int purge_one(const struct port *port, const struct bv_addr_key *key,
		     const struct bv_addr *addr, void *arg)
{
	const bool *gone = arg;
	uint32_t slot = BV_OWNER_SLOT(addr->owner);

	if (slot < port->slots && gone[slot])
		(void)bv_table_del(port, key);
	return 0;
}

int bv_table_purge(struct bv_ctx *ctx, const struct port *port,
		   const bool *gone)
{
	return bv_table_each(ctx, port, purge_one, (void *)gone);
}

void bv_key_from_ip(struct bv_addr_key *key, int family, const uint8_t *ip)
{
	memset(key, 0, sizeof(*key));
	if (family == AF_INET) {
		key->ip[2] = htonl(0xffff);
		memcpy(&key->ip[3], ip, 4);
	} else {
		memcpy(key->ip, ip, 16);
	}
}

void bv_key_to_address(const struct bv_addr_key *key, uint8_t plen,
		       struct bv_address *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->plen = plen;
	if (!key->ip[0] && !key->ip[1] && key->ip[2] == htonl(0xffff)) {
		addr->family = AF_INET;
		memcpy(addr->ip, &key->ip[3], 4);
	} else {
		addr->family = AF_INET6;
		memcpy(addr->ip, key->ip, 16);
	}
}
