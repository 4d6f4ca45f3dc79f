// SPDX-License-Identifier: GPL-2.0-or-later
/* What is documented is what there is: usage, manual, completion, reasons. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "fake_lib.h"

#define MANUAL BV_SOURCE_ROOT "/docs/man/bpfvlan.8"
#define COMPLETION BV_SOURCE_ROOT "/completions/bpfvlan"

static char *slurp(const char *path)
{
	FILE *fp = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!fp)
		fail_msg("cannot open %s", path);
	assert_true(getdelim(&text, &size, '\0', fp) > 0);
	fclose(fp);
	return text;
}

static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[len]))
			return true;
	return false;
}

/* Each word of the grammar, the part of a usage before its first remark. */
static void check_usage(const char *usage, const char *text, const char *path)
{
	size_t len = 0;
	char word[32];

	for (const char *c = usage; *c; c += len ? len : 1) {
		len = strspn(c, "abcdefghijklmnopqrstuvwxyz0123456789");
		if (!len || (c > usage && isupper((unsigned char)c[-1])))
			continue;
		assert_in_range(len, 1, sizeof(word) - 1);
		memcpy(word, c, len);
		word[len] = '\0';
		if (!has_word(text, word, len))
			fail_msg("\"%s\" is not in %s", word, path);
	}
}

/* Without "Usage:" and without the sentences at the end. */
static char *grammar_of(const struct object *object)
{
	const char *start = strstr(object->usage, "bpfvlan");
	char *copy = strdup(start), *end;

	assert_non_null(copy);
	for (end = copy; (end = strchr(end, '\n')); end++)
		if (end[1] != ' ' && strncmp(end + 1, "where", 5))
			break;
	if (end)
		*end = '\0';
	while ((end = strstr(copy, "where")))
		memset(end, ' ', 5);
	return copy;
}

static const struct object *const objects[] = { &link_object, &addr_object,
						&master_object };

static void test_manual(void **state)
{
	char *text = slurp(MANUAL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *grammar = grammar_of(objects[i]);

		check_usage(grammar, text, MANUAL);
		free(grammar);
	}
	free(text);
}

static void test_completion(void **state)
{
	char *text = slurp(COMPLETION);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *grammar = grammar_of(objects[i]);

		check_usage(grammar, text, COMPLETION);
		free(grammar);
	}
	free(text);
}

static void test_drop_reasons(void **state)
{
	char *text = slurp(MANUAL);

	(void)state;
	for (int i = 0; i < bv_drop_count(); i++) {
		char entry[256];

		snprintf(entry, sizeof(entry), "\n.It Li %s\n%s\n",
			 bv_drop_name(i), bv_drop_text(i));
		if (!strstr(text, entry))
			fail_msg("%s is not in the manual", bv_drop_name(i));
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_drop_reasons),
	};

	return cmocka_run_group_tests_name("docs", tests, NULL, NULL);
}
