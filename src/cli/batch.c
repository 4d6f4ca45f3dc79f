// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `-batch FILE`: a command a line.
 *
 * The result is that of the lines run one after the other. Two things make it
 * fast. The library keeps its lock from the first change to the end, as long as
 * the next line is there; it is let go before a wait for more input, because
 * the whole namespace waits with us otherwise. And slaves that consecutive
 * lines delete go in one call: such lines are read and kept until another
 * command, a bad line, the end or a wait. That call is all or nothing; if it
 * fails, the kept lines are taken apart at the one that failed, and the rest is
 * as if they had been run one by one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/link.h"
#include "cli/lines.h"
#include "cli/progress.h"

#define WORDS_MAX 128
#define KEPT_MAX 1024

/* A line of `link del` that waits for others. It owns its strings. */
struct kept {
	struct bv_slave_ref refs[KEPT_MAX];
	unsigned int nr[KEPT_MAX];
	size_t n;
};

struct batch {
	struct cli *cli;
	const char *name;
	struct lines lines;
	struct kept kept;
	struct progress progress;
	off_t size;
	int status;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Returns whether to go on. */
static bool line_failed(struct batch *b, unsigned int nr)
{
	fprintf(b->cli->err, "Command failed %s:%u\n", b->name, nr);
	b->status = STATUS_USAGE;
	return b->cli->force;
}

static void kept_clear(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free((char *)k->refs[i].name);
		free((char *)k->refs[i].netns);
	}
	k->n = 0;
}

/* Reports a deletion that failed with err. Returns whether to go on. */
static bool delete_failed(struct batch *b, size_t i, int err)
{
	(void)cli_failed(b->cli, err);
	return line_failed(b, b->kept.nr[i]);
}

static bool delete_singly(struct batch *b, size_t from, size_t n)
{
	bool go_on = true;

	for (size_t i = from; go_on && i < from + n; i++) {
		int r = bv_slave_del(b->cli->ctx, &b->kept.refs[i], 1, NULL);

		if (r < 0)
			go_on = delete_failed(b, i, r);
	}
	return go_on;
}

/*
 * Each round is a call for all that is left, and, if that fails, what ends with
 * the line at fault: those before it, then itself. It may succeed by then, when
 * they were what made it ambiguous.
 */
static bool delete_kept(struct batch *b)
{
	struct kept *k = &b->kept;
	bool go_on = true;
	size_t i = 0;

	/* Worth its lock, whether or not more lines follow at once. */
	if (k->n > 1)
		b->cli->want_batch = true;
	while (i < k->n && cli_open(b->cli, CLI_CHANGES) != STATUS_OK)
		if (!line_failed(b, k->nr[i++]))
			return false;
	while (go_on && i < k->n) {
		const struct bv_slave_ref *refs = k->refs + i;
		size_t n = k->n - i, bad = n;
		int r = bv_slave_del(b->cli->ctx, refs, n, &bad);

		if (r >= 0)
			break;
		if (n == 1 || bad == 0) {
			go_on = delete_failed(b, i++, r);
			continue;
		}
		if (bad >= n) /* not the fault of one reference */
			return delete_singly(b, i, n);
		if (bv_slave_del(b->cli->ctx, refs, bad, NULL) < 0)
			go_on = delete_singly(b, i, bad);
		if (go_on)
			go_on = delete_singly(b, i + bad, 1);
		i += bad + 1;
	}
	return go_on;
}

/* Runs what is kept. Returns whether to go on. */
static bool kept_run(struct batch *b)
{
	bool go_on = delete_kept(b);

	kept_clear(&b->kept);
	return go_on;
}

static int keep(struct batch *b, const struct bv_slave_ref *ref)
{
	struct bv_slave_ref copy = { .name = strdup(ref->name) };

	if (ref->netns)
		copy.netns = strdup(ref->netns);
	if (!copy.name || (ref->netns && !copy.netns)) {
		free((char *)copy.name);
		free((char *)copy.netns);
		return -ENOMEM;
	}
	b->kept.nr[b->kept.n] = b->lines.nr;
	b->kept.refs[b->kept.n++] = copy;
	return 0;
}

static bool is_delete(int argc, char **argv, struct bv_slave_ref *ref)
{
	struct args silent = { .argv = argv, .argc = argc };
	const struct object *object;
	const struct command *command;

	return cli_resolve(&silent, &object, &command) == STATUS_OK &&
	       command->flags & COMMAND_DELETES &&
	       link_del_parse(&silent, ref) == STATUS_OK;
}

/* Says why a line has no words; an exit code. */
static int bad_line(struct batch *b, int err)
{
	struct args say = { .err = b->cli->err };
	const char *text = "Unterminated quoted string";

	if (err == -E2BIG)
		text = "Too many arguments to command";
	else if (err == -EILSEQ)
		text = "Error: a NUL byte in the line.";
	return args_fail(&say, STATUS_USAGE, "%s", text);
}

/* Runs or keeps the line that was read. Returns whether to go on. */
static bool run_line(struct batch *b)
{
	char *words[WORDS_MAX];
	struct bv_slave_ref ref;
	int n = -EILSEQ, status;

	if (strlen(b->lines.text) == b->lines.len)
		n = split_words(b->lines.text, words, WORDS_MAX);
	if (!n)
		return true;
	if (n > 0 && is_delete(n, words, &ref)) {
		if (b->kept.n == KEPT_MAX && !kept_run(b))
			return false;
		if (!keep(b, &ref))
			return true;
	}
	if (!kept_run(b))
		return false;
	status = n < 0 ? bad_line(b, n) : cli_line(b->cli, n, words);
	return status == STATUS_OK || line_failed(b, b->lines.nr);
}

/* Before a wait: do what is kept, show what there is, let others go on. */
static bool settle(struct batch *b)
{
	bool go_on = kept_run(b);

	cli_settle(b->cli);
	fflush(b->cli->out);
	return go_on;
}

static void show_progress(struct batch *b)
{
	const struct lines *l = &b->lines;
	size_t done = l->offset - (l->end - l->start);

	if (b->progress.fp && b->size > 0)
		progress_show(&b->progress, now_ms(), l->nr,
			      (int)(done * 100 / (size_t)b->size));
}

/* LINES_END, or a negative errno of reading; what failed else has been said. */
static int run_lines(struct batch *b)
{
	int r;

	for (;;) {
		r = lines_next(&b->lines, false);
		if (r == -EAGAIN) {
			if (!settle(b))
				return LINES_END;
			r = lines_next(&b->lines, true);
		}
		if (r != LINES_OK)
			break;
		b->cli->want_batch = lines_follow(&b->lines);
		if (!run_line(b))
			return LINES_END;
		show_progress(b);
	}
	return kept_run(b) ? r : LINES_END;
}

static void read_failed(struct batch *b, int err)
{
	if (err == -EMSGSIZE) {
		fprintf(b->cli->err,
			"Error: the line is longer than %d bytes.\n",
			LINE_MAX_BYTES);
		(void)line_failed(b, b->lines.nr + 1);
		return;
	}
	fprintf(b->cli->err, "Cannot read file \"%s\": %s\n", b->name,
		strerror(-err));
	b->status = STATUS_USAGE;
}

static int batch_open(struct batch *b)
{
	FILE *err = b->cli->err;
	bool is_stdin = !strcmp(b->name, "-");
	struct stat st;
	int fd, r;

	fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
			open(b->name, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : lines_open(&b->lines, fd);
	if (r) {
		fprintf(err, "Cannot open file \"%s\" for reading: %s\n",
			b->name, strerror(-r));
		return r;
	}
	if (b->lines.regular && !fstat(fd, &st) && isatty(fileno(err))) {
		b->size = st.st_size;
		progress_start(&b->progress, err, now_ms());
	}
	return 0;
}

int batch_run(struct cli *cli)
{
	struct batch *b = calloc(1, sizeof(*b));
	int status, r;

	if (!b) {
		fputs("Error: out of memory.\n", cli->err);
		return STATUS_REFUSED;
	}
	b->cli = cli;
	b->name = cli->batch;
	if (batch_open(b)) {
		free(b);
		return STATUS_USAGE;
	}
	r = run_lines(b);
	cli_settle(cli);
	progress_clear(&b->progress);
	if (r < 0)
		read_failed(b, r);
	status = b->status;
	lines_close(&b->lines);
	free(b);
	return status;
}
