// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * port_sync.c - an open port follows its master and its slaves: MACs, MTU and
 * addresses may have changed since the last command, and there is no daemon to
 * notice.
 */
#include <bpf/bpf.h>
#include <string.h>

#include "internal.h"

/* The master's addresses as they are listed. */
struct listing {
	const struct port *port;
	struct bv_addr_key ip6; /* of the widest scope so far; 0: none */
	uint8_t scope; /* RT_SCOPE_, less is wider */
};

static int claim_for_host(const struct nl_addr *addr, void *arg)
{
	struct listing *list = arg;
	const struct port *port = list->port;
	struct bv_addr value = {
		.owner = BV_OWNER(BV_SLOT_HOST, BV_ADDR_STATIC),
		.plen = addr->plen,
	};
	struct bv_addr_key key;
	struct bv_addr old;

	bv_key_from_ip(&key, addr->family, addr->ip);
	if (addr->family == AF_INET6 && addr->scope < list->scope) {
		list->ip6 = key;
		list->scope = addr->scope;
	}
	/* What a slave only learned was never its to have. */
	if (!bv_table_get(port, &key, &old)) {
		if (BV_OWNER_HOW(old.owner) != BV_ADDR_LEARNED)
			return 0;
		bv_table_del(port, &key);
	}
	(void)bpf_map_update_elem(port->addrs_fd, &key, &value, BPF_NOEXIST);
	return 0;
}

/* The host's addresses are entered anew: some may be its own no longer. */
static int release_host(const struct port *port, const struct bv_addr_key *key,
			const struct bv_addr *addr, void *arg)
{
	(void)arg;
	if (addr->owner == BV_OWNER(BV_SLOT_HOST, BV_ADDR_STATIC))
		(void)bv_table_del(port, key);
	return 0;
}

/*
 * An MTU that a slave was given stays until the master's changes; one of macvlan
 * keeps what is not more than the master's.
 */
static void slave_change(const struct live_slave *live,
			 struct nl_link_change *change)
{
	const struct bv_port *rec = live->port->rec;
	const struct nl_link *master = &live->port->link;
	uint32_t flags = live->port->slaves[live->slot].flags;

	if (!(flags & BV_SLAVE_MACVLAN) || flags & BV_SLAVE_PASSTHRU)
		change->mac = master->mac;
	if (rec->mtu != master->mtu &&
	    (!(flags & BV_SLAVE_MACVLAN) || live->link.mtu > master->mtu))
		change->mtu = master->mtu;
}

static int sync_slave(struct bv_ctx *ctx, const struct live_slave *live)
{
	const struct port *port = live->port;
	const struct nl_link *master = &port->link;
	struct bv_slave *rec = &port->slaves[live->slot];
	struct nl_link_change change = { .mac = master->mac };
	struct nl_sock *nl;
	int err;

	err = nl_link_set(ctx->nl, live->host.ifindex, &change);
	if (err)
		return bv_fail_nl(ctx, err, "%s: cannot follow the MAC of %s",
				  live->host.name, master->name);
	change.mac = NULL;
	slave_change(live, &change);
	if (!change.mac && !change.mtu)
		return 0;
	err = bv_slave_nl_open(ctx, live, &nl);
	if (err)
		return err;
	err = nl_link_set(nl, live->link.ifindex, &change);
	if (err)
		bv_fail_sock(ctx, err, nl,
			     "\"%s\" cannot follow MAC and MTU of %s",
			     live->link.name, master->name);
	bv_slave_nl_close(ctx, nl);
	if (!err && rec->flags & BV_SLAVE_PASSTHRU)
		memcpy(rec->mac, master->mac, BV_MAC_LEN);
	if (!err && change.mtu && rec->flags & BV_SLAVE_ROUTED)
		err = bv_host_end_set(ctx, port, live->slot, rec->flags,
				      master->mtu);
	return err;
}

static int sync_devices(struct bv_ctx *ctx, struct port *port)
{
	struct live_slave live;
	int err = 0;

	for (uint32_t slot = 1; !err && slot <= port->rec->high_slot; slot++)
		if (!bv_live_get(ctx, port, slot, &live))
			err = sync_slave(ctx, &live);
	if (err)
		return err;
	memcpy(port->rec->mac, port->link.mac, BV_MAC_LEN);
	port->rec->mtu = port->link.mtu;
	return 0;
}

int bv_port_sync(struct bv_ctx *ctx, struct port *port)
{
	struct listing list = { .port = port, .scope = UINT8_MAX };
	int err = bv_allmulti_sync(ctx, port);

	if (err)
		return err;
	if (memcmp(port->rec->mac, port->link.mac, BV_MAC_LEN) ||
	    port->rec->mtu != port->link.mtu)
		err = sync_devices(ctx, port);
	if (!err)
		err = bv_macvlan_sync(ctx, port);
	if (!err)
		err = bv_table_each(ctx, port, release_host, NULL);
	if (err)
		return err;
	err = nl_addr_dump(ctx->nl, NL_NSID_SELF, port->link.ifindex,
			   claim_for_host, &list);
	if (err)
		return bv_fail_nl(ctx, err, "cannot list the addresses of %s",
				  port->link.name);
	/* Programs read it meanwhile, mostly what it has always been. */
	if (memcmp(&port->rec->ip6, &list.ip6, sizeof(list.ip6)))
		port->rec->ip6 = list.ip6;
	return 0;
}

int bv_port_check(struct bv_ctx *ctx, struct port *port)
{
	int err = 0;

	if (port->checked)
		return 0;
	err = bv_reap(ctx, port);
	if (!err)
		err = bv_port_sync(ctx, port);
	if (!err)
		err = bv_port_repair(ctx, port);
	if (err)
		return err;
	bv_routed_check(ctx, port);
	port->checked = true;
	return 0;
}
