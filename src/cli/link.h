/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - parts of `link` that other files use. */
#ifndef BV_CLI_LINK_H
#define BV_CLI_LINK_H

#include "cli/cli.h"

int link_show(struct cli *cli, struct args *args);

/* The words of `link del`, after the command; as args_parse(). */
int link_del_parse(struct args *args, struct bv_slave_ref *ref);

/* By reason, those that are not zero. */
void show_drops(struct out *o, const uint64_t *drops);

/* What `addr show` adds to the entry of a slave; NULL in `link show`. */
typedef void (*show_addrs_cb)(struct out *o, const struct bv_slave_info *s,
			      const void *arg);
int show_slaves(struct cli *cli, const struct bv_slave_info *list, int n,
		show_addrs_cb addrs, const void *arg);

#endif /* BV_CLI_LINK_H */
