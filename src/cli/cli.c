// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Options, and from the words of a line to the function that runs it.
 *
 * Objects, commands and options may be abbreviated, as in ip(8): the first
 * entry of a table that begins with what was typed is meant, so the order of a
 * table is part of the interface.
 */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

static const char usage[] =
	"Usage: bpfvlan [ OPTIONS ] OBJECT { COMMAND | help }\n"
	"       bpfvlan [ OPTIONS ] [ -force ] -b[atch] FILE\n"
	"where  OBJECT := { link | addr | master | help }\n"
	"       OPTIONS := { -V[ersion] | -h[elp] | -n[etns] NETNS | -j[son] |\n"
	"                    -p[retty] | -d[etails] | -s[tatistics] }\n";

static const struct object help_object = { .name = "help", .usage = usage };

static const struct object *const objects[] = {
	&link_object,
	&addr_object,
	&master_object,
	&help_object,
};

enum option {
	OPT_NETNS,
	OPT_JSON,
	OPT_PRETTY,
	OPT_DETAILS,
	OPT_STATS,
	OPT_BATCH,
	OPT_FORCE,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option_word {
	const char *word;
	size_t min; /* letters that are enough */
	enum option option;
} option_words[] = {
	{ "netns", 1, OPT_NETNS },
	{ "json", 1, OPT_JSON },
	{ "pretty", 1, OPT_PRETTY },
	{ "details", 1, OPT_DETAILS },
	{ "statistics", 1, OPT_STATS },
	{ "stats", 5, OPT_STATS },
	{ "batch", 1, OPT_BATCH },
	/* -f is the address family in ip(8), which we do not have. */
	{ "force", 2, OPT_FORCE },
	{ "Version", 1, OPT_VERSION },
	{ "help", 1, OPT_HELP },
};

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static const struct option_word *option_find(const char *arg)
{
	arg += arg[1] == '-' ? 2 : 1;
	for (size_t i = 0; i < N_ELEMENTS(option_words); i++)
		if (is_prefix(arg, option_words[i].word) &&
		    strlen(arg) >= option_words[i].min)
			return &option_words[i];
	return NULL;
}

static int option_apply(struct cli *cli, struct args *args, enum option option)
{
	switch (option) {
	case OPT_NETNS:
		cli->netns = args_next(args);
		return cli->netns ? STATUS_OK : STATUS_USAGE;
	case OPT_BATCH:
		cli->batch = args_next(args);
		return cli->batch ? STATUS_OK : STATUS_USAGE;
	case OPT_JSON:
		cli->json = true;
		break;
	case OPT_PRETTY:
		cli->pretty = true;
		break;
	case OPT_DETAILS:
		cli->details = true;
		break;
	case OPT_STATS:
		cli->stats = true;
		break;
	case OPT_FORCE:
		cli->force = true;
		break;
	case OPT_VERSION:
		fputs("bpfvlan " BV_VERSION "\n", cli->out);
		return ARGS_HELP;
	case OPT_HELP:
		fputs(usage, cli->out);
		return ARGS_HELP;
	}
	return STATUS_OK;
}

/* ARGS_HELP: all is said, and the run is over. */
static int options_parse(struct cli *cli, struct args *args)
{
	int status = STATUS_OK;

	while (!status && args_more(args)) {
		const char *arg = args->argv[args->pos];
		const struct option_word *w;

		if (arg[0] != '-')
			break;
		args->pos++;
		if (!strcmp(arg, "--"))
			break;
		w = option_find(arg);
		if (!w)
			return args_fail(
				args, STATUS_USAGE,
				"Option \"%s\" is unknown, try \"bpfvlan -help\".",
				arg);
		status = option_apply(cli, args, w->option);
	}
	return status;
}

static const struct object *object_find(const char *word)
{
	for (size_t i = 0; i < N_ELEMENTS(objects); i++)
		if (is_prefix(word, objects[i]->name))
			return objects[i];
	return NULL;
}

static const struct command *command_find(const struct object *object,
					  const char *word)
{
	for (const struct command *c = object->commands; c->name; c++)
		if (is_prefix(word, c->name))
			return c;
	return NULL;
}

int cli_resolve(struct args *args, const struct object **object,
		const struct command **command)
{
	const char *word = args_next(args);

	if (!word)
		return STATUS_USAGE;
	*object = object_find(word);
	if (!*object)
		return args_fail(
			args, STATUS_USAGE,
			"Object \"%s\" is unknown, try \"bpfvlan help\".",
			word);
	if (!(*object)->commands)
		return ARGS_HELP;
	/* An object alone shows, as in ip(8). */
	word = args_more(args) ? args_next(args) : "show";
	*command = command_find(*object, word);
	if (*command)
		return STATUS_OK;
	if (is_prefix(word, "help"))
		return ARGS_HELP;
	return args_fail(args, STATUS_USAGE,
			 "Command \"%s\" is unknown, try \"bpfvlan %s help\".",
			 word, (*object)->name);
}

int cli_line(struct cli *cli, int argc, char **argv)
{
	struct args args = { .argv = argv, .argc = argc, .err = cli->err };
	const struct object *object = NULL;
	const struct command *command = NULL;
	int status = cli_resolve(&args, &object, &command);

	if (!status)
		status = command->run(cli, &args);
	if (status != ARGS_HELP)
		return status;
	fputs(object->usage, cli->out);
	return STATUS_OK;
}

int cli_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct cli cli = { .out = out, .err = err };
	struct args args = { .argv = argv, .argc = argc, .pos = 1, .err = err };
	int status = options_parse(&cli, &args);

	if (status == ARGS_HELP) {
		status = STATUS_OK;
	} else if (!status && cli.batch) {
		status = batch_run(&cli);
	} else if (!status && !args_more(&args)) {
		fputs(usage, err);
		status = STATUS_USAGE;
	} else if (!status) {
		status = cli_line(&cli, argc - args.pos, argv + args.pos);
	}
	bv_ctx_free(cli.ctx);
	if ((fflush(out) || ferror(out)) && !status)
		status = args_fail(&args, STATUS_REFUSED,
				   "Error: cannot write the output.");
	return status;
}

/* bv_ctx_new() has no context to keep a message in, so it is put here. */
static int open_failed(const struct cli *cli, int err)
{
	if (cli->netns)
		fprintf(cli->err, "Cannot open network namespace \"%s\": %s\n",
			cli->netns, strerror(-err));
	else
		fprintf(cli->err,
			"Cannot open the present network namespace: %s\n",
			strerror(-err));
	return STATUS_USAGE;
}

int cli_open(struct cli *cli, enum cli_access access)
{
	int r;

	if (!cli->ctx) {
		r = bv_ctx_new(&cli->ctx, cli->netns);
		if (r < 0)
			return open_failed(cli, r);
	}
	/* Reading needs no lock: a file of `show` must not take it. */
	if (access == CLI_CHANGES && cli->want_batch && !cli->in_batch) {
		r = bv_batch_begin(cli->ctx);
		if (r < 0)
			return cli_failed(cli, r);
		cli->in_batch = true;
	}
	return STATUS_OK;
}

void cli_settle(struct cli *cli)
{
	if (cli->in_batch)
		bv_batch_end(cli->ctx);
	cli->in_batch = false;
}

int cli_failed(const struct cli *cli, int err)
{
	static const char ip_words[] = "Cannot ";
	const char *text = bv_ctx_error(cli->ctx);

	if (!text || !*text)
		text = strerror(-err);
	if (err != -ENODEV) {
		fprintf(cli->err, "Error: %s.\n", text);
		return STATUS_REFUSED;
	}
	/* ip(8) has no head before these, and scripts look for them. */
	if (!strncmp(text, ip_words, strlen(ip_words)))
		fprintf(cli->err, "%s\n", text);
	else
		fprintf(cli->err, "Error: %s.\n", text);
	return STATUS_USAGE;
}

static int out_failed(const struct cli *cli, int err)
{
	fprintf(cli->err, "Error: cannot write the output: %s.\n",
		strerror(-err));
	return STATUS_REFUSED;
}

struct out *cli_out_new(const struct cli *cli)
{
	struct out *o = out_new(cli->out, cli->json, cli->pretty);

	if (!o)
		(void)out_failed(cli, -ENOMEM);
	return o;
}

int cli_out_end(const struct cli *cli, struct out *o)
{
	int err = out_end(o);

	return err ? out_failed(cli, err) : STATUS_OK;
}

int cli_no_device(const struct cli *cli, const char *name)
{
	fprintf(cli->err, "Device \"%s\" does not exist.\n", name);
	return STATUS_USAGE;
}
