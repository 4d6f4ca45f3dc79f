/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - parts of `link` that other files use. */
#ifndef BV_CLI_LINK_H
#define BV_CLI_LINK_H

#include "cli/cli.h"

int link_show(struct cli *cli, struct args *args);

/* The words of `link del`, after the command; as args_parse(). */
int link_del_parse(struct args *args, struct bv_slave_ref *ref);

/*
 * The parts of one slave's entry in `link show` and `addr show`, in the order
 * in which they are written.
 */
enum show_as {
	SHOW_LINK,
	SHOW_ADDR
};
void show_slave(struct out *o, const struct bv_slave_info *s,
		enum show_as as); /* ends within a line */
void show_details(struct out *o, const struct bv_slave_info *s,
		  enum show_as as); /* too */
void show_stats(struct out *o, const struct bv_slave_info *s);
/* By reason, those that are not zero. */
void show_drops(struct out *o, const uint64_t *drops);

#endif /* BV_CLI_LINK_H */
