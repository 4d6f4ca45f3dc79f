// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * port_new.c - make a port on a master, and take it off again.
 *
 * The programs of a port are loaded once, with the port's constants in them,
 * and shared by all its slaves. A port lives while a slave does; until the
 * first slave is ready the call that made it unwinds it, and what a killed
 * command left without slaves is taken off by the next one. Only an empty clsact
 * stays, of a command that was killed before it put its first program there: it
 * could be anybody's.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* After the ABI, whose structures it names. */
#include "bpfvlan.skel.h"

struct ranges {
	unsigned char used[BV_IFINDEX_RANGES / 8];
};

static int note_range(const struct nl_link *link, void *arg)
{
	struct ranges *ranges = arg;
	uint32_t i;

	if (link->ifindex < BV_IFINDEX_FIRST)
		return 0;
	i = (link->ifindex - BV_IFINDEX_FIRST) / BV_SLOTS_MAX;
	ranges->used[i / 8] |= (unsigned char)(1U << i % 8);
	return 0;
}

/* A range of ifindexes for the host ends, in which no device lives. */
static int choose_base(struct bv_ctx *ctx, uint32_t master, uint32_t *base)
{
	struct ranges ranges = {};
	int err = nl_link_dump(ctx->nl, NL_NSID_SELF, note_range, &ranges);

	if (err)
		return bv_fail_nl(ctx, err, "cannot list devices");
	for (uint32_t n = 0; n < BV_IFINDEX_RANGES; n++) {
		uint32_t i = (master + n) % BV_IFINDEX_RANGES;

		if (!(ranges.used[i / 8] & 1U << i % 8)) {
			*base = BV_IFINDEX_FIRST + i * BV_SLOTS_MAX;
			return 0;
		}
	}
	return bv_fail(ctx, -ENOSPC, "no range of interface indexes is free");
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static int set_sizes(struct bpfvlan *skel, const struct bv_port *rec)
{
	uint32_t words = BV_WORDS(rec->slots);
	int err = bpf_map__set_max_entries(skel->maps.bv_slaves, rec->slots);

	if (!err)
		err = bpf_map__set_max_entries(skel->maps.bv_drops, rec->slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.bv_addrs, rec->addrs);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.bv_listeners, words);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.bv_groups,
					       BV_GROUPS_ROOM(rec->slots));
	if (!err)
		err = bpf_map__set_value_size(
			skel->maps.bv_groups,
			words * (uint32_t)sizeof(struct bv_members));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.bv_macs,
					       BV_MACS_ROOM(rec->slots));
	return err;
}

static int reuse_maps(struct bpfvlan *skel, const struct port *port)
{
	const struct {
		struct bpf_map *map;
		int fd;
	} maps[] = {
		{ skel->maps.data_port, port->port_fd },
		{ skel->maps.bv_slaves, port->slaves_fd },
		{ skel->maps.bv_drops, port->drops_fd },
		{ skel->maps.bv_addrs, port->addrs_fd },
		{ skel->maps.bv_dhcp, port->dhcp_fd },
		{ skel->maps.bv_listeners, port->listeners_fd },
		{ skel->maps.bv_groups, port->groups_fd },
		{ skel->maps.bv_macs, port->macs_fd },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = bpf_map__reuse_fd(maps[i].map, maps[i].fd);
	return err;
}

static const char *load_hint(int err)
{
	switch (err) {
	case -EPERM:
		return " (root, or CAP_BPF and CAP_NET_ADMIN, is needed)";
	case -EINVAL:
	case -ENOSYS:
	case -EOPNOTSUPP:
		return " (Linux 6.1 or newer, with BPF, is needed)";
	default:
		return "";
	}
}

/*
 * Opens and loads, on the maps of @old if that is not NULL. What failed is in
 * the context's error.
 */
static int load(struct bv_ctx *ctx, const struct bv_port *rec,
		const struct port *old, struct bpfvlan **ret)
{
	/* BPFVLAN_DEBUG lets libbpf show the verifier's log. */
	bool debug = secure_getenv("BPFVLAN_DEBUG") != NULL;
	libbpf_print_fn_t print = libbpf_set_print(debug ? NULL : quiet);
	struct bpfvlan *skel;
	int err = 0;

	if (debug)
		libbpf_set_print(print);
	skel = bpfvlan__open();
	if (!skel) {
		err = -errno;
		goto out;
	}
	skel->rodata->bv_base_ifindex = rec->base_ifindex;
	skel->rodata->bv_master_ifindex = rec->master_ifindex;
	skel->rodata->bv_words = BV_WORDS(rec->slots);
	memcpy(&skel->data_port->bv_port, rec, sizeof(*rec));
	err = old ? reuse_maps(skel, old) : set_sizes(skel, rec);
	if (!err)
		err = bpf_map__set_value_size(
			skel->maps.bv_nobody,
			BV_WORDS(rec->slots) *
				(uint32_t)sizeof(struct bv_members));
	if (!err)
		err = bpfvlan__load(skel);
out:
	libbpf_set_print(print);
	if (err) {
		bpfvlan__destroy(skel);
		return bv_fail(ctx, err, "cannot load the programs: %s%s",
			       strerror(-err), load_hint(err));
	}
	*ret = skel;
	return 0;
}

static int dup_fd(int fd)
{
	int new = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return new < 0 ? -errno : new;
}

/* The port outlives the skeleton, and so needs fds of its own. */
static int take_fds(struct port *port, const struct bpfvlan *skel)
{
	const struct {
		int *to, from;
	} fds[] = {
		{ &port->port_fd, bpf_map__fd(skel->maps.data_port) },
		{ &port->slaves_fd, bpf_map__fd(skel->maps.bv_slaves) },
		{ &port->drops_fd, bpf_map__fd(skel->maps.bv_drops) },
		{ &port->addrs_fd, bpf_map__fd(skel->maps.bv_addrs) },
		{ &port->dhcp_fd, bpf_map__fd(skel->maps.bv_dhcp) },
		{ &port->listeners_fd, bpf_map__fd(skel->maps.bv_listeners) },
		{ &port->groups_fd, bpf_map__fd(skel->maps.bv_groups) },
		{ &port->macs_fd, bpf_map__fd(skel->maps.bv_macs) },
		{ &port->tx_prog_fd, bpf_program__fd(skel->progs.bv_slave_tx) },
	};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		*fds[i].to = dup_fd(fds[i].from);
		if (*fds[i].to < 0)
			return *fds[i].to;
	}
	return 0;
}

static int attach_one(struct bv_ctx *ctx, const struct port *port, bool egress,
		      int prog_fd)
{
	enum bv_hook hook = port->rec->hook;
	int err =
		bv_hook_attach(ctx, hook, port->link.ifindex, egress, prog_fd);

	if (err)
		bv_fail_nl(ctx, err, "cannot attach to %s (%s %s)",
			   port->link.name, bv_hook_name(hook),
			   egress ? "egress" : "ingress");
	return err;
}

/* Host's side first: from the wire nothing may come before all is there. */
static int attach(struct bv_ctx *ctx, const struct port *port,
		  const struct bpfvlan *skel)
{
	int tx_fd = bpf_program__fd(skel->progs.bv_host_tx), err;

	if (port->rec->hook == BV_HOOK_CLSACT &&
	    !nl_clsact_add(ctx->nl, port->link.ifindex))
		port->rec->ours |= BV_OURS_CLSACT;
	err = attach_one(ctx, port, true, tx_fd);
	if (err)
		return err;
	err = attach_one(ctx, port, false,
			 bpf_program__fd(skel->progs.bv_wire_rx));
	if (err)
		(void)bv_hook_detach(ctx, port->rec->hook, port->link.ifindex,
				     true, tx_fd);
	return err;
}

static int fill_record(struct bv_ctx *ctx, const struct nl_link *master,
		       uint32_t slots, uint32_t addrs, struct bv_port *rec)
{
	*rec = (struct bv_port){
		.magic = BV_ABI_MAGIC,
		.version = BV_ABI_VERSION,
		.master_ifindex = master->ifindex,
		.slots = slots,
		.addrs = addrs,
		.mtu = master->mtu,
		.flood_inline = BV_FLOOD_INLINE,
		.queue_max = BV_COPIER_FRAMES,
		.bclim = BV_FLOOD_INLINE,
		.hook = (uint8_t)bv_hook_choose(master->ifindex),
	};
	memcpy(rec->mac, master->mac, BV_MAC_LEN);
	return choose_base(ctx, master->ifindex, &rec->base_ifindex);
}

int bv_port_new(struct bv_ctx *ctx, const struct nl_link *master,
		uint32_t slots, uint32_t addrs, struct port **ret)
{
	struct bpfvlan *skel = NULL;
	struct port *port;
	struct bv_port rec;
	int err;

	/* Their ranges of ifindexes would stay taken. */
	err = bv_orphans_settle(ctx);
	if (err)
		return err;
	err = fill_record(ctx, master, slots, addrs, &rec);
	if (err)
		return err;
	err = load(ctx, &rec, NULL, &skel);
	if (err)
		return err;
	port = bv_port_alloc(master);
	if (!port) {
		bpfvlan__destroy(skel);
		return bv_fail(ctx, -ENOMEM, "out of memory");
	}
	port->fresh = true;
	err = take_fds(port, skel);
	if (err)
		bv_fail(ctx, err, "cannot keep the maps of %s: %s",
			master->name, strerror(-err));
	if (!err)
		err = bv_port_map(ctx, port);
	if (!err)
		err = attach(ctx, port, skel);
	bpfvlan__destroy(skel);
	if (err) {
		bv_port_close(port);
		return err;
	}
	bv_ports_add(ctx, port);
	*ret = port;
	return 0;
}

/* Is a program of that name where it should be? */
static bool is_attached(struct bv_ctx *ctx, const struct port *port,
			bool egress, const char *name)
{
	_cleanup_fd_ int fd = -1;
	enum bv_hook hook;

	fd = bv_hook_find(ctx, port->link.ifindex, egress, name, &hook);
	return fd >= 0;
}

int bv_port_repair(struct bv_ctx *ctx, struct port *port)
{
	bool rx = is_attached(ctx, port, false, BV_PROG_WIRE_RX);
	bool tx = is_attached(ctx, port, true, BV_PROG_HOST_TX);
	struct bpfvlan *skel;
	int err = bv_copier_repair(ctx, port);

	if (err || (rx && tx))
		return err;
	err = load(ctx, port->rec, port, &skel);
	if (err)
		return err;
	if (!tx)
		err = attach_one(ctx, port, true,
				 bpf_program__fd(skel->progs.bv_host_tx));
	if (!err && !rx)
		err = attach_one(ctx, port, false,
				 bpf_program__fd(skel->progs.bv_wire_rx));
	bpfvlan__destroy(skel);
	return err;
}

int bv_port_load_prog(struct bv_ctx *ctx, const struct port *port,
		      const char *name)
{
	const struct bpf_program *prog;
	struct bpfvlan *skel;
	int err = load(ctx, port->rec, port, &skel);

	if (err)
		return err;
	prog = bpf_object__find_program_by_name(skel->obj, name);
	err = dup_fd(bpf_program__fd(prog));
	bpfvlan__destroy(skel);
	if (err < 0)
		bv_fail(ctx, err, "cannot keep a program of %s: %s",
			port->link.name, strerror(-err));
	return err;
}

static void detach_one(struct bv_ctx *ctx, uint32_t ifindex, bool egress,
		       const char *name, int *err)
{
	_cleanup_fd_ int fd = -1;
	enum bv_hook hook = BV_HOOK_TCX;
	int failed;

	fd = bv_hook_find(ctx, ifindex, egress, name, &hook);
	if (fd < 0)
		return;
	failed = bv_hook_detach(ctx, hook, ifindex, egress, fd);
	if (failed && !*err)
		*err = failed;
}

/*
 * The clsact that we brought goes with us, unless somebody moved in, and in one
 * step with our last program, by which alone it is known to be ours.
 */
static void remove_clsact(struct bv_ctx *ctx, uint32_t ifindex)
{
	_cleanup_fd_ int fd = -1;
	enum bv_hook hook = BV_HOOK_TCX;
	int ours;

	fd = bv_hook_find(ctx, ifindex, true, BV_PROG_HOST_TX, &hook);
	ours = fd >= 0 && hook == BV_HOOK_CLSACT;
	if (!nl_filter_count(ctx->nl, ifindex, false) &&
	    nl_filter_count(ctx->nl, ifindex, true) == ours)
		(void)nl_clsact_del(ctx->nl, ifindex);
}

int bv_port_remove(struct bv_ctx *ctx, struct port *port)
{
	uint32_t ifindex = port->link.ifindex;
	struct port **link;
	int err = 0;

	bv_master_restore(ctx, port);
	detach_one(ctx, ifindex, false, BV_PROG_WIRE_RX, &err);
	if (port->rec->ours & BV_OURS_CLSACT)
		remove_clsact(ctx, ifindex);
	detach_one(ctx, ifindex, true, BV_PROG_HOST_TX, &err);
	bv_copier_remove(ctx, port);
	if (err)
		bv_fail_nl(ctx, err, "cannot take the programs off %s",
			   port->link.name);
	for (link = &ctx->ports; *link; link = &(*link)->next)
		if (*link == port) {
			*link = port->next;
			break;
		}
	bv_port_close(port);
	return err;
}
