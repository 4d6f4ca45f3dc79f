// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of a command line, and the single values: a letter says what the
 * rest of the input is. A value that was read, printed and read again is the
 * same; one that was not read has left its output as it was; and what is wrong
 * with words is said in one line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "require.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	const char *dev, *netns;
	int none, choice, kind;
	uint32_t num;
	struct bv_address addr;
	struct mac_arg mac;
	struct bits_arg bits;
	struct length_arg length;
	struct limit_arg limit;
	struct macs_arg macs;
};

#define AT(field) offsetof(struct values, field)

static const struct word words[] = {
	{ "dev", VALUE_DEVICE, 0, 0, NULL, AT(dev) },
	{ "netns", VALUE_NETNS, 1, 0, NULL, AT(netns) },
	{ "address", VALUE_MAC, 2, 0, NULL, AT(mac) },
	{ "mtu", VALUE_U32, 3, 0, NULL, AT(num) },
	{ "up", VALUE_NONE, 4, 1, NULL, AT(none) },
	{ "down", VALUE_NONE, 4, 2, NULL, AT(none) },
	{ "host", VALUE_CHOICE, 5, 0, switch_words, AT(choice) },
	{ "mode", VALUE_CHOICE, 6, 0, mode_words, AT(choice) },
	{ "local", VALUE_PREFIX, 7, 0, NULL, AT(addr) },
	{ "lock", VALUE_ABSENT, 8, 0, NULL, 0 },
	{ "flag", VALUE_BITS, 9, 0, macvlan_flag_words, AT(bits) },
	{ "nodst", VALUE_BIT, 9, MACVLAN_NODST, NULL, AT(bits) },
	{ "bcqueuelen", VALUE_LENGTH, 10, 0, NULL, AT(length) },
	{ "bclim", VALUE_LIMIT, 11, 0, NULL, AT(limit) },
	{ "macaddr", VALUE_MACADDR, 12, 0, macaddr_words, AT(macs) },
	{ "type", VALUE_KIND, 31, 0, NULL, AT(kind) },
	{ .word = NULL },
};

static void try_u32(const char *text)
{
	uint32_t num = 0xdeadbeef, again = 0;
	char *end, out[16];
	int err = parse_u32(text, &num);

	if (err) {
		require(err == -EINVAL || err == -ERANGE);
		require(num == 0xdeadbeef);
		return;
	}
	/* Digits alone, and none that strtoull() reads as octal. */
	require(strtoull(text, &end, 0) == num && !*end);
	snprintf(out, sizeof(out), "%u", num);
	require(!parse_u32(out, &again) && again == num);
}

static void try_mac(const char *text)
{
	static const uint8_t none[BV_MAC_LEN] = { 1, 2, 3, 4, 5, 6 };
	uint8_t mac[BV_MAC_LEN] = { 1, 2, 3, 4, 5, 6 }, again[BV_MAC_LEN];
	char out[24];

	if (parse_mac(text, mac)) {
		require(!memcmp(mac, none, sizeof(mac)));
		return;
	}
	snprintf(out, sizeof(out), "%02x:%02x:%02x:%02x:%02X:%X", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	require(!parse_mac(out, again));
	require(!memcmp(mac, again, sizeof(mac)));
}

static void try_prefix(const char *text)
{
	const struct bv_address none = { .family = 99, .plen = 77 };
	struct bv_address addr = none, again;
	char ip[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN + 8];
	int max;

	if (parse_prefix(text, &addr)) {
		require(addr.family == none.family && addr.plen == none.plen);
		require(!memcmp(addr.ip, none.ip, sizeof(addr.ip)));
		return;
	}
	require(addr.family == AF_INET || addr.family == AF_INET6);
	max = addr.family == AF_INET ? 32 : 128;
	require(addr.plen <= max || addr.plen == 255);
	require(!strchr(text, '/') == (addr.plen == 255));
	require(inet_ntop(addr.family, addr.ip, ip, sizeof(ip)));
	snprintf(out, sizeof(out), addr.plen == 255 ? "%s" : "%s/%u", ip,
		 addr.plen);
	require(!parse_prefix(out, &again));
	require(again.family == addr.family && again.plen == addr.plen);
	require(!memcmp(again.ip, addr.ip, max / 8));
}

/* What the kernel takes for a name, dev_valid_name(). */
static void try_device(const char *text)
{
	size_t len = strlen(text);

	if (!device_name_ok(text))
		return;
	require(len >= 1 && len <= 15);
	require(strcmp(text, ".") != 0 && strcmp(text, "..") != 0);
	for (size_t i = 0; i < len; i++)
		require(!strchr("/: \t\n\v\f\r", text[i]));
}

/* Words are separated by newlines; an empty one is a word. */
static int cut(char *text, char **argv)
{
	int n = 0;

	while (n < WORDS_MAX && text)
		argv[n++] = strsep(&text, "\n");
	return n;
}

static void check_message(int status, const char *text, size_t len)
{
	require(status == STATUS_OK || status == STATUS_USAGE ||
		status == STATUS_REFUSED || status == ARGS_HELP);
	if (status == STATUS_OK || status == ARGS_HELP) {
		require(!len);
		return;
	}
	require(len > 1 && text[len - 1] == '\n');
	require(strlen(text) == len && strchr(text, '\n') == text + len - 1);
}

static void try_words(char *text, const char *bare)
{
	const struct grammar g = {
		.words = words,
		.bare = bare,
		.kind = bare ? NULL : "ipvlan",
	};
	char *argv[WORDS_MAX], *message = NULL;
	struct args args = { .argv = argv };
	struct values values = {};
	uint32_t seen = 0;
	size_t len = 0;
	int status;

	args.argc = cut(text, argv);
	args.err = open_memstream(&message, &len);
	require(args.err);
	do {
		int before = args.pos;

		status = args_parse(&args, &g, &values, &seen);
		require(args.pos <= args.argc);
		require(args.pos > before || args.pos == args.argc);
	} while (status == STATUS_OK && args_more(&args));
	fclose(args.err);
	check_message(status, message, len);
	free(message);
	if (status == STATUS_OK && values.num)
		require(seen & 1U << 3);
	if (values.dev)
		require(device_name_ok(values.dev));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	/* A string as long as its memory: no one reads behind its end. */
	text = strndup((const char *)data + 1, size - 1);
	require(text);
	switch (data[0]) {
	case 'n':
		try_u32(text);
		break;
	case 'm':
		try_mac(text);
		break;
	case 'a':
		try_prefix(text);
		break;
	case 'd':
		try_device(text);
		break;
	case 'k':
		try_words(text, NULL);
		break;
	default:
		try_words(text, "dev");
	}
	free(text);
	return 0;
}
