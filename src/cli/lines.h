/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.h - the lines of a batch file, and their words, as ip -batch has them.
 *
 * A line ends at a newline or at the end of the file. "#" and what follows is
 * cut off; a backslash before the newline joins the next line. A caller can ask
 * for a line without waiting for one, so that it can let go of what others wait
 * for before it waits itself.
 */
#ifndef BV_CLI_LINES_H
#define BV_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES 65536

struct lines {
	int fd;
	bool regular; /* reading it never waits */
	bool eof;
	unsigned int nr; /* of the line last returned, the first is 1 */
	size_t offset; /* bytes that were read from fd */
	char *in; /* read and not yet used: in[start..end) */
	size_t start, end;
	char *text; /* the joined line */
	size_t len;
	bool joining; /* -EAGAIN came between its parts */
};

/* Takes fd, also on failure. Negative errno. */
int lines_open(struct lines *l, int fd);
void lines_close(struct lines *l);

#define LINES_END 0
#define LINES_OK 1

/*
 * The next line in l->text, l->len bytes and a NUL. LINES_OK, LINES_END, or
 * -EAGAIN there is none without waiting, and wait is false; -EMSGSIZE it is
 * longer than LINE_MAX_BYTES; or what read(2) says.
 */
int lines_next(struct lines *l, bool wait);

/* True if another line is there, or can be had without waiting. */
bool lines_follow(const struct lines *l);

/*
 * Cuts a line into words at blanks; a word that begins with a quote ends with
 * it. Returns how many; -E2BIG more than max, -EINVAL a quote is not closed.
 */
int split_words(char *line, char **words, int max);

#endif /* BV_CLI_LINES_H */
