/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli.h - what the objects of the command share.
 *
 * A run is: options, then one command line, or a file of them (batch.c). Each
 * command reads all its words before it asks the library for anything, so that
 * a wrong line is refused without privilege and changes nothing. The library is
 * opened when it is first needed and kept for the whole run.
 */
#ifndef BV_CLI_CLI_H
#define BV_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "bpfvlan/bpfvlan.h"
#include "cli/args.h"
#include "cli/out.h"

/* The options, and what a run holds; the only state there is. */
struct cli {
	FILE *out, *err;
	const char *netns; /* -n, NULL: the present one */
	const char *batch; /* -b */
	bool json, pretty, details, stats, force;
	struct bv_ctx *ctx; /* NULL until cli_open() */
	bool want_batch; /* open a library batch before the next change */
	bool in_batch;
};

/* struct command.flags */
#define COMMAND_DELETES (1U << 0) /* consecutive ones are done as one */

struct command {
	const char *name; /* NULL ends a table; the first that fits is it */
	int (*run)(struct cli *cli, struct args *args);
	unsigned int flags;
};

struct object {
	const char *name;
	const char *usage;
	const struct command *commands; /* NULL: `help` itself */
};

extern const struct object link_object;
extern const struct object addr_object;
extern const struct object master_object;

/* The whole command: main() with streams of the caller's choice. */
int cli_main(int argc, char **argv, FILE *out, FILE *err);

/*
 * The command that a line's first words name. On success args is past them.
 * Returns STATUS_OK, ARGS_HELP, or an exit code after a message; *object is set
 * with STATUS_OK and ARGS_HELP (NULL: help on everything).
 */
int cli_resolve(struct args *args, const struct object **object,
		const struct command **command);

/* Runs one command line; returns an exit code. */
int cli_line(struct cli *cli, int argc, char **argv);

/* Lines of a file, see batch.c; returns an exit code. */
int batch_run(struct cli *cli);

enum cli_access {
	CLI_READS,
	CLI_CHANGES
};

/* Makes cli->ctx ready; STATUS_OK, or an exit code after a message. */
int cli_open(struct cli *cli, enum cli_access access);
/* Ends the library's batch, if one is open. */
void cli_settle(struct cli *cli);

/* Reports what the library says of a call that returned err; an exit code. */
int cli_failed(const struct cli *cli, int err);

/* Writes the document and reports what hinders it; an exit code. */
int cli_out_end(const struct cli *cli, struct out *o);
struct out *cli_out_new(const struct cli *cli);

/* Sentences ip(8) has for a name in `show` that nothing has. */
int cli_no_device(const struct cli *cli, const char *name);

#endif /* BV_CLI_CLI_H */
