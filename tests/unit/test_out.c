// SPDX-License-Identifier: GPL-2.0-or-later
/* The writer of text and JSON. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/out.h"

/* One of everything. */
static void write_all(struct out *o)
{
	out_open_array(o, NULL);
	out_open_object(o, NULL);
	out_uint(o, "ifindex", "%s: ", 7);
	out_str(o, "link", NULL, "eth0");
	out_str(o, "ifname", "%s", "web0");
	out_text(o, "@%s: ", "eth0");
	out_open_array(o, "flags");
	out_str(o, NULL, "<%s", "UP");
	out_str(o, NULL, ",%s", "M-DOWN");
	out_close(o);
	out_text(o, "> ");
	out_open_object(o, "empty");
	out_close(o);
	out_bool(o, "yes", true);
	out_bool(o, "no", false);
	out_uint(o, "zero", "%s\n", 0);
	out_close(o);
	out_close(o);
}

static void expect(bool json, bool pretty, void (*write)(struct out *o),
		   const char *text)
{
	char *buf = NULL;
	size_t len;
	FILE *fp = open_memstream(&buf, &len);
	struct out *o = out_new(fp, json, pretty);

	assert_non_null(o);
	write(o);
	assert_int_equal(out_end(o), 0);
	fclose(fp);
	assert_string_equal(buf, text);
	free(buf);
}

static void test_both(void **state)
{
	(void)state;
	expect(false, false, write_all, "7: web0@eth0: <UP,M-DOWN> 0\n");
	/* Pretty is a matter of JSON alone. */
	expect(false, true, write_all, "7: web0@eth0: <UP,M-DOWN> 0\n");
	expect(true, false, write_all,
	       "[{\"ifindex\":7,\"link\":\"eth0\",\"ifname\":\"web0\","
	       "\"flags\":[\"UP\",\"M-DOWN\"],\"empty\":{},\"yes\":true,"
	       "\"no\":false,\"zero\":0}]\n");
	expect(true, true, write_all,
	       "[\n"
	       "    {\n"
	       "        \"ifindex\": 7,\n"
	       "        \"link\": \"eth0\",\n"
	       "        \"ifname\": \"web0\",\n"
	       "        \"flags\": [\n"
	       "            \"UP\",\n"
	       "            \"M-DOWN\"\n"
	       "        ],\n"
	       "        \"empty\": {},\n"
	       "        \"yes\": true,\n"
	       "        \"no\": false,\n"
	       "        \"zero\": 0\n"
	       "    }\n"
	       "]\n");
}

static void write_empty(struct out *o)
{
	out_open_array(o, NULL);
	out_close(o);
}

static void test_empty(void **state)
{
	(void)state;
	expect(false, false, write_empty, "");
	expect(true, false, write_empty, "[]\n");
	expect(true, true, write_empty, "[]\n");
}

static void write_odd(struct out *o)
{
	out_open_array(o, NULL);
	out_str(o, NULL, "%s\n", "\033[2J\"\\%s");
	out_str(o, NULL, "%s\n", "\xc3\xa4");
	out_str(o, NULL, "%s\n", "a\xff\xc3");
	out_uint(o, NULL, "%s\n", UINT64_MAX);
	out_uint(o, NULL, "%s\n", INT64_MAX);
	out_close(o);
}

/* Names that others chose; numbers at the edge. */
static void test_odd_values(void **state)
{
	(void)state;
	expect(false, false, write_odd,
	       "?[2J\"\\%s\n\xc3\xa4\na\xff\xc3\n18446744073709551615\n"
	       "9223372036854775807\n");
	expect(true, false, write_odd,
	       "[\"\\u001B[2J\\\"\\\\%s\",\"\xc3\xa4\","
	       "\"a\xef\xbf\xbd\xef\xbf\xbd\",9223372036854775807,"
	       "9223372036854775807]\n");
}

static int allocations_left;

static void *few_mallocs(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

/*
 * Whichever allocation fails: -ENOMEM and not a byte, or the whole document.
 * The end of the loop is a run in which none failed.
 */
static void test_out_of_memory(void **state)
{
	int failures = 0;

	(void)state;
	for (int allowed = 0;; allowed++) {
		char *buf = NULL;
		size_t len = 0;
		FILE *fp = open_memstream(&buf, &len);
		struct out *o = out_new(fp, true, false);
		int err;

		assert_non_null(o);
		allocations_left = allowed;
		json_set_alloc_funcs(few_mallocs, free);
		write_all(o);
		err = out_end(o);
		json_set_alloc_funcs(malloc, free);
		fclose(fp);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(len, 0);
			failures++;
		}
		free(buf);
		if (!err)
			break;
		assert_in_range(allowed, 0, 1000);
	}
	assert_in_range(failures, 10, 1000);
}

static void test_full_disk(void **state)
{
	(void)state;
	for (int json = 0; json < 2; json++) {
		FILE *fp = fopen("/dev/full", "w");
		struct out *o = out_new(fp, json, false);

		assert_non_null(fp);
		assert_non_null(o);
		write_all(o);
		assert_int_equal(out_end(o), -ENOSPC);
		fclose(fp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_odd_values),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
