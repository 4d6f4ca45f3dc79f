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

static void of_kinds(void **state)
{
	static const struct {
		enum bv_kind kind;
		enum bv_mode mode;
		enum bv_macaddr macaddr;
		int err;
		const char *why;
	} tries[] = {
		{ BV_KIND_IPVTAP, 0, 0, -EINVAL, "no master given" },
		{ (enum bv_kind)9, 0, 0, -EOPNOTSUPP, "unknown kind 9" },
		{ BV_KIND_MACVLAN, (enum bv_mode)9, 0, -EOPNOTSUPP,
		  "unknown mode 9" },
		{ BV_KIND_MACVLAN, 0, (enum bv_macaddr)5, -EINVAL,
		  "unknown macaddr 5" },
		{ BV_KIND_MACVLAN, BV_MODE_SOURCE, BV_MACADDR_SET, -EINVAL,
		  "no master given" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		BV_OPTS(bv_slave_opts, opts, .kind = tries[i].kind,
			.mode = tries[i].mode, .macaddr = tries[i].macaddr);

		expect(tries[i].err, &opts, tries[i].why);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(none, setup, teardown),
		cmocka_unit_test_setup_teardown(of_an_older_version, setup,
						teardown),
		cmocka_unit_test_setup_teardown(of_a_newer_version, setup,
						teardown),
		cmocka_unit_test_setup_teardown(of_kinds, setup, teardown),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: opens a context\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests_name("opts", tests, NULL, NULL);
}
