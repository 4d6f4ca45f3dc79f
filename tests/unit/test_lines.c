// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines and words of a batch file, and the progress line. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/lines.h"
#include "cli/progress.h"

/* A regular file with this content, to be read from its beginning. */
static void open_text(struct lines *l, const char *text, size_t len)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(lines_open(l, fd), 0);
	assert_true(l->regular);
}

static void expect_line(struct lines *l, const char *text, unsigned int nr)
{
	assert_int_equal(lines_next(l, false), LINES_OK);
	assert_string_equal(l->text, text);
	assert_int_equal(l->len, strlen(text));
	assert_int_equal(l->nr, nr);
}

static void test_lines(void **state)
{
	static const char text[] = "one\n"
				   "\n"
				   "# all of it\n"
				   "two # rest \\\n"
				   "th\\\n"
				   "r\\\n"
				   "ee\n"
				   "\\\n"
				   "four\n"
				   "a\\b\n"
				   "last \\";
	struct lines l;

	(void)state;
	open_text(&l, text, strlen(text));
	expect_line(&l, "one", 1);
	expect_line(&l, "", 2);
	expect_line(&l, "", 3);
	expect_line(&l, "two ", 4);
	expect_line(&l, "three", 7);
	expect_line(&l, "four", 9);
	expect_line(&l, "a\\b", 10);
	expect_line(&l, "last ", 11);
	assert_int_equal(lines_next(&l, false), LINES_END);
	assert_int_equal(lines_next(&l, true), LINES_END);
	lines_close(&l);
}

static void test_line_ends(void **state)
{
	static const char *const texts[] = { "",  "x",	"x\n",	"\n",
					     "#", "\\", "x\\\n" };
	static const int counts[] = { 0, 1, 1, 1, 1, 1, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lines l;
		int n = 0;

		open_text(&l, texts[i], strlen(texts[i]));
		while (lines_next(&l, false) == LINES_OK)
			n++;
		assert_int_equal(n, counts[i]);
		lines_close(&l);
	}
}

/* Lengths around the bound, and a file that is longer than the buffer. */
static void test_long_lines(void **state)
{
	size_t size = 4 * LINE_MAX_BYTES + 4;
	char *text = malloc(size);
	struct lines l;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	for (int i = 1; i <= 4; i++)
		text[i * (LINE_MAX_BYTES + 1) - 1] = '\n';
	open_text(&l, text, size);
	for (unsigned int i = 1; i <= 4; i++) {
		assert_int_equal(lines_next(&l, false), LINES_OK);
		assert_int_equal(l.len, LINE_MAX_BYTES);
		assert_int_equal(l.nr, i);
	}
	assert_int_equal(lines_next(&l, false), LINES_END);
	lines_close(&l);

	text[LINE_MAX_BYTES] = 'x'; /* one byte too long */
	open_text(&l, text, size);
	assert_int_equal(lines_next(&l, false), -EMSGSIZE);
	lines_close(&l);

	open_text(&l, text, LINE_MAX_BYTES + 1); /* at the end of a file */
	assert_int_equal(lines_next(&l, false), -EMSGSIZE);
	lines_close(&l);

	text[LINE_MAX_BYTES - 1] = '\\'; /* two parts, too long together */
	text[LINE_MAX_BYTES] = '\n';
	open_text(&l, text, size);
	assert_int_equal(lines_next(&l, false), -EMSGSIZE);
	lines_close(&l);
	free(text);
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* What is not there yet is waited for only when that is asked. */
static void test_pipe(void **state)
{
	int fds[2];
	struct lines l;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(lines_open(&l, fds[0]), 0);
	assert_false(l.regular);
	assert_int_equal(lines_next(&l, false), -EAGAIN);
	put(fds[1], "one\ntwo\nthr");
	expect_line(&l, "one", 1);
	assert_true(lines_follow(&l));
	expect_line(&l, "two", 2);
	assert_false(lines_follow(&l));
	assert_int_equal(lines_next(&l, false), -EAGAIN);
	put(fds[1], "ee\nfo\\\n");
	expect_line(&l, "three", 3);
	assert_int_equal(lines_next(&l, false), -EAGAIN);
	put(fds[1], "ur\n");
	assert_int_equal(lines_next(&l, true), LINES_OK);
	assert_string_equal(l.text, "four");
	assert_int_equal(l.nr, 5);
	close(fds[1]);
	assert_int_equal(lines_next(&l, false), LINES_END);
	lines_close(&l);
}

static void test_directory(void **state)
{
	struct lines l;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lines_open(&l, fd), 0);
	assert_int_equal(lines_next(&l, true), -EISDIR);
	lines_close(&l);
}

static void expect_words(const char *line, const char *joined)
{
	char copy[128], is[128] = "", *words[8];
	int n;

	strcpy(copy, line);
	n = split_words(copy, words, 8);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		strcat(is, words[i]);
		strcat(is, "|");
	}
	assert_string_equal(is, joined);
}

static void test_words(void **state)
{
	char line[64], *words[2];

	(void)state;
	expect_words("", "");
	expect_words(" \t\r\n", "");
	expect_words("a", "a|");
	expect_words("  a\tb \r", "a|b|");
	expect_words("\"a b\" 'c \"d'", "a b|c \"d|");
	expect_words("\"\" ''", "||");
	/* As ip: a quote within a word is a letter, and it ends a word. */
	expect_words("a\"b c\"", "a\"b|c\"|");
	expect_words("\"a\"b", "a|b|");
	strcpy(line, "a 'b c");
	assert_int_equal(split_words(line, words, 2), -EINVAL);
	strcpy(line, "a b ");
	assert_int_equal(split_words(line, words, 2), 2);
	strcpy(line, "a b c");
	assert_int_equal(split_words(line, words, 2), -E2BIG);
}

static void test_progress(void **state)
{
	struct progress p;
	char *buf = NULL;
	size_t len;
	FILE *fp = open_memstream(&buf, &len);

	(void)state;
	progress_start(&p, fp, 5000);
	progress_show(&p, 5999, 10, 1);
	progress_clear(&p);
	fflush(fp);
	assert_int_equal(len, 0); /* a short batch shows nothing at all */
	progress_show(&p, 6000, 20, 2);
	progress_show(&p, 6100, 30, 3);
	progress_show(&p, 6200, 40, 4);
	progress_clear(&p);
	progress_clear(&p);
	fclose(fp);
	assert_string_equal(buf, "20 lines, 2 %\033[K\r40 lines, 4 %\033[K\r"
				 "\033[K");
	free(buf);
	progress_start(&p, NULL, 0);
	progress_show(&p, 99999, 1, 1); /* not a terminal */
	assert_false(p.shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
