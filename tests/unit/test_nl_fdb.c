// SPDX-License-Identifier: GPL-2.0-or-later
/* src/nl/fdb.c, against the kernel: a veth, which has no filter of its own. */
#include "nl_env.h"

#include <string.h>

#define MANY 300

static const uint8_t other[6] = { 2, 0, 0, 0, 0x47, 0x12 };

struct found {
	size_t n;
	bool mac, other;
};

static int note(const uint8_t addr[6], void *arg)
{
	struct found *f = arg;

	f->n++;
	f->mac |= !memcmp(addr, mac, 6);
	f->other |= !memcmp(addr, other, 6);
	return 0;
}

static struct found list(struct env *e, uint32_t ifindex)
{
	struct found f = { 0 };

	assert_int_equal(nl_fdb_dump(e->nl, ifindex, note, &f), 0);
	return f;
}

static void comes_and_goes(void **state)
{
	struct env *e = *state;
	struct found f;

	add_pairs(e, 2);
	assert_int_equal(list(e, WANTED).n, 0);
	assert_int_equal(nl_fdb_add(e->nl, WANTED, mac), 0);
	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), 0);
	f = list(e, WANTED);
	assert_int_equal(f.n, 2);
	assert_true(f.mac && f.other);
	/* Of this link alone. */
	assert_int_equal(list(e, WANTED + 1).n, 0);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, mac), 0);
	f = list(e, WANTED);
	assert_int_equal(f.n, 1);
	assert_true(f.other);
}

static void there_or_not_there(void **state)
{
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_fdb_add(e->nl, WANTED, mac), 0);
	assert_int_equal(nl_fdb_add(e->nl, WANTED, mac), -EEXIST);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, mac), 0);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, mac), -ENOENT);
	assert_int_equal(nl_fdb_add(e->nl, WANTED + 1, mac), -ENODEV);
	assert_int_equal(nl_fdb_del(e->nl, WANTED + 1, mac), -ENODEV);
}

static void without_filter_it_is_promiscuous(void **state)
{
	struct env *e = *state;
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	set_up(e, "near", "far");
	assert_int_equal(nl_fdb_add(e->nl, WANTED, mac), 0);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.promiscuity, 1);
	assert_int_equal(nl_fdb_del(e->nl, WANTED, mac), 0);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.promiscuity, 0);
}

static void groups_are_not_listed(void **state)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 77 };
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_fdb_add(e->nl, WANTED, group), 0);
	assert_int_equal(list(e, WANTED).n, 0);
}

static void many(void **state)
{
	struct env *e = *state;
	uint8_t addr[6] = { 2, 0, 0, 1 };

	add_pair(e, WANTED, "near", "far");
	for (int i = 0; i < MANY; i++) {
		addr[4] = (uint8_t)(i >> 8);
		addr[5] = (uint8_t)i;
		assert_int_equal(nl_fdb_add(e->nl, WANTED, addr), 0);
	}
	assert_int_equal(list(e, WANTED).n, MANY);
}

static int stop(const uint8_t addr[6], void *arg)
{
	(void)addr;
	++*(int *)arg;
	return -ECANCELED;
}

static void a_callback_stops_it(void **state)
{
	struct env *e = *state;
	int n = 0;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_fdb_add(e->nl, WANTED, mac), 0);
	assert_int_equal(nl_fdb_add(e->nl, WANTED, other), 0);
	assert_int_equal(nl_fdb_dump(e->nl, WANTED, stop, &n), -ECANCELED);
	assert_int_equal(n, 1);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, nl_env_setup, nl_env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(comes_and_goes),
		T(there_or_not_there),
		T(without_filter_it_is_promiscuous),
		T(groups_are_not_listed),
		T(many),
		T(a_callback_stops_it),
	};

	return cmocka_run_group_tests_name("nl_fdb", tests, NULL, NULL);
}
