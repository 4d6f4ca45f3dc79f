// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `master`: the devices that carry our programs.
 *
 * ip(8) has no such object; the shape is that of its others. Drops here are
 * those that belong to no slave.
 */
#include <stddef.h>
#include <string.h>

#include "cli/link.h"

static const char usage[] =
	"Usage: bpfvlan master { show | list | ls } [ [ dev ] NAME ]\n"
	"       bpfvlan master help\n";

struct master_args {
	const char *dev;
};

static const struct word show_words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL, offsetof(struct master_args, dev) },
	{ .word = NULL },
};

static void show_one(const struct cli *cli, struct out *o,
		     const struct bv_master_info *m)
{
	out_open_object(o, NULL);
	out_uint(o, "ifindex", "%s: ", m->ifindex);
	out_str(o, "ifname", "%s: ", m->name);
	out_str(o, "hook", "hook %s ", m->hook);
	out_uint(o, "slaves", "slaves %s ", m->slaves);
	out_uint(o, "maxslaves", "maxslaves %s ", m->max_slaves);
	out_uint(o, "maxaddrs", "maxaddrs %s ", m->max_addrs);
	out_uint(o, "memory", "memory %s ", m->memory);
	out_uint(o, "promiscuity", "promiscuity %s", m->promiscuity);
	if (cli->stats)
		show_drops(o, m->drops);
	out_text(o, "\n");
	out_close(o);
}

static int write_masters(const struct cli *cli, const struct master_args *a,
			 const struct bv_master_info *list, int n)
{
	struct out *o = cli_out_new(cli);

	if (!o)
		return STATUS_REFUSED;
	out_open_array(o, NULL);
	for (int i = 0; i < n; i++)
		if (!a->dev || !strcmp(a->dev, list[i].name))
			show_one(cli, o, &list[i]);
	out_close(o);
	return cli_out_end(cli, o);
}

static bool is_listed(const char *name, const struct bv_master_info *list,
		      int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(name, list[i].name))
			return true;
	return false;
}

static int master_show(struct cli *cli, struct args *args)
{
	static const struct grammar g = { .words = show_words, .bare = "dev" };
	struct bv_master_info *list = NULL;
	struct master_args a = { 0 };
	uint32_t seen = 0;
	int status = args_parse(args, &g, &a, &seen);
	int n;

	if (!status)
		status = cli_open(cli, CLI_READS);
	if (status)
		return status;
	n = bv_master_list(cli->ctx, &list);
	if (n < 0)
		return cli_failed(cli, n);
	if (a.dev && !is_listed(a.dev, list, n))
		status = args_fail(args, STATUS_USAGE,
				   "Device \"%s\" is not a master.", a.dev);
	else
		status = write_masters(cli, &a, list, n);
	bv_master_list_free(list, n);
	return status;
}

static const struct command commands[] = {
	{ "show", master_show, 0 },
	{ "lst", master_show, 0 },
	{ "list", master_show, 0 },
	{ .name = NULL },
};

const struct object master_object = {
	.name = "master",
	.usage = usage,
	.commands = commands,
};
