/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl_fdb.c - unicast filters of src/nl against the running kernel.
 */
#include "nl_env.h"

#include <string.h>

static const uint8_t other[6] = { 2, 0, 0, 0, 0x12, 0x34 };

struct found {
	int n; /* unicast entries */
	uint8_t last[6];
};

static int find(const struct nl_fdb *fdb, void *arg)
{
	struct found *found = arg;

	if (fdb->mac[0] & 1)
		return 0;
	found->n++;
	memcpy(found->last, fdb->mac, sizeof(found->last));
	return 0;
}

static struct found dump(struct nl_sock *nl, uint32_t ifindex)
{
	struct found found = { .n = 0 };

	assert_int_equal(nl_fdb_dump(nl, ifindex, find, &found), 0);
	return found;
}

static void a_mac_comes_and_goes(void **state)
{
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(dump(e->nl, WANTED).n, 0);
	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), 0);
	found = dump(e->nl, WANTED);
	assert_int_equal(found.n, 1);
	assert_memory_equal(found.last, other, sizeof(other));
	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), -EEXIST);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, other), 0);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, other), -ENOENT);
	assert_int_equal(dump(e->nl, WANTED).n, 0);
}

static void the_dump_is_of_one_device(void **state)
{
	struct env *e = *state;

	add_pairs(e, 2);
	assert_int_equal(nl_fdb_add(e->nl, WANTED + 1, other), 0);
	assert_int_equal(dump(e->nl, WANTED).n, 0);
	assert_int_equal(dump(e->nl, WANTED + 1).n, 1);
}

static void a_filter_is_not_promiscuous(void **state)
{
	struct env *e = *state;
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), 0);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.promiscuity, 0);
}

static void no_device_is_an_error(void **state)
{
	struct env *e = *state;

	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), -ENODEV);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, other), -ENODEV);
}

#define T(f) cmocka_unit_test_setup_teardown(f, nl_env_setup, nl_env_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_mac_comes_and_goes),
		T(the_dump_is_of_one_device),
		T(a_filter_is_not_promiscuous),
		T(no_device_is_an_error),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: makes network namespaces\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
