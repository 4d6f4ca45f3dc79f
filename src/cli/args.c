// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of args.h: a loop over words, a function per kind of value.
 *
 * Nothing here depends on the locale: digits, blanks and letters are ASCII.
 */
#include "cli/args.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

bool args_more(const struct args *args)
{
	return args->pos < args->argc;
}

int args_fail(const struct args *args, int status, const char *fmt, ...)
{
	va_list ap;

	if (!args->err)
		return status;
	va_start(ap, fmt);
	vfprintf(args->err, fmt, ap);
	va_end(ap);
	fputc('\n', args->err);
	return status;
}

int args_missing(const struct args *args, const char *word)
{
	return args_fail(args, STATUS_USAGE,
			 "Not enough information: \"%s\" argument is required.",
			 word);
}

char *args_next(struct args *args)
{
	if (args_more(args))
		return args->argv[args->pos++];
	args_fail(args, STATUS_USAGE,
		  "Command line is not complete. Try option \"help\"");
	return NULL;
}

bool is_prefix(const char *s, const char *word)
{
	return *s && !strncmp(s, word, strlen(s));
}

/* What the kernel's dev_valid_name() accepts. */
bool device_name_ok(const char *name)
{
	if (!strcmp(name, "") || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	return strlen(name) < BV_NAME_LEN && !strpbrk(name, "/: \t\n\v\f\r");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decimal or 0x hexadecimal; a leading zero is refused, as ip reads octal. */
int parse_u32(const char *s, uint32_t *ret)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x';
	uint64_t num = 0;

	if (hex)
		s += 2;
	else if (s[0] == '0' && s[1])
		return -EINVAL;
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = hex_digit(*s);

		if (digit < 0 || (!hex && digit > 9))
			return -EINVAL;
		num = num * (hex ? 16 : 10) + (unsigned int)digit;
		if (num > UINT32_MAX)
			return -ERANGE;
	}
	*ret = (uint32_t)num;
	return 0;
}

/* Six bytes of one or two hexadecimal digits, with colons between them. */
int parse_mac(const char *s, uint8_t ret[BV_MAC_LEN])
{
	uint8_t mac[BV_MAC_LEN];

	for (int i = 0; i < BV_MAC_LEN; i++) {
		int high = hex_digit(*s), low;

		if (high < 0)
			return -EINVAL;
		low = hex_digit(*++s);
		if (low >= 0) {
			high = high << 4 | low;
			s++;
		}
		mac[i] = (uint8_t)high;
		if (*s++ != (i < BV_MAC_LEN - 1 ? ':' : '\0'))
			return -EINVAL;
	}
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

/* inet_pton(3) takes no shortened, octal or scoped form of an address. */
int parse_prefix(const char *s, struct bv_address *ret)
{
	const char *slash = strchr(s, '/');
	struct bv_address addr = { .plen = 255 };
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	char text[INET6_ADDRSTRLEN];
	uint32_t plen;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(addr.family, text, addr.ip) != 1)
		return -EINVAL;
	if (slash) {
		/* Decimal only: "/0x18" is more likely a slip than meant. */
		if (strchr(slash, 'x') || strchr(slash, 'X') ||
		    parse_u32(slash + 1, &plen) ||
		    plen > (addr.family == AF_INET ? 32 : 128))
			return -EINVAL;
		addr.plen = (uint8_t)plen;
	}
	*ret = addr;
	return 0;
}

/* `"a", "b" or "c"` */
static void list_choices(FILE *f, const struct choice *table)
{
	for (const struct choice *c = table; c->word; c++)
		fprintf(f, "%s\"%s\"",
			c == table     ? "" :
			!(c + 1)->word ? " or " :
					 ", ",
			c->word);
}

static int bad_choice(const struct args *args, const struct word *w,
		      const char *value)
{
	if (!args->err)
		return STATUS_USAGE;
	fprintf(args->err, "Error: argument of \"%s\" must be either ",
		w->word);
	list_choices(args->err, w->choices);
	fprintf(args->err, ", not \"%s\"\n", value);
	return STATUS_USAGE;
}

static int read_choice(const struct args *args, const struct word *w,
		       const char *value, int *ret)
{
	const struct choice *table = w->value == VALUE_KIND ? kind_words :
							      w->choices;
	const struct choice *c = choice_find(table, value);

	if (!c && w->value == VALUE_KIND)
		return args_fail(args, STATUS_REFUSED,
				 "Error: Unknown device type.");
	if (!c)
		return bad_choice(args, w, value);
	if (c->num == CHOICE_ABSENT)
		return args_fail(args, STATUS_REFUSED,
				 "Error: %s \"%s\" is not supported yet.",
				 w->word, value);
	*ret = c->num;
	return STATUS_OK;
}

static int read_number(const struct args *args, const struct word *w,
		       const char *value, uint32_t *ret)
{
	uint32_t num;

	/* Zero means "default" to the API, which is not what 0 says. */
	if (parse_u32(value, &num) || !num)
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: Invalid \"%s\" value",
			value, w->word);
	*ret = num;
	return STATUS_OK;
}

static int read_name(const struct args *args, const struct word *w,
		     const char *value, const char **ret)
{
	if (w->value == VALUE_DEVICE && !device_name_ok(value))
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: \"%s\" not a valid ifname",
			value, w->word);
	if (!*value)
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: Invalid \"%s\" value",
			value, w->word);
	*ret = value;
	return STATUS_OK;
}

static int read_value(const struct args *args, const struct word *w,
		      const char *value, void *field)
{
	struct mac_arg *mac = field;

	switch (w->value) {
	case VALUE_DEVICE:
	case VALUE_NETNS:
		return read_name(args, w, value, field);
	case VALUE_U32:
		return read_number(args, w, value, field);
	case VALUE_CHOICE:
	case VALUE_KIND:
		return read_choice(args, w, value, field);
	case VALUE_MAC:
		if (parse_mac(value, mac->mac))
			return args_fail(args, STATUS_USAGE,
					 "\"%s\" is invalid lladdr.", value);
		mac->given = true;
		return STATUS_OK;
	case VALUE_PREFIX:
		if (parse_prefix(value, field))
			return args_fail(
				args, STATUS_USAGE,
				"Error: any valid prefix is expected rather than \"%s\".",
				value);
		return STATUS_OK;
	default:
		*(int *)field = w->num;
		return STATUS_OK;
	}
}

static const struct word *word_find(const struct grammar *g, const char *name)
{
	for (const struct word *w = g->words; w->word; w++)
		if (!strcmp(w->word, name))
			return w;
	return NULL;
}

static int unknown(const struct args *args, const struct grammar *g,
		   const char *word)
{
	if (g->kind)
		return args_fail(args, STATUS_USAGE,
				 "%s: unknown option \"%s\"?", g->kind, word);
	return args_fail(args, STATUS_USAGE,
			 "Error: \"%s\" is not expected here.", word);
}

static int duplicate(const struct args *args, const struct word *w,
		     const char *value, bool announced)
{
	if (w->value == VALUE_NONE)
		return args_fail(
			args, STATUS_USAGE,
			"Error: \"%s\" repeats or contradicts an earlier word.",
			value);
	if (announced)
		return args_fail(
			args, STATUS_USAGE,
			"Error: duplicate \"%s\": \"%s\" is the second value.",
			w->word, value);
	return args_fail(
		args, STATUS_USAGE,
		"Error: either \"%s\" is duplicate, or \"%s\" is garbage.",
		w->word, value);
}

/* One word, and its value if it has one. */
static int parse_one(struct args *args, const struct grammar *g, char *dest,
		     uint32_t *seen)
{
	const char *text = args_next(args);
	const struct word *w = word_find(g, text);
	bool announced = w;

	if (!w && !strcmp(text, "help"))
		return ARGS_HELP;
	if (!w && !g->bare)
		return unknown(args, g, text);
	if (!w)
		w = word_find(g, g->bare);
	if (w->value == VALUE_ABSENT)
		return args_fail(args, STATUS_REFUSED,
				 "Error: \"%s\" is not supported yet.", text);
	if (announced && w->value != VALUE_NONE) {
		text = args_next(args);
		if (!text)
			return STATUS_USAGE;
	}
	if (*seen & 1U << w->group)
		return duplicate(args, w, text, announced);
	*seen |= 1U << w->group;
	return read_value(args, w, text, dest + w->offset);
}

int args_parse(struct args *args, const struct grammar *g, void *dest,
	       uint32_t *seen)
{
	int status = STATUS_OK;

	while (!status && args_more(args)) {
		const struct word *w = word_find(g, args->argv[args->pos]);

		status = parse_one(args, g, dest, seen);
		if (w && w->value == VALUE_KIND)
			break;
	}
	return status;
}
