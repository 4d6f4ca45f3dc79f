// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of a batch file, and their words. The input is the file; its lines
 * are compared with those of a reader that has it all in memory, and each is
 * then cut into words.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/lines.h"
#include "require.h"

#define WORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The joined line at the beginning of data; returns what it takes of that. */
static size_t read_plainly(const char *data, size_t size, char *line,
			   size_t *len, unsigned int *nr)
{
	size_t used = 0;
	bool joining;

	*len = 0;
	do {
		const char *from = data + used;
		const char *nl = memchr(from, '\n', size - used);
		size_t n = nl ? (size_t)(nl - from) : size - used;
		const char *hash = memchr(from, '#', n);
		size_t keep = hash ? (size_t)(hash - from) : n;

		joining = !hash && keep && from[keep - 1] == '\\';
		keep -= joining;
		memcpy(line + *len, from, keep);
		*len += keep;
		used += n + !!nl;
		++*nr;
	} while (joining && used < size);
	return used;
}

/* Words lie in the line one behind the other, and hold no blanks but quoted. */
static void check_words(char *line, size_t len)
{
	char *copy = malloc(len + 1), *words[WORDS_MAX];
	const char *last = copy;
	int n;

	require(copy);
	memcpy(copy, line, len + 1);
	n = split_words(copy, words, WORDS_MAX);
	require(n <= WORDS_MAX);
	if (n < 0)
		require(n == -E2BIG || n == -EINVAL);
	for (int i = 0; i < n; i++) {
		size_t at = (size_t)(words[i] - copy);
		bool quoted = at && strchr("\"'", line[at - 1]);

		require(words[i] >= last);
		require(at + strlen(words[i]) <= strlen(line));
		require(!memcmp(line + at, words[i], strlen(words[i])));
		require(quoted || *words[i]);
		require(quoted || !strpbrk(words[i], " \t\r\n"));
		last = words[i] + strlen(words[i]);
	}
	free(copy);
}

static int open_text(struct lines *l, const uint8_t *data, size_t size)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	require(fd >= 0);
	require(write(fd, data, size) == (ssize_t)size);
	require(lseek(fd, 0, SEEK_SET) == 0);
	return lines_open(l, fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	unsigned int nr = 0;
	size_t used = 0, len;
	struct lines l;
	int r;

	require(line && !open_text(&l, data, size));
	while (used < size) {
		used += read_plainly((const char *)data + used, size - used,
				     line, &len, &nr);
		r = lines_next(&l, used & 1);
		/* Only this one is told by the sum of its parts. */
		if (len > LINE_MAX_BYTES || r == -EMSGSIZE)
			break;
		require(r == LINES_OK);
		require(l.len == len && !memcmp(l.text, line, len));
		require(!l.text[len] && l.nr == nr);
		require(lines_follow(&l));
		check_words(l.text, len);
	}
	if (used == size && size < LINE_MAX_BYTES)
		require(lines_next(&l, true) == LINES_END);
	lines_close(&l);
	free(line);
	return 0;
}
