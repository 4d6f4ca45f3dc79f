// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * slave_list.c - the slaves as they are now: ours, and the kernel's of them.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void fill_link(const struct nl_link *link, struct bv_slave_info *info)
{
	memcpy(info->name, link->name, sizeof(info->name));
	memcpy(info->qdisc, link->qdisc, sizeof(info->qdisc));
	memcpy(info->mac, link->mac, sizeof(info->mac));
	memcpy(info->brd, link->brd, sizeof(info->brd));
	info->ifindex = link->ifindex;
	info->if_flags = link->flags;
	info->mtu = link->mtu;
	info->min_mtu = link->min_mtu;
	info->max_mtu = link->max_mtu;
	info->group = link->group;
	info->txqlen = link->txqlen;
	info->promiscuity = link->promiscuity;
	info->allmulti = link->allmulti;
	info->num_tx_queues = link->num_tx_queues;
	info->num_rx_queues = link->num_rx_queues;
	info->gso_max_size = link->gso_max_size;
	info->gso_max_segs = link->gso_max_segs;
	info->tso_max_size = link->tso_max_size;
	info->tso_max_segs = link->tso_max_segs;
	info->gro_max_size = link->gro_max_size;
	info->gso_ipv4_max_size = link->gso_ipv4_max_size;
	info->gro_ipv4_max_size = link->gro_ipv4_max_size;
	info->operstate = link->operstate;
	info->linkmode = link->linkmode;
	info->addr_gen_mode = link->addr_gen_mode;
}

static void fill_stats(const struct rtnl_link_stats64 *from,
		       struct bv_slave_stats *to)
{
	to->rx_bytes = from->rx_bytes;
	to->rx_packets = from->rx_packets;
	to->rx_errors = from->rx_errors;
	to->rx_dropped = from->rx_dropped;
	to->rx_multicast = from->multicast;
	to->tx_bytes = from->tx_bytes;
	to->tx_packets = from->tx_packets;
	to->tx_errors = from->tx_errors;
	to->tx_dropped = from->tx_dropped;
	to->tx_collisions = from->collisions;
}

uint64_t *bv_drops_copy(const struct port *port, uint32_t slot)
{
	uint64_t *drops = calloc(BV_DROP_MAX_, sizeof(*drops));

	for (int i = 0; drops && i < BV_DROP_MAX_; i++)
		drops[i] = __atomic_load_n(&port->drops[slot].count[i],
					   __ATOMIC_RELAXED);
	return drops;
}

static int fill_macvlan(struct bv_ctx *ctx, const struct live_slave *live,
			struct bv_slave_info *info)
{
	const struct bv_slave *rec = &live->port->slaves[live->slot];
	const struct bv_port *port = live->port->rec;
	struct bv_source source = { .macs = NULL };
	int err = 0;

	info->nopromisc = rec->flags & BV_SLAVE_NOPROMISC;
	info->nodst = rec->flags & BV_SLAVE_NODST;
	info->bcqueuelen = rec->queue_len;
	info->bcqueuelen_used = port->queue_max;
	info->bclim = port->bclim;
	info->learned_macs = rec->macs;
	if (rec->flags & BV_SLAVE_SOURCE)
		err = bv_source_get(ctx, live->port, live->slot, &source);
	info->source_macs = source.macs;
	info->n_source_macs = source.n;
	if (err) {
		free((void *)info->drops);
		info->drops = NULL;
	}
	return err;
}

static int fill(struct bv_ctx *ctx, const struct live_slave *live,
		struct bv_slave_info *info)
{
	const struct bv_slave *rec = &live->port->slaves[live->slot];
	const struct nl_link *master = &live->port->link;

	memset(info, 0, sizeof(*info));
	fill_link(&live->link, info);
	fill_stats(&live->link.stats, &info->stats);
	memcpy(info->master, master->name, sizeof(info->master));
	memcpy(info->host_dev, live->host.name, sizeof(info->host_dev));
	strncpy(info->netns, bv_netns_name(ctx, live->nsid),
		sizeof(info->netns) - 1);
	info->netnsid = live->nsid;
	info->master_ifindex = master->ifindex;
	info->master_up = master->flags & IFF_UP;
	info->host_ifindex = live->host.ifindex;
	info->slot = live->slot;
	info->kind = rec->kind;
	info->mode = bv_slave_mode(rec->flags);
	info->flag = bv_slave_flag(rec->flags);
	info->host = !(rec->flags & BV_SLAVE_HOST_OFF);
	info->arp = rec->flags & BV_SLAVE_ARP_FLOOD ? BV_ARP_FLOOD :
						      BV_ARP_FILTER;
	info->proxy = rec->flags & BV_SLAVE_PROXY;
	info->nominee = rec->flags & BV_SLAVE_NOMINEE;
	info->via = rec->flags & BV_SLAVE_NETKIT ? BV_VIA_NETKIT : BV_VIA_VETH;
	if (rec->flags & BV_SLAVE_TAP) {
		info->via = BV_VIA_AUTO;
		bv_tap_fill(rec, live, info);
	}
	info->drops = bv_drops_copy(live->port, live->slot);
	if (!info->drops)
		return -ENOMEM;
	return rec->flags & BV_SLAVE_MACVLAN ? fill_macvlan(ctx, live, info) :
					       0;
}

struct list {
	struct bv_slave_info *info;
	size_t n, room;
};

static int list_one(struct bv_ctx *ctx, const struct live_slave *live,
		    void *arg)
{
	struct list *list = arg;
	int err;

	if (bv_grow(&list->info, &list->room, list->n, sizeof(*list->info)))
		return -ENOMEM;
	err = fill(ctx, live, &list->info[list->n]);
	if (!err)
		list->n++;
	return err;
}

int bv_slave_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
		  struct bv_slave_info **ret)
{
	struct list list = {};
	int err = bv_walk(ctx, f, list_one, &list);

	if (err) {
		bv_slave_list_free(list.info, (int)list.n);
		return err;
	}
	*ret = list.info;
	return (int)list.n;
}

void bv_slave_list_free(struct bv_slave_info *list, int n)
{
	for (int i = 0; i < n; i++) {
		free((void *)list[i].source_macs);
		free((void *)list[i].drops);
	}
	free(list);
}
