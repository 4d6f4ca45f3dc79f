// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of taps, and what `link show` makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fake_lib.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define ADD "bpfvlan link add link eth0 vm type "
#define INCOMPLETE "Command line is not complete. Try option \"help\"\n"

static const struct {
	const char *line, *err;
} wrong[] = {
	{ ADD "ipvtap mode bridge",
	  "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\", not \"bridge\"\n" },
	{ ADD "macvtap proxy on", "macvtap: unknown option \"proxy\"?\n" },
	{ ADD "macvtap nopromisc",
	  "macvtap: nopromisc flag only valid in passthru mode\n" },
	{ ADD "ipvtap user", INCOMPLETE },
	{ ADD "ipvtap user no:body", "invalid user \"no:body\"\n" },
	{ ADD "macvtap group no:body", "invalid group \"no:body\"\n" },
	{ ADD "ipvtap user root user 0",
	  "Error: duplicate \"user\": \"0\" is the second value.\n" },
	{ ADD "ipvtap multi_queue multi_queue",
	  "Error: \"multi_queue\" repeats or contradicts an earlier word.\n" },
	{ ADD "ipvtap pi",
	  "Error: \"pi\" is not for ipvtap: frames come without packet information.\n" },
	{ ADD "macvtap mode vepa pi",
	  "Error: \"pi\" is not for macvtap: frames come without packet information.\n" },
	{ ADD "ipvlan user root", "ipvlan: unknown option \"user\"?\n" },
	{ ADD "macvlan vnet_hdr", "macvlan: unknown option \"vnet_hdr\"?\n" },
	{ "bpfvlan link set vm type ipvtap multi_queue",
	  "ipvtap: unknown option \"multi_queue\"?\n" },
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		fake_expect(wrong[i].line, 1, "", wrong[i].err);
		assert_null(fake.log);
	}
}

#define ADDED(kind, mode, rest)                                            \
	"ctx -\nadd vm master=eth0 netns=- new=- kind=" kind " mode=" mode \
	" flag=0 host=0 up=0 mtu=0 mac=- max=0,0 arp=0 "                   \
	"proxy=0 nominee=0 via=0\n" rest

static const struct {
	const char *line, *log;
} right[] = {
	{ ADD "ipvtap", ADDED("3", "0", "") },
	{ ADD "ipvtap mode l2 vnet_hdr", ADDED("3", "1", "") },
	{ ADD "macvtap mode bridge", ADDED("4", "6", "") },
	{ ADD "macvtap user root group root multi_queue",
	  ADDED("4", "0", "  user=0\n  group=0\n  multi_queue\n") },
	{ ADD "ipvtap group 4294967294 user 1234",
	  ADDED("3", "0", "  user=1234\n  group=4294967294\n") },
};

static void test_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(right); i++) {
		fake_reset();
		fake_expect(right[i].line, 0, "", "");
		assert_string_equal(fake.log, right[i].log);
	}
}

static void expect_info(const char *text, const char *json)
{
	assert_int_equal(fake_run("bpfvlan -d link show"), 0);
	if (!strstr(fake.out, text))
		fail_msg("no \"%s\" in\n%s", text, fake.out);
	assert_int_equal(fake_run("bpfvlan -d -j link show"), 0);
	if (!strstr(fake.out, json))
		fail_msg("no \"%s\" in\n%s", json, fake.out);
}

static struct bv_slave_info *tap(enum bv_kind kind, enum bv_mode mode)
{
	struct bv_slave_info *s = fake_slave("vm", "");

	s->kind = kind;
	s->mode = mode;
	s->via = BV_VIA_AUTO;
	s->user = s->tap_group = -1;
	strcpy(s->host_dev, "vm");
	return s;
}

static void test_show_ipvtap(void **state)
{
	struct bv_slave_info *s = tap(BV_KIND_IPVTAP, BV_MODE_L2);

	(void)state;
	expect_info(
		"\n    ipvtap  mode l2 bridge host on arp filter proxy off nominee off slot 1 host_dev vm ",
		"\"linkinfo\":{\"info_kind\":\"ipvtap\",\"info_data\":{"
		"\"mode\":\"l2\",\"bridge\":true,\"host\":true,"
		"\"arp\":\"filter\",\"proxy\":false,\"nominee\":false,"
		"\"multi_queue\":false,\"slot\":1,\"host_dev\":\"vm\"}}");
	s->multi_queue = true;
	s->user = 0;
	s->tap_group = 4294967294;
	memcpy(s->guest_mac, (const uint8_t[]){ 2, 0, 0, 0, 0, 9 }, BV_MAC_LEN);
	expect_info(
		"nominee off multi_queue user root group 4294967294 guest 02:00:00:00:00:09 slot 1",
		"\"multi_queue\":true,\"user\":\"root\",\"group\":4294967294,"
		"\"guest\":\"02:00:00:00:00:09\",\"slot\":1");
}

static void test_show_macvtap(void **state)
{
	struct bv_slave_info *s = tap(BV_KIND_MACVTAP, BV_MODE_VEPA);

	(void)state;
	s->bclim = 15;
	expect_info(
		"\n    macvtap mode vepa bcqueuelen 0 usedbcqueuelen 0 host on arp filter learned_macs 0 slot 1",
		"\"info_kind\":\"macvtap\",\"info_data\":{\"mode\":\"vepa\","
		"\"bcqueuelen\":0,\"usedbcqueuelen\":0,\"host\":true,"
		"\"arp\":\"filter\",\"learned_macs\":0,"
		"\"multi_queue\":false,\"slot\":1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong),
		TEST(test_right),
		TEST(test_show_ipvtap),
		TEST(test_show_macvtap),
	};

	return cmocka_run_group_tests_name("tap", tests, NULL, NULL);
}
