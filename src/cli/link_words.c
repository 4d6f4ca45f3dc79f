// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of link_words.h: those before `type KIND` are those of any device, the
 * words after it the kind's own, as in ip-link(8), and some that all kinds have.
 */
#include "cli/link_words.h"

#include <stddef.h>

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
	GROUP_FLAGS,
	GROUP_MACADDR,
	GROUP_QUEUE,
	GROUP_LIMIT,
	GROUP_USER,
	GROUP_TAP_GROUP,
	GROUP_QUEUES,
	GROUP_VNET_HDR,
	GROUP_PI,
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

/* Of all kinds. */
#define SWITCH_WORDS \
	{ "host", VALUE_CHOICE, GROUP_HOST, 0, switch_words, AT(host) }, \
	{ "arp", VALUE_CHOICE, GROUP_ARP, 0, arp_words, AT(arp) }, \
	{ .word = "lock", .value = VALUE_ABSENT }

#define NEW_WORDS \
	{ "via", VALUE_CHOICE, GROUP_VIA, 0, via_words, AT(via) }, \
	{ "maxslaves", VALUE_U32, GROUP_SLAVES, 0, NULL, AT(max_slaves) }, \
	{ "maxaddrs", VALUE_U32, GROUP_ADDRS, 0, NULL, AT(max_addrs) }

#define IPVLAN_WORDS \
	{ "mode", VALUE_CHOICE, GROUP_MODE, 0, mode_words, AT(mode) }, \
	{ "bridge", VALUE_NONE, GROUP_FLAG, BV_FLAG_BRIDGE, NULL, AT(flag) }, \
	{ "private", VALUE_NONE, GROUP_FLAG, BV_FLAG_PRIVATE, NULL, AT(flag) }, \
	{ "vepa", VALUE_NONE, GROUP_FLAG, BV_FLAG_VEPA, NULL, AT(flag) }, \
	{ "proxy", VALUE_CHOICE, GROUP_PROXY, 0, switch_words, AT(proxy) }, \
	{ "nominee", VALUE_CHOICE, GROUP_NOMINEE, 0, switch_words, \
	  AT(nominee) }

#define MACVLAN_WORDS \
	{ "mode", VALUE_CHOICE, GROUP_MODE, 0, macvlan_mode_words, AT(mode) }, \
	{ "flag", VALUE_BITS, GROUP_FLAGS, 0, macvlan_flag_words, AT(flags) }, \
	{ "nopromisc", VALUE_BIT, GROUP_FLAGS, MACVLAN_NOPROMISC, NULL, \
	  AT(flags) }, \
	{ "nodst", VALUE_BIT, GROUP_FLAGS, MACVLAN_NODST, NULL, AT(flags) }, \
	{ "macaddr", VALUE_MACADDR, GROUP_MACADDR, 0, macaddr_words, AT(macs) }, \
	{ "bcqueuelen", VALUE_LENGTH, GROUP_QUEUE, 0, NULL, AT(queue_len) }, \
	{ "bclim", VALUE_LIMIT, GROUP_LIMIT, 0, NULL, AT(limit) }

/* As `ip tuntap add` has them. */
#define TAP_WORDS \
	{ "user", VALUE_USER, GROUP_USER, 0, NULL, AT(user) }, \
	{ "group", VALUE_GROUP, GROUP_TAP_GROUP, 0, NULL, AT(group) }, \
	{ "multi_queue", VALUE_NONE, GROUP_QUEUES, 1, NULL, AT(multi_queue) }, \
	{ "vnet_hdr", VALUE_NONE, GROUP_VNET_HDR, 1, NULL, AT(vnet_hdr) }, \
	{ "pi", VALUE_NONE, GROUP_PI, 1, NULL, AT(pi) }

static const struct word add_words[] = {
	{ "link", VALUE_DEVICE, GROUP_MASTER, 0, NULL, AT(master) },
	{ "name", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	{ "dev", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	COMMON_WORDS,
	{ .word = NULL },
};

static const struct word add_ipvlan_words[] = {
	IPVLAN_WORDS,
	SWITCH_WORDS,
	NEW_WORDS,
	{ .word = NULL },
};

static const struct word add_macvlan_words[] = {
	MACVLAN_WORDS,
	SWITCH_WORDS,
	NEW_WORDS,
	{ .word = NULL },
};

static const struct word add_ipvtap_words[] = {
	IPVLAN_WORDS,
	SWITCH_WORDS,
	NEW_WORDS,
	TAP_WORDS,
	{ .word = NULL },
};

static const struct word add_macvtap_words[] = {
	MACVLAN_WORDS,
	SWITCH_WORDS,
	NEW_WORDS,
	TAP_WORDS,
	{ .word = NULL },
};

static const struct word set_words[] = {
	{ "dev", VALUE_DEVICE, GROUP_DEV, 0, NULL, AT(dev) },
	{ "name", VALUE_DEVICE, GROUP_NAME, 0, NULL, AT(new_name) },
	COMMON_WORDS,
	{ .word = NULL },
};

static const struct word set_ipvlan_words[] = {
	IPVLAN_WORDS,
	SWITCH_WORDS,
	{ .word = NULL },
};

static const struct word set_macvlan_words[] = {
	MACVLAN_WORDS,
	SWITCH_WORDS,
	{ .word = NULL },
};
/* clang-format on */

/* What a command knows: words of any device, and those of a kind. */
struct tables {
	const struct word *device, *ipvlan, *macvlan, *ipvtap, *macvtap;
};

static const struct word *kind_table(const struct tables *t, int kind)
{
	switch (kind) {
	case BV_KIND_MACVLAN:
		return t->macvlan;
	case BV_KIND_IPVTAP:
		return t->ipvtap;
	case BV_KIND_MACVTAP:
		return t->macvtap;
	default:
		return t->ipvlan;
	}
}

/* What ip(8) itself looks at. */
static int check(const struct args *args, const struct link_args *l)
{
	if (l->flags.bits & MACVLAN_NOPROMISC && l->mode != BV_MODE_PASSTHRU)
		return args_fail(args, STATUS_USAGE,
				 "%s: nopromisc flag only valid in passthru "
				 "mode",
				 choice_word(kind_words, l->kind));
	if (l->pi)
		return args_fail(args, STATUS_USAGE,
				 "Error: \"pi\" is not for %s: frames come "
				 "without packet information.",
				 choice_word(kind_words, l->kind));
	return STATUS_OK;
}

/* The device's words, then those of its kind. */
static int parse(struct args *args, const struct tables *t, struct link_args *l)
{
	struct grammar g = { .words = t->device, .bare = "dev" };
	uint32_t seen = 0;
	int status = args_parse(args, &g, l, &seen);

	if (status || !l->kind)
		return status;
	g = (struct grammar){
		.words = kind_table(t, l->kind),
		.kind = choice_word(kind_words, l->kind),
	};
	status = args_parse(args, &g, l, &seen);
	return status ? status : check(args, l);
}

int link_parse_add(struct args *args, struct link_args *l)
{
	static const struct tables t = { add_words, add_ipvlan_words,
					 add_macvlan_words, add_ipvtap_words,
					 add_macvtap_words };

	return parse(args, &t, l);
}

int link_parse_set(struct args *args, struct link_args *l)
{
	static const struct tables t = { set_words, set_ipvlan_words,
					 set_macvlan_words, set_ipvlan_words,
					 set_macvlan_words };

	return parse(args, &t, l);
}

/* Flags are given all at once, as with the driver: none is what is not said. */
static enum bv_switch flag_switch(const struct bits_arg *flags, int bit)
{
	if (!flags->given)
		return BV_SWITCH_UNSET;
	return flags->bits & bit ? BV_SWITCH_ON : BV_SWITCH_OFF;
}

struct bv_slave_opts link_opts(const struct link_args *l)
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

	opts.nopromisc = flag_switch(&l->flags, MACVLAN_NOPROMISC);
	opts.nodst = flag_switch(&l->flags, MACVLAN_NODST);
	opts.macaddr = (enum bv_macaddr)l->macs.action;
	opts.source_macs = l->macs.macs[0];
	opts.n_source_macs = l->macs.n;
	opts.bcqueuelen = l->queue_len.given ? &l->queue_len.num : NULL;
	opts.bclim = l->limit.given ? &l->limit.num : NULL;
	opts.user = l->user.given ? &l->user.id : NULL;
	opts.group = l->group.given ? &l->group.id : NULL;
	opts.multi_queue = l->multi_queue;
	return opts;
}
