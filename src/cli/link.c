// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `link`: add, set and del; what they accept is in the tables below.
 *
 * The words before `type KIND` are those of any device, the words after it the
 * kind's own, as in ip-link(8). netns is where a new slave goes, and otherwise
 * which slave is meant: a slave stays where it was made.
 */
#include "cli/link.h"

#include <stddef.h>

#include "cli/cli.h"

static const char usage[] =
	"Usage: bpfvlan link add link MASTER [ name ] NAME [ address LLADDR ]\n"
	"               [ mtu N ] [ netns NS ] [ up | down ] type ipvlan [ OPTIONS ]\n"
	"       bpfvlan link set [ dev ] NAME [ netns NS ] [ up | down ] [ mtu N ]\n"
	"               [ name NEW ] [ address LLADDR ] [ type ipvlan [ SWITCHES ] ]\n"
	"       bpfvlan link { del | delete } [ dev ] NAME [ netns NS ]\n"
	"       bpfvlan link { show | list | ls } [ [ dev ] NAME ] [ netns NS ]\n"
	"               [ link MASTER ]\n"
	"       bpfvlan link help\n"
	"where  SWITCHES := [ mode { l2 | l3 | l3s } ] [ bridge | private | vepa ]\n"
	"                   [ host { on | off } ] [ arp { filter | flood } ]\n"
	"                   [ proxy { on | off } ] [ nominee { on | off } ]\n"
	"       OPTIONS := [ SWITCHES ] [ via { auto | veth | netkit } ]\n"
	"                  [ maxslaves N ] [ maxaddrs N ]\n"
	"The defaults are l3, bridge, host on, arp filter, proxy off, nominee off,\n"
	"via auto and down.\n";

struct link_args {
	const char *dev, *new_name, *master, *netns;
	int up, kind, mode, flag, host, arp, proxy, nominee, via;
	uint32_t mtu, max_slaves, max_addrs;
	struct mac_arg mac;
};

/* Groups: what excludes what, over both tables of a command. */
enum group {
	GROUP_DEV,
	GROUP_NAME,
	GROUP_MASTER,
	GROUP_NETNS,
	GROUP_MAC,
	GROUP_MTU,
	GROUP_UP,
	GROUP_KIND,
	GROUP_MODE,
	GROUP_FLAG,
	GROUP_HOST,
	GROUP_ARP,
	GROUP_PROXY,
	GROUP_NOMINEE,
	GROUP_VIA,
	GROUP_SLAVES,
	GROUP_ADDRS,
};

#define AT(field) offsetof(struct link_args, field)

/* clang-format off */
#define COMMON_WORDS \
	{ "netns", VALUE_NETNS, GROUP_NETNS, 0, NULL, AT(netns) }, \
	{ "address", VALUE_MAC, GROUP_MAC, 0, NULL, AT(mac) }, \
	{ "mtu", VALUE_U32, GROUP_MTU, 0, NULL, AT(mtu) }, \
	{ "up", VALUE_NONE, GROUP_UP, BV_SWITCH_ON, NULL, AT(up) }, \
	{ "down", VALUE_NONE, GROUP_UP, BV_SWITCH_OFF, NULL, AT(up) }, \
	{ "type", VALUE_KIND, GROUP_KIND, 0, NULL, AT(kind) }

#define SWITCH_WORDS \
	{ "mode", VALUE_CHOICE, GROUP_MODE, 0, mode_words, AT(mode) }, \
	{ "bridge", VALUE_NONE, GROUP_FLAG, BV_FLAG_BRIDGE, NULL, AT(flag) }, \
	{ "private", VALUE_NONE, GROUP_FLAG, BV_FLAG_PRIVATE, NULL, AT(flag) }, \
	{ "vepa", VALUE_NONE, GROUP_FLAG, BV_FLAG_VEPA, NULL, AT(flag) }, \
	{ "host", VALUE_CHOICE, GROUP_HOST, 0, switch_words, AT(host) }, \
	{ "arp", VALUE_CHOICE, GROUP_ARP, 0, arp_words, AT(arp) }, \
	{ "proxy", VALUE_CHOICE, GROUP_PROXY, 0, switch_words, AT(proxy) }, \
	{ "nominee", VALUE_CHOICE, GROUP_NOMINEE, 0, switch_words, \
	  AT(nominee) }, \
	{ .word = "lock", .value = VALUE_ABSENT }

static const struct word add_words[] = {
	{ "link", VALUE_DEVICE, GROUP_MASTER, 0, NULL, AT(master) },
	{ "name", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	{ "dev", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	COMMON_WORDS,
	{ .word = NULL },
};

static const struct word add_kind_words[] = {
	SWITCH_WORDS,
	{ "via", VALUE_CHOICE, GROUP_VIA, 0, via_words, AT(via) },
	{ "maxslaves", VALUE_U32, GROUP_SLAVES, 0, NULL, AT(max_slaves) },
	{ "maxaddrs", VALUE_U32, GROUP_ADDRS, 0, NULL, AT(max_addrs) },
	{ .word = NULL },
};

static const struct word set_words[] = {
	{ "dev", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	{ "name", VALUE_DEVICE, GROUP_NAME, 0, NULL, AT(new_name) },
	COMMON_WORDS,
	{ .word = NULL },
};

static const struct word set_kind_words[] = {
	SWITCH_WORDS,
	{ .word = NULL },
};

static const struct word del_words[] = {
	{ "dev", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	{ "netns", VALUE_NETNS, GROUP_NETNS, 0, NULL, AT(netns) },
	{ .word = NULL },
};
/* clang-format on */

/* The device's words, then those of its kind. */
static int link_parse(struct args *args, const struct word *words,
		      const struct word *kind, struct link_args *l)
{
	struct grammar g = { .words = words, .bare = "dev" };
	uint32_t seen = 0;
	int status = args_parse(args, &g, l, &seen);

	if (!status && l->kind) {
		g = (struct grammar){
			.words = kind,
			.kind = choice_word(kind_words, l->kind),
		};
		status = args_parse(args, &g, l, &seen);
	}
	return status;
}

static struct bv_slave_opts link_opts(const struct link_args *l)
{
	BV_OPTS(bv_slave_opts, opts, .master = l->master, .netns = l->netns,
		.new_name = l->new_name, .kind = (enum bv_kind)l->kind,
		.mode = (enum bv_mode)l->mode, .flag = (enum bv_flag)l->flag,
		.host = (enum bv_switch)l->host, .up = (enum bv_switch)l->up,
		.mtu = l->mtu, .mac = l->mac.given ? l->mac.mac : NULL,
		.max_slaves = l->max_slaves, .max_addrs = l->max_addrs,
		.arp = (enum bv_arp)l->arp, .proxy = (enum bv_switch)l->proxy,
		.nominee = (enum bv_switch)l->nominee,
		.via = (enum bv_via)l->via, );

	return opts;
}

static int link_add(struct cli *cli, struct args *args)
{
	struct link_args l = { 0 };
	struct bv_slave_opts opts;
	int status = link_parse(args, add_words, add_kind_words, &l);
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
	int status = link_parse(args, set_words, set_kind_words, &l);
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
	struct link_args l = { 0 };
	uint32_t seen = 0;
	int status = args_parse(args, &g, &l, &seen);

	if (!status && !l.dev)
		status = args_missing(args, "dev");
	if (!status)
		*ref = (struct bv_slave_ref){ .name = l.dev, .netns = l.netns };
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
