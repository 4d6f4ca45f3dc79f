// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * filter.c - what the master has to take besides its own MAC.
 *
 *   the unicast filter	each MAC that slaves have or send from. The kernel makes a
 *			device promiscuous by itself that has no filter, or no
 *			room in it
 *   IFF_PROMISC	if the device refuses that, and in passthru
 *
 * A MAC that somebody else has put there, the kernel's macvlan for instance, is
 * his, and stays. Which ones are ours is noted in the table of MACs before they
 * are put there, so that a command that is killed loses none.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct macs {
	uint8_t (*mac)[BV_MAC_LEN];
	size_t n, room;
};

static int macs_add(struct macs *m, const uint8_t *mac)
{
	if (bv_grow(&m->mac, &m->room, m->n, sizeof(*m->mac)))
		return -ENOMEM;
	memcpy(m->mac[m->n++], mac, BV_MAC_LEN);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, BV_MAC_LEN);
}

static void macs_sort(struct macs *m)
{
	if (m->n)
		qsort(m->mac, m->n, sizeof(*m->mac), compare);
}

static bool macs_has(const struct macs *m, const uint8_t *mac)
{
	return m->n && bsearch(mac, m->mac, m->n, sizeof(*m->mac), compare);
}

/* What is wanted in the filter, what we put there, and what is there. */
struct filter {
	struct macs wanted, ours, there;
};

static int note_mac(const struct port *port, const struct bv_mac_key *key,
		    uint32_t owner, void *arg)
{
	uint32_t slot = BV_OWNER_SLOT(owner);
	struct filter *f = arg;

	if (key->n == BV_MAC_FILTER)
		return macs_add(&f->ours, key->mac);
	if (key->n || slot >= port->slots)
		return 0;
	/* Of a command that was killed while it changed the MAC. */
	if (BV_OWNER_HOW(owner) == BV_MAC_OWN &&
	    memcmp(key->mac, port->slaves[slot].mac, BV_MAC_LEN)) {
		bv_mac_disown(port, slot, key->mac);
		return 0;
	}
	return macs_add(&f->wanted, key->mac);
}

static int note_there(const uint8_t mac[BV_MAC_LEN], void *arg)
{
	return macs_add(arg, mac);
}

static int read_filter(struct bv_ctx *ctx, const struct port *port,
		       struct filter *f)
{
	int err = bv_macs_each(ctx, port, note_mac, f);

	if (err || (!f->wanted.n && !f->ours.n))
		return err;
	err = nl_fdb_dump(ctx->nl, port->link.ifindex, note_there, &f->there);
	if (err)
		return bv_fail_nl(ctx, err, "cannot list the filter of %s",
				  port->link.name);
	macs_sort(&f->wanted);
	macs_sort(&f->there);
	macs_sort(&f->ours);
	return 0;
}

/* Whether the device takes it, by us or by somebody else. */
static bool put(struct bv_ctx *ctx, const struct port *port, const uint8_t *mac)
{
	int err = bv_mac_put(port, mac, BV_MAC_FILTER, 0, true);

	if (err)
		return false;
	err = nl_fdb_add(ctx->nl, port->link.ifindex, mac);
	if (err)
		(void)bv_mac_del(port, mac, BV_MAC_FILTER);
	return !err || err == -EEXIST;
}

void bv_filter_del(struct bv_ctx *ctx, const struct port *port,
		   const uint8_t mac[BV_MAC_LEN])
{
	uint32_t owner;

	if (bv_mac_get(port, mac, BV_MAC_FILTER, &owner))
		return;
	(void)nl_fdb_del(ctx->nl, port->link.ifindex, mac);
	(void)bv_mac_del(port, mac, BV_MAC_FILTER);
}

static int set_promisc(struct bv_ctx *ctx, struct port *port, bool on)
{
	struct nl_link_change change = {
		.flag_mask = IFF_PROMISC,
		.flags = on ? IFF_PROMISC : 0,
	};
	int err;

	if (on ? port->link.flags & IFF_PROMISC :
		 !(port->rec->ours & BV_OURS_PROMISC))
		return 0;
	/* Before, so that who finds it after a kill takes it back. */
	port->rec->ours |= BV_OURS_PROMISC;
	err = nl_link_set(ctx->nl, port->link.ifindex, &change);
	if (!err && on)
		port->link.flags |= IFF_PROMISC;
	if (!err && !on)
		port->link.flags &= ~(uint32_t)IFF_PROMISC;
	if (on ? err : !err || err == -ENODEV)
		port->rec->ours &= (uint8_t)~BV_OURS_PROMISC;
	return err ? bv_fail_nl(ctx, err, "cannot have %s %s all unicast",
				port->link.name,
				on ? "receive" : "stop receiving") :
		     0;
}

int bv_filter_add(struct bv_ctx *ctx, struct port *port,
		  const uint8_t mac[BV_MAC_LEN])
{
	return put(ctx, port, mac) ? 0 : set_promisc(ctx, port, true);
}

static bool passthru_wants_all(const struct port *port)
{
	uint32_t slot = port->rec->passthru;

	return slot && !(port->slaves[slot].flags & BV_SLAVE_NOPROMISC);
}

int bv_filter_sync(struct bv_ctx *ctx, struct port *port)
{
	bool all = passthru_wants_all(port);
	struct filter f = {};
	int err = read_filter(ctx, port, &f);

	for (size_t i = 0; !err && i < f.ours.n; i++)
		if (!macs_has(&f.wanted, f.ours.mac[i]))
			bv_filter_del(ctx, port, f.ours.mac[i]);
	for (size_t i = 0; !err && i < f.wanted.n; i++)
		if (!macs_has(&f.there, f.wanted.mac[i]))
			all |= !put(ctx, port, f.wanted.mac[i]);
	free(f.wanted.mac);
	free(f.ours.mac);
	free(f.there.mac);
	return err ? err : set_promisc(ctx, port, all);
}

static int drop_one(const struct port *port, const struct bv_mac_key *key,
		    uint32_t owner, void *arg)
{
	struct bv_ctx *ctx = arg;

	(void)owner;
	if (key->n == BV_MAC_FILTER)
		(void)nl_fdb_del(ctx->nl, port->link.ifindex, key->mac);
	return 0;
}

void bv_filter_restore(struct bv_ctx *ctx, struct port *port)
{
	(void)bv_macs_each(ctx, port, drop_one, ctx);
	(void)set_promisc(ctx, port, false);
}
