/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link_words.h - the words of `link add` and `link set`, and what they mean. */
#ifndef BV_CLI_LINK_WORDS_H
#define BV_CLI_LINK_WORDS_H

#include "cli/args.h"

struct link_args {
	const char *dev, *new_name, *master, *netns;
	int up, kind, mode, flag, host, arp, proxy, nominee, via;
	uint32_t mtu, max_slaves, max_addrs;
	struct mac_arg mac;
	/* Of macvlan. */
	struct bits_arg flags;
	struct length_arg queue_len;
	struct limit_arg limit;
	struct macs_arg macs;
	/* Of taps. */
	struct id_arg user, group;
	int multi_queue, vnet_hdr, pi;
};

/* As args_parse(). */
int link_parse_add(struct args *args, struct link_args *l);
int link_parse_set(struct args *args, struct link_args *l);

/* What was read, for the library; it points into l. */
struct bv_slave_opts link_opts(const struct link_args *l);

#endif /* BV_CLI_LINK_WORDS_H */
