// SPDX-License-Identifier: GPL-2.0-or-later
/* Values and words of a command line, one by one. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static void test_device_names(void **state)
{
	static const char *const good[] = {
		"a",   "eth0", "123456789012345", "...", "a.b",
		"a@b", "-x",   "\xc3\xa4",	  "%d",	 "help",
	};
	static const char *const bad[] = {
		"",	"1234567890123456",
		".",	"..",
		"a/b",	"/",
		"a b",	"a\tb",
		"a\nb", "a\rb",
		"a\vb", "a\fb",
		" eth", "eth ",
		"a:b",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(good); i++)
		assert_true(device_name_ok(good[i]));
	for (size_t i = 0; i < N_ELEMENTS(bad); i++)
		assert_false(device_name_ok(bad[i]));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t num;
	} good[] = {
		{ "0", 0 },	   { "1", 1 },
		{ "1500", 1500 },  { "4294967295", UINT32_MAX },
		{ "0x5dc", 1500 }, { "0XFFFFFFFF", UINT32_MAX },
		{ "0x00001", 1 },
	};
	static const char *const bad[] = {
		"",
		" 1",
		"1 ",
		"-1",
		"+1",
		"1.0",
		"1e3",
		"abc",
		"0x",
		"0xg",
		"017",
		"00",
		"1a",
		"4294967296",
		"0x100000000",
		"x1",
		"0x-1",
		"1\n2",
		"18446744073709551617",
		"0x 1",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		uint32_t num = 77;

		assert_int_equal(parse_u32(good[i].text, &num), 0);
		assert_int_equal(num, good[i].num);
	}
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		uint32_t num = 77;

		assert_true(parse_u32(bad[i], &num) < 0);
		assert_int_equal(num, 77);
	}
}

static void test_macs(void **state)
{
	static const uint8_t expected[] = { 0x02, 0xab, 0xCD, 0, 1, 0xff };
	static const char *const good[] = { "02:ab:cd:00:01:ff",
					    "02:AB:CD:00:01:FF",
					    "2:ab:cd:0:1:ff" };
	static const char *const bad[] = {
		"",
		"zz",
		"02",
		"02:ab:cd:00:01",
		"02:ab:cd:00:01:ff:00",
		"02:ab:cd:00:01:ff:",
		":02:ab:cd:00:01:ff",
		"02:ab:cd:00:01:0ff",
		"02-ab-cd-00-01-ff",
		"02:ab:cd:00::ff",
		"02:ab:cd:00:01:fg",
		" 02:ab:cd:00:01:ff",
		"02:ab:cd:00:01:ff ",
		"02abcd0001ff",
	};
	uint8_t mac[6];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		memset(mac, 0x77, sizeof(mac));
		assert_int_equal(parse_mac(good[i], mac), 0);
		assert_memory_equal(mac, expected, sizeof(mac));
	}
	memset(mac, 0x77, sizeof(mac));
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		assert_true(parse_mac(bad[i], mac) < 0);
		assert_int_equal(mac[0], 0x77);
	}
}

static const struct {
	const char *text;
	int family;
	uint8_t plen, first, last; /* bytes of the address */
} good_prefixes[] = {
	{ "10.0.0.5", AF_INET, 255, 10, 5 },
	{ "10.0.0.5/24", AF_INET, 24, 10, 5 },
	{ "10.0.0.5/0", AF_INET, 0, 10, 5 },
	{ "10.0.0.5/32", AF_INET, 32, 10, 5 },
	{ "255.255.255.255/32", AF_INET, 32, 255, 255 },
	{ "fe80::1", AF_INET6, 255, 0xfe, 1 },
	{ "2001:DB8::2/64", AF_INET6, 64, 0x20, 2 },
	{ "::/0", AF_INET6, 0, 0, 0 },
	{ "::3/128", AF_INET6, 128, 0, 3 },
	{ "64:ff9b::1.2.3.4/96", AF_INET6, 96, 0, 4 },
};
static const char *const bad_prefixes[] = {
	"",
	"/",
	"/24",
	"foo",
	"1.2.3",
	"1.2.3.4.5",
	"1.2.3.256",
	"01.2.3.4",
	"1.2.3.4/",
	"1.2.3.4/33",
	"1.2.3.4/a",
	"1.2.3.4/-1",
	"1.2.3.4/+1",
	"1.2.3.4/ 1",
	"1.2.3.4/08",
	"1.2.3.4/24/24",
	"1.2.3.4 ",
	" 1.2.3.4",
	"1.2.3.4/0x18",
	"1.2.3.4/255",
	"fe80::g",
	"fe80::1/129",
	"fe80:::1",
	"1:2:3:4:5:6:7",
	"fe80::1/",
	"fe80::1%lo",
	"x10.0.0.5/24",
	"0x0a.0.0.5",
	"any",
	"default",
	"1.2.3.4/24x",
	"::1/64 ",
	"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/64",
};

static void test_prefixes(void **state)
{
	struct bv_address addr;

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(good_prefixes); i++) {
		size_t len = good_prefixes[i].family == AF_INET ? 4 : 16;

		memset(&addr, 0x77, sizeof(addr));
		assert_int_equal(parse_prefix(good_prefixes[i].text, &addr), 0);
		assert_int_equal(addr.family, good_prefixes[i].family);
		assert_int_equal(addr.plen, good_prefixes[i].plen);
		assert_int_equal(addr.ip[0], good_prefixes[i].first);
		assert_int_equal(addr.ip[len - 1], good_prefixes[i].last);
		/* Unused bytes are zero: addresses are compared whole. */
		for (size_t j = len; j < 16; j++)
			assert_int_equal(addr.ip[j], 0);
	}
	memset(&addr, 0x77, sizeof(addr));
	for (size_t i = 0; i < N_ELEMENTS(bad_prefixes); i++) {
		if (!parse_prefix(bad_prefixes[i], &addr))
			fail_msg("\"%s\" was taken", bad_prefixes[i]);
		assert_int_equal(addr.plen, 0x77);
	}
}

static void test_is_prefix(void **state)
{
	(void)state;
	assert_true(is_prefix("l", "link"));
	assert_true(is_prefix("link", "link"));
	assert_false(is_prefix("links", "link"));
	assert_false(is_prefix("", "link"));
	assert_false(is_prefix("L", "link"));
}

static void test_choices(void **state)
{
	(void)state;
	assert_int_equal(choice_find(kind_words, "ipvlan")->num,
			 BV_KIND_IPVLAN);
	assert_null(choice_find(kind_words, "IPVLAN"));
	assert_null(choice_find(kind_words, "ipvl"));
	assert_null(choice_find(kind_words, ""));
	assert_string_equal(choice_word(flag_words, BV_FLAG_VEPA), "vepa");
	assert_string_equal(choice_word(origin_words, BV_ORIGIN_LEARNED),
			    "learned");
	assert_string_equal(choice_word(mode_words, 99), "?");
}

struct dest {
	const char *dev;
	uint32_t mtu;
	int up;
	struct mac_arg mac;
};

static const struct word words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL, offsetof(struct dest, dev) },
	{ "mtu", VALUE_U32, 1, 0, NULL, offsetof(struct dest, mtu) },
	{ "up", VALUE_NONE, 2, 1, NULL, offsetof(struct dest, up) },
	{ "down", VALUE_NONE, 2, 2, NULL, offsetof(struct dest, up) },
	{ "address", VALUE_MAC, 3, 0, NULL, offsetof(struct dest, mac) },
	{ .word = NULL },
};

/* Words by single blanks; the message ends in *message, to be freed. */
static int parse(const char *line, struct dest *dest, char **message)
{
	static const struct grammar g = { .words = words, .bare = "dev" };
	static char copy[256]; /* dest points into it */
	char *argv[32], *rest = copy;
	struct args args = { .argv = argv };
	uint32_t seen = 0;
	size_t len;
	int status;

	snprintf(copy, sizeof(copy), "%s", line);
	while (rest && *rest)
		argv[args.argc++] = strsep(&rest, " ");
	args.err = open_memstream(message, &len);
	assert_non_null(args.err);
	*dest = (struct dest){ 0 };
	status = args_parse(&args, &g, dest, &seen);
	fclose(args.err);
	return status;
}

static void test_words(void **state)
{
	struct dest dest;
	char *message;

	(void)state;
	assert_int_equal(parse("", &dest, &message), STATUS_OK);
	assert_null(dest.dev);
	free(message);
	assert_int_equal(parse("up a mtu 9 address 2:0:0:0:0:3", &dest,
			       &message),
			 STATUS_OK);
	assert_string_equal(dest.dev, "a");
	assert_int_equal(dest.mtu, 9);
	assert_int_equal(dest.up, 1);
	assert_true(dest.mac.given);
	assert_int_equal(dest.mac.mac[5], 3);
	free(message);
	/* A value may look like a word. */
	assert_int_equal(parse("dev mtu down", &dest, &message), STATUS_OK);
	assert_string_equal(dest.dev, "mtu");
	assert_int_equal(dest.up, 2);
	free(message);
	assert_int_equal(parse("mtu 9 help", &dest, &message), ARGS_HELP);
	free(message);
	assert_int_equal(parse("dev help", &dest, &message), STATUS_OK);
	assert_string_equal(dest.dev, "help");
	free(message);
}

static void test_wrong_words(void **state)
{
	static const struct {
		const char *line, *message;
	} wrong[] = {
		{ "a b",
		  "Error: either \"dev\" is duplicate, or \"b\" is garbage.\n" },
		{ "dev a b",
		  "Error: either \"dev\" is duplicate, or \"b\" is garbage.\n" },
		{ "a dev b",
		  "Error: duplicate \"dev\": \"b\" is the second value.\n" },
		{ "mtu 1 mtu 2",
		  "Error: duplicate \"mtu\": \"2\" is the second value.\n" },
		{ "up down",
		  "Error: \"down\" repeats or contradicts an earlier word.\n" },
		{ "up up",
		  "Error: \"up\" repeats or contradicts an earlier word.\n" },
		{ "a mtu",
		  "Command line is not complete. Try option \"help\"\n" },
		{ "mtu 0",
		  "Error: argument \"0\" is wrong: Invalid \"mtu\" value\n" },
		{ "mtu -1",
		  "Error: argument \"-1\" is wrong: Invalid \"mtu\" value\n" },
		{ "dev a/b",
		  "Error: argument \"a/b\" is wrong: \"dev\" not a valid ifname\n" },
		{ "address 1:2", "\"1:2\" is invalid lladdr.\n" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		struct dest dest;
		char *message;

		assert_int_equal(parse(wrong[i].line, &dest, &message),
				 STATUS_USAGE);
		assert_string_equal(message, wrong[i].message);
		free(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_names),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_macs),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_is_prefix),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_wrong_words),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
