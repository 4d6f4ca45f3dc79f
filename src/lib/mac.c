// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mac.c - the table of MACs of a port, from the user side.
 *
 * Three things are in it, told apart by n of the key: who has a MAC, which of
 * them we put into the master's filter (filter.c), and the lists of slaves in
 * mode source (source.c). The programs enter, move and delete what they learn at
 * the same time (mac.h on the BPF side); all else is ours, under the lock.
 *
 * A MAC of a slave's device is entered as the slave's own and then is nobody
 * else's. What was learned gives way to it.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "internal.h"

#define MACS_CHUNK 1024U
/* Programs may enter what they learn as fast as it is deleted. */
#define TRIES 64

bool bv_mac_valid(const uint8_t mac[BV_MAC_LEN])
{
	static const uint8_t zero[BV_MAC_LEN];

	return !(mac[0] & 1) && memcmp(mac, zero, BV_MAC_LEN);
}

int bv_mac_random(uint8_t mac[BV_MAC_LEN])
{
	if (getrandom(mac, BV_MAC_LEN, 0) != BV_MAC_LEN)
		return -EAGAIN;
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02); /* local, unicast */
	return 0;
}

static struct bv_mac_key make_key(const uint8_t mac[BV_MAC_LEN], uint16_t n)
{
	struct bv_mac_key key = { .n = n };

	memcpy(key.mac, mac, BV_MAC_LEN);
	return key;
}

int bv_mac_get(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n, uint32_t *owner)
{
	struct bv_mac_key key = make_key(mac, n);
	struct bv_mac value;

	if (bpf_map_lookup_elem(port->macs_fd, &key, &value))
		return -errno;
	*owner = value.owner;
	return 0;
}

int bv_mac_put(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n, uint32_t owner, bool replace)
{
	struct bv_mac_key key = make_key(mac, n);
	struct bv_mac value = { .owner = owner };

	if (!bpf_map_update_elem(port->macs_fd, &key, &value,
				 replace ? BPF_ANY : BPF_NOEXIST))
		return 0;
	return errno == E2BIG ? -ENOSPC : -errno;
}

int bv_mac_del(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n)
{
	struct bv_mac_key key = make_key(mac, n);
	struct bv_mac old;
	uint32_t slot;

	if (bpf_map_lookup_and_delete_elem(port->macs_fd, &key, &old))
		return -errno;
	slot = BV_OWNER_SLOT(old.owner);
	if (!n && BV_OWNER_HOW(old.owner) == BV_MAC_LEARNED &&
	    slot < port->slots)
		__atomic_fetch_sub(&port->slaves[slot].macs, 1,
				   __ATOMIC_RELAXED);
	return 0;
}

int bv_macs_each(struct bv_ctx *ctx, const struct port *port, bv_macs_cb cb,
		 void *arg)
{
	struct bv_mac_key *keys = calloc(MACS_CHUNK, sizeof(*keys));
	struct bv_mac *macs = calloc(MACS_CHUNK, sizeof(*macs));
	uint32_t n, batch = 0;
	bool more = false, end = false;
	int err = keys && macs ? 0 : -ENOMEM;

	for (; !err && !end; more = true) {
		n = MACS_CHUNK;
		err = bpf_map_lookup_batch(port->macs_fd, more ? &batch : NULL,
					   &batch, keys, macs, &n, NULL);
		end = err == -ENOENT;
		if (end)
			err = 0;
		for (uint32_t i = 0; !err && i < n; i++)
			err = cb(port, &keys[i], macs[i].owner, arg);
	}
	free(keys);
	free(macs);
	if (err)
		bv_fail(ctx, err, "cannot read the table of MACs of %s: %s",
			port->link.name, strerror(-err));
	return err;
}

/* Room for one: what was learned is learned again. */
static int forget_one(const struct port *port, const struct bv_mac_key *key,
		      uint32_t owner, void *arg)
{
	(void)arg;
	if (key->n || BV_OWNER_HOW(owner) != BV_MAC_LEARNED)
		return 0;
	return bv_mac_del(port, key->mac, 0) ? 0 : -ECANCELED;
}

int bv_mac_own(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
	       const uint8_t mac[BV_MAC_LEN])
{
	uint32_t own = BV_OWNER(slot, BV_MAC_OWN), owner = 0;
	int err = -EAGAIN;

	for (int i = 0; err && i < TRIES; i++) {
		err = bv_mac_put(port, mac, 0, own, false);
		if (err == -ENOSPC &&
		    bv_macs_each(ctx, port, forget_one, NULL) != -ECANCELED)
			break;
		if (err != -EEXIST || bv_mac_get(port, mac, 0, &owner))
			continue;
		if (owner == own)
			return 0;
		if (BV_OWNER_HOW(owner) == BV_MAC_OWN)
			return -EADDRINUSE;
		(void)bv_mac_del(port, mac, 0);
	}
	return err;
}

void bv_mac_disown(const struct port *port, uint32_t slot,
		   const uint8_t mac[BV_MAC_LEN])
{
	uint32_t owner = 0;

	if (!bv_mac_get(port, mac, 0, &owner) &&
	    owner == BV_OWNER(slot, BV_MAC_OWN))
		(void)bv_mac_del(port, mac, 0);
}

static int purge_one(const struct port *port, const struct bv_mac_key *key,
		     uint32_t owner, void *arg)
{
	const bool *gone = arg;
	uint32_t slot = BV_OWNER_SLOT(owner);

	if (!key->n && slot < port->slots && gone[slot])
		(void)bv_mac_del(port, key->mac, 0);
	return 0;
}

int bv_macs_purge(struct bv_ctx *ctx, const struct port *port, const bool *gone)
{
	int err = bv_macs_each(ctx, port, purge_one, (void *)gone);

	return err ? err : bv_sources_purge(ctx, port, gone);
}
