// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of lines.h.
 *
 * Two buffers of fixed size: what read(2) gave, and the line being put
 * together, which survives a return with -EAGAIN in the middle of a joined one.
 */
#include "cli/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest part of a line, its newline, and room to read on. */
#define IN_BYTES (2 * LINE_MAX_BYTES)

int lines_open(struct lines *l, int fd)
{
	struct stat st;

	*l = (struct lines){ .fd = fd };
	if (fstat(fd, &st)) {
		int err = -errno;

		lines_close(l);
		return err;
	}
	l->regular = S_ISREG(st.st_mode);
	l->in = malloc(IN_BYTES);
	l->text = malloc(LINE_MAX_BYTES + 1);
	if (!l->in || !l->text) {
		lines_close(l);
		return -ENOMEM;
	}
	l->text[0] = '\0';
	return 0;
}

void lines_close(struct lines *l)
{
	free(l->in);
	free(l->text);
	close(l->fd);
	*l = (struct lines){ .fd = -1 };
}

static bool would_wait(const struct lines *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return !l->regular && poll(&p, 1, 0) == 0;
}

/* Reads on, behind what is there. */
static int fill(struct lines *l, bool wait)
{
	ssize_t n;

	if (!wait && would_wait(l))
		return -EAGAIN;
	if (l->start) {
		memmove(l->in, l->in + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	do {
		n = read(l->fd, l->in + l->end, IN_BYTES - l->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->eof = n == 0;
	l->end += (size_t)n;
	l->offset += (size_t)n;
	return 0;
}

/*
 * A physical line: its length, without the newline, from in + start. The whole
 * of a part that is too long to be a line is never in the buffer.
 */
static int physical(struct lines *l, bool wait, size_t *len)
{
	size_t seen = 0;

	for (;;) {
		size_t n = l->end - l->start;
		char *nl = memchr(l->in + l->start + seen, '\n', n - seen);
		int r;

		if (nl || (l->eof && n)) {
			*len = nl ? (size_t)(nl - (l->in + l->start)) : n;
			return *len > LINE_MAX_BYTES ? -EMSGSIZE : LINES_OK;
		}
		if (l->eof)
			return LINES_END;
		if (n > LINE_MAX_BYTES)
			return -EMSGSIZE;
		seen = n;
		r = fill(l, wait);
		if (r)
			return r;
	}
}

/* Moves one physical line to the text, without its comment. */
static int join(struct lines *l, size_t used)
{
	const char *from = l->in + l->start;
	const char *hash = memchr(from, '#', used);
	size_t len = hash ? (size_t)(hash - from) : used;

	l->joining = !hash && len && from[len - 1] == '\\';
	len -= l->joining;
	/* The last line of a file may have no newline. */
	l->start += used + (l->start + used < l->end);
	l->nr++;
	if (l->len + len > LINE_MAX_BYTES)
		return -EMSGSIZE;
	memcpy(l->text + l->len, from, len);
	l->len += len;
	l->text[l->len] = '\0';
	return 0;
}

int lines_next(struct lines *l, bool wait)
{
	int r;

	if (!l->joining)
		l->len = 0;
	do {
		size_t used = 0;

		r = physical(l, wait, &used);
		if (r == LINES_END && l->joining) {
			l->joining = false;
			return LINES_OK;
		}
		if (r != LINES_OK)
			return r;
		r = join(l, used);
	} while (!r && l->joining);
	return r ? r : LINES_OK;
}

bool lines_follow(const struct lines *l)
{
	return l->regular || memchr(l->in + l->start, '\n', l->end - l->start);
}

int split_words(char *line, char **words, int max)
{
	static const char blanks[] = " \t\r\n";
	int n = 0;

	for (;;) {
		char *end;

		line += strspn(line, blanks);
		if (!*line)
			return n;
		if (n == max)
			return -E2BIG;
		if (*line == '"' || *line == '\'') {
			end = strchr(line + 1, *line);
			line++;
			if (!end)
				return -EINVAL;
		} else {
			end = line + strcspn(line, blanks);
		}
		words[n++] = line;
		if (!*end)
			return n;
		*end = '\0';
		line = end + 1;
	}
}
