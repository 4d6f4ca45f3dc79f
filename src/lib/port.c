// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * port.c - a master's port, found again from the master itself.
 *
 * Either of the two programs on a master leads to the maps: programs are looked
 * for by name, their maps too, and the port map must carry our magic, the
 * version and the master's ifindex. Four of the maps are shared memory; the
 * tables of addresses, MACs and groups are reached through system calls, the others
 * only by programs.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

static size_t map_len(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

void bv_port_close(struct port *port)
{
	if (!port)
		return;
	if (port->rec)
		munmap(port->rec, map_len(sizeof(*port->rec)));
	if (port->slaves)
		munmap(port->slaves,
		       map_len((size_t)port->slots * sizeof(*port->slaves)));
	if (port->drops)
		munmap(port->drops,
		       map_len((size_t)port->slots * sizeof(*port->drops)));
	if (port->listeners)
		munmap(port->listeners, map_len(BV_WORDS(port->slots) *
						sizeof(*port->listeners)));
	bv_close_fd(&port->port_fd);
	bv_close_fd(&port->slaves_fd);
	bv_close_fd(&port->drops_fd);
	bv_close_fd(&port->addrs_fd);
	bv_close_fd(&port->dhcp_fd);
	bv_close_fd(&port->listeners_fd);
	bv_close_fd(&port->groups_fd);
	bv_close_fd(&port->macs_fd);
	bv_close_fd(&port->tx_prog_fd);
	free(port);
}

void bv_ports_close(struct bv_ctx *ctx)
{
	while (ctx->ports) {
		struct port *next = ctx->ports->next;

		bv_port_close(ctx->ports);
		ctx->ports = next;
	}
	ctx->all_ports = false;
}

/* At the end: lists are in the order of the devices. */
void bv_ports_add(struct bv_ctx *ctx, struct port *port)
{
	struct port **end = &ctx->ports;

	while (*end)
		end = &(*end)->next;
	port->next = NULL;
	*end = port;
}

static int map_one(int fd, size_t size, void **ret)
{
	void *p = mmap(NULL, map_len(size), PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	*ret = p;
	return 0;
}

static int check_record(struct bv_ctx *ctx, const struct port *port,
			uint32_t value_size)
{
	const struct bv_port *rec = port->rec;

	if (rec->magic != BV_ABI_MAGIC)
		return -ENOENT;
	if (rec->version != BV_ABI_VERSION)
		return bv_fail(ctx, -EPROTO,
			       "%s was set up by another version of bpfvlan "
			       "(layout %u, ours is %u)",
			       port->link.name, rec->version, BV_ABI_VERSION);
	if (rec->slots != port->slots || value_size != sizeof(*port->slaves))
		return -ENOENT;
	return 0;
}

/* Maps what the fds of @port name. The caller closes the port on failure. */
int bv_port_map(struct bv_ctx *ctx, struct port *port)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int err;

	if (bpf_obj_get_info_by_fd(port->slaves_fd, &info, &len)) {
		err = -errno;
		goto err_map;
	}
	port->slots = info.max_entries;
	err = map_one(port->port_fd, sizeof(*port->rec), (void **)&port->rec);
	if (err)
		goto err_map;
	err = check_record(ctx, port, info.value_size);
	if (err)
		return err;
	err = map_one(port->slaves_fd, port->slots * sizeof(*port->slaves),
		      (void **)&port->slaves);
	if (!err)
		err = map_one(port->drops_fd,
			      port->slots * sizeof(*port->drops),
			      (void **)&port->drops);
	if (!err)
		err = map_one(port->listeners_fd,
			      BV_WORDS(port->slots) * sizeof(*port->listeners),
			      (void **)&port->listeners);
	if (!err)
		return 0;
err_map:
	return bv_fail(ctx, err, "cannot map the tables of %s: %s",
		       port->link.name, strerror(-err));
}

static int *map_slot(struct port *port, const char *name)
{
	const struct {
		const char *name;
		int *fd;
	} maps[] = {
		{ BV_MAP_PORT, &port->port_fd },
		{ BV_MAP_SLAVES, &port->slaves_fd },
		{ BV_MAP_DROPS, &port->drops_fd },
		{ BV_MAP_ADDRS, &port->addrs_fd },
		{ BV_MAP_DHCP, &port->dhcp_fd },
		{ BV_MAP_LISTENERS, &port->listeners_fd },
		{ BV_MAP_GROUPS, &port->groups_fd },
		{ BV_MAP_MACS, &port->macs_fd },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (!strncmp(name, maps[i].name, BPF_OBJ_NAME_LEN))
			return maps[i].fd;
	return NULL;
}

/* Opens the maps of a program; -ENOENT if they are not a port's. */
static int open_maps(struct port *port, int prog_fd)
{
	struct bpf_prog_info info = {};
	uint32_t ids[16], len = sizeof(info);

	info.nr_map_ids = 16;
	info.map_ids = (uintptr_t)ids;
	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	for (uint32_t i = 0; i < info.nr_map_ids && i < 16; i++) {
		_cleanup_fd_ int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info map = {};
		int *slot;

		len = sizeof(map);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &map, &len))
			continue;
		slot = map_slot(port, map.name);
		if (slot && *slot < 0) {
			*slot = fd;
			fd = -1;
		}
	}
	if (port->port_fd < 0 || port->slaves_fd < 0 || port->drops_fd < 0 ||
	    port->addrs_fd < 0 || port->listeners_fd < 0 ||
	    port->groups_fd < 0 || port->dhcp_fd < 0 || port->macs_fd < 0)
		return -ENOENT;
	return 0;
}

static int find_program(struct bv_ctx *ctx, uint32_t ifindex)
{
	enum bv_hook hook;
	int fd = bv_hook_find(ctx, ifindex, false, BV_PROG_WIRE_RX, &hook);

	if (fd == -ENOENT)
		fd = bv_hook_find(ctx, ifindex, true, BV_PROG_HOST_TX, &hook);
	return fd;
}

struct port *bv_port_alloc(const struct nl_link *master)
{
	struct port *port = calloc(1, sizeof(*port));

	if (!port)
		return NULL;
	port->link = *master;
	port->port_fd = port->slaves_fd = port->drops_fd = -1;
	port->addrs_fd = port->listeners_fd = port->groups_fd = -1;
	port->dhcp_fd = port->macs_fd = port->tx_prog_fd = -1;
	return port;
}

int bv_port_from_prog(struct bv_ctx *ctx, int prog_fd,
		      const struct nl_link *master, struct port **ret)
{
	struct port *port = bv_port_alloc(master);
	int err;

	if (!port)
		return bv_fail(ctx, -ENOMEM, "out of memory");
	err = open_maps(port, prog_fd);
	if (!err)
		err = bv_port_map(ctx, port);
	if (err) {
		bv_port_close(port);
		return err;
	}
	*ret = port;
	return 0;
}

int bv_port_open(struct bv_ctx *ctx, const struct nl_link *master,
		 struct port **ret)
{
	_cleanup_fd_ int prog_fd = -1;
	struct port *port;
	int err;

	for (port = ctx->ports; port; port = port->next)
		if (port->link.ifindex == master->ifindex) {
			*ret = port;
			return 0;
		}
	prog_fd = find_program(ctx, master->ifindex);
	if (prog_fd == -ENOENT || prog_fd == -ENODEV)
		return -ENOENT;
	if (prog_fd < 0)
		return bv_fail(ctx, prog_fd,
			       "cannot look up the programs of %s: %s",
			       master->name, strerror(-prog_fd));
	err = bv_port_from_prog(ctx, prog_fd, master, &port);
	if (err)
		return err;
	if (port->rec->master_ifindex != master->ifindex) {
		bv_port_close(port);
		return -ENOENT;
	}
	bv_ports_add(ctx, port);
	*ret = port;
	return 0;
}

struct open_all {
	struct nl_link *links;
	size_t n, room;
};

static int collect_master(const struct nl_link *link, void *arg)
{
	struct open_all *all = arg;

	if (link->type != BV_ARPHRD_ETHER || link->flags & IFF_LOOPBACK ||
	    link->ifindex >= BV_IFINDEX_FIRST)
		return 0;
	if (bv_grow(&all->links, &all->room, all->n, sizeof(*all->links)))
		return -ENOMEM;
	all->links[all->n++] = *link;
	return 0;
}

int bv_port_open_all(struct bv_ctx *ctx)
{
	struct open_all all = {};
	struct port *port;
	int err;

	if (ctx->all_ports)
		return 0;
	err = nl_link_dump(ctx->nl, NL_NSID_SELF, collect_master, &all);
	if (err)
		bv_fail_nl(ctx, err, "cannot list devices");
	for (size_t i = 0; !err && i < all.n; i++) {
		err = bv_port_open(ctx, &all.links[i], &port);
		if (err == -ENOENT)
			err = 0;
	}
	free(all.links);
	/* Under the lock nobody else makes one. */
	ctx->all_ports = !err && ctx->locked;
	return err;
}
