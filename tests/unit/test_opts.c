// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Option structs of callers that were built with another version of bpfvlan.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpfvlan/bpfvlan.h"

static struct bv_ctx *ctx;

static int setup(void **state)
{
	(void)state;
	return bv_ctx_new(&ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	bv_ctx_free(ctx);
	return 0;
}

static void expect(int err, const struct bv_slave_opts *opts, const char *why)
{
	assert_int_equal(bv_slave_add(ctx, "x", opts), err);
	assert_string_equal(bv_ctx_error(ctx), why);
}

static void none(void **state)
{
	struct bv_slave_opts opts = { .sz = 1 };

	(void)state;
	expect(-EINVAL, NULL, "no options given");
	expect(-EINVAL, &opts, "no options given");
}

/* What lies behind an older, shorter struct is somebody else's memory. */
static void of_an_older_version(void **state)
{
	BV_OPTS(bv_slave_opts, opts, .arp = (enum bv_arp)99);

	(void)state;
	expect(-EINVAL, &opts, "unknown arp 99");
	opts.sz = offsetof(struct bv_slave_opts, arp);
	expect(-EINVAL, &opts, "no master given");
}

/* A newer one may ask for what this version has never heard of. */
static void of_a_newer_version(void **state)
{
	struct {
		struct bv_slave_opts opts;
		uint32_t later[4];
	} newer = { .opts = { .sz = sizeof(newer) } };

	(void)state;
	expect(-EINVAL, &newer.opts, "no master given");
	newer.later[3] = 1;
	expect(-EOPNOTSUPP, &newer.opts, "unknown options");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(none, setup, teardown),
		cmocka_unit_test_setup_teardown(of_an_older_version, setup,
						teardown),
		cmocka_unit_test_setup_teardown(of_a_newer_version, setup,
						teardown),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: opens a context\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests_name("opts", tests, NULL, NULL);
}
