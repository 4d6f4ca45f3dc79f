// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `addr`: add, del, and show in the shape of `ip addr show`.
 *
 * The library lists slaves and addresses separately. They are joined here by
 * master, slot and device, so that an address which a new slave got in a slot
 * that became free between the two lists is not shown with the old one.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"

static const char usage[] =
	"Usage: bpfvlan addr { add | del } ADDRESS[/PLEN] dev NAME [ netns NS ]\n"
	"       bpfvlan addr { show | list | ls } [ [ dev ] NAME ] [ netns NS ]\n"
	"       bpfvlan addr help\n"
	"PLEN is 32 (IPv4) or 128 (IPv6) if not given; del takes the address\n"
	"whatever its PLEN if that is not given.\n";

struct addr_args {
	struct bv_address addr;
	const char *dev, *netns;
};

/* "local" is what ip(8) calls the address in its messages. */
static const struct word addr_words[] = {
	{ "local", VALUE_PREFIX, 0, 0, NULL, offsetof(struct addr_args, addr) },
	{ "dev", VALUE_DEVICE, 1, 0, NULL, offsetof(struct addr_args, dev) },
	{ "netns", VALUE_NETNS, 2, 0, NULL, offsetof(struct addr_args, netns) },
	{ .word = NULL },
};

static const struct word show_words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL,
	  offsetof(struct bv_slave_filter, name) },
	{ "netns", VALUE_NETNS, 1, 0, NULL,
	  offsetof(struct bv_slave_filter, netns) },
	{ .word = NULL },
};

static int addr_parse(struct cli *cli, struct args *args, struct addr_args *a)
{
	static const struct grammar g = { .words = addr_words,
					  .bare = "local" };
	uint32_t seen = 0;
	int status = args_parse(args, &g, a, &seen);

	if (!status && !a->dev)
		status = args_missing(args, "dev");
	if (!status && !a->addr.family)
		status = args_missing(args, "local");
	if (!status)
		status = cli_open(cli, CLI_CHANGES);
	return status;
}

static int addr_add(struct cli *cli, struct args *args)
{
	struct addr_args a = { 0 };
	int status = addr_parse(cli, args, &a);
	struct bv_slave_ref ref = { a.dev, a.netns };
	int r;

	if (status)
		return status;
	if (a.addr.plen == 255)
		a.addr.plen = a.addr.family == AF_INET ? 32 : 128;
	r = bv_addr_add(cli->ctx, &ref, &a.addr);
	return r < 0 ? cli_failed(cli, r) : STATUS_OK;
}

static int addr_del(struct cli *cli, struct args *args)
{
	struct addr_args a = { 0 };
	int status = addr_parse(cli, args, &a);
	struct bv_slave_ref ref = { a.dev, a.netns };
	int r;

	if (status)
		return status;
	r = bv_addr_del(cli->ctx, &ref, &a.addr);
	return r < 0 ? cli_failed(cli, r) : STATUS_OK;
}

/* The scope the kernel gives an address that is not told another. */
static const char *scope(const struct bv_address *addr)
{
	bool link_local = addr->family == AF_INET6 && addr->ip[0] == 0xfe &&
			  (addr->ip[1] & 0xc0) == 0x80;

	return link_local ? "link" : "global";
}

static void show_address(struct out *o, const struct bv_addr_info *a)
{
	char text[INET6_ADDRSTRLEN] = "";
	bool v4 = a->addr.family == AF_INET;

	inet_ntop(a->addr.family, a->addr.ip, text, sizeof(text));
	out_open_object(o, NULL);
	out_str(o, "family", "\n    %s ", v4 ? "inet" : "inet6");
	out_str(o, "local", "%s", text);
	out_uint(o, "prefixlen", "/%s ", a->addr.plen);
	out_str(o, "scope", "scope %s ", scope(&a->addr));
	out_str(o, "origin", "%s", choice_word(origin_words, (int)a->origin));
	out_close(o);
}

/* A slave, as a place in the order of both lists. */
struct place {
	const char *master;
	uint32_t slot, ifindex;
};

static struct place slave_place(const struct bv_slave_info *s)
{
	return (struct place){ s->master, s->slot, s->ifindex };
}

static struct place addr_place(const struct bv_addr_info *a)
{
	return (struct place){ a->master, a->slot, a->slave_ifindex };
}

static int place_cmp(struct place a, struct place b)
{
	int r = strcmp(a.master, b.master);

	if (!r)
		r = (a.slot > b.slot) - (a.slot < b.slot);
	if (!r)
		r = (a.ifindex > b.ifindex) - (a.ifindex < b.ifindex);
	return r;
}

/* Pointers into one array: among equals, the order there. */
static int addr_ptr_cmp(const void *va, const void *vb)
{
	const struct bv_addr_info *a = *(const struct bv_addr_info *const *)va;
	const struct bv_addr_info *b = *(const struct bv_addr_info *const *)vb;
	int r = place_cmp(addr_place(a), addr_place(b));

	return r ? r : (a > b) - (a < b);
}

struct addr_list {
	struct bv_addr_info *info;
	const struct bv_addr_info **sorted;
	int n;
};

static int addr_list_get(struct cli *cli, const struct bv_slave_filter *f,
			 struct addr_list *ret)
{
	struct addr_list l = { 0 };

	l.n = bv_addr_list(cli->ctx, f, &l.info);
	if (l.n < 0)
		return cli_failed(cli, l.n);
	l.sorted = calloc((size_t)l.n + 1, sizeof(*l.sorted));
	if (!l.sorted) {
		bv_addr_list_free(l.info, l.n);
		fputs("Error: out of memory.\n", cli->err);
		return STATUS_REFUSED;
	}
	for (int i = 0; i < l.n; i++)
		l.sorted[i] = &l.info[i];
	qsort(l.sorted, (size_t)l.n, sizeof(*l.sorted), addr_ptr_cmp);
	*ret = l;
	return STATUS_OK;
}

static void addr_list_free(struct addr_list *l)
{
	free(l->sorted);
	bv_addr_list_free(l->info, l->n);
}

static void show_addresses(struct out *o, const struct bv_slave_info *s,
			   const void *arg)
{
	const struct addr_list *l = arg;
	struct place place = slave_place(s);
	int low = 0, high = l->n;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (place_cmp(addr_place(l->sorted[mid]), place) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	out_open_array(o, "addr_info");
	for (; low < l->n; low++) {
		if (place_cmp(addr_place(l->sorted[low]), place))
			break;
		show_address(o, l->sorted[low]);
	}
	out_close(o);
}

static int addr_show(struct cli *cli, struct args *args)
{
	static const struct grammar g = { .words = show_words, .bare = "dev" };
	struct bv_slave_filter filter = { 0 };
	struct bv_slave_info *slaves = NULL;
	struct addr_list addrs = { 0 };
	uint32_t seen = 0;
	int status = args_parse(args, &g, &filter, &seen);
	int n;

	if (!status)
		status = cli_open(cli, CLI_READS);
	if (status)
		return status;
	n = bv_slave_list(cli->ctx, &filter, &slaves);
	if (n < 0)
		return cli_failed(cli, n);
	if (!n && filter.name)
		status = cli_no_device(cli, filter.name);
	else
		status = addr_list_get(cli, &filter, &addrs);
	if (!status) {
		status = show_slaves(cli, slaves, n, show_addresses, &addrs);
		addr_list_free(&addrs);
	}
	bv_slave_list_free(slaves, n);
	return status;
}

/* ip's order: `s` is show here, and `l` is lst. */
static const struct command commands[] = {
	{ "add", addr_add, 0 },	  { "delete", addr_del, 0 },
	{ "show", addr_show, 0 }, { "lst", addr_show, 0 },
	{ "list", addr_show, 0 }, { .name = NULL },
};

const struct object addr_object = {
	.name = "address",
	.usage = usage,
	.commands = commands,
};
