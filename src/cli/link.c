// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `link`: add, set and del.
 *
 * What the first two accept is in link_words.c. netns is where a new slave goes,
 * and otherwise which slave is meant: a slave stays where it was made.
 */
#include "cli/link.h"

#include <stddef.h>

#include "cli/link_words.h"

static const char usage[] =
	"Usage: bpfvlan link add link MASTER [ name ] NAME [ address LLADDR ]\n"
	"               [ mtu N ] [ netns NS ] [ up | down ] type KIND\n"
	"       bpfvlan link set [ dev ] NAME [ netns NS ] [ up | down ] [ mtu N ]\n"
	"               [ name NEW ] [ address LLADDR ] [ type KIND ]\n"
	"       bpfvlan link { del | delete } [ dev ] NAME [ netns NS ]\n"
	"       bpfvlan link { show | list | ls } [ [ dev ] NAME ] [ netns NS ]\n"
	"               [ link MASTER ]\n"
	"       bpfvlan link help\n"
	"where  KIND := { ipvlan IPVLAN | macvlan MACVLAN |\n"
	"                 ipvtap IPVLAN [ TAP ] | macvtap MACVLAN [ TAP ] } [ COMMON ]\n"
	"       IPVLAN := [ mode { l2 | l3 | l3s } ] [ bridge | private | vepa ]\n"
	"                 [ proxy { on | off } ] [ nominee { on | off } ]\n"
	"       MACVLAN := [ mode { private | vepa | bridge | passthru | source } ]\n"
	"                  [ flag { null | nopromisc | nodst } ] [ nopromisc ]\n"
	"                  [ nodst ] [ bcqueuelen N ] [ bclim N ]\n"
	"                  [ macaddr { add MAC | del MAC | set [ MAC... ] | flush } ]\n"
	"       COMMON := [ host { on | off } ] [ arp { filter | flood } ] [ NEW ]\n"
	"       NEW := [ via { auto | veth | netkit } ] [ maxslaves N ] [ maxaddrs N ]\n"
	"       TAP := [ user USER ] [ group GROUP ] [ multi_queue ] [ vnet_hdr ]\n"
	"NEW and TAP are for link add only; via is not for taps, nor l3s for ipvtap. The\n"
	"defaults are: ipvlan, ipvtap l3, bridge, arp filter, proxy off, nominee off;\n"
	"macvlan, macvtap vepa, arp flood; host on, via auto and down.\n";

static const struct word del_words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL,
	  offsetof(struct bv_slave_ref, name) },
	{ "netns", VALUE_NETNS, 1, 0, NULL,
	  offsetof(struct bv_slave_ref, netns) },
	{ .word = NULL },
};

static int link_add(struct cli *cli, struct args *args)
{
	struct link_args l = { 0 };
	struct bv_slave_opts opts;
	int status = link_parse_add(args, &l);
	int r;

	if (!status && !l.kind)
		status = args_missing(args, "type");
	if (!status && !l.dev)
		status = args_missing(args, "name");
	if (!status && !l.master)
		status = args_missing(args, "link");
	if (!status)
		status = cli_open(cli, CLI_CHANGES);
	if (status)
		return status;
	opts = link_opts(&l);
	r = bv_slave_add(cli->ctx, l.dev, &opts);
	return r < 0 ? cli_failed(cli, r) : STATUS_OK;
}

static int link_set(struct cli *cli, struct args *args)
{
	struct link_args l = { 0 };
	struct bv_slave_opts opts;
	int status = link_parse_set(args, &l);
	int r;

	if (!status && !l.dev)
		status = args_missing(args, "dev");
	if (!status)
		status = cli_open(cli, CLI_CHANGES);
	if (status)
		return status;
	opts = link_opts(&l);
	r = bv_slave_set(cli->ctx, l.dev, &opts);
	return r < 0 ? cli_failed(cli, r) : STATUS_OK;
}

int link_del_parse(struct args *args, struct bv_slave_ref *ref)
{
	static const struct grammar g = { .words = del_words, .bare = "dev" };
	struct bv_slave_ref found = { .name = NULL };
	uint32_t seen = 0;
	int status = args_parse(args, &g, &found, &seen);

	if (!status && !found.name)
		status = args_missing(args, "dev");
	if (!status)
		*ref = found;
	return status;
}

static int link_del(struct cli *cli, struct args *args)
{
	struct bv_slave_ref ref;
	int status = link_del_parse(args, &ref);
	int r;

	if (!status)
		status = cli_open(cli, CLI_CHANGES);
	if (status)
		return status;
	r = bv_slave_del(cli->ctx, &ref, 1, NULL);
	return r < 0 ? cli_failed(cli, r) : STATUS_OK;
}

/* ip's order: `s` is set, `l` is lst. */
static const struct command commands[] = {
	{ "add", link_add, 0 },
	{ "set", link_set, 0 },
	{ "delete", link_del, COMMAND_DELETES },
	{ "show", link_show, 0 },
	{ "lst", link_show, 0 },
	{ "list", link_show, 0 },
	{ .name = NULL },
};

const struct object link_object = {
	.name = "link",
	.usage = usage,
	.commands = commands,
};
