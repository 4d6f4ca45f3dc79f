// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of `type macvlan`, and what `link show` makes of such a slave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_lib.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define INCOMPLETE "Command line is not complete. Try option \"help\"\n"
#define ADD_BARE "bpfvlan link add link eth0 m type macvlan"
#define ADD ADD_BARE " "
#define SET "bpfvlan link set m type macvlan "
#define MODES "\"private\", \"vepa\", \"bridge\", \"passthru\" or \"source\""

static const struct {
	const char *line, *err;
} wrong[] = {
	{ ADD "mode l2",
	  "Error: argument of \"mode\" must be " MODES ", not \"l2\"\n" },
	{ ADD "mode", INCOMPLETE },
	{ ADD "flag", INCOMPLETE },
	{ ADD "flag all",
	  "Error: argument of \"flag\" must be \"nopromisc\", \"nodst\" or \"null\", not \"all\"\n" },
	{ ADD "nopromisc",
	  "macvlan: nopromisc flag only valid in passthru mode\n" },
	{ ADD "mode bridge flag nopromisc",
	  "macvlan: nopromisc flag only valid in passthru mode\n" },
	{ SET "nopromisc",
	  "macvlan: nopromisc flag only valid in passthru mode\n" },
	{ ADD "bcqueuelen -1",
	  "Error: argument of \"bcqueuelen\" must be a positive integer [0-4294967295], not \"-1\"\n" },
	{ ADD "bcqueuelen 4294967296",
	  "Error: argument of \"bcqueuelen\" must be a positive integer [0-4294967295], not \"4294967296\"\n" },
	{ ADD "bclim x", "Error: illegal value for \"bclim\": \"x\"\n" },
	{ ADD "bclim 2147483648",
	  "Error: illegal value for \"bclim\": \"2147483648\"\n" },
	{ ADD "bclim -2147483649",
	  "Error: illegal value for \"bclim\": \"-2147483649\"\n" },
	{ ADD "bclim --1", "Error: illegal value for \"bclim\": \"--1\"\n" },
	{ ADD "macaddr", INCOMPLETE },
	{ ADD "macaddr all",
	  "Error: argument of \"macaddr\" must be either \"add\", \"del\", \"set\" or \"flush\", not \"all\"\n" },
	{ ADD "macaddr add", INCOMPLETE },
	{ ADD "macaddr del x", "\"x\" is invalid lladdr.\n" },
	{ ADD "macaddr add 02:00:00:00:00:01 02:00:00:00:00:02",
	  "macvlan: unknown option \"02:00:00:00:00:02\"?\n" },
	{ ADD "macaddr flush macaddr flush",
	  "Error: duplicate \"macaddr\": \"flush\" is the second value.\n" },
	{ ADD "macaddr set 02:00:00:00:00:01 02:00:00:00:00",
	  "macvlan: unknown option \"02:00:00:00:00\"?\n" },
	/* ipvlan's. */
	{ ADD "bridge", "macvlan: unknown option \"bridge\"?\n" },
	{ ADD "proxy on", "macvlan: unknown option \"proxy\"?\n" },
	{ ADD "nominee on", "macvlan: unknown option \"nominee\"?\n" },
	{ "bpfvlan link add link eth0 m type ipvlan mode bridge",
	  "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\", not \"bridge\"\n" },
	{ "bpfvlan link add link eth0 m type ipvlan bclim 1",
	  "ipvlan: unknown option \"bclim\"?\n" },
	{ SET "via veth", "macvlan: unknown option \"via\"?\n" },
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		fake_expect(wrong[i].line, 1, "", wrong[i].err);
		assert_null(fake.log);
	}
}

#define ADDED(mode, rest)                                          \
	"ctx -\nadd m master=eth0 netns=- new=- kind=2 mode=" mode \
	" flag=0 host=0 up=0 mtu=0 mac=- max=0,0 arp=0 proxy=0 nominee=0 via=0\n" rest

static const struct {
	const char *line, *log;
} right[] = {
	{ ADD_BARE, ADDED("0", "") },
	{ ADD "mode private", ADDED("4", "") },
	{ ADD "mode vepa", ADDED("5", "") },
	{ ADD "mode bridge", ADDED("6", "") },
	{ ADD "mode passthru nopromisc",
	  ADDED("7", "  nopromisc=1 nodst=2\n") },
	{ ADD "flag nopromisc mode passthru flag nodst",
	  ADDED("7", "  nopromisc=1 nodst=1\n") },
	{ ADD "mode source nodst nodst",
	  ADDED("8", "  nopromisc=2 nodst=1\n") },
	{ ADD "flag null", ADDED("0", "  nopromisc=2 nodst=2\n") },
	{ ADD "bcqueuelen 0 bclim -1",
	  ADDED("0", "  bcqueuelen=0 bclim=-1\n") },
	{ ADD "bcqueuelen 4294967295 bclim -2147483648",
	  ADDED("0", "  bcqueuelen=4294967295 bclim=-2147483648\n") },
	{ ADD "bclim 0x7fffffff", ADDED("0", "  bclim=2147483647\n") },
	{ ADD "macaddr add 02:00:00:00:00:01 mode source",
	  ADDED("8", "  macaddr=1: ..01\n") },
	{ ADD "macaddr del 02:00:00:00:00:01",
	  ADDED("0", "  macaddr=2: ..01\n") },
	{ ADD "macaddr set", ADDED("0", "  macaddr=3:\n") },
	{ ADD "macaddr set 02:00:00:00:00:01 2:0:0:0:0:2 bclim 1",
	  ADDED("0", "  bclim=1 macaddr=3: ..01 ..02\n") },
	{ ADD "macaddr flush", ADDED("0", "  macaddr=4:\n") },
};

static void test_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(right); i++) {
		fake_reset();
		fake_expect(right[i].line, 0, "", "");
		if (strcmp(fake.log, right[i].log))
			print_error("%s\n", right[i].line);
		assert_string_equal(fake.log, right[i].log);
	}
}

static void test_many_macs(void **state)
{
	char line[8192] = SET "macaddr set";
	int n = 0;

	(void)state;
	for (; n < 40; n++)
		sprintf(line + strlen(line), " 02:00:00:00:00:%02x", n);
	fake_slave("m", "");
	fake_expect(line, 0, "", "");
	assert_non_null(strstr(fake.log, " ..26 ..27\n"));
}

static struct bv_slave_info *macvlan(void)
{
	struct bv_slave_info *s = fake_slave("m", "");

	s->kind = BV_KIND_MACVLAN;
	s->mode = BV_MODE_BRIDGE;
	s->arp = BV_ARP_FLOOD;
	s->bcqueuelen = 1000;
	s->bcqueuelen_used = 128;
	s->bclim = 15;
	return s;
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

#define OURS "host on arp flood learned_macs 0 via veth slot 1 host_dev bv3.1 "
#define OURS_JSON                                             \
	"\"host\":true,\"arp\":\"flood\",\"learned_macs\":0," \
	"\"via\":\"veth\",\"slot\":1,\"host_dev\":\"bv3.1\"}}"

static void test_show(void **state)
{
	(void)state;
	macvlan();
	expect_info(
		"\n    macvlan mode bridge bcqueuelen 1000 usedbcqueuelen 128 " OURS,
		"\"linkinfo\":{\"info_kind\":\"macvlan\",\"info_data\":{"
		"\"mode\":\"bridge\",\"bcqueuelen\":1000,"
		"\"usedbcqueuelen\":128," OURS_JSON);
}

static void test_show_passthru(void **state)
{
	struct bv_slave_info *s = macvlan();

	(void)state;
	s->mode = BV_MODE_PASSTHRU;
	s->nopromisc = true;
	s->bclim = -1;
	expect_info(
		"macvlan mode passthru nopromisc bcqueuelen 1000 usedbcqueuelen 128 bclim -1 host",
		"\"mode\":\"passthru\",\"nopromisc\":true,"
		"\"bcqueuelen\":1000,\"usedbcqueuelen\":128,\"bclim\":-1,\"host\"");
}

static void test_show_source(void **state)
{
	static const uint8_t macs[2 * BV_MAC_LEN] = { 2, 0, 0, 0, 0, 1,
						      2, 0, 0, 0, 0, 2 };
	struct bv_slave_info *s = macvlan();

	(void)state;
	s->mode = BV_MODE_SOURCE;
	s->nodst = true;
	expect_info("usedbcqueuelen 128 remotes (0) host",
		    "\"usedbcqueuelen\":128,\"macaddr_count\":0,\"host\"");
	s->source_macs = macs;
	s->n_source_macs = 2;
	expect_info(
		"macvlan mode source nodst bcqueuelen 1000 usedbcqueuelen 128 "
		"remotes (2) 02:00:00:00:00:01 02:00:00:00:00:02 host",
		"\"macaddr_count\":2,\"macaddr_data\":"
		"[\"02:00:00:00:00:01\",\"02:00:00:00:00:02\"],\"host\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong),	  TEST(test_right),
		TEST(test_many_macs),	  TEST(test_show),
		TEST(test_show_passthru), TEST(test_show_source),
	};

	return cmocka_run_group_tests_name("macvlan", tests, NULL, NULL);
}
