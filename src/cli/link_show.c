// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `link show`, in the shape of `ip [-d] [-s] link show`.
 *
 * Keys, words, their order and the blanks around them are those of iproute2
 * 6.1, trailing blanks included, because scripts cut such lines by column. It
 * differs from ip where a slave is seen from the master's namespace and not
 * from its own: the master is always named, and so is the slave's namespace.
 */
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"

/* The parts of an entry come in this order, in one of ip's two shapes. */
enum show_as {
	SHOW_LINK,
	SHOW_ADDR
};

#define BCLIM_DEFAULT 15

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* net/if.h stops before these two; linux/if.h cannot be included beside it. */
#define LOWER_UP (1U << 16)
#define DORMANT (1U << 17)

/* ip's order. IFF_RUNNING is not shown, its absence is: NO-CARRIER. */
static const struct flag_word {
	uint32_t flag;
	const char *word;
} flag_names[] = {
	{ IFF_LOOPBACK, "LOOPBACK" },
	{ IFF_BROADCAST, "BROADCAST" },
	{ IFF_POINTOPOINT, "POINTOPOINT" },
	{ IFF_MULTICAST, "MULTICAST" },
	{ IFF_NOARP, "NOARP" },
	{ IFF_ALLMULTI, "ALLMULTI" },
	{ IFF_PROMISC, "PROMISC" },
	{ IFF_MASTER, "MASTER" },
	{ IFF_SLAVE, "SLAVE" },
	{ IFF_DEBUG, "DEBUG" },
	{ IFF_DYNAMIC, "DYNAMIC" },
	{ IFF_AUTOMEDIA, "AUTOMEDIA" },
	{ IFF_PORTSEL, "PORTSEL" },
	{ IFF_NOTRAILERS, "NOTRAILERS" },
	{ IFF_UP, "UP" },
	{ LOWER_UP, "LOWER_UP" },
	{ DORMANT, "DORMANT" },
};

/* By number: IF_OPER_, IF_LINK_MODE_ and IN6_ADDR_GEN_MODE_ of linux/if*.h. */
static const char *const operstates[] = {
	"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
	"TESTING", "DORMANT",	 "UP",
};
static const char *const linkmodes[] = { "DEFAULT", "DORMANT" };
static const char *const addr_gen_modes[] = { "eui64", "none", "stable_secret",
					      "random" };

static void show_flags(struct out *o, const struct bv_slave_info *s)
{
	const char *fmt = "<%s";

	out_open_array(o, "flags");
	if (s->if_flags & IFF_UP && !(s->if_flags & IFF_RUNNING)) {
		out_str(o, NULL, fmt, "NO-CARRIER");
		fmt = ",%s";
	}
	for (size_t i = 0; i < N_ELEMENTS(flag_names); i++) {
		if (!(s->if_flags & flag_names[i].flag))
			continue;
		out_str(o, NULL, fmt, flag_names[i].word);
		fmt = ",%s";
	}
	if (!s->master_up)
		out_str(o, NULL, fmt, "M-DOWN");
	else if (fmt[0] == '<')
		out_text(o, "<");
	out_close(o);
	out_text(o, "> ");
}

/* A number that this version has no word for keeps its own key, as in ip. */
static void show_state(struct out *o, const struct bv_slave_info *s,
		       enum show_as as)
{
	if (s->operstate < N_ELEMENTS(operstates))
		out_str(o, "operstate", "state %s ", operstates[s->operstate]);
	else
		out_uint(o, "operstate_index", "state %s ", s->operstate);
	if (as == SHOW_ADDR)
		return;
	if (s->linkmode < N_ELEMENTS(linkmodes))
		out_str(o, "linkmode", "mode %s ", linkmodes[s->linkmode]);
	else
		out_uint(o, "linkmode_index", "mode %s ", s->linkmode);
}

static void show_group(struct out *o, uint32_t group)
{
	char text[16] = "default";

	if (group)
		snprintf(text, sizeof(text), "%u", group);
	out_str(o, "group", "group %s ", text);
}

static void show_mac(struct out *o, const char *key, const char *fmt,
		     const uint8_t *mac)
{
	char text[3 * BV_MAC_LEN];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	out_str(o, key, fmt, text);
}

static void show_netns(struct out *o, const struct bv_slave_info *s)
{
	const char *fmt = *s->netns ? NULL : " link-netnsid %s";

	if (s->netnsid >= 0)
		out_uint(o, "link_netnsid", fmt, (uint32_t)s->netnsid);
	if (*s->netns)
		out_str(o, "netns", " netns %s", s->netns);
}

static void show_slave(struct out *o, const struct bv_slave_info *s,
		       enum show_as as)
{
	char master[BV_NAME_LEN + 4];

	/* JSON has the master before the name, text after it. */
	snprintf(master, sizeof(master), "@%s: ", s->master);
	out_uint(o, "ifindex", "%s: ", s->ifindex);
	out_str(o, "link", NULL, s->master);
	out_str(o, "ifname", "%s", s->name);
	out_text(o, "%s", master);
	show_flags(o, s);
	out_uint(o, "mtu", "mtu %s ", s->mtu);
	out_str(o, "qdisc", "qdisc %s ", s->qdisc);
	show_state(o, s, as);
	show_group(o, s->group);
	out_uint(o, "txqlen", "qlen %s", s->txqlen);
	out_str(o, "link_type", "\n    link/%s ", "ether");
	show_mac(o, "address", "%s", s->mac);
	show_mac(o, "broadcast", " brd %s", s->brd);
	show_netns(o, s);
}

static void show_switch(struct out *o, const char *key, bool on)
{
	out_bool(o, key, on);
	out_text(o, "%s %s ", key, on ? "on" : "off");
}

/* A word that is there or not. */
static void show_flag(struct out *o, const char *key)
{
	out_bool(o, key, true);
	out_text(o, "%s ", key);
}

/* The driver shows it only if it is not the default. */
static void show_limit(struct out *o, int32_t bclim)
{
	if (bclim != BCLIM_DEFAULT)
		out_int(o, "bclim", "bclim %s ", bclim);
}

static void show_sources(struct out *o, const struct bv_slave_info *s)
{
	out_uint(o, "macaddr_count", "remotes (%s) ", s->n_source_macs);
	if (!s->n_source_macs)
		return;
	out_open_array(o, "macaddr_data");
	for (uint32_t i = 0; i < s->n_source_macs; i++)
		show_mac(o, NULL, "%s ",
			 s->source_macs + (size_t)i * BV_MAC_LEN);
	out_close(o);
}

static void show_macvlan(struct out *o, const struct bv_slave_info *s)
{
	out_str(o, "mode", "mode %s ",
		choice_word(macvlan_mode_words, s->mode));
	if (s->nopromisc)
		show_flag(o, "nopromisc");
	if (s->nodst)
		show_flag(o, "nodst");
	out_uint(o, "bcqueuelen", "bcqueuelen %s ", s->bcqueuelen);
	out_uint(o, "usedbcqueuelen", "usedbcqueuelen %s ", s->bcqueuelen_used);
	show_limit(o, s->bclim);
	if (s->mode == BV_MODE_SOURCE)
		show_sources(o, s);
}

static void show_mode(struct out *o, const struct bv_slave_info *s)
{
	switch (s->kind) {
	case BV_KIND_MACVLAN:
	case BV_KIND_MACVTAP:
		show_macvlan(o, s);
		break;
	default:
		out_str(o, "mode", " mode %s ",
			choice_word(mode_words, s->mode));
		show_flag(o, choice_word(flag_words, s->flag));
	}
}

static void show_ours(struct out *o, const struct bv_slave_info *s)
{
	if (s->kind == BV_KIND_MACVLAN || s->kind == BV_KIND_MACVTAP) {
		out_uint(o, "learned_macs", "learned_macs %s ",
			 s->learned_macs);
		return;
	}
	show_switch(o, "proxy", s->proxy);
	show_switch(o, "nominee", s->nominee);
}

/* A number where there is no name, as in ip. */
static void show_owner(struct out *o, const char *key, const char *name,
		       int64_t id)
{
	char fmt[16];

	snprintf(fmt, sizeof(fmt), "%s %%s ", key);
	if (name)
		out_str(o, key, fmt, name);
	else
		out_uint(o, key, fmt, (uint64_t)id);
}

static void show_tap(struct out *o, const struct bv_slave_info *s)
{
	static const uint8_t unknown[BV_MAC_LEN];
	const struct passwd *pw = s->user < 0 ? NULL : getpwuid((uid_t)s->user);
	const struct group *gr =
		s->tap_group < 0 ? NULL : getgrgid((gid_t)s->tap_group);

	out_bool(o, "multi_queue", s->multi_queue);
	if (s->multi_queue)
		out_text(o, "multi_queue ");
	if (s->user >= 0)
		show_owner(o, "user", pw ? pw->pw_name : NULL, s->user);
	if (s->tap_group >= 0)
		show_owner(o, "group", gr ? gr->gr_name : NULL, s->tap_group);
	if (memcmp(s->guest_mac, unknown, BV_MAC_LEN))
		show_mac(o, "guest", "guest %s ", s->guest_mac);
}

static void show_kind(struct out *o, const struct bv_slave_info *s)
{
	out_open_object(o, "linkinfo");
	out_str(o, "info_kind", "\n    %s ", choice_word(kind_words, s->kind));
	out_open_object(o, "info_data");
	show_mode(o, s);
	show_switch(o, "host", s->host);
	out_str(o, "arp", "arp %s ", choice_word(arp_words, s->arp));
	show_ours(o, s);
	if (s->via)
		out_str(o, "via", "via %s ", choice_word(via_words, s->via));
	else
		show_tap(o, s);
	out_uint(o, "slot", "slot %s ", s->slot);
	out_str(o, "host_dev", "host_dev %s ", s->host_dev);
	out_close(o);
	out_close(o);
}

static void show_addr_gen_mode(struct out *o, uint8_t mode)
{
	char text[8];

	if (mode < N_ELEMENTS(addr_gen_modes)) {
		out_str(o, "inet6_addr_gen_mode", "addrgenmode %s ",
			addr_gen_modes[mode]);
		return;
	}
	snprintf(text, sizeof(text), "%#.2x", mode);
	out_str(o, "inet6_addr_gen_mode", "addrgenmode %s ", text);
}

/* What older kernels do not tell is zero, and absent as in ip. */
static void show_size(struct out *o, const char *key, const char *fmt,
		      uint32_t size)
{
	if (size)
		out_uint(o, key, fmt, size);
}

static void show_details(struct out *o, const struct bv_slave_info *s,
			 enum show_as as)
{
	out_uint(o, "promiscuity", " promiscuity %s ", s->promiscuity);
	out_uint(o, "allmulti", " allmulti %s ", s->allmulti);
	out_uint(o, "min_mtu", "minmtu %s ", s->min_mtu);
	out_uint(o, "max_mtu", "maxmtu %s ", s->max_mtu);
	show_kind(o, s);
	if (as == SHOW_LINK)
		show_addr_gen_mode(o, s->addr_gen_mode);
	out_uint(o, "num_tx_queues", "numtxqueues %s ", s->num_tx_queues);
	out_uint(o, "num_rx_queues", "numrxqueues %s ", s->num_rx_queues);
	show_size(o, "gso_max_size", "gso_max_size %s ", s->gso_max_size);
	show_size(o, "gso_max_segs", "gso_max_segs %s ", s->gso_max_segs);
	show_size(o, "tso_max_size", "tso_max_size %s ", s->tso_max_size);
	show_size(o, "tso_max_segs", "tso_max_segs %s ", s->tso_max_segs);
	show_size(o, "gro_max_size", "gro_max_size %s ", s->gro_max_size);
	show_size(o, "gso_ipv4_max_size", "gso_ipv4_max_size %s ",
		  s->gso_ipv4_max_size);
	show_size(o, "gro_ipv4_max_size", "gro_ipv4_max_size %s ",
		  s->gro_ipv4_max_size);
}

/*
 * ip's table of counters. A column is as wide as the widest of its titles and
 * numbers, received and sent alike. Its last one is for a counter that a veth
 * does not have: blanks remain.
 */
#define COLUMNS 6

struct column {
	const char *key, *title;
	uint64_t value;
};

static void size_columns(int *widths, const struct column *columns)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		int digits = snprintf(NULL, 0, "%llu",
				      (unsigned long long)columns[i].value);

		if (widths[i] < digits)
			widths[i] = digits;
	}
}

static void show_columns(struct out *o, const char *key, const int *widths,
			 const struct column *columns)
{
	out_open_object(o, key);
	out_text(o, "\n    %s:", !strcmp(key, "rx") ? "RX" : "TX");
	for (size_t i = 0; i < COLUMNS; i++)
		/* "RX: " stands above the first number. */
		out_text(o, " %*s", widths[i] - (i ? 0 : 4), columns[i].title);
	out_text(o, "%11s\n    ", "");
	for (size_t i = 0; i < COLUMNS; i++) {
		out_uint(o, columns[i].key, NULL, columns[i].value);
		out_text(o, "%*llu ", widths[i],
			 (unsigned long long)columns[i].value);
	}
	out_close(o);
}

static void show_stats(struct out *o, const struct bv_slave_info *s)
{
	const struct bv_slave_stats *c = &s->stats;
	int widths[COLUMNS] = { 10, 7, 6, 7, 7, 7 };
	/* The two constants: errors of hardware, which a veth has none of. */
	const struct column rx[COLUMNS] = {
		{ "bytes", "bytes", c->rx_bytes },
		{ "packets", "packets", c->rx_packets },
		{ "errors", "errors", c->rx_errors },
		{ "dropped", "dropped", c->rx_dropped },
		{ "over_errors", "missed", 0 },
		{ "multicast", "mcast", c->rx_multicast },
	};
	const struct column tx[COLUMNS] = {
		{ "bytes", "bytes", c->tx_bytes },
		{ "packets", "packets", c->tx_packets },
		{ "errors", "errors", c->tx_errors },
		{ "dropped", "dropped", c->tx_dropped },
		{ "carrier_errors", "carrier", 0 },
		{ "collisions", "collsns", c->tx_collisions },
	};

	size_columns(widths, rx);
	size_columns(widths, tx);
	out_open_object(o, "stats64");
	show_columns(o, "rx", widths, rx);
	show_columns(o, "tx", widths, tx);
	out_close(o);
}

void show_drops(struct out *o, const uint64_t *drops)
{
	bool any = false;
	char fmt[64];

	out_open_object(o, "drops");
	for (int i = 0; i < bv_drop_count(); i++) {
		if (!drops[i])
			continue;
		if (!any)
			out_text(o, "\n    drops:");
		any = true;
		snprintf(fmt, sizeof(fmt), " %s %%s", bv_drop_name(i));
		out_uint(o, bv_drop_name(i), fmt, drops[i]);
	}
	out_close(o);
}

static const struct word show_words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL,
	  offsetof(struct bv_slave_filter, name) },
	{ "netns", VALUE_NETNS, 1, 0, NULL,
	  offsetof(struct bv_slave_filter, netns) },
	{ "link", VALUE_DEVICE, 2, 0, NULL,
	  offsetof(struct bv_slave_filter, master) },
	{ .word = NULL },
};

int show_slaves(struct cli *cli, const struct bv_slave_info *list, int n,
		show_addrs_cb addrs, const void *arg)
{
	enum show_as as = addrs ? SHOW_ADDR : SHOW_LINK;
	struct out *o = cli_out_new(cli);

	if (!o)
		return STATUS_REFUSED;
	out_open_array(o, NULL);
	for (int i = 0; i < n; i++) {
		out_open_object(o, NULL);
		show_slave(o, &list[i], as);
		if (cli->details)
			show_details(o, &list[i], as);
		if (addrs)
			addrs(o, &list[i], arg);
		if (cli->stats) {
			show_stats(o, &list[i]);
			show_drops(o, list[i].drops);
		}
		out_text(o, "\n");
		out_close(o);
	}
	out_close(o);
	return cli_out_end(cli, o);
}

int link_show(struct cli *cli, struct args *args)
{
	static const struct grammar g = { .words = show_words, .bare = "dev" };
	struct bv_slave_filter filter = { 0 };
	struct bv_slave_info *list = NULL;
	uint32_t seen = 0;
	int status = args_parse(args, &g, &filter, &seen);
	int n;

	if (!status)
		status = cli_open(cli, CLI_READS);
	if (status)
		return status;
	n = bv_slave_list(cli->ctx, &filter, &list);
	if (n < 0)
		return cli_failed(cli, n);
	if (!n && filter.name)
		status = cli_no_device(cli, filter.name);
	else
		status = show_slaves(cli, list, n, NULL, NULL);
	bv_slave_list_free(list, n);
	return status;
}
